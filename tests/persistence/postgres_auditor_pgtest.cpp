#include "persistence/postgres_rights.hpp"
#include "persistence/privacy_requests.hpp"
#include "policies/documents.hpp"
#include "tests/persistence/audited_system.hpp"
#include "tests/persistence/sleeping_session.hpp"

/// The audit of the policy on a real database: green on a system with history, red, naming the clause, when somebody
/// tampers with it; and a role that can count and nothing else.
namespace easel::persistence {

namespace the_auditor {

namespace {

constexpr auto month = 24h * 30;

} // namespace

} // namespace the_auditor

BOOST_FIXTURE_TEST_SUITE(the_auditor, audited_system)

BOOST_AUTO_TEST_CASE(a_system_with_history_is_found_in_order) {
  BOOST_TEST(broken() == names{});
  const auto found = facts();
  BOOST_TEST(found.completed == 2);
  BOOST_TEST(found.dispatched == 3);
  BOOST_TEST(found.log_lines == 1);
  BOOST_TEST(found.days_ahead.value() == 3); // as a migration makes them
  BOOST_TEST(found.last_round.has_value());
  BOOST_TEST((policies::longest_overdue(found) == duration{}));
  BOOST_REQUIRE(found.disclosures.size() == 4u);
  std::int64_t all = 0;
  for (const auto& d : found.disclosures)
    all += d.count;
  BOOST_TEST(all == 4 + 3); // every prompt to moderation, and those that passed to their providers
}

BOOST_AUTO_TEST_CASE(every_table_of_the_inventory_with_a_timed_window_is_counted) {
  const auto found = facts();
  for (const auto& rule : policies::reaping_rules(terms.windows)) {
    if (rule.clause.empty())
      continue;
    const bool counted =
      std::any_of(found.relations.begin(), found.relations.end(), [&](const auto& r) { return r.table == rule.table; })
      || rule.mark == policies::reaping_mark::age;
    BOOST_TEST(counted, rule.table);
  }
}

BOOST_AUTO_TEST_CASE(RET_1_it_stays_green_for_weeks_while_the_reaper_works_and_turns_red_when_it_stops) {
  w.try_end(w.picture(under_way, 0, true));
  for (int i = 0; i < 35; ++i) {
    w.advance(24h);
    w.completed(w.newcomer(tier::free, 10));
    reap();
    BOOST_REQUIRE(broken() == names{});
  }
  w.advance(6min); // nobody has made a round
  BOOST_TEST(broken() == names{"RET-1"});
  reap();
  BOOST_TEST(broken() == names{});
  w.advance(month);                                   // with nobody at work
  BOOST_TEST(broken() == (names{"TECH-1", "RET-1"})); // rows of one, empty days of the other
  BOOST_TEST(policies::rows_past_due(facts()) > 3);
  BOOST_TEST((policies::longest_overdue(facts()) > 24h));
  reap();
  BOOST_TEST(broken() == names{});
}

BOOST_AUTO_TEST_CASE(RET_1_a_forged_row_past_due_is_found_in_attached_and_in_detached_days) {
  database->execute("update easel.image set expires_at = easel.now() - interval '10 minutes' where index = 0");
  BOOST_TEST(broken() == names{"RET-1"});
  const auto image = database->value("select 'image_' || to_char(min(day), 'YYYYMMDD') from easel.image");
  BOOST_TEST(complaint_about("RET-1").starts_with(image + " holds 2 rows past due"));
  database->execute("alter table easel.image detach partition easel." + image);
  BOOST_TEST(broken() == (names{"GEN-1", "RET-1"})); // hidden from everybody else
  BOOST_TEST(complaint_about("RET-1").starts_with(image + " holds 2 rows past due"));
}

BOOST_AUTO_TEST_CASE(RET_1_a_row_past_due_in_a_pending_day_is_found) {
  const auto day = database->value("select 'disclosure_' || to_char(min(day), 'YYYYMMDD') from easel.disclosure");
  const sleeping_session reader(*database, "select count(*) from easel.disclosure");
  BOOST_TEST(!reaper->take({policies::partition_step::detach, day, "disclosure"}).has_value());
  database->execute("update easel." + day + " set expires_at = easel.now() - interval '1 hour'");
  BOOST_TEST(complaint_about("RET-1").starts_with(day + " holds 7 rows past due"));
}

BOOST_AUTO_TEST_CASE(RET_1_content_whose_expiry_was_put_off_is_found_by_its_age) {
  database->execute("update easel.generation set created_at = easel.now() - interval '31 days'");
  BOOST_TEST(broken() == names{"RET-1"});
  BOOST_TEST(complaint_about("RET-1").find("oldest generation") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(RET_1_a_halted_reaper_is_named) {
  contract::must(reaper->halt(policies::clock_fault::leapt));
  BOOST_TEST(broken() == names{"RET-1"});
  BOOST_TEST(complaint_about("RET-1").find("clock") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(GEN_1_a_completed_generation_without_its_image_is_found) {
  database->execute("delete from easel.image where index = 1");
  BOOST_TEST(broken() == names{"GEN-1"});
}

BOOST_AUTO_TEST_CASE(THIRD_1_and_THIRD_2_a_disclosure_across_tiers_is_found) {
  drop_checks("disclosure");
  database->execute("update easel.disclosure set recipient = 2 where recipient = 1 and tier = 0");
  const auto found = broken();
  BOOST_TEST(found == (names{"THIRD-1", "THIRD-2"}));
}

BOOST_AUTO_TEST_CASE(THIRD_3_a_dispatch_without_a_verdict_is_found) {
  drop_checks("generation");
  database->execute("update easel.generation set verdict_moderated = null where state = 3");
  BOOST_TEST(broken() == names{"THIRD-3"});
}

BOOST_AUTO_TEST_CASE(RIGHT_4_a_dispatch_for_a_restricted_account_is_found) {
  database->execute("update easel.account set restricted = true");
  BOOST_TEST(broken() == names{"RIGHT-4"}); // one was out
  BOOST_TEST(facts().restricted == 3);
}

BOOST_AUTO_TEST_CASE(CHANGE_1_somebody_without_a_record_is_found) {
  BOOST_TEST(facts().people == 1);
  BOOST_TEST(facts().acknowledged.size() == policies::documents_in_force().size());
  database->execute("update easel.acknowledgement set version = '2020-01-01' where document = 'privacy'");
  BOOST_TEST(broken() == names{}); // is shown the notice
  database->execute("delete from easel.acknowledgement where document = 'privacy'");
  BOOST_TEST(broken() == names{"CHANGE-1"});
  BOOST_TEST(complaint_about("CHANGE-1") == "privacy: 1 people have no record of what they acknowledged.");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_that_is_past_due_is_found) {
  const auto today = day_of(w.now());
  const auto requests = make_postgres_privacy_requests(pg.settings());
  const auto record = [&](policies::request_kind kind, day received) {
    return contract::must(requests->record({kind, std::nullopt, "", received}, "test")).value();
  };
  (void)record(policies::request_kind::access, today);
  BOOST_TEST(broken() == names{});
  const auto late = record(policies::request_kind::complaint, today - std::chrono::days(40));
  BOOST_TEST(broken() == names{"RIGHT-5"});
  BOOST_TEST(policies::requests_open(facts()).open == 2);
  BOOST_TEST(policies::requests_open(facts()).past_due == 1);
  BOOST_TEST(
    (contract::must(requests->close(late.id, policies::request_outcome::done, "test")) == request_change::done));
  BOOST_TEST(broken() == names{});
  (void)record(policies::request_kind::child, today - std::chrono::days(40));
  BOOST_TEST(broken() == (names{"RIGHT-5", "CHILD-1"}));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_on_its_last_day_a_request_is_in_time) {
  const auto requests = make_postgres_privacy_requests(pg.settings());
  const auto row =
    contract::must(requests->record({policies::request_kind::access, std::nullopt, "", day_of(w.now())}, "test"))
      .value();
  w.try_end(w.picture(under_way, 0, true)); // a month passes
  w.advance(row.due + 12h - w.now());
  reap();
  BOOST_TEST(broken() == names{});
  w.advance(24h);
  reap();
  BOOST_TEST(broken() == names{"RIGHT-5"});
}

BOOST_AUTO_TEST_CASE(CHILD_1_erasures_for_this_reason_are_counted) {
  const auto who = w.newcomer().account;
  const auto commands = make_postgres_rights(pg.settings(), {}, contract::test_keys(), pg.commons);
  const auto erasure = contract::must(commands->begin_erasure(who, erasure_clause::child_1, std::nullopt)).value();
  w.advance(4min);
  reap();
  BOOST_TEST(broken() == names{});
  w.advance(2min);
  reap();
  BOOST_TEST(broken() == names{"CHILD-1"});
  while (!contract::must(commands->continue_erasure(erasure)))
    continue;
  BOOST_TEST(broken() == names{});
  const auto found = facts();
  BOOST_REQUIRE(found.erasures.size() == 1u);
  BOOST_TEST(found.erasures[0].clause == "CHILD-1");
  BOOST_TEST(found.erasures[0].finished == 1);
}

BOOST_AUTO_TEST_CASE(ACCOUNT_1_a_column_that_nobody_declared_is_found) {
  database->execute("alter table easel.person add column picture text");
  BOOST_TEST(broken() == names{"ACCOUNT-1"});
  BOOST_TEST(complaint_about("ACCOUNT-1") == "person.picture is in the schema but not in the data inventory.");
  database->execute("create table easel.diary (entry text)");
  BOOST_TEST(facts().columns.size() == 2 + policies::data_inventory().size() + policies::non_personal_columns().size());
}

BOOST_AUTO_TEST_CASE(TECH_1_lines_that_hold_more_than_they_may_are_found) {
  log("GET /v1/models/{id}", "Mozilla/5.0 (X11; Linux x86_64)");
  log("-");
  BOOST_TEST(broken() == names{});
  for (const auto& route : {"GET /v1/generations?prompt=a+cat", "GET /v1/generations/gen_06f3q2m8c5x7d9k1v4w0z2a5b8",
                            "a cat in the rain"}) {
    database->execute("delete from easel.access_log");
    log(route);
    BOOST_TEST(broken() == names{"TECH-1"}, route);
  }
  database->execute("delete from easel.access_log");
  log("GET /healthz", std::string(300, 'x'));
  BOOST_TEST(broken() == names{"TECH-1"});
  database->execute("delete from easel.access_log; alter table easel.access_log add column referer text");
  BOOST_TEST(broken() == (names{"ACCOUNT-1", "TECH-1"}));
}

BOOST_AUTO_TEST_CASE(the_auditors_role_can_count_and_nothing_else) {
  for (const auto* view :
       {"audit_due", "audit_oldest", "audit_access_log", "audit_column", "audit_disclosure", "audit_generation",
        "audit_account", "audit_retention", "audit_person", "audit_acknowledgement", "audit_privacy_request",
        "audit_erasure", "audit_left_over", "audit_receipt", "audit_right", "audit_payment", "audit_payment_sighting",
        "audit_self_report", "audit_node"})
    BOOST_TEST(may(std::string("select * from easel.") + view), view);
  for (const auto* table : {"generation",      "generation_in_work",
                            "image",           "disclosure",
                            "access_log",      "person",
                            "account",         "api_key",
                            "session",         "sign_in",
                            "acknowledgement", "privacy_request",
                            "operator_audit",  "setting",
                            "retention_run",   "every_generation",
                            "day_relation",    "self_report",
                            "erasure",         "data_export",
                            "spent_payment",   "payment_sighting"})
    BOOST_TEST(!may(std::string("select * from easel.") + table), table);
  for (const auto* statement :
       {"delete from easel.generation", "update easel.account set restricted = false",
        "create table easel.mine (x int)", "drop view easel.audit_due", "select easel.drop_day('image_20261123')",
        "select easel.reap_days('image', now(), 10)", "select easel.check_invariants()", "delete from easel.audit_due"})
    BOOST_TEST(!may(statement), statement);
}

BOOST_AUTO_TEST_CASE(one_auditor_leads) {
  const auto second = make_postgres_auditor(pg.settings(), 10s, pg.commons);
  BOOST_TEST(contract::must(counting->lead()));
  BOOST_TEST(!contract::must(second->lead()));
  counting.reset();
  eventually([&] { return contract::must(second->lead()); });
}

BOOST_AUTO_TEST_CASE(an_auditor_that_cannot_count_says_so) {
  database->execute("revoke select on easel.audit_due from easel_auditor");
  const auto counted = counting->collect();
  BOOST_REQUIRE(!counted.has_value());
  BOOST_TEST(counted.error().sqlstate == "42501");
  database->execute("select easel.admit_auditor()");
  BOOST_TEST(counting->collect().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
