#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

namespace life_of_a_generation {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::refusal;
using policies::failure_class;
using policies::upstream_failure;

namespace {

struct fixture {
  virtual_world world;
  actors::house_settings settings = calm_settings();
  std::unique_ptr<virtual_house> house;
  person free_person = world.newcomer(tier::free);
  person paid_person = world.newcomer(tier::paid, 100);

  virtual_house& at_home() {
    if (!house)
      house = std::make_unique<virtual_house>(world, settings);
    return *house;
  }
  persistence::balance balance_of(const person& p) { return world.store().find_balance(p.account).value(); }
  void check_books() {
    const auto found = world.store().check_invariants().value();
    BOOST_TEST(found.completed_without_images == 0);
    BOOST_TEST(found.dispatched_without_verdict == 0);
    BOOST_TEST(found.cross_tier_disclosures == 0);
    BOOST_TEST(found.calls_without_disclosure == 0);
    BOOST_TEST(found.images_settled_twice == 0);
    BOOST_TEST(found.balances_off == 0);
    BOOST_TEST(found.holds_without_work == 0);
    BOOST_TEST(found.overdrawn_grants == 0);
  }
};

turn failing(failure_class what, duration after = 20ms) {
  return {after, upstream_failure{what, std::nullopt, "test"}};
}

} // namespace

} // namespace life_of_a_generation

BOOST_FIXTURE_TEST_SUITE(life_of_a_generation, fixture)

BOOST_AUTO_TEST_CASE(a_free_prompt_is_moderated_then_drawn_by_sub2api_and_charged_once) {
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1s);
  BOOST_TEST(answer->accepted == 1);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST(answer->ends == 1);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_REQUIRE(answer->images.size() == 1u);
  BOOST_TEST(*answer->images[0] == *fake_upstreams::picture_of("a boat"));
  BOOST_TEST((answer->final->row.dispatched_to == recipient::sub2api));
  BOOST_TEST(world.upstreams->moderated.size() == 1u);
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
  BOOST_TEST(world.upstreams->created.empty());
  BOOST_TEST(balance_of(free_person).available.value() == 8); // a daily ten, less two
  BOOST_TEST(balance_of(free_person).held.value() == 0);
  check_books();
}

BOOST_AUTO_TEST_CASE(a_paid_prompt_becomes_a_task_at_kie_and_never_reaches_sub2api) {
  auto answer = at_home().create(paid_person, "a castle");
  house->advance(10s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(world.upstreams->created.size() == 1u);
  BOOST_TEST(world.upstreams->drawn.empty());
  BOOST_TEST(balance_of(paid_person).available.value() == 95);
  check_books();
}

BOOST_AUTO_TEST_CASE(states_are_told_in_the_order_of_the_table) {
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1s);
  const std::vector expected{generation_state::accepted, generation_state::queued, generation_state::dispatched,
                             generation_state::completed};
  BOOST_TEST((answer->states == expected));
}

BOOST_AUTO_TEST_CASE(a_flagged_prompt_is_blocked_before_any_provider_and_costs_nothing) {
  auto answer = at_home().create(free_person, "some violence");
  house->advance(1s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::blocked));
  BOOST_TEST((answer->final->row.reason == failure::blocked_input));
  BOOST_TEST(world.upstreams->drawn.empty());
  BOOST_TEST(balance_of(free_person).available.value() == 10);
  check_books();
}

BOOST_AUTO_TEST_CASE(moderation_that_fails_now_and_then_is_asked_again) {
  int calls = 0;
  world.upstreams->moderation = [&](const auto&) { return ++calls < 3 ? failing(failure_class::ambiguous) : turn{}; };
  auto answer = at_home().create(free_person, "a boat");
  house->advance(30s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(without_a_verdict_nothing_is_drawn_and_nothing_charged) {
  world.upstreams->moderation = [](const auto&) { return failing(failure_class::unavailable); };
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1min);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::failed));
  BOOST_TEST((answer->final->row.reason == failure::moderation_unavailable));
  BOOST_TEST(world.upstreams->drawn.empty());
  BOOST_TEST(balance_of(free_person).available.value() == 10);
  check_books();
}

