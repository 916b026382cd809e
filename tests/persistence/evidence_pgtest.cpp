#include "persistence/postgres_rights.hpp"
#include "tests/persistence/audited_system.hpp"

/// The audit of what people may demand, of what is left of them, and of what each server saw of itself, on a real
/// database: green on a system with history, red, naming the clause, when somebody tampers with it.
namespace easel::persistence {

namespace evidence {

namespace {

struct fixture : audited_system {
  std::unique_ptr<rights> demands = make_postgres_rights(pg.settings(), {}, contract::test_keys(), pg.commons);

  void erase(account_id who) {
    const auto id = contract::must(demands->begin_erasure(who, erasure_clause::right_3, std::nullopt)).value();
    for (int steps = 0; steps < 1000; ++steps)
      if (contract::must(demands->continue_erasure(id)))
        return;
    BOOST_FAIL("an erasure does not end");
  }

  /// Somebody who bought something.
  account_id buyer() {
    const auto who = contract::visit(w, contract::somebody("buyer")).account;
    database->execute("select easel.issue('" + to_string(who.value)
                      + "', 3::smallint, 'pack:cs_1', 100, null, easel.now())");
    return who;
  }
  [[nodiscard]] std::int64_t count(const std::string& sql) const { return std::stoll(database->value(sql)); }

