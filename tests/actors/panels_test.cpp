#include "actors/panels.hpp"
#include "actors/session.hpp"
#include "persistence/process.hpp"

#include <boost/test/unit_test.hpp>

using namespace easel;
using namespace easel::actors;
using namespace std::chrono_literals;
using persistence::answer;
using persistence::store_error;

BOOST_AUTO_TEST_SUITE(panels)

BOOST_AUTO_TEST_CASE(what_was_read_lately_serves_whoever_asks_next) {
  remembered<int> memory;
  const std::chrono::steady_clock::time_point begin{1h};
  int readings = 0;
  const auto read = [&]() -> answer<int> { return ++readings; };
  BOOST_TEST(memory.ask(begin, 2s, read).value() == 1);
  BOOST_TEST(memory.ask(begin + 1999ms, 2s, read).value() == 1);
  BOOST_TEST(memory.ask(begin + 2s, 2s, read).value() == 2);
}

BOOST_AUTO_TEST_CASE(a_failure_is_not_remembered_and_hides_what_is_old) {
  remembered<int> memory;
  const std::chrono::steady_clock::time_point begin{1h};
  const auto fail = []() -> answer<int> {
    return easel::unexpected(store_error{store_error::kind::unavailable, "read", "08006"});
  };
  const auto read = []() -> answer<int> { return 7; };
  BOOST_TEST(!memory.ask(begin, 2s, fail));
  BOOST_TEST(memory.ask(begin, 2s, read).value() == 7);
  BOOST_TEST(memory.ask(begin + 1s, 2s, fail).value() == 7);
  BOOST_TEST(!memory.ask(begin + 2s, 2s, fail));
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
