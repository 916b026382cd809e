#include "tests/persistence/contract/world.hpp"

namespace easel::persistence::contract {

namespace {

void admitted_and_held(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = w.order(p, 7, 3);
  const auto outcome = w.try_admit(command);
  BOOST_TEST(outcome.result == admission::admitted);
  BOOST_TEST(outcome.id == command.id);
  BOOST_TEST(outcome.account_tier == tier::free);
  BOOST_TEST(outcome.balance.value() == 79);
  const auto after = w.balance_of(p);
  BOOST_TEST(after.available.value() == 79);
  BOOST_TEST(after.held.value() == 21);
  const auto row = w.row_of(p, command.id);
  BOOST_TEST(row.state == generation_state::accepted);
  BOOST_TEST((row.plan == command.plan));
  BOOST_TEST((row.prompt == command.prompt));
  BOOST_TEST(row.charged.value() == 0);
  BOOST_TEST(!row.verdict.has_value());
  BOOST_TEST(!row.dispatched_at.has_value());
  BOOST_TEST(!row.ended_at.has_value());
}

void disclosed_to_moderation(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto row = w.row_of(p, w.accepted(p).id);
  BOOST_REQUIRE(row.disclosures.size() == 1u);
  BOOST_TEST(row.disclosures.front().to == recipient::openai_moderation);
  BOOST_TEST((row.disclosures.front().what == data_class::content));
}

void expires_after_retention(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto outcome = w.try_admit(w.order(p));
  const auto row = w.row_of(p, outcome.id);
  BOOST_TEST((row.expires_at == policies::content_expires_at(w.under.settings.retention, row.created_at)));
  BOOST_TEST((outcome.created_at == row.created_at));
  BOOST_TEST((outcome.expires_at == row.expires_at));
  BOOST_TEST((std::chrono::abs(row.created_at - w.now()) < std::chrono::minutes(1)));
}

void unknown_account(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto command = w.order(p);
  command.account = {command.id.value};
  command.key.reset();
  BOOST_TEST(w.try_admit(command).result == admission::account_gone);
}

void closed_account(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = w.order(p);
  w.under.close_account(p.account);
  BOOST_TEST(w.try_admit(command).result == admission::account_gone);
}

void revoked_key(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  BOOST_REQUIRE(w.db->revoke_key(p.account, p.key, "contract").value());
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::key_gone);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void foreign_key(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto other = w.newcomer();
  auto command = w.order(p);
  command.key = other.key;
  BOOST_TEST(w.try_admit(command).result == admission::key_gone);
}

void no_key(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto command = w.order(p);
  command.key.reset();
  BOOST_TEST(w.try_admit(command).result == admission::admitted);
}

void restricted(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  w.under.restrict_account(p.account, true);
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::restricted);
  w.under.restrict_account(p.account, false);
  BOOST_TEST(w.try_admit(w.order(p)).result == admission::admitted);
}

void tier_changed(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = w.order(p);
  BOOST_REQUIRE(w.db->set_tier(p.account, tier::paid, "contract", "bought a pack").value());
  const auto outcome = w.try_admit(command);
  BOOST_TEST(outcome.result == admission::tier_changed);
  BOOST_TEST(outcome.account_tier == tier::paid);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void shortage(world& w) {
  const auto p = w.newcomer(tier::paid, 9);
  const auto command = w.order(p, 5, 2);
  BOOST_TEST(w.try_admit(command).result == admission::insufficient_credits);
  BOOST_TEST(w.balance_of(p).available.value() == 9);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
  BOOST_TEST(!w.db->find_generation(p.account, command.id).value().has_value());
}

void exact_amount(world& w) {
  const auto p = w.newcomer(tier::paid, 10);
  BOOST_TEST(w.try_admit(w.order(p, 5, 2)).balance.value() == 0);
  BOOST_TEST(w.try_admit(w.order(p, 1, 1)).result == admission::insufficient_credits);
}

void too_many(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto command = w.order(p);
  command.max_active = 2;
  const auto first = w.accepted(command);
  command.id = w.new_generation_id();
  (void)w.accepted(command);
  command.id = w.new_generation_id();
  BOOST_TEST(w.try_admit(command).result == admission::too_many_active);
  BOOST_TEST(w.balance_of(p).held.value() == 10);
  BOOST_TEST(w.try_end(finish{first.id, first.owner}).result == fenced::done);
  BOOST_TEST(w.try_admit(command).result == admission::admitted);
}

void repeated_by_same_node(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = w.order(p);
  const auto first = w.try_admit(command);
  const auto again = w.try_admit(command);
  BOOST_TEST(again.result == admission::admitted);
  BOOST_TEST(again.id == command.id);
  BOOST_TEST((again.created_at == first.created_at));
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void same_id_by_another_node(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto command = w.order(p);
  (void)w.accepted(command);
  command.node = w.new_node();
  const auto outcome = w.write_one(command);
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error().what == store_error::kind::refused));
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void skewed_id(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto command = w.order(p);
  w.advance(w.under.settings.max_clock_skew + std::chrono::minutes(1));
  const auto outcome = w.write_one(command);
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error().what == store_error::kind::refused));
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void nul_fails_alone(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const std::string nul("nul\0nul", 7);
  std::vector<admit> bad(5, w.order(p));
  for (auto& a : bad)
    a.id = w.new_generation_id();
  bad[0].prompt = secret_text(nul);
  bad[1].idempotency_key = nul;
  bad[2].fingerprint_source = nul;
  bad[3].plan.model = nul;
  bad[4].plan.size = nul;
  std::vector<write> batch{w.order(p)};
  for (const auto& a : bad) {
    batch.emplace_back(a);
    batch.emplace_back(w.order(p));
  }
  const auto outcomes = w.db->apply(batch);
  BOOST_REQUIRE(outcomes.size() == batch.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    BOOST_TEST_CONTEXT("command " << i) {
      const bool is_good = i % 2 == 0;
      BOOST_REQUIRE(outcomes[i].has_value() == is_good);
      if (is_good)
        BOOST_TEST(std::get<admitted>(*outcomes[i]).id == std::get<admit>(batch[i]).id);
      else
        BOOST_TEST((outcomes[i].error().what == store_error::kind::refused));
    }
  }
  BOOST_TEST(w.balance_of(p).held.value() == 30);
}

void allowance_once_a_day(world& w) {
  const auto p = w.newcomer(tier::free);
  auto command = w.order(p, 4);
  command.daily_allowance = amount(10);
  const auto first = w.try_admit(command);
  BOOST_TEST(first.result == admission::admitted);
  BOOST_TEST(first.balance.value() == 6);
  command.id = w.new_generation_id();
  BOOST_TEST(w.try_admit(command).balance.value() == 2);
  command.id = w.new_generation_id();
  BOOST_TEST(w.try_admit(command).result == admission::insufficient_credits);
  const auto grants = w.balance_of(p).grants;
  BOOST_REQUIRE(grants.size() == 1u);
  BOOST_TEST((grants[0].kind == grant_kind::daily));
  BOOST_TEST(grants[0].amount.value() == 10);
  BOOST_REQUIRE(grants[0].expires_at.has_value());
  BOOST_TEST((*grants[0].expires_at == instant(day_of(grants[0].created_at) + std::chrono::days(1))));
}

void allowance_of_the_next_day(world& w) {
  const auto p = w.newcomer(tier::free);
  auto command = w.order(p, 4);
  command.daily_allowance = amount(10);
  const auto first = w.accepted(command);
  BOOST_REQUIRE(w.try_end(finish{first.id, first.owner}).result == fenced::done);
  w.advance(std::chrono::hours(24));
  BOOST_TEST(w.balance_of(p).available.value() == 0);
  command.id = w.new_generation_id();
  BOOST_TEST(w.try_admit(command).balance.value() == 6);
  const auto after = w.balance_of(p);
  BOOST_TEST(after.available.value() == 6);
  BOOST_TEST(after.held.value() == 4);
}

void no_allowance_for_payers(world& w) {
  const auto p = w.newcomer(tier::paid);
  auto command = w.order(p, 4);
  command.daily_allowance = amount(10);
  BOOST_TEST(w.try_admit(command).result == admission::insufficient_credits);
  BOOST_TEST(w.balance_of(p).available.value() == 0);
}

void many_in_one_batch(world& w) {
  std::vector<write> batch;
  for (int i = 0; i < 8; ++i) {
    const auto p = w.newcomer(tier::free, 10);
    for (int j = 0; j < 4; ++j)
      batch.emplace_back(w.order(p, 5)); // two of the four find enough
  }
  const auto outcomes = w.db->apply(batch);
  BOOST_REQUIRE(outcomes.size() == batch.size());
  int admitted_count = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    BOOST_REQUIRE(outcomes[i].has_value());
    const auto& outcome = std::get<admitted>(*outcomes[i]);
    if (outcome.result != admission::admitted)
      continue;
    ++admitted_count;
    BOOST_TEST(outcome.id == std::get<admit>(batch[i]).id);
  }
  BOOST_TEST(admitted_count == 16);
}

