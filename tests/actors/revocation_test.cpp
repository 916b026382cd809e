#include "tests/actors/signing_in.hpp"

namespace revocation {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::refusal;

namespace {

/// Two nodes; what is done through `world.store()` was done by a third, or by an operator.
struct two_nodes : sign_in_fixture {
  virtual_house other{world, calm_settings()};
  person someone = world.newcomer(tier::free);
  int look_ups = 0;

  two_nodes() {
    world.faults = [this](std::string_view operation, bool before) -> std::optional<persistence::store_error> {
      look_ups += before && (operation == "find_key" || operation == "find_session") ? 1 : 0;
      return std::nullopt;
    };
    house.advance(1s);
    other.advance(1s);
  }

  bool is_let_in(virtual_house& at, const person& who) { return at.ask(who, actors::find_credits{}).has_value(); }
  refusal::why refused(virtual_house& at, const person& who) {
    const auto got = at.ask(who, actors::find_credits{});
    BOOST_REQUIRE(!got.has_value());
    return got.error().reason;
  }
  /// How often the store is asked who this is, in three calls.
  int look_ups_of_three_calls(const person& who) {
    const auto before = look_ups;
    for (int i = 0; i < 3; ++i)
      BOOST_TEST(is_let_in(house, who));
    return look_ups - before;
  }
};

std::size_t first(std::size_t) { return 0; }

} // namespace

} // namespace revocation

BOOST_FIXTURE_TEST_SUITE(revocation, two_nodes)

BOOST_AUTO_TEST_CASE(a_key_is_looked_up_once_and_then_remembered) {
  BOOST_TEST(look_ups_of_three_calls(someone) == 1);
  BOOST_TEST(look_ups_of_three_calls(someone) == 0);
  BOOST_TEST(house.counts().hears_endings.load());
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_refused_by_every_node_within_a_second) {
  BOOST_TEST(is_let_in(house, someone));
  BOOST_TEST(is_let_in(other, someone));
  BOOST_REQUIRE(world.store().revoke_key(someone.account, someone.key, "test").value());
  house.advance(1s);
  other.advance(1s);
  BOOST_TEST((refused(house, someone) == refusal::why::invalid_key));
  BOOST_TEST((refused(other, someone) == refusal::why::invalid_key));
  BOOST_TEST(house.counts().endings_heard[1].load() == 1u);
}

BOOST_AUTO_TEST_CASE(a_session_that_ended_on_one_node_is_refused_by_the_other_within_a_second) {
  const auto ada = caller(signed_in());
  BOOST_TEST(is_let_in(house, ada));
  BOOST_TEST(is_let_in(other, ada));
  BOOST_REQUIRE(house.ask(ada, actors::end_sessions{false}).has_value());
  BOOST_TEST((refused(house, ada) == refusal::why::not_signed_in)); // it knows without being told
  other.advance(1s);
  BOOST_TEST((refused(other, ada) == refusal::why::not_signed_in));
}

BOOST_AUTO_TEST_CASE(a_closed_account_is_refused_within_a_second) {
  BOOST_TEST(is_let_in(house, someone));
  world.database->close_account(someone.account);
  house.advance(1s);
  BOOST_TEST((refused(house, someone) == refusal::why::invalid_key));
}

BOOST_AUTO_TEST_CASE(a_session_actor_learns_of_its_accounts_new_tier) {
  const auto models = [&] {
    return std::get<actors::models_answer>(house.ask(someone, actors::list_models{}).value());
  };
  BOOST_TEST((models().of_tier == tier::free));
  BOOST_REQUIRE(world.store().set_tier(someone.account, tier::paid, "test", "").value());
  house.advance(1s);
  BOOST_TEST((models().of_tier == tier::paid));
}

BOOST_AUTO_TEST_CASE(a_node_that_cannot_hear_asks_the_store_about_each_call) {
  BOOST_TEST(look_ups_of_three_calls(someone) == 1);
  world.deaf = [] { return true; };
  house.advance(1s);
  BOOST_TEST(!house.counts().hears_endings.load());
  BOOST_TEST(look_ups_of_three_calls(someone) == 3);
  BOOST_REQUIRE(world.store().revoke_key(someone.account, someone.key, "test").value());
  BOOST_TEST((refused(house, someone) == refusal::why::invalid_key));
}

BOOST_AUTO_TEST_CASE(what_ended_while_nothing_was_heard_is_not_believed_afterwards) {
  BOOST_TEST(look_ups_of_three_calls(someone) == 1);
  world.deaf = [] { return true; };
  house.advance(1s);
  BOOST_REQUIRE(world.store().revoke_key(someone.account, someone.key, "test").value());
  world.deaf = nullptr;
  house.advance(2s);
  BOOST_TEST(house.counts().hears_endings.load());
  BOOST_TEST((refused(house, someone) == refusal::why::invalid_key));
}

BOOST_AUTO_TEST_CASE(a_killed_listener_is_replaced_and_nobody_is_remembered_meanwhile) {
  BOOST_TEST(look_ups_of_three_calls(someone) == 1);
  BOOST_REQUIRE(house.kill("revocation listener", first));
  house.run();
  BOOST_TEST(house.live("revocation listener") == 0);
  BOOST_TEST(look_ups_of_three_calls(someone) == 3);
  house.advance(2s);
  BOOST_TEST(house.live("revocation listener") == 1);
  BOOST_TEST(look_ups_of_three_calls(someone) == 1);
  BOOST_TEST(look_ups_of_three_calls(someone) == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_4_of_an_account_that_another_node_restricts_nothing_more_is_sent_from_here) {
  virtual_world slow;
  slow.concurrency = 1; // for each relay: further images wait, with their prompt
  slow.upstreams->drawing = [](const auto&) { return turn{30s, {}}; };
  virtual_house here{slow, calm_settings()};
  const auto person = slow.newcomer(tier::free, 1000);
  const auto answer = here.create(person, "a boat", 4);
  here.advance(1s);
  const auto sent = slow.upstreams->drawn.size();
  BOOST_TEST_REQUIRE(sent > 0u);
  BOOST_TEST_REQUIRE(sent < 4u);
  slow.database->restrict_account(person.account); // and whoever did it died before the rows were ended
  here.advance(2s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::failed));
  BOOST_TEST((answer->final->row.reason == failure::account_closed));
  here.advance(120s);
  BOOST_TEST(slow.upstreams->drawn.size() == sent);
  BOOST_TEST(slow.store().find_balance(person.account).value().held.value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
