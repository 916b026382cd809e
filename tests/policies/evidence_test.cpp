#include "evidence_system.hpp"

#include "policies/documents.hpp"

BOOST_AUTO_TEST_SUITE(evidence)

using namespace easel;
using namespace easel::tests;

namespace {

const std::vector<std::string_view> provable{"ACCOUNT-1", "GEN-1",    "BILL-1",  "TECH-1",  "RET-1",   "RET-2",
                                             "RET-3",     "THIRD-1",  "THIRD-2", "THIRD-3", "THIRD-4", "THIRD-5",
                                             "MAIL-1",    "COOKIE-1", "RIGHT-1", "RIGHT-2", "RIGHT-3", "RIGHT-4",
                                             "RIGHT-5",   "CHILD-1",  "CHANGE-1"};

relation_fact& find(live_facts& facts, std::string_view table) {
  return *std::find_if(facts.relations.begin(), facts.relations.end(), [&](const auto& r) { return r.table == table; });
}

} // namespace

BOOST_AUTO_TEST_CASE(a_healthy_system_keeps_what_can_be_proved_and_says_what_cannot) {
  for (const auto& p : judge(healthy(), {})) {
    const bool can_be = std::find(provable.begin(), provable.end(), p.clause) != provable.end();
    BOOST_TEST_INFO(p.clause);
    BOOST_TEST((p.what == (can_be ? finding::kept : finding::unproved)));
    BOOST_TEST(p.complaints.empty() == can_be);
    BOOST_TEST(is_kept(p, noon, 1min) == can_be);
  }
}

BOOST_AUTO_TEST_CASE(a_proof_older_than_twice_its_interval_is_none) {
  const auto p = proof_of("RET-1", healthy());
  BOOST_TEST(is_kept(p, noon + 2min, 1min));
  BOOST_TEST(!is_kept(p, noon + 2min + 1us, 1min));
}

BOOST_AUTO_TEST_CASE(RET_1_a_row_past_due_in_any_relation_breaks_it_after_five_minutes) {
  for (const auto* table :
       {"generation", "image", "disclosure", "generation_in_work", "provider_call", "idempotency_claim"}) {
    auto facts = healthy();
    auto& r = find(facts, table);
    r.past_due = 1;
    r.oldest_due = noon - 5min;
    BOOST_TEST(broken(facts).empty(), table);
    r.oldest_due = noon - 5min - 1us;
    BOOST_TEST(broken(facts) == clauses_named{"RET-1"}, table);
    const auto p = proof_of("RET-1", facts);
    BOOST_REQUIRE(p.complaints.size() == 1);
    BOOST_TEST(p.complaints[0].starts_with(r.name + ' '));
    BOOST_TEST(rows_past_due(facts) == 1);
    BOOST_TEST((longest_overdue(facts) == 5min + 1us));
  }
}

BOOST_AUTO_TEST_CASE(each_table_stands_for_the_clause_under_which_it_is_kept) {
  for (const auto& [table, clause] :
       {std::pair{"access_log", "TECH-1"}, {"sign_in", "ACCOUNT-1"}, {"session", "COOKIE-1"}}) {
    auto facts = healthy();
    find(facts, table).past_due = 2;
    find(facts, table).oldest_due = noon - 1h;
    BOOST_TEST(broken(facts) == clauses_named{clause}, table);
  }
}

BOOST_AUTO_TEST_CASE(RET_1_a_relation_that_was_forgotten_in_the_catalogue_is_counted_and_an_empty_day_must_go) {
  auto facts = healthy();
  auto old = relation("image", day_of(noon) - std::chrono::days(31));
  old.has_live_rows = false;
  facts.relations.push_back(old);
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"}); // noon: twelve hours after its last row
  facts.relations.back().of = day_of(noon) - std::chrono::days(30);
  BOOST_TEST(broken(facts).empty()); // its last row went this very day
}

BOOST_AUTO_TEST_CASE(a_table_that_is_not_found_proves_nothing) {
  for (const auto* table :
       {"generation", "image", "generation_in_work", "access_log", "sign_in", "session", "backup"}) {
    auto facts = healthy();
    std::erase_if(facts.relations, [&](const auto& r) { return r.table == table; });
    BOOST_TEST(broken(facts).size() == 1, table);
  }
}

BOOST_AUTO_TEST_CASE(RET_1_content_older_than_its_window_breaks_it_whatever_its_expiry_says) {
  for (const auto* table : {"generation", "image"}) {
    auto facts = healthy();
    facts.oldest.insert_or_assign(table, noon - 30 * 24h - 6min);
    BOOST_TEST(broken(facts) == clauses_named{"RET-1"}, table);
  }
}

BOOST_AUTO_TEST_CASE(RET_3_usage_older_than_90_days_breaks_it) {
  auto facts = healthy();
  facts.oldest.insert_or_assign("usage", noon - 90 * 24h);
  BOOST_TEST(broken(facts).empty());
  facts.oldest.insert_or_assign("usage", noon - 90 * 24h - 6min);
  BOOST_TEST(broken(facts) == clauses_named{"RET-3"});
}

BOOST_AUTO_TEST_CASE(RET_1_a_reaper_that_stands_still_breaks_it) {
  auto facts = healthy();
  facts.last_round->ended_at = noon - 6min;
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
  facts.last_round.reset();
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
  facts = healthy();
  facts.halted_at = noon - 1h;
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
}