  /// Does to receipts what their trigger refuses.
  void forge(const std::string& statement) const {
    database->execute("alter table easel.erasure disable trigger append_only; " + statement
                      + "; alter table easel.erasure enable trigger append_only");
  }
};

} // namespace

} // namespace evidence

BOOST_FIXTURE_TEST_SUITE(evidence, fixture)

BOOST_AUTO_TEST_CASE(the_clauses_are_kept_on_a_system_on_which_people_have_used_their_rights) {
  for (int i = 0; i < 3; ++i) {
    const auto who = contract::visit(w, contract::somebody("person" + std::to_string(i))).account;
    BOOST_TEST(contract::must(w.db->rename_person(who, secret_text("Another Name"))));
    BOOST_TEST((contract::must(demands->begin_export(who)).result == export_claim::begun));
    if (i > 0)
      erase(who);
  }
  const auto found = facts();
  for (const auto& proof : policies::judge(found, terms))
    for (const auto* clause : {"RET-2", "RET-3", "THIRD-4", "THIRD-5", "MAIL-1", "COOKIE-1", "RIGHT-1", "RIGHT-2"})
      if (proof.clause == clause)
        BOOST_TEST((proof.what == finding::kept), clause);
  BOOST_TEST(broken() == names{});
  BOOST_TEST(found.receipts.receipts == 2);
  BOOST_TEST(found.receipts.under_way == 0);
  BOOST_TEST(found.rights.exports_begun == 1); // those of deleted accounts went with them
  BOOST_TEST(found.rights.names_corrected == 1);
  BOOST_TEST(found.rights.tables_exported > 20);
}

BOOST_AUTO_TEST_CASE(RET_2_rows_of_an_account_that_is_gone_are_found) {
  const auto who = contract::visit(w, contract::somebody("gone")).account;
  const auto id = to_string(who.value);
  erase(who);
  BOOST_TEST(broken() == names{});
  database->execute("alter table easel.strike drop constraint strike_account_id_fkey; insert into easel.strike"
                    " (account_id, generation_id, at) values ('"
                    + id + "', gen_random_uuid(), easel.now())");
  BOOST_TEST(broken() == (names{"RET-2", "RIGHT-3"}));
  BOOST_TEST(complaint_about("RET-2") == "strike holds 1 rows of deleted accounts.");
}

BOOST_AUTO_TEST_CASE(RET_2_an_account_whose_erasure_has_begun_has_no_name_and_no_session_any_more) {
  const auto who = contract::visit(w, contract::somebody("closing")).account;
  database->execute("update easel.account set state = 2 where id = '" + to_string(who.value) + "'");
  BOOST_TEST(broken() == (names{"RET-2", "RIGHT-3"}));
}

BOOST_AUTO_TEST_CASE(RET_2_a_table_that_joins_later_is_looked_at_because_it_names_accounts) {
  database->execute("create table easel.newsletter (account_id uuid); insert into easel.newsletter values"
                    " (gen_random_uuid())");
  const auto found = facts();
  const auto entry = std::find_if(found.left_over.begin(), found.left_over.end(),
                                  [](const auto& each) { return each.table == "newsletter"; });
  BOOST_REQUIRE(entry != found.left_over.end());
  BOOST_TEST(entry->rows == 1);
  BOOST_TEST(broken() == names{"ACCOUNT-1"}); // it is not declared
}

BOOST_AUTO_TEST_CASE(RET_3_a_sale_that_outlived_its_window_is_found) {
  database->execute("insert into easel.billing_account values (gen_random_uuid(), null, null, 0, easel.now());"
                    " insert into easel.sale select 'cs_old', id, true, null, null, 700, 'eur', 0, 0, false,"
                    " easel.now() - interval '9 years' from easel.billing_account");
  BOOST_TEST(broken() == names{}); // a day from the first audit that sees it
  database->execute("update easel.payment_sighting set seen_at = seen_at - interval '25 hours' where what = 'sale'");
  BOOST_TEST(broken() == names{"RET-3"});
  BOOST_TEST(complaint_about("RET-3") == "the oldest sale has had its time, and is still there.");
  database->execute("update easel.sale set disputed = true"); // then it is held
  BOOST_TEST(broken() == names{});
}

BOOST_AUTO_TEST_CASE(RET_3_entries_of_payments_go_after_their_window) {
  const auto who = buyer();
  const auto paid = "select count(*) from easel.credit_grant where kind = 3";
  erase(who);
  BOOST_TEST(count(paid) == 1); // under a reference that leads to nobody
  BOOST_TEST(broken() == names{});
  const auto sweep = "select easel.sweep_payments(easel.now() - interval '7 years', 10)";
  BOOST_TEST(count(sweep) == 0);
  database->execute("update easel.credit_grant set created_at = easel.now() - interval '9 years' where kind = 3");
  BOOST_TEST(broken() == names{}); // the last thing that held it may have let go of it a moment ago
  BOOST_TEST(broken() == names{});
  database->execute("update easel.payment_sighting set seen_at = seen_at - interval '25 hours'"
                    " where what = 'entry of a payment'");
  BOOST_TEST(broken() == names{"RET-3"});
  BOOST_TEST(complaint_about("RET-3") == "the oldest entry of a payment has had its time, and is still there.");
  BOOST_TEST(count(sweep) == 1);
  BOOST_TEST(count(paid) == 0);
  BOOST_TEST(broken() == names{});
  BOOST_TEST(contract::must(w.db->check_invariants()).balances_off == 0);
}

BOOST_AUTO_TEST_CASE(RET_3_what_was_bought_and_not_used_is_no_record_that_goes) {
  (void)buyer();
  database->execute("update easel.credit_grant set created_at = easel.now() - interval '9 years' where kind = 3");
  BOOST_TEST(broken() == names{});
  BOOST_TEST(count("select easel.sweep_payments(easel.now() - interval '7 years', 10)") == 0);
  BOOST_TEST(count("select sum(remaining) from easel.credit_grant where kind = 3") == 100);
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_table_that_no_copy_can_read_is_found) {
  database->execute("alter table easel.session rename column device to machine");
  const auto found = broken();
  BOOST_TEST(found == (names{"ACCOUNT-1", "RIGHT-1"}));
  BOOST_TEST(complaint_about("RIGHT-1") == "session is to be in each copy, and cannot be read for it.");
}

BOOST_AUTO_TEST_CASE(RIGHT_2_a_name_that_cannot_be_written_is_found) {
  database->execute("alter table easel.person rename column name_edited to edited");
  const auto found = broken();
  BOOST_TEST((std::find(found.begin(), found.end(), "RIGHT-2") != found.end()));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_receipt_that_was_changed_or_taken_out_is_found) {
  for (const auto* name : {"one", "two", "three"})
    erase(contract::visit(w, contract::somebody(name)).account);
  BOOST_TEST(broken() == names{});
  forge("update easel.erasure set clause = 'CHILD-1' where number = 2");
  BOOST_TEST(broken() == names{"RIGHT-3"});
  forge("update easel.erasure set clause = 'RIGHT-3' where number = 2");
  BOOST_TEST(broken() == names{});
  forge("delete from easel.erasure where number = 2");
  BOOST_TEST(broken() == names{"RIGHT-3"});
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_that_nobody_finishes_is_found) {
  const auto who = contract::visit(w, contract::somebody("half")).account;
  (void)contract::must(demands->begin_erasure(who, erasure_clause::right_3, std::nullopt));
  BOOST_TEST(broken() == names{});
  database->execute("update easel.erasure set begun_at = begun_at - interval '16 minutes'");
  BOOST_TEST(broken() == names{"RIGHT-3"});
}

BOOST_AUTO_TEST_CASE(THIRD_4_a_host_that_was_called_undeclared_is_found_whichever_server_called_it) {
  auto other = honest_report();
  other.process = uuid{{9}};
  other.called.push_back({recipient::kie, "ads.example", 1, 1});
  tell(other);
  BOOST_TEST(broken() == (names{"THIRD-4", "MAIL-1"}));
  tell(honest_report());
  BOOST_TEST(broken() == (names{"THIRD-4", "MAIL-1"})); // the other one still says so
  other.called.pop_back();
  tell(other);
  BOOST_TEST(broken() == names{});
}

BOOST_AUTO_TEST_CASE(reports_come_back_as_they_were_told_and_go_after_a_day) {
  const auto found = facts();
  BOOST_REQUIRE(found.reports.size() == 1u);
  BOOST_TEST((found.reports.front().called == own_report.called));
  BOOST_TEST((found.reports.front().pages == own_report.pages));
  BOOST_TEST((found.at - found.reports.front().at < 1min));
  w.advance(23h);
  reap();
  BOOST_TEST(count("select count(*) from easel.self_report") == 1);
  w.advance(2h);
  reap();
  BOOST_TEST(count("select count(*) from easel.self_report") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
