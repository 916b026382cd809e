#include "tests/actors/signing_in.hpp"

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;

namespace {

/// One node that has heard that it hears; what is done through `world.store()` was done elsewhere.
struct account_reads : sign_in_fixture {
  person someone = world.newcomer(tier::free);
  int questions = 0;

  account_reads() {
    world.faults = [this](std::string_view operation, bool before) -> std::optional<persistence::store_error> {
      questions += before && operation == "find_balance" ? 1 : 0;
      return std::nullopt;
    };
    house.advance(1s);
  }

  actors::account_answer read(const person& who) {
    return std::get<actors::account_answer>(house.ask(who, actors::find_account{}).value());
  }
  std::int64_t available() { return read(someone).available.value(); }
  /// How often the database is asked for it.
  int questions_of_three_reads(const person& who) {
    const auto before = questions;
    for (int i = 0; i < 3; ++i)
      (void)read(who);
    return questions - before;
  }
};

} // namespace

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
  const auto before = available();
  const auto one = house.create(someone, "a boat");
  BOOST_TEST(available() < before);
  BOOST_TEST(read(someone).held.value() > 0);
  house.advance(30s);
  BOOST_REQUIRE_EQUAL(one->ends, 1);
  BOOST_TEST(read(someone).held.value() == 0);
  BOOST_TEST(available() < before);
}

BOOST_AUTO_TEST_CASE(what_is_given_elsewhere_shows_within_a_second) {
  const auto before = available();
  BOOST_REQUIRE(world.store().gift(someone.account, credits::unchecked(7), std::nullopt, "test", "a gift").has_value());
  house.advance(1s);
  BOOST_TEST(available() == before + 7);
}

BOOST_AUTO_TEST_CASE(a_tier_that_was_changed_elsewhere_shows_once_it_is_heard_of) {
  BOOST_TEST((read(someone).account.of_tier == tier::free));
  BOOST_REQUIRE(world.store().set_tier(someone.account, tier::paid, "test", "bought").has_value());
  house.advance(600ms); // heard by now, and what was read is still fresh
  BOOST_TEST((read(someone).account.of_tier == tier::paid));
}

BOOST_AUTO_TEST_CASE(nothing_is_repeated_while_endings_are_not_heard) {
  world.deaf = [] { return true; };
  house.advance(5s);
  BOOST_REQUIRE(!house.counts().hears_endings.load());
  BOOST_TEST(questions_of_three_reads(someone) == 3);
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_asked_for_before_a_change_is_not_kept) {
  (void)available();
  const auto asked = house.ask_later(someone, actors::find_account{});
  const auto one = house.create(someone, "a boat");
  house.advance(30s);
  BOOST_REQUIRE_EQUAL(one->ends, 1);
  BOOST_TEST(asked->answers == 1);
  const auto of_the_database = world.store().find_balance(someone.account).value();
  BOOST_TEST(available() == of_the_database.available.value());
}

BOOST_AUTO_TEST_SUITE_END()