BOOST_AUTO_TEST_CASE(ACCOUNT_1_a_column_that_nobody_declared_breaks_it) {
  auto facts = healthy();
  facts.columns.emplace_back("person", "picture");
  BOOST_TEST(broken(facts) == clauses_named{"ACCOUNT-1"});
}

BOOST_AUTO_TEST_CASE(BILL_1_a_field_about_payments_that_nobody_declared_breaks_it) {
  auto facts = healthy();
  facts.columns.emplace_back("sale", "card_number");
  BOOST_TEST((broken(facts) == clauses_named{"ACCOUNT-1", "BILL-1"}));
  std::erase_if(facts.columns, [](const auto& c) { return c.first == "sale"; });
  BOOST_TEST((broken(facts) == clauses_named{"ACCOUNT-1", "BILL-1"}));
}

BOOST_AUTO_TEST_CASE(TECH_1_a_field_or_a_line_beyond_what_is_promised_breaks_it) {
  auto facts = healthy();
  facts.log_lines_beyond = 1;
  BOOST_TEST(broken(facts) == clauses_named{"TECH-1"});
  facts = healthy();
  facts.columns.emplace_back("access_log", "referer");
  BOOST_TEST((broken(facts) == clauses_named{"ACCOUNT-1", "TECH-1"}));
}

BOOST_AUTO_TEST_CASE(CHANGE_1_somebody_without_a_record_breaks_it_and_somebody_who_is_shown_it_does_not) {
  auto facts = healthy();
  auto& privacy = facts.acknowledged.front();
  privacy.people = 2;
  BOOST_TEST(broken(facts) == clauses_named{"CHANGE-1"});
  BOOST_TEST(proof_of("CHANGE-1", facts).complaints.front()
             == "privacy: 1 people have no record of what they acknowledged.");
  facts.acknowledged.push_back({"privacy", "2020-01-01", 1});
  const auto p = proof_of("CHANGE-1", facts);
  BOOST_TEST((p.what == finding::kept));
  const auto figure = [&](std::string_view name) {
    const auto found = std::find_if(p.figures.begin(), p.figures.end(), [&](const auto& f) { return f.first == name; });
    return found == p.figures.end() ? std::string() : found->second;
  };
  BOOST_TEST(figure("privacy: acknowledged as it is") == "2");
  BOOST_TEST(figure("privacy: shown its latest change") == "1");
  BOOST_TEST(figure("terms: acknowledged as it is") == "3");
}

BOOST_AUTO_TEST_CASE(CHANGE_1_a_document_dated_in_the_future_breaks_it) {
  auto facts = healthy();
  for (auto& r : facts.relations)
    r.of.reset();
  facts.at = instant(std::chrono::sys_days{std::chrono::year{2026} / 11 / 25});
  facts.oldest.clear();
  facts.last_round->ended_at = facts.at;
  BOOST_TEST(broken(facts) == clauses_named{"CHANGE-1"});
}

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_past_its_due_date_breaks_it_and_a_report_of_a_child_two_clauses) {
  auto facts = healthy();
  BOOST_TEST(requests_open(facts).open == 3);
  facts.requests[0].past_due = 1;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-5"});
  BOOST_TEST(requests_open(facts).past_due == 1);
  facts.requests[0].past_due = 0;
  facts.requests[1].past_due = 1;
  BOOST_TEST((broken(facts) == clauses_named{"RIGHT-5", "CHILD-1"}));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_that_outlives_its_window_breaks_it) {
  auto facts = healthy();
  find(facts, "privacy_request").past_due = 1;
  find(facts, "privacy_request").oldest_due = noon - 6min;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-5"});
  std::erase_if(facts.relations, [](const auto& r) { return r.table == "privacy_request"; });
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-5"});
}

BOOST_AUTO_TEST_CASE(CHILD_1_a_report_closed_as_done_whose_account_lives_breaks_it) {
  auto facts = healthy();
  facts.requests[1].unerased = 1;
  BOOST_TEST(broken(facts) == clauses_named{"CHILD-1"});
  facts.requests[1].unerased = 0;
  facts.requests.push_back({"erasure", 0, 0, 1, 1});
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-3"});
}

BOOST_AUTO_TEST_CASE(CHILD_1_an_erasure_that_does_not_end_breaks_it) {
  auto facts = healthy();
  facts.erasures[0].oldest = noon - 5min;
  BOOST_TEST(broken(facts).empty());
  facts.erasures[0].oldest = noon - 5min - 1us;
  BOOST_TEST(broken(facts) == clauses_named{"CHILD-1"});
}

BOOST_AUTO_TEST_CASE(GEN_1_and_the_clauses_on_recipients_are_broken_by_a_single_case) {
  auto facts = healthy();
  facts.completed_without_images = 1;
  BOOST_TEST(broken(facts) == clauses_named{"GEN-1"});
  facts = healthy();
  facts.dispatched_without_verdict = 1;
  BOOST_TEST(broken(facts) == clauses_named{"THIRD-3"});
  facts = healthy();
  facts.disclosures[0].across = 1;
  BOOST_TEST((broken(facts) == clauses_named{"THIRD-1", "THIRD-2"}));
  facts = healthy();
  facts.dispatched_without_disclosure = 1;
  BOOST_TEST((broken(facts) == clauses_named{"THIRD-1", "THIRD-2"}));
  facts = healthy();
  facts.dispatched_for_restricted = 1;
  BOOST_TEST(broken(facts) == clauses_named{"RIGHT-4"});
}

BOOST_AUTO_TEST_SUITE_END()
