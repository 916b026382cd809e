#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

namespace rate_limits {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::refusal;

namespace {

actors::house_settings strict() {
  auto s = calm_settings();
  s.account_rates = {{60, 5}, {60, 10}};
  s.key_rates = {{30, 3}, {30, 6}};
  return s;
}

struct fixture {
  virtual_world world;
  virtual_house house{world, strict()};
  person someone = world.newcomer(tier::paid, 1000);

  /// The same account with another key.
  person with_new_key(const person& who) {
    auto other = who;
    other.hash[0] ^= 1;
    other.key = world.store().create_key(who.account, "another", other.hash, "abcd", "test").value().id;
    return other;
  }

  int created(const person& who, int tries) {
    int in = 0;
    for (int i = 0; i < tries; ++i) {
      auto answer = house.create(who, "a boat");
      house.run();
      if (!answer->refused)
        ++in;
      else
        BOOST_TEST((answer->refused->reason == refusal::why::too_many_requests));
    }
    return in;
  }
};

} // namespace

} // namespace rate_limits

BOOST_FIXTURE_TEST_SUITE(rate_limits, fixture)

BOOST_AUTO_TEST_CASE(a_key_may_create_its_burst_and_the_account_s_other_keys_the_rest) {
  BOOST_TEST(created(someone, 10) == 3);
  BOOST_TEST(created(with_new_key(someone), 10) == 2);
  BOOST_TEST(created(world.newcomer(tier::paid, 1000), 10) == 3); // another account
}

BOOST_AUTO_TEST_CASE(the_wait_that_is_named_is_enough) {
  BOOST_TEST(created(someone, 3) == 3);
  auto answer = house.create(someone, "a boat");
  house.run();
  BOOST_REQUIRE(answer->refused);
  BOOST_REQUIRE(answer->refused->retry_after);
  house.advance(*answer->refused->retry_after);
  BOOST_TEST(created(someone, 2) == 1);
}

BOOST_AUTO_TEST_CASE(questions_and_watches_are_readings) {
  BOOST_TEST(created(someone, 4) == 3);
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(house.ask(someone, actors::find_account{}).has_value());
  const auto refused = house.ask(someone, actors::find_account{});
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().reason == refusal::why::too_many_requests));
  BOOST_TEST(refused.error().retry_after.has_value());
  BOOST_TEST(house.counts().rate_refused[0] == 1u);
  BOOST_TEST(house.counts().rate_refused[1] == 1u);
}

BOOST_AUTO_TEST_CASE(a_refused_creation_costs_nothing_and_leaves_no_row) {
  const auto before = world.store().find_balance(someone.account).value();
  BOOST_TEST(created(someone, 20) == 3);
  const auto after = world.store().find_balance(someone.account).value();
  BOOST_TEST(before.available.value() - after.available.value() == 3 * 5);
}

BOOST_AUTO_TEST_CASE(a_session_that_leaves_memory_forgets_no_count) {
  auto slow = strict();
  slow.session_idle = 1s;
  slow.key_rates.readings = {1, 6}; // a minute for each
  virtual_world other_world;
  virtual_house slow_house{other_world, slow};
  const auto reader = other_world.newcomer(tier::free);
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(slow_house.ask(reader, actors::find_account{}).has_value());
  slow_house.advance(30s);
  BOOST_TEST(slow_house.live("session") == 1);
  BOOST_TEST(!slow_house.ask(reader, actors::find_account{}).has_value());
  slow_house.advance(7min);
  BOOST_TEST(slow_house.live("session") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
