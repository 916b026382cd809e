#include "tests/actors/signing_in.hpp"

namespace reads_of_an_account {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;

namespace {

actors::house_settings fresh_for(duration span) {
  auto settings = calm_settings();
  settings.account_fresh = span;
  return settings;
}

/// A node that has heard that it hears, and one that would believe what it read for long. What is done through
/// `world.store()` was done elsewhere.
struct account_reads : sign_in_fixture {
  virtual_house slow{world, fresh_for(1h)};
  person someone = world.newcomer(tier::free);
  int questions = 0;

  account_reads() {
    world.faults = [this](std::string_view operation, bool before) -> std::optional<persistence::store_error> {
      questions += before && operation == "find_balance" ? 1 : 0;
      return std::nullopt;
    };
    house.advance(1s);
    slow.advance(1s);
  }

  static actors::account_answer read(virtual_house& at, const person& who) {
    return std::get<actors::account_answer>(at.ask(who, actors::find_account{}).value());
  }
  /// How often the database is asked for it.
  int questions_of_three_reads(const person& who) {
    const auto before = questions;
    for (int i = 0; i < 3; ++i)
      (void)read(house, who);
    return questions - before;
  }
  /// Read by hand, and by the node that believes for long: the same.
  bool agrees_with_the_database() {
    const auto shown = read(slow, someone);
    const auto kept = world.store().find_balance(someone.account).value();
    return shown.available == kept.available && shown.held == kept.held;
  }
};

} // namespace

} // namespace reads_of_an_account

BOOST_FIXTURE_TEST_SUITE(reads_of_an_account, account_reads)

BOOST_AUTO_TEST_CASE(one_with_a_key_is_repeated_for_as_long_as_is_configured) {
  BOOST_TEST(questions_of_three_reads(someone) == 1);
  house.advance(calm_settings().account_fresh - 1ms);
  BOOST_TEST(questions_of_three_reads(someone) == 0);
  house.advance(1ms);
  BOOST_TEST(questions_of_three_reads(someone) == 1);
}

BOOST_AUTO_TEST_CASE(a_signed_in_person_is_always_shown_what_the_database_has) {
  const auto ada = caller(signed_in());
  BOOST_TEST(questions_of_three_reads(ada) == 3);
}

BOOST_AUTO_TEST_CASE(what_this_node_spends_shows_at_once) {
  (void)slow.create(someone, "a first boat"); // brings the day's allowance
  slow.advance(30s);
  const auto before = read(slow, someone).available.value();
  const auto one = slow.create(someone, "a boat");
  slow.run();
  BOOST_TEST(read(slow, someone).available.value() < before);
  BOOST_TEST(agrees_with_the_database());
  slow.advance(30s);
  BOOST_REQUIRE_EQUAL(one->ends, 1);
  BOOST_TEST(read(slow, someone).held.value() == 0);
  BOOST_TEST(agrees_with_the_database());
}

BOOST_AUTO_TEST_CASE(what_is_given_elsewhere_shows_within_a_second) {
  const auto before = read(house, someone).available.value();
  BOOST_REQUIRE(world.store().gift(someone.account, credits::unchecked(7), std::nullopt, "test", "a gift").has_value());
  house.advance(1s);
  BOOST_TEST(read(house, someone).available.value() == before + 7);
}

BOOST_AUTO_TEST_CASE(a_tier_that_was_changed_elsewhere_shows_once_it_is_heard_of) {
  BOOST_TEST((read(slow, someone).account.of_tier == tier::free));
  BOOST_REQUIRE(world.store().set_tier(someone.account, tier::paid, "test", "bought").has_value());
  slow.advance(1s);
  BOOST_TEST((read(slow, someone).account.of_tier == tier::paid));
}

BOOST_AUTO_TEST_CASE(nothing_is_repeated_while_endings_are_not_heard) {
  world.deaf = [] { return true; };
  house.advance(5s);
  BOOST_REQUIRE(!house.counts().hears_endings.load());
  BOOST_TEST(questions_of_three_reads(someone) == 3);
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_asked_for_before_a_change_is_not_kept) {
  (void)slow.create(someone, "a first boat");
  slow.advance(30s);
  // The answer of the store is on its way while the hold is made.
  const auto asked = slow.ask_later(someone, actors::find_account{});
  (void)slow.create(someone, "a boat");
  slow.run();
  BOOST_TEST(asked->answers == 1);
  BOOST_TEST(agrees_with_the_database());
}

BOOST_AUTO_TEST_SUITE_END()
