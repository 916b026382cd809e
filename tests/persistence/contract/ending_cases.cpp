#include "tests/persistence/contract/world.hpp"

namespace easel::persistence::contract {

namespace {

finish failing(const work& g, failure why = failure::upstream_error) {
  return {g.id, g.owner, generation_state::failed, why};
}

// ---------------------------------------------------------------- block

void block_releases(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p, 7, 2);
  BOOST_TEST(w.try_write(block{g.id, g.owner, blocking_verdict()}) == fenced::done);
  const auto row = w.row_of(p, g.id);
  BOOST_TEST(row.state == generation_state::blocked);
  BOOST_TEST(row.reason == failure::blocked_input);
  BOOST_REQUIRE(row.verdict.has_value());
  BOOST_TEST((*row.verdict == blocking_verdict()));
  BOOST_TEST(row.ended_at.has_value());
  BOOST_TEST(row.charged.value() == 0);
  BOOST_TEST(w.balance_of(p).available.value() == 100);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void block_after_a_cancel_request(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p, 7, 2);
  BOOST_TEST(w.db->request_cancel(p.account, g.id).value());
  BOOST_TEST(w.try_write(block{g.id, g.owner, blocking_verdict()}) == fenced::done);
  const auto row = w.row_of(p, g.id);
  BOOST_TEST(row.state == generation_state::blocked);
  BOOST_TEST(row.prompt.empty());
}

void block_has_its_states(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto sent = w.dispatched(p);
  BOOST_TEST(w.try_write(block{sent.id, sent.owner, blocking_verdict()}) == fenced::not_in_state);
  const auto g = w.accepted(p);
  BOOST_TEST(w.try_write(block{g.id, {w.new_node(), 1}, blocking_verdict()}) == fenced::stale);
  BOOST_TEST(w.try_write(block{g.id, g.owner, blocking_verdict()}) == fenced::done);
  BOOST_TEST(w.try_write(block{g.id, g.owner, blocking_verdict()}) == fenced::not_in_state);
  BOOST_TEST(w.balance_of(p).available.value() == 95);
}

// ---------------------------------------------------------------- finish

void failure_releases(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  const auto outcome = w.try_end(failing(g, failure::upstream_timeout));
  BOOST_TEST(outcome.result == fenced::done);
  BOOST_TEST(outcome.state == generation_state::failed);
  BOOST_TEST(outcome.charged.value() == 0);
  BOOST_TEST(outcome.balance.value() == 100);
  const auto row = w.row_of(p, g.id);
  BOOST_TEST(row.state == generation_state::failed);
  BOOST_TEST(row.reason == failure::upstream_timeout);
  BOOST_TEST(row.ended_at.has_value());
}

void last_image_after_a_cancel_request(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto before = w.balance_of(p).available;
  const auto g = w.dispatched(p, 5);
  BOOST_TEST(w.db->request_cancel(p.account, g.id).value());
  const auto outcome = w.try_end(w.picture(g, 0, true));
  BOOST_TEST(outcome.state == generation_state::completed);
  BOOST_TEST(outcome.charged == amount(5));
  BOOST_TEST(w.balance_of(p).available == before - amount(5));
  BOOST_TEST(!w.db->find_image(p.account, g.id, 0).value());
}

void cancelled_before_dispatch(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  const auto outcome = w.try_end(finish{g.id, g.owner, generation_state::cancelled, failure::cancelled});
  BOOST_TEST(outcome.state == generation_state::cancelled);
  BOOST_TEST(w.balance_of(p).available.value() == 100);
  BOOST_TEST(w.row_of(p, g.id).reason == failure::cancelled);
}

void what_exists_is_charged(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 3);
  BOOST_REQUIRE(w.try_end(w.picture(g, 1)).result == fenced::done);
  const auto outcome = w.try_end(failing(g));
  BOOST_TEST(outcome.state == generation_state::completed);
  BOOST_TEST(outcome.charged.value() == 7);
  BOOST_TEST(outcome.balance.value() == 93);
  const auto row = w.row_of(p, g.id);
  BOOST_TEST(row.state == generation_state::completed);
  BOOST_TEST(row.images.size() == 1u);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void finish_twice(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  BOOST_TEST(w.try_end(failing(g)).result == fenced::done);
  BOOST_TEST(w.try_end(failing(g)).result == fenced::not_in_state);
  BOOST_TEST(w.balance_of(p).available.value() == 100);
  const auto done = w.completed(p, 5);
  BOOST_TEST(w.try_end(finish{done, {w.node, 1}}).result == fenced::not_in_state);
  BOOST_TEST(w.row_of(p, done).state == generation_state::completed);
  BOOST_TEST(w.balance_of(p).available.value() == 95);
}

void finish_of_another_node(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto g = w.dispatched(p);
  g.owner.node = w.new_node();
  BOOST_TEST(w.try_end(failing(g)).result == fenced::stale);
  BOOST_TEST(w.row_of(p, g.id).state == generation_state::dispatched);
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void completed_needs_an_image(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  const auto outcome = w.write_one(finish{g.id, g.owner, generation_state::completed});
  BOOST_TEST((!outcome.has_value() || std::get<finished>(*outcome).state != generation_state::completed));
  BOOST_TEST(w.row_of(p, g.id).state != generation_state::completed);
}

void discarded_after_charge(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  BOOST_REQUIRE(w.try_end(w.picture(g, 0)).result == fenced::done);
  finish command{g.id, g.owner, generation_state::cancelled, failure::cancelled};
  command.discard = true;
  const auto outcome = w.try_end(command);
  BOOST_TEST(outcome.result == fenced::done);
  BOOST_TEST(outcome.charged.value() == 7);
  BOOST_TEST(outcome.balance.value() == 93);
  BOOST_TEST((w.db->find_image(p.account, g.id, 0).value() == nullptr));
  const auto row = w.db->find_generation(p.account, g.id).value();
  BOOST_TEST((!row || (row->prompt.empty() && row->images.empty())));
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void discarded_without_image(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  finish command{g.id, g.owner, generation_state::cancelled, failure::cancelled};
  command.discard = true;
  const auto outcome = w.try_end(command);
  BOOST_TEST(outcome.state == generation_state::cancelled);
  BOOST_TEST(outcome.charged.value() == 0);
  const auto row = w.db->find_generation(p.account, g.id).value();
  BOOST_TEST((!row || row->prompt.empty()));
  BOOST_TEST(w.balance_of(p).available.value() == 100);
}

void mixed_batch(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto q = w.newcomer(tier::paid, 100);
  const auto a = w.accepted(p);
  const auto b = w.dispatched(q);
  const auto c = w.accepted(p);
  const std::vector<write> batch{
    w.sending(a), w.picture(b, 0, true), block{c.id, c.owner, blocking_verdict()}, finish{a.id, {w.new_node(), 9}},
    w.order(q),   mark_answered{{b.id}},
  };
  const auto outcomes = w.db->apply(batch);
  BOOST_REQUIRE(outcomes.size() == batch.size());
  for (const auto& outcome : outcomes)
    BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(std::get<fenced>(*outcomes[0]) == fenced::done);
  BOOST_TEST(std::get<finished>(*outcomes[1]).state == generation_state::completed);
  BOOST_TEST(std::get<fenced>(*outcomes[2]) == fenced::done);
  BOOST_TEST(std::get<finished>(*outcomes[3]).result == fenced::stale);
  BOOST_TEST(std::get<admitted>(*outcomes[4]).result == admission::admitted);
  BOOST_TEST(std::get<fenced>(*outcomes[5]) == fenced::done);
}

// ---------------------------------------------------------------- strikes

/// Strikes until the next admission would be refused; steps over cool-downs.
admitted strike_until_suspended(world& w, const person& p) {
  const auto& policy = w.under.settings.strikes;
  for (int i = 0; i < policy.suspend_after; ++i) {
    if (const auto until = w.account_of(p).cooldown_until; until && *until > w.now())
      w.advance(policy.cooldown_for);
    w.strike(p);
  }
  return w.try_admit(w.order(p, 0));
}

void strikes_cool_down(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto& policy = w.under.settings.strikes;
  for (int i = 0; i < policy.cooldown_after - 1; ++i)
    w.strike(p);
  BOOST_TEST(!w.account_of(p).cooldown_until.has_value());
  w.strike(p);
  const auto outcome = w.try_admit(w.order(p));
  BOOST_TEST(outcome.result == admission::suspended);
  BOOST_REQUIRE(outcome.until.has_value());
  BOOST_TEST((*outcome.until > w.now()));
  BOOST_TEST((*outcome.until <= w.now() + policy.cooldown_for));
  BOOST_TEST((w.account_of(p).cooldown_until == outcome.until));
  w.advance(policy.cooldown_for + std::chrono::seconds(1));
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::admitted);
}

void old_strikes_are_forgotten(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto& policy = w.under.settings.strikes;
  for (int i = 0; i < policy.cooldown_after - 1; ++i)
    w.strike(p);
  w.advance(policy.cooldown_window + std::chrono::seconds(1));
  w.strike(p);
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::admitted);
}

void strikes_suspend(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto kept = w.completed(p);
  const auto running = w.accepted(p);
  const auto outcome = strike_until_suspended(w, p);
  BOOST_TEST(outcome.result == admission::suspended);
  BOOST_TEST(!outcome.until.has_value());
  BOOST_TEST(w.account_of(p).state == account_state::suspended);
  BOOST_TEST(w.try_write(w.sending(running)) == fenced::account_closed);
  BOOST_TEST((w.db->find_image(p.account, kept, 0).value() != nullptr));
  BOOST_TEST(w.db->find_generation(p.account, kept).value().has_value());
}

void lift_starts_anew(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  BOOST_REQUIRE(strike_until_suspended(w, p).result == admission::suspended);
  BOOST_REQUIRE(w.db->lift_suspension(p.account, "contract", "they wrote to us").value());
  BOOST_TEST(w.account_of(p).state == account_state::active);
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::admitted);
  w.advance(std::chrono::seconds(1));
  w.strike(p);
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::admitted);
}

