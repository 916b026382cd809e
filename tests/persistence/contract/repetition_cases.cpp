#include "tests/persistence/contract/world.hpp"

namespace easel::persistence::contract {

namespace {

admit with_key(world& w, const person& p, const std::string& text) {
  auto command = w.order(p);
  command.idempotency_key = text;
  return command;
}

/// The same request once more, as another request with an id of its own.
admit again(world& w, admit command, int retry_count = 0) {
  command.id = w.new_generation_id();
  command.retry_count = retry_count;
  return command;
}

admit synchronous(world& w, const person& p) {
  auto command = w.order(p);
  command.awaits_answer = true;
  return command;
}

// ---------------------------------------------------------------- idempotency keys

void same_key_attaches(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = with_key(w, p, "order-1");
  const auto first = w.try_admit(command);
  const auto repeat = w.try_admit(again(w, command));
  BOOST_TEST(repeat.result == admission::attached);
  BOOST_TEST(repeat.id == command.id);
  BOOST_TEST((repeat.created_at == first.created_at));
  BOOST_TEST((repeat.expires_at == first.expires_at));
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void other_body_is_reuse(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = with_key(w, p, "order-1");
  (void)w.accepted(command);
  auto other = again(w, command);
  other.fingerprint_source = R"({"prompt":"something else"})";
  BOOST_TEST(w.try_admit(other).result == admission::key_reused);
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void keys_belong_to_accounts(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto q = w.newcomer(tier::free, 100);
  (void)w.accepted(with_key(w, p, "order-1"));
  BOOST_TEST(w.try_admit(with_key(w, q, "order-1")).result == admission::admitted);
}

void claim_survives_connections(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = with_key(w, p, "order-1");
  (void)w.accepted(command);
  w.db.reset();
  w.db = w.under.open();
  auto elsewhere = again(w, command);
  elsewhere.node = w.new_node();
  const auto repeat = w.try_admit(elsewhere);
  BOOST_TEST(repeat.result == admission::attached);
  BOOST_TEST(repeat.id == command.id);
}

void claim_attaches_to_ended(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = with_key(w, p, "order-1");
  const auto first = w.accepted(command);
  BOOST_REQUIRE(w.try_end(finish{first.id, first.owner}).result == fenced::done);
  BOOST_TEST(w.try_admit(again(w, command)).result == admission::attached);
}

void claim_ends_with_window(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = with_key(w, p, "order-1");
  (void)w.accepted(command);
  w.advance(w.under.settings.retention.idempotency - std::chrono::minutes(5));
  BOOST_TEST(w.try_admit(again(w, command)).result == admission::attached);
  w.advance(std::chrono::minutes(10));
  auto other = again(w, command);
  other.fingerprint_source = "another body may have the key now";
  BOOST_TEST(w.try_admit(other).result == admission::admitted);
  BOOST_TEST(w.try_admit(again(w, other)).id == other.id);
}

void claim_ends_with_generation(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = with_key(w, p, "order-1");
  const auto first = w.accepted(command);
  BOOST_REQUIRE(w.try_end(finish{first.id, first.owner}).result == fenced::done);
  BOOST_REQUIRE(w.db->delete_generation(p.account, first.id).value());
  BOOST_TEST(w.try_admit(again(w, command)).result == admission::admitted);
}

void refusal_leaves_no_claim(world& w) {
  const auto p = w.newcomer(tier::paid);
  const auto command = with_key(w, p, "order-1");
  BOOST_REQUIRE(w.try_admit(command).result == admission::insufficient_credits);
  w.give(p, 100);
  auto other = again(w, command);
  other.fingerprint_source = "the body was mended";
  BOOST_TEST(w.try_admit(other).result == admission::admitted);
}

void attach_costs_nothing(world& w) {
  const auto p = w.newcomer(tier::paid, 5);
  auto command = with_key(w, p, "order-1");
  command.max_active = 1;
  (void)w.accepted(command);
  const auto repeat = w.try_admit(again(w, command)); // neither a credit nor a place is left
  BOOST_TEST(repeat.result == admission::attached);
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void dead_key_attaches_to_nothing(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto command = with_key(w, p, "order-1");
  (void)w.accepted(command);
  BOOST_REQUIRE(w.db->revoke_key(p.account, p.key, "contract").value());
  BOOST_TEST(w.try_admit(again(w, command)).result == admission::key_gone);
}

void both_in_one_batch(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = with_key(w, p, "order-1");
  const std::vector<write> batch{command, again(w, command)};
  const auto outcomes = w.db->apply(batch);
  BOOST_REQUIRE((outcomes.size() == 2u && outcomes[0] && outcomes[1]));
  const auto& a = std::get<admitted>(*outcomes[0]);
  const auto& b = std::get<admitted>(*outcomes[1]);
  BOOST_TEST(a.id == b.id);
  BOOST_TEST((a.result == admission::admitted) != (b.result == admission::admitted));
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

// ---------------------------------------------------------------- retries without a key

void first_try_never_attaches(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  BOOST_TEST(w.try_admit(again(w, command, 0)).result == admission::admitted);
  BOOST_TEST(w.balance_of(p).held.value() == 10);
}

void retry_attaches(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  const auto retry = w.try_admit(again(w, command, 1));
  BOOST_TEST(retry.result == admission::attached);
  BOOST_TEST(retry.id == command.id);
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void each_retry_attaches_once(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  BOOST_TEST(w.try_admit(again(w, command, 1)).result == admission::attached);
  // A second first retry must be of another call: it gets a generation of its own.
  const auto stranger = again(w, command, 1);
  BOOST_TEST(w.try_admit(stranger).result == admission::admitted);
  BOOST_TEST(w.try_admit(again(w, command, 2)).id == stranger.id);
  BOOST_TEST(w.try_admit(again(w, command, 2)).id == command.id);
  BOOST_TEST(w.try_admit(again(w, command, 2)).result == admission::admitted);
}

void attached_newest_first(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto older = synchronous(w, p);
  (void)w.accepted(older);
  w.advance(std::chrono::seconds(1));
  const auto newer = again(w, older);
  (void)w.accepted(newer);
  BOOST_TEST(w.try_admit(again(w, older, 1)).id == newer.id);
  BOOST_TEST(w.try_admit(again(w, older, 1)).id == older.id);
}

void skipped_retry_numbers(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  BOOST_TEST(w.try_admit(again(w, command, 3)).result == admission::attached); // two retries never arrived
  BOOST_TEST(w.try_admit(again(w, command, 2)).result == admission::admitted);
}

void ended_but_unanswered(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto command = synchronous(w, p);
  const auto first = w.accepted(command);
  BOOST_REQUIRE(w.try_write(w.sending(first)) == fenced::done);
  BOOST_REQUIRE(w.try_end(w.picture(first, 0, true)).state == generation_state::completed);
  const auto retry = w.try_admit(again(w, command, 1));
  BOOST_TEST(retry.result == admission::attached);
  BOOST_TEST(retry.id == command.id);
}

void answered_is_over(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  BOOST_TEST(w.try_write(mark_answered{{command.id, w.new_generation_id()}}) == fenced::done);
  BOOST_TEST(w.try_admit(again(w, command, 1)).result == admission::admitted);
}

void not_awaiting(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = w.order(p); // asynchronous: its answer was the 202
  (void)w.accepted(command);
  BOOST_TEST(w.try_admit(again(w, command, 1)).result == admission::admitted);
}

void other_body_or_key(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  auto other_body = again(w, command, 1);
  other_body.fingerprint_source = "another body";
  BOOST_TEST(w.try_admit(other_body).result == admission::admitted);
  auto other_key = again(w, command, 1);
  other_key.key = w.db->create_key(p.account, "phone", w.new_digest(), "wxyz", "contract").value().id;
  BOOST_TEST(w.try_admit(other_key).result == admission::admitted);
}

void too_old_to_attach(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  w.advance(w.under.settings.retention.retry_attach + std::chrono::minutes(1));
  BOOST_TEST(w.try_admit(again(w, command, 1)).result == admission::admitted);
}

void retry_of_failed(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto command = w.order(p);
  command.awaits_answer = true;
  const auto g = w.accepted(command);
  BOOST_TEST(
    w.try_end(finish{g.id, g.owner, generation_state::failed, failure::upstream_unavailable, false, false}).result
    == fenced::done);
  const auto retry = w.try_admit(again(w, command, 1));
  BOOST_TEST(retry.result == admission::admitted);
  BOOST_TEST(retry.id != command.id);
}

void retry_needs_no_credit(world& w) {
  const auto p = w.newcomer(tier::paid, 5);
  auto command = synchronous(w, p);
  command.max_active = 1;
  (void)w.accepted(command);
  BOOST_TEST(w.try_admit(again(w, command, 1)).result == admission::attached);
}

void retry_across_connections(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = synchronous(w, p);
  (void)w.accepted(command);
  w.db.reset();
  w.db = w.under.open();
  auto elsewhere = again(w, command, 1);
  elsewhere.node = w.new_node();
  BOOST_TEST(w.try_admit(elsewhere).id == command.id);
}

} // namespace

std::vector<contract_case> repetition_cases() {
  return {
    {"the_same_idempotency_key_and_body_attach", same_key_attaches},
    {"an_idempotency_key_with_another_body_is_reuse", other_body_is_reuse},
    {"idempotency_keys_belong_to_their_account", keys_belong_to_accounts},
    {"a_claim_survives_a_restart_and_holds_on_every_node", claim_survives_connections},
    {"a_claim_attaches_to_an_ended_generation_too", claim_attaches_to_ended},
    {"a_claim_ends_with_its_window", claim_ends_with_window},
    {"a_claim_ends_with_its_generation", claim_ends_with_generation},
    {"a_refused_admission_leaves_no_claim", refusal_leaves_no_claim},
    {"an_attached_request_needs_neither_credit_nor_place", attach_costs_nothing},
    {"a_revoked_key_attaches_to_nothing", dead_key_attaches_to_nothing},
    {"two_with_one_idempotency_key_in_one_batch_make_one_generation", both_in_one_batch},
    {"a_first_try_never_attaches", first_try_never_attaches},
    {"a_retry_attaches_to_the_unanswered_generation", retry_attaches},
    {"each_retry_number_attaches_once_per_generation", each_retry_attaches_once},
    {"a_retry_attaches_to_the_newest_first", attached_newest_first},
    {"a_retry_that_skipped_numbers_attaches_and_shuts_out_lower_ones", skipped_retry_numbers},
    {"a_retry_attaches_to_an_ended_generation_whose_answer_was_lost", ended_but_unanswered},
    {"an_answered_generation_is_not_attached_to", answered_is_over},
    {"a_generation_that_awaits_no_answer_is_not_attached_to", not_awaiting},
    {"a_retry_with_another_body_or_api_key_is_a_request_of_its_own", other_body_or_key},
    {"a_retry_after_the_window_is_a_request_of_its_own", too_old_to_attach},
    {"a_retry_of_what_failed_is_a_new_try", retry_of_failed},
    {"an_attached_retry_needs_neither_credit_nor_place", retry_needs_no_credit},
    {"a_retry_attaches_on_another_node_too", retry_across_connections},
  };
}

} // namespace easel::persistence::contract
