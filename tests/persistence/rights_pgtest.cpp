#include "persistence/postgres_retention.hpp"
#include "persistence/postgres_rights.hpp"
#include "persistence/privacy_requests.hpp"
#include "policies/inventory.hpp"
#include "policies/retention_rules.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

/// What a person may demand of their data, on a real database, driven by the data inventory.
namespace easel::persistence {

namespace rights_in_postgres {

using contract::amount;
using contract::must;
using contract::somebody;
using contract::visit;
using contract::world;

namespace {

using json = nlohmann::json;

struct fixture : postgres_fixture, world {
  fixture() : world(under_test()) { rights_ = open_rights(); }

  [[nodiscard]] std::unique_ptr<rights> open_rights(rights_settings own = {}) const {
    own.generations_a_step = std::min(own.generations_a_step, 2); // several steps, even here
    own.export_page = std::min(own.export_page, 2);
    return make_postgres_rights(settings(), own, contract::test_keys(), commons);
  }

  [[nodiscard]] std::string uuid_of(account_id id) const { return to_string(id.value); }
  /// Whether rows of the table say whose they are.
  [[nodiscard]] bool names_accounts(std::string_view table) const {
    return table == "account" || table == "awaiting_answer"
           || count("select count(*) from information_schema.columns where table_schema = 'easel'"
                    " and column_name = 'account_id' and table_name = '"
                    + std::string(table) + "'")
                == 1;
  }
  [[nodiscard]] std::int64_t count(const std::string& sql) const { return std::stoll(database->value(sql)); }

  /// Somebody who has used everything that there is, with `marker` in all that they said.
  contract::person busy_person(const policies::identity_claims& claims, const std::string& marker,
                               tier of = tier::free);
  erasure_receipt erased(account_id who, erasure_clause why = erasure_clause::right_3) {
    const auto id = must(rights_->begin_erasure(who, why, std::nullopt)).value();
    for (int steps = 0; steps < 1000; ++steps)
      if (auto receipt = must(rights_->continue_erasure(id)))
        return *receipt;
    BOOST_FAIL("an erasure does not end");
    return {};
  }