BOOST_AUTO_TEST_CASE(a_free_call_that_fails_ambiguously_is_repeated_once_and_no_more) {
  world.upstreams->drawing = [](const auto&) { return failing(failure_class::ambiguous); };
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1min);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::failed));
  BOOST_TEST(world.upstreams->drawn.size() == 2u);
  BOOST_TEST(balance_of(free_person).available.value() == 10);
  check_books();
}

BOOST_AUTO_TEST_CASE(a_paid_create_whose_answer_is_lost_is_never_repeated_and_released_after_the_wait) {
  world.upstreams->creating = [](const auto&) { return failing(failure_class::ambiguous); };
  auto answer = at_home().create(paid_person, "a castle");
  house->advance(10min);
  BOOST_TEST(world.upstreams->created.size() == 1u);
  BOOST_TEST(balance_of(paid_person).held.value() == 5);
  house->advance(11min);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.reason == failure::outcome_unknown));
  BOOST_TEST(world.upstreams->created.size() == 1u);
  BOOST_TEST(balance_of(paid_person).available.value() == 100);
  check_books();
}

BOOST_AUTO_TEST_CASE(a_paid_create_that_was_told_to_wait_is_tried_again) {
  int calls = 0;
  world.upstreams->creating = [&](const auto&) { return ++calls < 3 ? failing(failure_class::busy) : turn{}; };
  auto answer = at_home().create(paid_person, "a castle");
  house->advance(1min);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(calls == 3);
  check_books();
}

BOOST_AUTO_TEST_CASE(a_refusal_after_acceptance_is_final_and_costs_nothing) {
  world.upstreams->drawing = [](const auto&) { return failing(failure_class::refused); };
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1min);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.reason == failure::blocked_output));
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
  BOOST_TEST(balance_of(free_person).available.value() == 10);
  check_books();
}

BOOST_AUTO_TEST_CASE(with_one_image_of_three_failing_two_are_returned_and_charged) {
  int calls = 0;
  world.upstreams->drawing = [&](const auto&) { return ++calls == 2 ? failing(failure_class::refused) : turn{}; };
  auto answer = at_home().create(free_person, "three boats", 3);
  house->advance(1min);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST(answer->images.size() == 2u);
  BOOST_TEST(answer->final->row.charged.value() == 4);
  BOOST_TEST(balance_of(free_person).available.value() == 6);
  check_books();
}

BOOST_AUTO_TEST_CASE(a_whole_dead_pool_never_spills_into_the_other) {
  world.upstreams->drawing = [](const auto&) { return failing(failure_class::unavailable); };
  std::vector<record_ptr> answers;
  for (int i = 0; i < 5; ++i)
    answers.push_back(at_home().create(free_person, "boat " + std::to_string(i)));
  house->advance(20min);
  for (const auto& answer : answers) {
    BOOST_TEST(answer->ends == 1);
    BOOST_REQUIRE(answer->final);
    BOOST_TEST((answer->final->row.state == generation_state::failed));
  }
  BOOST_TEST(world.upstreams->created.empty());
  BOOST_TEST(balance_of(free_person).available.value() == 10);
  check_books();
}

