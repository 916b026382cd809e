#include "tests/support/fake_rights.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::rights_refusal;
using why = actors::rights_refusal::why;

namespace easel::actors {
static std::ostream& operator<<(std::ostream& out, rights_refusal::why value) { return out << static_cast<int>(value); }
} // namespace easel::actors

namespace rights_of_people {

namespace {

template <class T>
struct heard {
  int answers = 0;
  std::optional<expected<T, rights_refusal>> answer;
  actors::rights_reply<T> reply() {
    return [this](expected<T, rights_refusal> got) {
      ++answers;
      answer.emplace(std::move(got));
    };
  }
  [[nodiscard]] bool ok() const { return answers == 1 && answer->has_value(); }
  [[nodiscard]] why refused() const { return answer.value().error().reason; }
};

struct fixture {
  std::shared_ptr<rights_book> book = std::make_shared<rights_book>();
  virtual_world world = with_rights(book);
  virtual_house house{world, settings()};
  person someone = world.newcomer(tier::free);

  static virtual_world with_rights(const std::shared_ptr<rights_book>& book) {
    virtual_world world;
    world.rights = [book] { return std::make_unique<fake_rights>(book); };
    return world;
  }
  static actors::house_settings settings() {
    auto s = calm_settings();
    s.rights.exports = 2;
    s.rights.under_way = 3;
    return s;
  }
  [[nodiscard]] std::ptrdiff_t calls(const std::string& what) const {
    return std::count(book->calls.begin(), book->calls.end(), what);
  }
};

std::size_t first(std::size_t) { return 0; }

} // namespace

} // namespace rights_of_people