  std::unique_ptr<rights> rights_;
};

/// A row in each table of payments.
void buy(const tests::fresh_database& database, const std::string& account) {
  database.execute(
    "do $$ declare b uuid := gen_random_uuid(); x text := md5('" + account
    + "'); begin"
      " insert into easel.billing_account values (b, '"
    + account
    + "', 'cus_' || x, 0, now());"
      " insert into easel.purchase values (gen_random_uuid(), b, 'pack', false, 'price_1', 700, 'eur',"
      " 1000, 3, 'cs_' || x, null, now(), now(), now());"
      " insert into easel.subscription values ('sub_' || x, b, 'canceled', 'price_2', 1, now(), now(),"
      " null, null, now(), now());"
      " insert into easel.sale values ('cs_' || x, b, true, null, null, 700, 'eur', 0, 0, false, now());"
      " insert into easel.sale_payment values ('pi_' || x, 'cs_' || x);"
      " insert into easel.refund values ('re_' || x, 'cs_' || x, 1, 'failed', now());"
      " insert into easel.dispute values ('dp_' || x, 'cs_' || x, 1, 'won', now());"
      " insert into easel.sale_grant values ('pack:cs_' || x, 'cs_' || x, '"
    + account
    + "', 1000, 0, 0, 0, now());"
      " insert into easel.drip values ('sub:' || x, 'cs_' || x, b, 'sub_' || x, 'price_2', 300, now(), 12,"
      " 12, null); end $$");
}

contract::person fixture::busy_person(const policies::identity_claims& claims, const std::string& marker, tier of) {
  contract::person p;
  p.account = visit(*this, claims).account;
  if (of == tier::paid)
    must(db->set_tier(p.account, of, "test", "paid"));
  give(p, 1000);
  p.key = must(db->create_own_key({p.account, marker, new_digest(), "wxyz", std::nullopt})).key.value().id;
  for (int i = 0; i < 3; ++i) {
    auto command = order(p, 5, 2);
    command.prompt = secret_text(marker + " prompt");
    command.idempotency_key = marker + std::to_string(i);
    command.awaits_answer = true;
    const auto w = accepted(command);
    BOOST_TEST_REQUIRE((try_write(sending(w, of)) == fenced::done));
    if (of == tier::paid)
      BOOST_TEST_REQUIRE((try_write(begin_call{w.id, w.owner, 0, "cred", new_digest()}) == fenced::done));
    try_end(picture(w, 0, false, marker + " image"));
    try_end(picture(w, 1, true, marker + " image"));
  }
  strike(p);
  auto command = order(p, 5, 2); // stays in work
  command.prompt = secret_text(marker + " prompt");
  const auto w = accepted(command);
  BOOST_TEST_REQUIRE((try_write(sending(w, of)) == fenced::done));
  access_record line;
  line.at = now();
  line.ip = "203.0.113.7";
  line.user_agent = marker;
  line.account = p.account;
  line.route = "GET /v1/account";
  line.status = 200;
  line.request_id = "req_" + marker;
  BOOST_TEST(db->append_access(std::vector{line}).value() == 1);
  must(rights_->restrict(p.account, secret_text(marker + " objection")));
  must(rights_->lift_restriction(p.account));
  buy(*database, uuid_of(p.account));
  const new_privacy_request request{policies::request_kind::access, p.account, "MAIL-4711",
                                    day(std::chrono::days(20'000))};
  must(make_postgres_privacy_requests(settings())->record(request, "test"));
  const auto copy = must(rights_->begin_export(p.account));
  must(rights_->end_export(copy.id));
  return p;
}

/// Rows of `table` that name the account, or what is the account's.
std::string rows_about(std::string_view table, const std::string& account) {
  const auto t = std::string(table);
  if (table == "account")
    return "select count(*) from easel.account where id = '" + account + "'";
  if (table == "awaiting_answer")
    return "select count(*) from easel.awaiting_answer a where exists (select from easel.api_key k"
           " where k.id = a.api_key_id and k.account_id = '"
           + account + "') or not exists (select from easel.every_generation g where g.id = a.generation_id)";
  const auto billed = " (select id from easel.billing_account where account_id = '" + account + "')";
  if (table == "purchase" || table == "subscription" || table == "sale" || table == "drip")
    return "select count(*) from easel." + t + " where billing_id in" + billed;
  if (table == "sale_payment" || table == "refund" || table == "dispute")
    return "select count(*) from easel." + t
           + " where reference in (select reference from easel.sale where billing_id in" + billed + ")";
  return "select count(*) from easel." + t + " where account_id = '" + account + "'";
}

/// Nobody on the free tier has calls to ask about; records of payments are cut by billing, whose tests have some.
bool is_empty_for(std::string_view table, tier of) {
  const auto fields = policies::data_inventory();
  const bool is_of_payments = std::any_of(
    fields.begin(), fields.end(), [&](const auto& f) { return f.table == table && f.exported == "billing.json"; });
  return is_of_payments || (table == "provider_call" && of == tier::free);
}

std::set<std::string_view> personal_tables() {
  std::set<std::string_view> tables;
  for (const auto& field : policies::data_inventory())
    tables.insert(field.table);
  return tables;
}

policies::erasure_way way_of(std::string_view table) {
  for (const auto& field : policies::data_inventory())
    if (field.table == table && field.erased != policies::erasure_way::deleted_unsealed)
      return field.erased;
  return policies::erasure_way::deleted;
}

/// Every relation with rows in it whose text holds `text`, in the clear or in hex.
std::string relations_with(const tests::fresh_database& database, const std::string& text) {
  return database.value(
    "select coalesce(string_agg(distinct name, ' '), '') from (select tablename as name, (xpath('//n/text()',"
    " query_to_xml(format('select count(*) as n from easel.%I t where t::text like ''%%"
    + text + "%%'' or t::text like ''%%'' || encode(''" + text
    + "''::bytea, ''hex'') || ''%%''', tablename), false, true, '')))[1]::text::int as n"
      " from pg_tables where schemaname = 'easel') each where n > 0");
}

/// The whole export: rows by document and table, and the files.
struct copy {
  std::map<std::string, std::map<std::string, std::vector<json>>> documents;
  std::map<std::string, std::string> files;
  std::vector<std::string> ended; ///< documents, in the order in which they ended
};

copy exported(rights& from, account_id who, export_cursor cursor = {}) {
  copy out;
  for (int portions = 0; portions < 10'000; ++portions) {
    auto portion = must(from.next_portion(who, cursor));
    if (portion.document.empty())
      return out;
    if (!portion.file.empty()) {
      BOOST_TEST(out.files.emplace(portion.file, *portion.bytes).second);
      continue;
    }
    auto& rows = out.documents[portion.document][portion.table];
    for (const auto& row : portion.rows)
      rows.push_back(json::parse(row));
    if (portion.ends_document)
      out.ended.push_back(portion.document);
  }
  BOOST_FAIL("an export does not end");
  return out;
}

} // namespace

} // namespace rights_in_postgres

BOOST_FIXTURE_TEST_SUITE(rights_in_postgres, fixture)

// ---------------------------------------------------------------- RIGHT-3

BOOST_AUTO_TEST_CASE(RIGHT_3_each_field_of_the_inventory_is_erased_as_it_declares) {
  for (const auto of : all_tiers) {
    const auto claims = somebody();
    const auto p = busy_person(claims, "canary4711", of);
    const auto bystander = busy_person(somebody("Bob"), "bystander", of);
    const auto id = uuid_of(p.account);
    std::map<std::string_view, std::int64_t> before;
    for (const auto table : personal_tables())
      if (names_accounts(table) && table != "erasure")
        before[table] = count(rows_about(table, id));
    BOOST_TEST(before.size() >= 18u);
    for (const auto& [table, rows] : before) {
      BOOST_TEST_INFO(table);
      BOOST_TEST((rows > 0 || is_empty_for(table, of))); // so that what stays would be seen
    }
    const auto others = exported(*rights_, bystander.account);

    const auto receipt = erased(p.account);
    for (const auto& [table, rows] : before) {
      BOOST_TEST_INFO(table);
      if (way_of(table) == policies::erasure_way::pseudonymous)
        BOOST_TEST(count(rows_about(table, id)) == rows);
      else
        BOOST_TEST(count(rows_about(table, id)) == 0);
    }
    // Nowhere else either: operators' notes and requests by mail alone still name an account, which is no more.
    BOOST_TEST(relations_with(*database, id) == "operator_audit privacy_request");
    BOOST_TEST(relations_with(*database, "canary4711") == "");
    BOOST_TEST(count("select count(*) from easel.erasure where account_id is not null") == 0);
    BOOST_TEST(count("select count(*) from easel.erased_subject") == (of == tier::free ? 1 : 2));

    BOOST_TEST(receipt.clause == "RIGHT-3");
    BOOST_TEST(receipt.counts.at("account") == 1);
    BOOST_TEST(receipt.counts.at("account_key") == 1);
    BOOST_TEST(receipt.counts.at("person") == 1);
    BOOST_TEST(receipt.counts.at("session") == 1);
    BOOST_TEST(receipt.counts.at("api_key") == 1);
    BOOST_TEST(receipt.counts.at("generation_in_work") == 1);
    BOOST_TEST(receipt.counts.at("generation") == 5); // what was in work among them
    BOOST_TEST(receipt.counts.at("image") == 6);
    BOOST_TEST(receipt.counts.at("access_log") == 1);
    BOOST_TEST((receipt.finished_at >= receipt.begun_at));

    const auto still = exported(*rights_, bystander.account);
    BOOST_TEST((still.documents.at("generations.json") == others.documents.at("generations.json")));
    BOOST_TEST((still.files == others.files));
    check_invariants();
  }
}

BOOST_AUTO_TEST_CASE(RIGHT_3_with_the_first_step_nothing_is_readable_and_nothing_acts_for_the_account) {
  const auto claims = somebody();
  const auto p = busy_person(claims, "canary");
  const auto ended = must(db->list_generations(p.account, std::nullopt, 10)).rows;
  const auto running =
    generation_id{parse_uuid(database->value("select id from easel.generation_in_work limit 1")).value()};
  BOOST_REQUIRE(must(rights_->begin_erasure(p.account, erasure_clause::right_3, std::nullopt)).has_value());

  BOOST_TEST(!must(db->find_person(p.account)).has_value());
  BOOST_TEST(must(db->list_sessions(p.account)).empty());
  BOOST_TEST(must(db->list_keys(p.account)).empty());
  for (const auto& row : ended) {
    BOOST_TEST(!must(db->find_image(p.account, row.id, 0)));
    if (const auto found = must(db->find_generation(p.account, row.id)))
      BOOST_TEST(found->prompt.reveal() == "");
  }
  BOOST_TEST((try_admit(order(p)).result == admission::account_gone));
  BOOST_TEST((try_write(sending({running, {node, 1}})) != fenced::done));
  export_cursor cursor;
  BOOST_TEST(!rights_->next_portion(p.account, cursor).has_value());
  BOOST_TEST(!must(rights_->preview_erasure(p.account)).has_value());
  BOOST_TEST((must(rights_->begin_export(p.account)).result == export_claim::account_gone));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_late_result_finds_nothing_to_be_written_to) {
  const auto p = newcomer(tier::free, 100);
  const auto w = dispatched(p);
  erased(p.account);
  BOOST_TEST((try_end(picture(w, 0, true)).result == fenced::not_in_state));
  BOOST_TEST((try_end(finish{w.id, w.owner, generation_state::failed, failure::upstream_error, true, false}).result
              == fenced::not_in_state));
  BOOST_TEST(count("select (select count(*) from easel.image) + (select count(*) from easel.every_generation)"
                   " + (select count(*) from easel.strike)")
             == 0);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_goes_on_from_any_step_on_any_connection) {
  const auto p = busy_person(somebody(), "canary");
  auto id = must(rights_->begin_erasure(p.account, erasure_clause::right_3, std::nullopt)).value();
  int steps = 0;
  std::optional<erasure_receipt> receipt;
  while (!receipt) {
    const auto elsewhere = open_rights(); // as after a crash
    const auto left = must(elsewhere->unfinished_erasures());
    BOOST_REQUIRE(left.size() == 1);
    BOOST_TEST((left.front() == id));
    BOOST_TEST((must(elsewhere->begin_erasure(p.account, erasure_clause::child_1, std::nullopt)) == id));
    receipt = must(elsewhere->continue_erasure(id));
    check_invariants();
    BOOST_REQUIRE(++steps < 100);
  }
  BOOST_TEST(steps > 3);
  BOOST_TEST(must(rights_->unfinished_erasures()).empty());
  BOOST_TEST((must(rights_->continue_erasure(id)).value().hash == receipt->hash)); // stays what it is
  BOOST_TEST(relations_with(*database, uuid_of(p.account)) == "operator_audit privacy_request");
}

BOOST_AUTO_TEST_CASE(RIGHT_3_receipts_are_a_chain_that_nobody_changes) {
  std::vector<erasure_receipt> chain;
  for (int i = 0; i < 3; ++i)
    chain.push_back(erased(newcomer().account));
  BOOST_TEST((chain[0].previous == digest{}));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    BOOST_TEST(chain[i].number == static_cast<std::int64_t>(i) + 1);
    if (i > 0)
      BOOST_TEST((chain[i].previous == chain[i - 1].hash));
  }
  BOOST_TEST(count("select easel.broken_receipts()") == 0);
  BOOST_CHECK_THROW(database->execute("update easel.erasure set clause = 'CHILD-1'"), std::runtime_error);
  BOOST_CHECK_THROW(database->execute("delete from easel.erasure"), std::runtime_error);
  database->execute("alter table easel.erasure disable trigger user; update easel.erasure set counts = '{}'"
                    " where number = 2; alter table easel.erasure enable trigger user");
  BOOST_TEST(count("select easel.broken_receipts()") == 1);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_whoever_comes_back_has_no_fresh_allowance_and_their_old_strikes) {
  const auto claims = somebody();
  contract::person p{visit(*this, claims).account, {}};
  auto command = order(p, 1);
  command.key.reset();
  command.daily_allowance = amount(10);
  BOOST_REQUIRE((try_admit(command).result == admission::admitted)); // brings this day's allowance
  for (int i = 0; i < 3; ++i)
    database->execute("insert into easel.strike values ('" + uuid_of(p.account) + "', gen_random_uuid(), easel.now())");
  erased(p.account);
  BOOST_TEST(relations_with(*database, uuid_of(p.account)) == "");

  contract::person back{visit(*this, claims).account, {}};
  BOOST_TEST((back.account != p.account));
  auto again = order(back, 1);
  again.key.reset();
  again.daily_allowance = amount(10);
  BOOST_TEST((try_admit(again).result == admission::insufficient_credits));
  BOOST_TEST(count("select count(*) from easel.strike where account_id = '" + uuid_of(back.account) + "'") == 3);
  advance(std::chrono::hours(24));
  auto next_day = order(back, 1);
  next_day.key.reset();
  next_day.daily_allowance = amount(10);
  BOOST_TEST((try_admit(next_day).result == admission::admitted));

  contract::person other{visit(*this, somebody()).account, {}};
  BOOST_TEST(count("select count(*) from easel.strike where account_id = '" + uuid_of(other.account) + "'") == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_suspension_outlives_its_account_for_thirty_days_and_no_longer) {
  const auto claims = somebody();
  const auto first = visit(*this, claims).account;
  database->execute("update easel.account set state = 1 where id = '" + uuid_of(first) + "'");
  erased(first);
  const auto second = visit(*this, claims).account;
  BOOST_TEST((must(db->find_account(second)).value().state == account_state::suspended));
  erased(second);
  advance(settings().retention.erased_subject);
  const auto rules = policies::reaping_rules(settings().retention);
  const auto rule = std::find_if(rules.begin(), rules.end(), [](const auto& r) { return r.table == "erased_subject"; });
  BOOST_REQUIRE((rule != rules.end()));
  const auto reaper = make_postgres_retention(settings(), std::chrono::seconds(1), commons);
  BOOST_TEST(must(reaper->reap(*rule, must(reaper->now()), 10)) == 1);
  BOOST_TEST(count("select count(*) from easel.erased_subject") == 0);
  BOOST_TEST((must(db->find_account(visit(*this, claims).account)).value().state == account_state::active));
}

BOOST_AUTO_TEST_CASE(CHILD_1_an_operator_erases_with_a_reason_that_is_kept_and_nothing_is_remembered) {
  const auto p = busy_person(somebody(), "canary");
  const auto id = must(rights_->begin_erasure(p.account, erasure_clause::child_1,
                                              operator_note{"easelctl:root", "reported by a parent"}))
                    .value();
  std::optional<erasure_receipt> receipt;
  while (!receipt)
    receipt = must(rights_->continue_erasure(id));
  BOOST_TEST(receipt->clause == "CHILD-1");
  BOOST_TEST(count("select count(*) from easel.erased_subject") == 0);
  BOOST_TEST(database->value("select actor || ', ' || reason from easel.operator_audit where action = 'erase_account'")
             == "easelctl:root, reported by a parent");
}

BOOST_AUTO_TEST_CASE(RET_3_what_was_paid_stays_under_a_reference_that_leads_to_nobody) {
  const auto p = newcomer(tier::paid);
  const auto id = uuid_of(p.account);
  database->execute("select easel.issue('" + id + "', 3::smallint, 'pi_123', 100, null, easel.now())");
  completed(p, 5, 2);
  (void)dispatched(p, 5, 2); // its hold goes back first
  const auto receipt = erased(p.account);
  BOOST_TEST(receipt.counts.at("detached_payment") == 1);
  BOOST_TEST(database->value("select kind || ' ' || business_key || ' ' || amount || ' ' || remaining"
                             " from easel.credit_grant")
             == "3 pi_123 100 0");
  BOOST_TEST(database->value("select string_agg(from_book || '>' || to_book || ':' || amount, ' '"
                             " order by from_book, to_book) from easel.credit_transfer")
             == "0>1:100 1>3:10 1>4:90");
  BOOST_TEST(count("select count(*) from easel.credit_transfer where generation_id is not null") == 0);
  BOOST_TEST(relations_with(*database, id) == "operator_audit");
  BOOST_TEST(relations_with(*database, id.substr(id.size() - 9)) == "operator_audit"); // the tail of entries' ids
  check_invariants();
}

BOOST_AUTO_TEST_CASE(TECH_1_a_line_that_comes_after_its_account_names_nobody) {
  const auto p = newcomer();
  erased(p.account);
  access_record line;
  line.at = now();
  line.ip = "203.0.113.7";
  line.account = p.account;
  line.route = "DELETE /v1/account";
  line.status = 200;
  line.request_id = "req_1";
  BOOST_TEST(db->append_access(std::vector{line}).value() == 1);
  BOOST_TEST(count("select count(*) from easel.access_log where account_id is null") == 1);
}

BOOST_AUTO_TEST_CASE(nobody_is_erased_twice_and_nobody_who_is_not_there) {
  BOOST_TEST(!must(rights_->begin_erasure(account_id{parse_uuid("00000000-0000-7000-8000-000000000001").value()},
                                          erasure_clause::right_3, std::nullopt))
                .has_value());
  const auto p = newcomer();
  erased(p.account);
  BOOST_TEST(!must(rights_->begin_erasure(p.account, erasure_clause::right_3, std::nullopt)).has_value());
  BOOST_TEST(!must(rights_->continue_erasure(erasure_id{})).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_lost_is_counted_before) {
  const auto p = busy_person(somebody(), "canary");
  const auto lost = must(rights_->preview_erasure(p.account)).value();
  BOOST_TEST(lost.generations == 5);
  BOOST_TEST(lost.images == 6);
  BOOST_TEST(lost.api_keys == 1);
  BOOST_TEST(lost.sessions == 1);
  BOOST_TEST(lost.available.value() == balance_of(p).available.value());
}

// ---------------------------------------------------------------- RIGHT-4

BOOST_AUTO_TEST_CASE(RIGHT_4_a_restriction_ends_what_is_in_work_and_keeps_everything) {
  const auto p = contract::person{visit(*this, somebody()).account, {}};
  give(p, 100);
  auto command = order(p, 5, 2);
  command.key.reset();
  const auto waiting = accepted(command);
  command = order(p, 5, 2);
  command.key.reset();
  const auto drawn = accepted(command);
  BOOST_REQUIRE((try_write(sending(drawn)) == fenced::done));
  try_end(picture(drawn, 0));

  const auto restriction = must(rights_->restrict(p.account, secret_text("Nobody shall draw for me."))).value();
  BOOST_TEST(must(rights_->work_of(p.account)).size() == 2);
  BOOST_TEST(must(rights_->end_work(p.account)) == 2);
  BOOST_TEST(must(rights_->end_work(p.account)) == 0);

  BOOST_TEST(row_of(p, waiting.id).state == generation_state::cancelled);
  BOOST_TEST(row_of(p, waiting.id).reason == failure::account_closed);
  BOOST_TEST(row_of(p, drawn.id).state == generation_state::completed);
  BOOST_TEST(row_of(p, drawn.id).images.size() == 1);
  BOOST_TEST(balance_of(p).held.value() == 0);
  BOOST_TEST(balance_of(p).available.value() == 95);
  BOOST_TEST((try_end(picture(drawn, 1, true)).result == fenced::not_in_state));
  BOOST_TEST((try_write(sending(waiting)) == fenced::not_in_state));
  command = order(p, 5);
  command.key.reset();
  BOOST_TEST((try_admit(command).result == admission::restricted));

  BOOST_TEST(restriction.objection.reveal() == "Nobody shall draw for me.");
  BOOST_TEST((must(rights_->restrict(p.account, std::nullopt)).value().id == restriction.id));
  BOOST_TEST(must(rights_->lift_restriction(p.account)));
  BOOST_TEST((try_admit(command).result == admission::admitted));
  const auto all = must(rights_->list_restrictions(p.account));
  BOOST_REQUIRE(all.size() == 1);
  BOOST_TEST(all[0].lifted_at.has_value());
  BOOST_TEST(all[0].objection.reveal() == "Nobody shall draw for me.");
  BOOST_TEST(relations_with(*database, "Nobody shall") == "");
  check_invariants();
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_was_to_be_deleted_when_a_restriction_ends_it_is_not_kept) {
  const auto p = newcomer(tier::free, 100);
  const auto unwanted = dispatched(p, 5, 2);
  const auto wanted = dispatched(p, 5, 2);
  for (const auto& each : {unwanted, wanted})
    try_end(picture(each, 0));
  BOOST_TEST(must(db->request_cancel(p.account, unwanted.id)));
  BOOST_REQUIRE(must(rights_->restrict(p.account, std::nullopt)).has_value());
  BOOST_TEST(must(rights_->end_work(p.account)) == 2);
  BOOST_TEST(row_of(p, unwanted.id).prompt.empty());
  BOOST_TEST(!must(db->find_image(p.account, unwanted.id, 0)));
  BOOST_TEST(!row_of(p, wanted.id).prompt.empty());
  BOOST_TEST((must(db->find_image(p.account, wanted.id, 0)) != nullptr));
  check_invariants();
}

BOOST_AUTO_TEST_CASE(RIGHT_4_objections_are_bounded_and_old_restrictions_go) {
  const auto p = visit(*this, somebody());
  BOOST_TEST(!rights_->restrict(p.account, secret_text(std::string(longest_objection + 1, 'x'))).has_value());
  BOOST_TEST(!rights_->restrict(p.account, secret_text(std::string("a\0b", 3))).has_value());
  for (int i = 0; i < 103; ++i) {
    must(rights_->restrict(p.account, std::nullopt));
    must(rights_->lift_restriction(p.account));
  }
  BOOST_TEST(must(rights_->list_restrictions(p.account)).size() == 100);
}

// ---------------------------------------------------------------- RIGHT-1

BOOST_AUTO_TEST_CASE(RIGHT_1_each_exported_field_of_the_inventory_is_in_the_export) {
  for (const auto of : all_tiers) {
    const auto p = busy_person(somebody("Ada Lovelace"), "canary4711", of);
    (void)busy_person(somebody("Bob"), "bystander", of);
    const auto found = exported(*rights_, p.account);
    for (const auto& field : policies::data_inventory()) {
      if (field.exported.empty() || field.exported == "images/")
        continue;
      BOOST_TEST_INFO(field.table << '.' << field.column);
      const auto& rows = found.documents.at(std::string(field.exported)).at(std::string(field.table));
      if (rows.empty()) {
        BOOST_TEST(is_empty_for(field.table, of));
        continue;
      }
      std::string name(field.column);
      if (name.ends_with("_sealed"))
        name.resize(name.size() - std::string_view("_sealed").size());
      for (const auto& row : rows)
        BOOST_TEST(row.contains(name));
    }
    BOOST_TEST(found.files.size() == 6);
    for (const auto& [name, bytes] : found.files) {
      BOOST_TEST(name.find("_gen_") != std::string::npos);
      BOOST_TEST(name.ends_with(".png"));
      BOOST_TEST(bytes == "canary4711 image");
    }
    const auto whole = json(found.documents).dump();
    BOOST_TEST(whole.find("canary4711 prompt") != std::string::npos);
    BOOST_TEST(whole.find("canary4711 objection") != std::string::npos);
    BOOST_TEST(whole.find("Ada Lovelace") != std::string::npos);
    BOOST_TEST(whole.find("203.0.113.7") != std::string::npos);
    BOOST_TEST(whole.find("bystander") == std::string::npos);
    BOOST_TEST(found.ended.size() == found.documents.size());
  }
}

BOOST_AUTO_TEST_CASE(RIGHT_1_what_an_export_says_are_words_and_ids_as_the_api_has_them) {
  const auto p = busy_person(somebody(), "canary");
  const auto found = exported(*rights_, p.account);
  const auto& account = found.documents.at("account.json").at("account").at(0);
  BOOST_TEST(account.at("id") == to_string(p.account));
  BOOST_TEST(account.at("tier") == "free");
  BOOST_TEST(account.at("state") == "active");
  const auto& generation = found.documents.at("generations.json").at("generation").at(0);
  BOOST_TEST(generation.at("state") == "completed");
  BOOST_TEST(generation.at("format") == "png");
  BOOST_TEST(generation.at("id").get<std::string>().starts_with("gen_"));
  std::set<std::string> recipients;
  for (const auto& each : found.documents.at("disclosures.json").at("disclosure"))
    recipients.insert(each.at("recipient").get<std::string>());
  BOOST_TEST((recipients == std::set<std::string>{"openai_moderation", "sub2api"}));
  const auto& transfer = found.documents.at("credits.json").at("credit_transfer").at(0);
  BOOST_TEST(transfer.at("from_book") == "issued");
  BOOST_TEST(transfer.at("to_book") == "available");
}

BOOST_AUTO_TEST_CASE(RET_1_nothing_expired_is_exported) {
  const auto p = busy_person(somebody(), "canary");
  advance(settings().retention.content);
  const auto found = exported(*rights_, p.account);
  BOOST_TEST(found.files.empty());
  BOOST_TEST(found.documents.at("generations.json").at("generation").empty());
  BOOST_TEST(found.documents.at("disclosures.json").at("disclosure").empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_exports_come_one_at_a_time_and_three_a_day) {
  const auto p = visit(*this, somebody());
  const auto first = must(rights_->begin_export(p.account));
  BOOST_TEST((first.result == export_claim::begun));
  const auto meanwhile = must(rights_->begin_export(p.account));
  BOOST_TEST((meanwhile.result == export_claim::running));
  BOOST_TEST((meanwhile.until > now()));
  BOOST_TEST(must(rights_->keep_export(first.id)));
  BOOST_TEST(must(rights_->end_export(first.id)));
  BOOST_TEST(!must(rights_->end_export(first.id)));
  BOOST_TEST(!must(rights_->keep_export(first.id)));
  BOOST_TEST((must(rights_->begin_export(p.account)).result == export_claim::begun));
  advance(rights_settings{}.export_alive); // it died, and is over
  BOOST_TEST((must(rights_->begin_export(p.account)).result == export_claim::begun));
  advance(rights_settings{}.export_alive);
  const auto spent = must(rights_->begin_export(p.account));
  BOOST_TEST((spent.result == export_claim::spent));
  BOOST_TEST((spent.until > now() + std::chrono::hours(23)));
  advance(std::chrono::hours(24));
  BOOST_TEST((must(rights_->begin_export(p.account)).result == export_claim::begun));
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_large_copy_is_several_files_and_each_image_is_in_one) {
  const auto p = busy_person(somebody(), "canary");
  const auto other = visit(*this, somebody("Bob"));
  database->execute("update easel.image set size = 100000");
  rights_settings own;
  own.export_volume = 320'000; // one generation with its two images
  const auto large = open_rights(own);
  const auto begun = must(large->begin_export(p.account));
  BOOST_TEST_REQUIRE((begun.result == export_claim::begun));
  BOOST_TEST_REQUIRE(begun.plan.volumes.size() == 4u);
  BOOST_TEST(begun.plan.volumes[0].images == 0);
  BOOST_TEST(begun.plan.volumes[2].images == 2);
  BOOST_TEST(begun.plan.volumes[2].bytes == 200'000);
  BOOST_TEST((must(large->open_volume(p.account, begun.id, 2)).result == export_claim::running));
  must(large->end_export(begun.id));

  completed(p, 5, 2); // is in none of the files
  const auto gone = begun.plan.volumes[1].until.value();
  must(db->delete_generation(p.account, gone)); // moves no other
  std::map<std::string, std::size_t> places;
  for (int again = 0; again < 2; ++again)
    for (std::size_t number = 1; number <= 4; ++number) {
      const auto opened = must(large->open_volume(p.account, begun.id, number));
      BOOST_TEST_REQUIRE((opened.result == export_claim::begun));
      const auto found = exported(*large, p.account, beginning_of(opened.plan, number));
      BOOST_TEST(found.documents.empty() == (number > 1));
      BOOST_TEST(found.files.size() == (number > 2 ? 2u : 0u));
      for (const auto& [name, bytes] : found.files)
        BOOST_TEST(places.emplace(name, number).first->second == number);
      must(large->end_export(begun.id));
    }
  BOOST_TEST(places.size() == 4u);

  for (const std::size_t number : {0, 5})
    BOOST_TEST((must(large->open_volume(p.account, begun.id, number)).result == export_claim::no_such_volume));
  BOOST_TEST((must(large->open_volume(other.account, begun.id, 1)).result == export_claim::no_such_volume));
  const auto listed = must(large->list_exports(p.account));
  BOOST_TEST_REQUIRE(listed.size() == 2u); // busy_person had one
  BOOST_TEST((listed[0].id == begun.id));
  BOOST_TEST((listed[0].plan.made_at == begun.plan.made_at));
  BOOST_TEST(listed[0].plan.volumes.size() == 4u);
  BOOST_TEST((listed[0].plan.volumes[3].until == begun.plan.volumes[3].until));
  BOOST_TEST((listed[0].plan.volumes[3].first == begun.plan.volumes[3].first));
  BOOST_TEST(must(large->list_exports(other.account)).empty());
  BOOST_TEST((must(large->begin_export(p.account)).result == export_claim::begun)); // the third: files do not count
  advance(export_lifetime);
  BOOST_TEST((must(large->open_volume(p.account, begun.id, 1)).result == export_claim::no_such_volume));
  BOOST_TEST(must(large->list_exports(p.account)).empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_small_copy_is_one_file_with_everything) {
  const auto p = busy_person(somebody(), "canary");
  const auto begun = must(rights_->begin_export(p.account));
  BOOST_TEST_REQUIRE(begun.plan.volumes.size() == 1u);
  BOOST_TEST(begun.plan.volumes[0].images == 6);
  const auto found = exported(*rights_, p.account, beginning_of(begun.plan, 1));
  BOOST_TEST(found.files.size() == 6u);
  BOOST_TEST(found.ended.size() == found.documents.size());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_an_export_that_was_never_planned_counts_for_nothing) {
  const auto p = visit(*this, somebody());
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST((must(rights_->begin_export(p.account)).result == export_claim::begun));
    database->execute("update easel.data_export set volumes = null"); // its node ended before that
    BOOST_TEST(must(rights_->list_exports(p.account)).empty());
    advance(rights_settings{}.export_alive);
  }
  BOOST_TEST(count("select count(*) from easel.data_export") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
