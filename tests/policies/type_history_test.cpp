#include "policies/event_ring.hpp"
#include "policies/type_history.hpp"

#include <boost/test/unit_test.hpp>

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr instant begin{1'795'000'000s};

struct fixture {
  type_history history;
  /// Seconds from `begin` on, each with `of(second)` as what one type did.
  template <class Of>
  void run(int from, int to, Of of, std::string_view type = "session") {
    for (int second = from; second < to; ++second) {
      const std::array all{named_figures{type, of(second)}};
      history.add(begin + std::chrono::seconds(second), all);
    }
  }
  type_figures at(int second) { return history.find(begin + std::chrono::seconds(second)).value().types.at(0).figures; }
};

type_figures live(int count) { return {static_cast<std::uint32_t>(count), 0, 0, 0, 0}; }

console_event event(instant at, std::string about) {
  return {at, console_event_kind::actor_failed, std::move(about), "", 0, 0};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(history_of_types, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_known_of_a_time_before_the_first_moment) {
  BOOST_TEST(!history.find(begin));
  BOOST_TEST(!history.oldest());
  run(0, 1, live);
  BOOST_TEST(!history.find(begin - 1us));
  BOOST_TEST((history.oldest() == begin));
}

BOOST_AUTO_TEST_CASE(the_latest_moment_that_is_not_after_it_is_found) {
  run(0, 100, live);
  BOOST_TEST(at(42).live == 42u);
  const auto between = history.find(begin + 42s + 999ms);
  BOOST_TEST((between->at == begin + 42s && between->step == 1s));
  BOOST_TEST(at(1000).live == 99u); // what is yet to come is as it was last
}

BOOST_AUTO_TEST_CASE(beyond_a_quarter_of_an_hour_there_are_minutes_and_beyond_a_day_nothing) {
  const int day = 24 * 60 * 60;
  run(0, day + 600, live);
  const auto now = begin + std::chrono::seconds(day + 599);
  BOOST_TEST((history.find(now - 899s)->step == 1s));
  const auto older = history.find(now - 900s);
  BOOST_TEST((older->step == 60s));
  BOOST_TEST((now - 900s - older->at < 60s));
  const auto oldest = history.oldest().value();
  BOOST_TEST((now - oldest == 24h - 60s));
  BOOST_TEST((history.find(oldest)->at == oldest));
  BOOST_TEST(!history.find(oldest - 1us));
}

BOOST_AUTO_TEST_CASE(a_minute_is_the_mean_of_its_seconds_the_deepest_mailbox_and_all_failures) {
  run(0, 60, [](int second) {
    return type_figures{10, second == 30 ? 500U : 0U, second < 30 ? 2.F : 4.F, 0.5F, second % 20 == 0 ? 1U : 0U};
  });
  run(60, 60 + 900, live); // so that the seconds are gone
  const auto found = history.find(begin + 60s - 1s);
  BOOST_REQUIRE((found && found->step == 60s && found->at == begin + 59s));
  const auto& minute = found->types[0].figures;
  BOOST_TEST(minute.live == 10u);
  BOOST_TEST(minute.waiting == 500u);
  BOOST_TEST(minute.rate == 3.F);
  BOOST_TEST(minute.busy == 0.5F);
  BOOST_TEST(minute.failures == 3u);
}

BOOST_AUTO_TEST_CASE(a_type_keeps_its_place_whoever_comes_and_goes) {
  run(0, 10, live, "router");
  run(10, 20, live, "session");
  run(20, 30, live, "router");
  const auto found = history.find(begin + 15s);
  BOOST_REQUIRE(found->types.size() == 2u);
  BOOST_TEST(found->types[0].type == "router");
  BOOST_TEST(found->types[0].figures.live == 0u);
  BOOST_TEST(found->types[1].figures.live == 15u);
}

BOOST_AUTO_TEST_CASE(types_beyond_the_bound_are_left_out_and_counted) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < type_history::most_types + 2; ++i)
    names.push_back("type " + std::to_string(i));
  std::vector<named_figures> all;
  for (const auto& name : names)
    all.push_back({name, live(7)});
  history.add(begin, all);
  history.add(begin + 1s, all);
  BOOST_TEST(history.find(begin)->types.size() == type_history::most_types);
  BOOST_TEST(history.left_out() == 4u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_does_not_hide_what_came_last) {
  run(0, 60, live);
  run(10, 12, [](int) { return live(1000); });
  BOOST_TEST(at(11).live == 1000u);
}

BOOST_AUTO_TEST_CASE(what_it_takes_is_said_and_does_not_grow) {
  BOOST_TEST(type_history::bytes == 2'265'120u); // docs/console.md
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ring_of_events)

BOOST_AUTO_TEST_CASE(the_latest_come_first_up_to_a_moment) {
  event_ring ring;
  for (int i = 0; i < 10; ++i)
    ring.add(event(begin + std::chrono::seconds(i), std::to_string(i)));
  const auto found = ring.latest(begin + 6s, 3);
  BOOST_REQUIRE(found.size() == 3u);
  BOOST_TEST(found[0].about == "6");
  BOOST_TEST(found[2].about == "4");
  BOOST_TEST(found[0].number == 7u);
  BOOST_TEST(ring.dropped() == 0u);
}

BOOST_AUTO_TEST_CASE(the_oldest_make_room_and_are_counted_with_those_that_were_skipped) {
  event_ring ring;
  for (std::size_t i = 0; i < event_ring::kept + 5; ++i)
    ring.add(event(begin, "x"));
  BOOST_TEST(ring.latest(begin, 10'000).size() == event_ring::kept);
  BOOST_TEST(ring.dropped() == 5u);
  ring.skip(7);
  BOOST_TEST(ring.dropped() == 12u);
}

BOOST_AUTO_TEST_CASE(long_texts_are_cut_between_characters) {
  event_ring ring;
  ring.add(event(begin, std::string(95, 'x') + "äöü"));
  BOOST_TEST(ring.latest(begin, 1).at(0).about == std::string(95, 'x'));
}

BOOST_AUTO_TEST_CASE(each_kind_has_a_word_of_its_own) {
  BOOST_TEST(to_string(console_event_kind::actor_started) == "actor_started");
  BOOST_TEST(to_string(console_event_kind::work_taken_over) == "work_taken_over");
}

BOOST_AUTO_TEST_SUITE_END()
