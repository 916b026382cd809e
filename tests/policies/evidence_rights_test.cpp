#include "evidence_system.hpp"

BOOST_AUTO_TEST_SUITE(evidence_of_rights)

using namespace easel;
using namespace easel::tests;

BOOST_AUTO_TEST_CASE(RET_2_a_row_of_a_deleted_account_breaks_it) {
  for (const auto* table : {"person", "session", "image", "access_log", "billing_account", "restriction"}) {
    auto facts = healthy();
    const auto found = std::find_if(facts.left_over.begin(), facts.left_over.end(),
                                    [&](const auto& each) { return each.table == table; });
    BOOST_REQUIRE(found != facts.left_over.end());
    found->rows = 1;
    BOOST_TEST(broken(facts) == (clauses_named{"RET-2", "RIGHT-3"}), table);
    BOOST_TEST(proof_of("RET-2", facts).complaints.front().starts_with(std::string(table) + ' '));
    facts.left_over.erase(found); // not compared at all
    BOOST_TEST(broken(facts) == (clauses_named{"RET-2", "RIGHT-3"}), table);
  }
}

BOOST_AUTO_TEST_CASE(RET_2_what_operators_did_is_kept_under_a_number_that_leads_to_nobody) {
  auto facts = healthy();
  for (auto& each : facts.left_over)
    if (each.table == "operator_audit")
      each.rows = 7;
  BOOST_TEST(broken(facts).empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_destroyed_key_on_the_disk_breaks_it_after_a_day) {
  auto facts = healthy();
  facts.keys = {2, noon - 24h, noon - 48h, {}};
  BOOST_TEST(broken(facts).empty());
  facts.keys.oldest = noon - 24h - 1s;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-3"});
  BOOST_TEST(proof_of("RIGHT-3", facts).complaints.front().find("86401 s ago") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_cluster_that_keeps_old_log_breaks_it_at_once_and_is_told_what_to_change) {
  for (const auto* word : {"wal_recycle", "pg_checkpoint", "pg_switch_wal", "pg_ls_waldir"}) {
    auto facts = healthy();
    facts.keys.missing = {word};
    BOOST_TEST(broken(facts) == clauses_named{"RIGHT-3"}, word);
    BOOST_TEST(proof_of("RIGHT-3", facts).complaints.front().find(word) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(RET_3_a_record_of_a_payment_past_its_window_breaks_it) {
  // Of 2018: its seven years are over with the first day of 2026, and a day of grace after it.
  const auto last = instant(std::chrono::sys_days{std::chrono::year{2018} / 12 / 31} + 23h);
  for (const auto* what : {"sale", "purchase", "subscription", "entry of a payment"}) {
    auto facts = healthy();
    facts.oldest_payments.insert_or_assign(what, payment_fact{last, noon - 25h});
    BOOST_TEST(broken(facts) == clauses_named{"RET-3"}, what);
    facts.oldest_payments.insert_or_assign(what, payment_fact{last + 2h, noon - 25h}); // of 2019
    BOOST_TEST(broken(facts).empty(), what);
  }
  auto facts = healthy();
  facts.oldest_payments.insert_or_assign("event of Stripe", payment_fact{noon - 24h * 41 - 1s, noon - 25h});
  BOOST_TEST(broken(facts) == clauses_named{"RET-3"});
}

BOOST_AUTO_TEST_CASE(RET_3_an_old_record_that_was_let_go_of_today_has_until_tomorrow) {
  for (const auto* what : {"sale", "purchase", "subscription", "entry of a payment", "event of Stripe"}) {
    auto facts = healthy();
    facts.oldest_payments.insert_or_assign(what, payment_fact{noon - 24h * 365 * 20, noon - 24h});
    BOOST_TEST(broken(facts).empty(), what);
    facts.oldest_payments.insert_or_assign(what, payment_fact{noon - 24h * 365 * 20, noon - 24h - 1us});
    BOOST_TEST(broken(facts) == clauses_named{"RET-3"}, what);
  }
}

BOOST_AUTO_TEST_CASE(RET_3_the_window_is_the_configured_one) {
  auto facts = healthy();
  facts.oldest_payments.insert_or_assign("sale", payment_fact{noon - 24h * 365 * 3, noon - 25h});
  evidence_terms terms;
  terms.record_years = 1;
  const auto proofs = judge(facts, terms);
  const auto found = std::find_if(proofs.begin(), proofs.end(), [](const auto& p) { return p.clause == "RET-3"; });
  BOOST_TEST((found->what == finding::broken));
  BOOST_TEST(broken(facts).empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_table_that_cannot_be_read_for_a_copy_breaks_it) {
  auto facts = healthy();
  facts.rights.not_exported = {"session"};
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-1"});
  facts = healthy();
  facts.rights.tables_exported = 0;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-1"});
}

BOOST_AUTO_TEST_CASE(RIGHT_2_a_correction_that_cannot_be_written_breaks_it) {
  auto facts = healthy();
  facts.rights.correction_works = false;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-2"});
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_broken_chain_of_receipts_breaks_it) {
  auto facts = healthy();
  facts.receipts.broken = 1;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-3"});
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_that_stands_still_breaks_it) {
  auto facts = healthy();
  facts.receipts.oldest_begun = noon - 15min;
  BOOST_TEST(broken(facts).empty());
  facts.receipts.oldest_begun = noon - 15min - 1us;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-3"});
}

BOOST_AUTO_TEST_SUITE_END()