void empty_batch(world& w) { BOOST_TEST(w.db->apply({}).empty()); }

} // namespace

std::vector<contract_case> admission_cases() {
  return {
    {"an_admitted_generation_is_accepted_with_its_price_held", admitted_and_held},
    {"an_admission_discloses_the_prompt_to_moderation", disclosed_to_moderation},
    {"content_expires_after_the_retention_window", expires_after_retention},
    {"an_unknown_account_is_gone", unknown_account},
    {"a_closed_account_is_gone", closed_account},
    {"a_revoked_key_is_gone", revoked_key},
    {"a_key_of_another_account_is_gone", foreign_key},
    {"a_signed_in_session_needs_no_key", no_key},
    {"a_restricted_account_is_refused_until_it_is_lifted", restricted},
    {"a_price_made_for_another_tier_is_refused_with_the_present_tier", tier_changed},
    {"a_shortage_of_credits_holds_nothing_and_leaves_no_row", shortage},
    {"the_last_credit_can_be_spent_and_no_more", exact_amount},
    {"more_in_work_than_allowed_is_too_many_until_one_ends", too_many},
    {"the_same_admission_again_from_its_node_is_admitted_once", repeated_by_same_node},
    {"an_id_of_another_nodes_row_is_refused", same_id_by_another_node},
    {"an_id_far_from_the_databases_time_is_refused", skewed_id},
    {"a_nul_in_a_text_refuses_that_command_alone", nul_fails_alone},
    {"a_free_account_gets_its_allowance_once_a_day", allowance_once_a_day},
    {"the_allowance_ends_at_midnight_and_the_next_day_brings_another", allowance_of_the_next_day},
    {"a_paid_account_gets_no_allowance", no_allowance_for_payers},
    {"a_batch_of_many_accounts_answers_each_command_in_its_place", many_in_one_batch},
    {"an_empty_batch_has_no_outcomes", empty_batch},
  };
}

} // namespace easel::persistence::contract
