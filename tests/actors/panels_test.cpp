#include "actors/panels.hpp"
#include "actors/session.hpp"
#include "persistence/process.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(panels)

using namespace easel;
using namespace easel::actors;
using namespace std::chrono_literals;
using persistence::answer;
using persistence::store_error;

BOOST_AUTO_TEST_CASE(what_was_read_lately_serves_whoever_asks_next) {
  remembered<int> memory;
  const std::chrono::steady_clock::time_point begin{1h};
  int readings = 0;
  const auto read = [&]() -> answer<int> { return ++readings; };
  BOOST_TEST(memory.ask(begin, 2s, read).value() == 1);
  BOOST_TEST(memory.ask(begin + 1999ms, 2s, read).value() == 1);
  BOOST_TEST(memory.ask(begin + 2s, 2s, read).value() == 2);
}

BOOST_AUTO_TEST_CASE(a_failure_hides_what_is_old_and_is_told_until_its_pause_is_over) {
  remembered<int> memory;
  const std::chrono::steady_clock::time_point begin{1h};
  int readings = 0;
  const auto fail = [&]() -> answer<int> {
    ++readings;
    return easel::unexpected(store_error{store_error::kind::unavailable, "read", "57014"});
  };
  const auto read = []() -> answer<int> { return 7; };
  BOOST_TEST(memory.ask(begin, 2s, read).value() == 7);
  BOOST_TEST(memory.ask(begin + 1s, 2s, fail).value() == 7);
  auto told = memory.ask(begin + 2s, 2s, fail);
  BOOST_REQUIRE(!told);
  BOOST_TEST((told.error().failed_ago == 0s && told.error().again_in == 4s));
  told = memory.ask(begin + 5s, 2s, read);
  BOOST_REQUIRE(!told); // though it would work
  BOOST_TEST((told.error().failed_ago == 3s && told.error().again_in == 1s));
  BOOST_TEST(readings == 1);
  BOOST_TEST(memory.ask(begin + 6s, 2s, read).value() == 7);
  BOOST_TEST((memory.ask(begin + 9s, 2s, fail).error().again_in == 4s)); // the first again
}

BOOST_AUTO_TEST_CASE(a_panel_that_goes_on_failing_is_read_once_a_minute) {
  remembered<int> memory;
  const std::chrono::steady_clock::time_point begin{1h};
  std::vector<std::int64_t> asked_at;
  for (auto second = 0s; second < 300s; second += 1s) // what a page that is open does
    (void)memory.ask(begin + second, 2s, [&]() -> answer<int> {
      asked_at.push_back(second.count());
      return easel::unexpected(store_error{store_error::kind::unavailable, "read", "57014"});
    });
  BOOST_TEST(asked_at == (std::vector<std::int64_t>{0, 4, 12, 28, 60, 120, 180, 240}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sessions_are_counted_by_whom_they_serve) {
  directory live;
  const auto enter = [&](std::uint64_t id, const char* kind, const char* state, std::uint64_t mail) {
    auto v = std::make_shared<vitals>();
    v->id = id;
    v->kind = kind;
    v->state = state;
    v->arrived = mail;
    v->rate_milli = 500;
    live.enter(v);
    return v;
  };
  const std::vector kept{
    enter(1, "session", session_state_of(tier::free), 2), enter(2, "session", session_state_of(tier::free), 1),
    enter(3, "session", session_state_of(tier::paid), 0), enter(4, "session", "", 5), enter(5, "router", "", 9)};
  const auto tiers = sessions_of(live).tiers;
  BOOST_REQUIRE(tiers.size() == 3u);
  BOOST_TEST(tiers[0].count == 2u);
  BOOST_TEST(tiers[0].waiting == 3u);
  BOOST_TEST(tiers[0].rate == 1.0);
  BOOST_TEST(tiers[1].count == 1u);
  BOOST_TEST(tiers[2].count == 1u);
  BOOST_TEST(tiers[2].waiting == 5u);
}

BOOST_AUTO_TEST_CASE(a_session_says_whom_it_serves_and_what_it_does) {
  vitals v;
  v.kind = "session";
  v.state = session_state_of(tier::paid);
  BOOST_TEST(view_of(v, std::chrono::steady_clock::now()).state == "paid tier, idle");
  v.arrived = 1;
  BOOST_TEST(view_of(v, std::chrono::steady_clock::now()).state == "paid tier, has mail");
}

BOOST_AUTO_TEST_CASE(the_kernel_tells_what_this_process_takes) {
  const auto here = read_process();
  BOOST_TEST(here.name == persistence::process_name());
  BOOST_TEST(here.resident_bytes > 1 << 20);
  BOOST_TEST(here.threads >= 1);
  BOOST_TEST(here.open_files >= 3);
  BOOST_TEST(here.most_files > 0);
  BOOST_TEST((here.cpu_user + here.cpu_system).count() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