BOOST_AUTO_TEST_CASE(without_enough_credits_nothing_is_moderated) {
  auto poor = world.newcomer(tier::paid, 4);
  auto answer = at_home().create(poor, "a castle");
  house->advance(1s);
  BOOST_REQUIRE(answer->refused);
  BOOST_TEST((answer->refused->reason == refusal::why::insufficient_credits));
  BOOST_TEST(world.upstreams->moderated.empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_like_any_bad_one) {
  auto stranger = free_person;
  stranger.hash[0] ^= 1;
  auto answer = at_home().create(stranger, "a boat");
  house->advance(1s);
  BOOST_REQUIRE(answer->refused);
  BOOST_TEST((answer->refused->reason == refusal::why::invalid_key));
}

BOOST_AUTO_TEST_CASE(a_bad_parameter_is_named_before_anything_is_charged) {
  actors::create_request request;
  request.request.prompt = secret_text("a boat");
  request.request.size = "7x7";
  auto answer = at_home().create(free_person, request);
  house->advance(1s);
  BOOST_REQUIRE(answer->refused);
  BOOST_REQUIRE(answer->refused->field);
  BOOST_TEST(answer->refused->field->field == "size");
  BOOST_TEST(balance_of(free_person).available.value() == 0); // not even the daily allowance was touched
}

BOOST_AUTO_TEST_CASE(the_same_idempotency_key_attaches_and_another_body_is_refused) {
  actors::create_request request;
  request.request.prompt = secret_text("a boat");
  request.fingerprint_source = "a boat";
  request.idempotency_key = "one";
  auto first = at_home().create(free_person, request);
  auto second = house->create(free_person, request);
  house->advance(1s);
  BOOST_TEST(second->attached);
  BOOST_TEST((first->id == second->id));
  BOOST_TEST(second->images.size() == 1u);
  request.fingerprint_source = "another boat";
  auto third = house->create(free_person, request);
  house->advance(1s);
  BOOST_REQUIRE(third->refused);
  BOOST_TEST((third->refused->reason == refusal::why::key_reused));
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
  check_books();
}

BOOST_AUTO_TEST_CASE(a_caller_that_waits_too_long_is_told_and_its_retry_attaches) {
  world.upstreams->drawing = [](const auto&) { return turn{5s, {}}; };
  actors::create_request request;
  request.request.prompt = secret_text("a slow boat");
  request.fingerprint_source = "a slow boat";
  request.synchronous = true;
  actors::watch_options patience;
  patience.wait = 2s;
  auto first = at_home().create(free_person, request, patience);
  house->advance(3s);
  BOOST_TEST(first->expired);
  request.retry_count = 1;
  patience.wait = 10s;
  auto second = house->create(free_person, request, patience);
  house->advance(1s);
  BOOST_TEST(second->attached);
  BOOST_TEST((second->id == first->id));
  house->advance(2s);
  BOOST_TEST(second->images.size() == 1u);
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
  BOOST_TEST(balance_of(free_person).available.value() == 8);
  check_books();
}

BOOST_AUTO_TEST_CASE(cancelled_before_dispatch_it_is_free) {
  world.upstreams->moderation = [](const auto&) { return turn{5s, {}}; };
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1s);
  const auto reply = house->ask(free_person, actors::cancel_generation{*answer->id});
  BOOST_REQUIRE(reply);
  house->advance(10s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::cancelled));
  BOOST_TEST(world.upstreams->drawn.empty());
  BOOST_TEST(balance_of(free_person).available.value() == 10);
  check_books();
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_waits_for_moderation_its_prompt_is_told_to_nobody) {
  world.concurrency = 1; // four at moderation
  world.upstreams->moderation = [](const auto&) { return turn{2s, {}}; };
  std::vector<record_ptr> before_it;
  for (int i = 0; i < 4; ++i)
    before_it.push_back(at_home().create(paid_person, "a tree"));
  auto answer = house->create(free_person, "a boat");
  house->advance(100ms);
  BOOST_TEST(world.upstreams->moderated.size() == 4u);
  BOOST_REQUIRE(house->ask(free_person, actors::cancel_generation{*answer->id}));
  house->advance(60s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::cancelled));
  BOOST_TEST(world.upstreams->count(world.upstreams->moderated, "a boat") == 0);
  for (const auto& each : before_it)
    BOOST_TEST((each->final && each->final->row.state == generation_state::completed));
  check_books();
}

BOOST_AUTO_TEST_CASE(cancelled_after_dispatch_what_is_delivered_is_charged_and_deleted) {
  world.upstreams->drawing = [](const auto&) { return turn{5s, {}}; };
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1s);
  BOOST_REQUIRE(house->ask(free_person, actors::cancel_generation{*answer->id}));
  house->advance(10s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST(answer->images.empty());
  BOOST_TEST(answer->final->row.charged.value() == 2);
  BOOST_TEST(balance_of(free_person).available.value() == 8);
  const auto image = house->ask(free_person, actors::find_image{*answer->id, 0});
  BOOST_REQUIRE(!image);
  BOOST_TEST((image.error().reason == refusal::why::not_found));
  check_books();
}