void refusal_after_acceptance_counts(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  for (int i = 0; i < w.under.settings.strikes.cooldown_after; ++i) {
    const auto g = w.dispatched(p);
    finish command{g.id, g.owner, generation_state::failed, failure::blocked_output};
    command.strike = true;
    BOOST_REQUIRE(w.try_end(command).result == fenced::done);
  }
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::suspended);
  BOOST_TEST(w.balance_of(p).available.value() == 100);
}

void ordinary_failures_do_not_count(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  for (int i = 0; i < w.under.settings.strikes.cooldown_after + 1; ++i)
    BOOST_REQUIRE(w.try_end(failing(w.dispatched(p))).result == fenced::done);
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::admitted);
}

} // namespace

std::vector<contract_case> ending_cases() {
  return {
    {"a_blocked_prompt_costs_nothing", block_releases},
    {"RIGHT_3_a_prompt_that_is_blocked_after_a_cancel_request_is_not_kept", block_after_a_cancel_request},
    {"a_block_is_fenced_and_happens_once_before_dispatch", block_has_its_states},
    {"a_failure_releases_the_whole_hold", failure_releases},
    {"a_cancel_before_dispatch_is_free", cancelled_before_dispatch},
    {"an_image_that_comes_after_a_cancel_request_is_charged_and_discarded", last_image_after_a_cancel_request},
    {"a_generation_that_fails_with_an_image_is_completed_and_charged_for_it", what_exists_is_charged},
    {"a_generation_ends_once", finish_twice},
    {"an_end_by_another_node_is_stale", finish_of_another_node},
    {"nothing_is_completed_without_an_image", completed_needs_an_image},
    {"a_discarded_image_is_charged_then_gone", discarded_after_charge},
    {"a_discarded_generation_without_image_is_free", discarded_without_image},
    {"a_batch_of_all_kinds_answers_each_in_its_place", mixed_batch},
    {"strikes_cool_an_account_down_for_a_while", strikes_cool_down},
    {"strikes_outside_the_window_do_not_count", old_strikes_are_forgotten},
    {"many_strikes_suspend_and_reading_still_works", strikes_suspend},
    {"a_lift_starts_the_count_anew", lift_starts_anew},
    {"refusals_after_acceptance_are_strikes", refusal_after_acceptance_counts},
    {"ordinary_failures_are_no_strikes", ordinary_failures_do_not_count},
  };
}

} // namespace easel::persistence::contract
