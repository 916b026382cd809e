#include "persistence/console.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::persistence {

namespace the_console_store {

using contract::world;

namespace {

struct fixture : postgres_fixture, world {
  fixture() : world(under_test()), console(make_console_store(settings())) {}

  std::optional<generation_story> story_of(generation_id id) { return console->find_story(id).value(); }

  std::unique_ptr<console_store> console;
};

} // namespace

} // namespace the_console_store

BOOST_FIXTURE_TEST_SUITE(the_console_store, fixture)

BOOST_AUTO_TEST_CASE(a_generation_in_work_is_told_with_its_owner) {
  const auto who = newcomer(tier::free, 100);
  const auto w = accepted(who);
  const auto story = story_of(w.id);
  BOOST_REQUIRE(story);
  BOOST_TEST(story->line.id == w.id);
  BOOST_TEST(story->line.state == generation_state::accepted);
  BOOST_TEST(story->line.of_tier == tier::free);
  BOOST_TEST(!story->line.dispatched_at);
  BOOST_TEST(!story->line.ended_at);
  BOOST_TEST(story->line.credential.empty());
  BOOST_TEST(story->node == node);
  BOOST_TEST(story->fence == w.owner.fence);
  BOOST_REQUIRE(story->disclosures.size() == 1u);
  BOOST_TEST(story->disclosures[0].to == recipient::openai_moderation);
  BOOST_TEST(story->images.empty());
}

BOOST_AUTO_TEST_CASE(an_ended_one_is_told_with_each_image_in_the_order_of_time) {
  const auto who = newcomer(tier::free, 100);
  const auto id = completed(who, 5, 3);
  const auto story = story_of(id);
  BOOST_REQUIRE(story);
  BOOST_TEST(story->line.state == generation_state::completed);
  BOOST_TEST(story->line.images_stored == 3);
  BOOST_REQUIRE(story->images.size() == 3u);
  BOOST_REQUIRE(story->line.dispatched_at);
  BOOST_REQUIRE(story->line.ended_at);
  BOOST_TEST((story->line.created_at <= *story->line.dispatched_at));
  for (const auto& image : story->images) {
    BOOST_TEST((*story->line.dispatched_at <= image.at));
    BOOST_TEST((image.at <= *story->line.ended_at));
  }
  BOOST_REQUIRE(story->disclosures.size() == 2u);
  BOOST_TEST(story->disclosures[1].to == recipient::sub2api);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_has_expired_is_not_told) {
  BOOST_TEST(!story_of(new_generation_id()));
  const auto id = completed(newcomer(tier::free, 100));
  BOOST_TEST(story_of(id).has_value());
  const auto later = make_console_store(settings(), std::chrono::hours(24 * 31));
  BOOST_TEST(!later->find_story(id).value());
  BOOST_TEST(later->list_lines(false, 10).value().empty());
}

BOOST_AUTO_TEST_CASE(listings_hold_what_is_in_work_or_what_has_ended_newest_first) {
  const auto who = newcomer(tier::free, 1000);
  const auto first = completed(who), second = completed(who);
  const auto w = dispatched(who);
  const auto in_work = console->list_lines(true, 10).value();
  BOOST_REQUIRE(in_work.size() == 1u);
  BOOST_TEST(in_work[0].id == w.id);
  BOOST_TEST(!in_work[0].credential.empty());
  const auto ended = console->list_lines(false, 10).value();
  BOOST_REQUIRE(ended.size() == 2u);
  BOOST_TEST(ended[0].id == second);
  BOOST_TEST(ended[1].id == first);
  BOOST_TEST(console->list_lines(false, 1).value().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_reached_is_unavailable) {
  auto nowhere = settings();
  nowhere.database_url = "host=/nowhere dbname=easel";
  const auto found = make_console_store(nowhere)->list_lines(true, 1);
  BOOST_REQUIRE(!found);
  BOOST_TEST((found.error().what == store_error::kind::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