BOOST_AUTO_TEST_CASE(another_account_cannot_see_watch_cancel_or_fetch_it) {
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1s);
  const auto id = *answer->id;
  for (const actors::query& q : {actors::query(actors::find_generation{id}), actors::query(actors::find_image{id, 0}),
                                 actors::query(actors::cancel_generation{id})}) {
    const auto reply = house->ask(paid_person, q);
    BOOST_REQUIRE(!reply);
    BOOST_TEST((reply.error().reason == refusal::why::not_found));
  }
  auto spy = house->watch(paid_person, id);
  house->advance(1s);
  BOOST_REQUIRE(spy->refused);
  BOOST_TEST((spy->refused->reason == refusal::why::not_found));
}

BOOST_AUTO_TEST_CASE(one_account_with_many_requests_delays_another_by_about_one_slot) {
  world.upstreams->drawing = [](const auto&) { return turn{1s, {}}; };
  settings.free_tier.max_active_per_account = 1000;
  settings.daily_allowance = credits::unchecked(10'000);
  auto greedy = world.newcomer(tier::free);
  for (int i = 0; i < 200; ++i)
    at_home().create(greedy, "one of many " + std::to_string(i));
  house->advance(500ms);
  auto answer = house->create(free_person, "a single boat");
  house->advance(2500ms); // the calls under way, then its own
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
}

BOOST_AUTO_TEST_CASE(a_free_person_sees_the_days_allowance_before_it_is_granted) {
  const auto before = at_home().ask(free_person, actors::find_account{});
  BOOST_REQUIRE(before);
  BOOST_TEST(std::get<actors::account_answer>(*before).available.value() == 10);
  house->create(free_person, "a boat");
  house->advance(1s);
  const auto after = house->ask(free_person, actors::find_account{});
  BOOST_TEST(std::get<actors::account_answer>(*after).available.value() == 8);
  const auto payer = house->ask(paid_person, actors::find_account{});
  BOOST_TEST(std::get<actors::account_answer>(*payer).available.value() == 100);
}

BOOST_AUTO_TEST_CASE(what_is_ended_can_be_watched_again_with_its_images) {
  auto answer = at_home().create(free_person, "a boat");
  house->advance(1s);
  auto later = house->watch(free_person, *answer->id);
  house->advance(1s);
  BOOST_TEST(later->ends == 1);
  BOOST_TEST(later->images.size() == 1u);
}

BOOST_AUTO_TEST_CASE(whoever_joins_while_the_row_of_another_nodes_work_is_read_gets_its_images) {
  constexpr int more_messages_than_a_look_takes = 30;
  for (int joins_after = 0; joins_after < more_messages_than_a_look_takes; ++joins_after) {
    virtual_world apart;
    apart.upstreams->drawing = [](const auto&) { return turn{2s, {}}; };
    virtual_house owner(apart, calm_settings());
    virtual_house other(apart, calm_settings());
    const auto someone = apart.newcomer(tier::free);
    const auto pass_a_second = [&] {
      owner.advance(1s);
      other.ring();
      other.run();
    };
    auto answer = owner.create(someone, "a boat");
    owner.run();
    actors::watch_options rows_only;
    rows_only.wants_images = false;
    other.watch(someone, *answer->id, rows_only);
    pass_a_second();
    owner.advance(2s);
    BOOST_REQUIRE(answer->final);
    other.ring();
    for (int i = 0; i < joins_after && other.run_one(); ++i) {
    }
    auto joined = other.watch(someone, *answer->id);
    other.run();
    for (int i = 0; i < 3; ++i)
      pass_a_second();
    BOOST_REQUIRE_MESSAGE(joined->final, joins_after);
    BOOST_TEST(joined->images.size() == 1u, joins_after);
  }
}

BOOST_AUTO_TEST_CASE(partial_images_reach_only_those_who_asked) {
  world.upstreams->partials = 2;
  actors::create_request request;
  request.request.prompt = secret_text("a boat");
  request.request.partial_images = 2;
  request.fingerprint_source = "a boat";
  actors::watch_options how;
  how.wants_partials = true;
  auto with = at_home().create(free_person, request, how);
  house->run();
  auto without = house->watch(free_person, *with->id);
  house->advance(1s);
  BOOST_TEST(with->partials == 2);
  BOOST_TEST(without->partials == 0);
}

BOOST_AUTO_TEST_SUITE_END()