BOOST_FIXTURE_TEST_SUITE(rights_of_people, fixture)

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_takes_its_steps_and_answers_with_the_receipt) {
  heard<persistence::erasure_receipt> got;
  house.rights().erase(someone.account, got.reply());
  house.run();
  BOOST_REQUIRE(got.ok());
  BOOST_TEST(calls("step") == 3);
  BOOST_TEST(house.counts().erasures == 1u);
  BOOST_TEST(house.counts().rights_under_way == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_is_in_work_is_told_to_stop) {
  world.upstreams->moderation = [](const auto&) { return turn{20s, {}}; };
  auto picture = house.create(someone, "a boat");
  house.advance(100ms);
  BOOST_REQUIRE(picture->id);
  book->work = {*picture->id};
  heard<persistence::erasure_receipt> got;
  house.rights().erase(someone.account, got.reply());
  house.advance(1s);
  BOOST_TEST(got.ok());
  BOOST_TEST(calls("end work") == 1);
  BOOST_TEST(house.counts().resumed == 1u); // its actor was ended; here the row is still there
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_trace_of_the_account_ends_and_what_it_recorded_is_gone) {
  auto& traces = house.config().traces;
  actors::trace_request wanted;
  wanted.by = policies::trace_by::account;
  wanted.id = someone.account.value;
  const auto begun = traces.begin(wanted, world.now());
  BOOST_REQUIRE(begun.has_value());
  house.create(someone, "a boat");
  house.advance(1s);
  BOOST_TEST(!traces.read(begun->id, 0, 500)->events.empty());
  heard<persistence::erasure_receipt> got;
  house.rights().erase(someone.account, got.reply());
  house.run();
  BOOST_REQUIRE(got.ok());
  const auto after = traces.read(begun->id, 0, 500);
  BOOST_REQUIRE(after.has_value());
  BOOST_TEST((after->of.ended == policies::trace_end::account_deleted));
  BOOST_TEST(after->events.empty());
  BOOST_TEST(after->of.recorded == 0u);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_database_that_is_away_for_a_moment_delays_an_erasure) {
  heard<persistence::erasure_receipt> got;
  house.rights().erase(someone.account, got.reply());
  book->unavailable = 0;
  house.run_one(); // the beginning is on its way
  book->steps = 2;
  house.run();
  BOOST_TEST(got.ok());

  heard<persistence::erasure_receipt> late;
  book->unavailable = 1; // the beginning itself
  house.rights().erase(someone.account, late.reply());
  house.run();
  BOOST_TEST(late.answers == 1);
  BOOST_TEST(late.refused() == why::unavailable);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_an_actor_left_unfinished_its_successor_finishes) {
  book->steps = 1000;
  heard<persistence::erasure_receipt> got;
  house.rights().erase(someone.account, got.reply());
  for (int i = 0; i < 200; ++i)
    house.run_one();
  BOOST_REQUIRE(!book->left.empty());
  BOOST_REQUIRE(house.kill("rights", first));
  house.run();
  BOOST_TEST(got.answers == 1);
  BOOST_TEST(got.refused() == why::unavailable);
  BOOST_TEST(!book->left.empty());
  house.advance(3s);
  BOOST_TEST(house.live("rights") == 1);
  BOOST_TEST(book->connections == 2);
  BOOST_TEST(book->left.empty());
  BOOST_TEST(house.counts().erasures == 1u);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_another_node_left_is_found_within_a_minute) {
  book->left[persistence::erasure_id{someone.account.value}] = 5;
  house.advance(61s);
  BOOST_TEST(book->left.empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_4_a_restriction_ends_rows_and_the_actors_that_work_on_them) {
  world.upstreams->moderation = [](const auto&) { return turn{20s, {}}; };
  auto picture = house.create(someone, "a boat");
  house.advance(100ms);
  book->work = {*picture->id};
  heard<persistence::restriction_row> got;
  house.rights().restrict(someone.account, secret_text("no"), got.reply());
  house.advance(100ms);
  BOOST_REQUIRE(got.ok());
  BOOST_TEST((*got.answer)->objection.reveal() == "no");
  BOOST_TEST(calls("end work") == 1);
  BOOST_TEST((book->calls.back() == "end work"));
  house.advance(1s);
  BOOST_TEST(house.counts().resumed == 1u);
  BOOST_TEST(house.counts().restrictions == 1u);

  heard<void> lifted;
  house.rights().lift(someone.account, lifted.reply());
  heard<std::vector<persistence::restriction_row>> rows;
  house.rights().restrictions(someone.account, rows.reply());
  house.run();
  BOOST_TEST(lifted.ok());
  BOOST_TEST(rows.ok());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_an_export_gives_its_portions_and_is_over_when_it_is_dropped) {
  book->portions.push_back({"account.json", "account", {"{}"}, true, {}, nullptr, {}});
  heard<std::shared_ptr<actors::export_source>> source;
  house.rights().begin_export(someone.account, source.reply());
  house.run();
  BOOST_REQUIRE(source.ok());
  BOOST_TEST(house.counts().exporting == 1);
  heard<persistence::export_portion> portion, end;
  (**source.answer)->next(portion.reply());
  house.run();
  BOOST_REQUIRE(portion.ok());
  BOOST_TEST((*portion.answer)->document == "account.json");
  BOOST_TEST(calls("keep") == 0);
  house.advance(31s);
  (**source.answer)->next(end.reply());
  house.run();
  BOOST_TEST((*end.answer)->document.empty());
  BOOST_TEST(calls("keep") == 1); // twice a minute at the most
  source.answer.reset();
  house.run();
  BOOST_TEST(calls("end export") == 1);
  BOOST_TEST(house.counts().exporting == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_file_of_several_is_opened_where_the_one_before_it_ends) {
  book->plan.made_at = world.now();
  book->plan.volumes.resize(3);
  for (std::uint8_t i = 1; i < 3; ++i) {
    auto& volume = book->plan.volumes[i];
    volume.images = 1;
    volume.first = volume.last = std::chrono::year(2026) / std::chrono::November;
    volume.until.emplace();
    volume.until->value.bytes[15] = i;
  }
  heard<std::shared_ptr<actors::export_source>> source;
  heard<persistence::export_portion> portion;
  house.rights().open_volume(someone.account, {}, 3, source.reply());
  house.run();
  BOOST_REQUIRE(source.ok());
  BOOST_TEST(calls("open volume 3") == 1);
  BOOST_TEST(calls("begin export") == 0);
  BOOST_TEST((**source.answer)->file().number == 3u);
  BOOST_TEST(house.counts().exports == 0u); // it is not another copy
  (**source.answer)->next(portion.reply());
  house.run();
  BOOST_TEST(!book->cursor.has_documents);
  BOOST_TEST((book->cursor.since == book->plan.volumes[1].until));
  BOOST_TEST((book->cursor.until == book->plan.volumes[2].until));
  BOOST_TEST((book->cursor.made_at == book->plan.made_at));
  source.answer.reset();
  house.run();
  BOOST_TEST(calls("end export") == 1);

  heard<std::shared_ptr<actors::export_source>> first;
  heard<persistence::export_portion> beginning;
  house.rights().begin_export(someone.account, first.reply());
  house.run();
  (**first.answer)->next(beginning.reply());
  house.run();
  BOOST_TEST(book->cursor.has_documents);
  BOOST_TEST((book->cursor.since == book->cursor.until)); // no image

  book->claim = persistence::export_claim::no_such_volume;
  heard<std::shared_ptr<actors::export_source>> none;
  house.rights().open_volume(someone.account, {}, 4, none.reply());
  heard<std::vector<persistence::export_row>> listed;
  house.rights().exports(someone.account, listed.reply());
  house.run();
  BOOST_TEST(none.refused() == why::no_such_volume);
  BOOST_REQUIRE(listed.ok());
  BOOST_TEST((*listed.answer)->size() == 1u);
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_portion_is_waited_for_while_the_database_is_away_but_not_for_ever) {
  heard<std::shared_ptr<actors::export_source>> source;
  house.rights().begin_export(someone.account, source.reply());
  house.run();
  heard<persistence::export_portion> portion;
  book->unavailable = 3;
  (**source.answer)->next(portion.reply());
  house.run();
  BOOST_TEST(portion.answers == 0);
  house.advance(5s);
  BOOST_TEST(portion.ok());
  heard<persistence::export_portion> never;
  book->unavailable = 1000;
  (**source.answer)->next(never.reply());
  house.advance(10s);
  BOOST_TEST(never.answers == 1);
  BOOST_TEST(never.refused() == why::unavailable);
  book->unavailable = 0;
}

BOOST_AUTO_TEST_CASE(what_one_node_does_at_a_time_is_bounded) {
  heard<std::shared_ptr<actors::export_source>> one, two, three;
  house.rights().begin_export(someone.account, one.reply());
  house.rights().begin_export(someone.account, two.reply());
  house.run();
  house.rights().begin_export(someone.account, three.reply());
  BOOST_TEST(three.refused() == why::overloaded);
  BOOST_TEST(three.answer->error().retry_after.has_value());

  std::vector<std::unique_ptr<heard<persistence::erasure_preview>>> crowd;
  for (int i = 0; i < 5; ++i) {
    crowd.push_back(std::make_unique<heard<persistence::erasure_preview>>());
    house.rights().preview(someone.account, crowd.back()->reply());
  }
  BOOST_TEST(crowd.back()->refused() == why::overloaded);
  house.run();
  BOOST_TEST(crowd.front()->ok());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_who_may_have_no_export_now_is_told_when) {
  book->claim = persistence::export_claim::spent;
  book->until = world.now() + 3h;
  heard<std::shared_ptr<actors::export_source>> got;
  house.rights().begin_export(someone.account, got.reply());
  house.run();
  BOOST_TEST(got.refused() == why::exports_spent);
  BOOST_TEST((got.answer->error().retry_after == 3h));
  book->claim = persistence::export_claim::account_gone;
  heard<std::shared_ptr<actors::export_source>> gone;
  house.rights().begin_export(someone.account, gone.reply());
  house.run();
  BOOST_TEST(gone.refused() == why::gone);
}

BOOST_AUTO_TEST_CASE(without_anybody_behind_the_door_everything_is_unavailable) {
  virtual_world bare;
  virtual_house other{bare, calm_settings()};
  heard<persistence::erasure_receipt> got;
  other.rights().erase(someone.account, got.reply());
  BOOST_TEST(got.refused() == why::unavailable);
}

BOOST_AUTO_TEST_SUITE_END()
