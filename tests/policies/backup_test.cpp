#include "policies/backup.hpp"

#include "policies/inventory.hpp"
#include "policies/retention_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

BOOST_AUTO_TEST_SUITE(backup_suite)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

const instant noon = *parse_instant("2026-11-23T12:00:00Z");

uuid id_at(instant at, std::uint8_t seed = 1) {
  std::array<std::uint8_t, 10> random{};
  random.fill(seed);
  return make_uuid_v7(at, random);
}

bool holds(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

backup_manifest whole() {
  backup_manifest m;
  m.id = id_at(noon);
  m.created_at = noon;
  m.expires_at = noon + 24h * 30;
  m.schema_version = 14;
  m.server_version = "15.10";
  m.files = {{std::string(data_dump), 1000, std::string(64, 'a')}, {std::string(keys_dump), 100, std::string(64, 'b')}};
  m.rows = {{"account", 2}, {"account_key", 2}};
  return m;
}

/// The only complaint about a manifest that `change` was done to.
template <class Change>
std::string complaint_after(Change change) {
  auto m = whole();
  change(m);
  const auto found = check_manifest(m, id_at(noon));
  BOOST_REQUIRE(found.size() == 1);
  return found.front();
}

registered_backup row_at(instant created, backup_state state = backup_state::complete) {
  return {id_at(created), {}, created, created + 24h * 7, state, 10, {}};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_master_key_that_a_backup_needs_and_nobody_configured_is_named) {
  auto m = whole();
  const std::vector<std::string> configured{"00112233aabbccdd", "ffeeddccbbaa9988"};
  BOOST_TEST(missing_master_keys(m, configured).empty()); // of an earlier version: it does not say
  m.master_keys = configured;
  BOOST_TEST(missing_master_keys(m, configured).empty());
  m.master_keys.push_back("0123456789abcdef");
  const auto found = missing_master_keys(m, configured);
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].find("0123456789abcdef") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_table_of_the_schema_has_one_place_in_the_plan) {
  std::set<std::string_view> declared;
  for (const auto& field : data_inventory())
    declared.insert(field.table);
  for (const auto& column : non_personal_columns())
    declared.insert(column.table);
  std::vector<std::string_view> planned;
  for (const auto* tables : {&plan_backup().kept, &plan_backup().apart, &plan_backup().left_out})
    planned.insert(planned.end(), tables->begin(), tables->end());
  std::sort(planned.begin(), planned.end());
  BOOST_TEST(planned == std::vector<std::string_view>(declared.begin(), declared.end()),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(TECH_1_what_expires_sooner_than_a_backup_is_left_out_of_it) {
  for (const auto* table : {"access_log", "session", "sign_in", "idempotency_claim", "awaiting_answer",
                            "operator_session", "retention_clock", "retention_run", "backup"})
    BOOST_TEST(holds(plan_backup().left_out, table), table);
}

BOOST_AUTO_TEST_CASE(whatever_lives_as_long_as_an_account_or_its_books_is_backed_up) {
  for (const auto& field : data_inventory())
    if (field.window == retention_window::account || field.window == retention_window::ledger
        || field.window == retention_window::audit || field.window == retention_window::content)
      BOOST_TEST(!holds(plan_backup().left_out, field.table), field.table);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_the_keys_are_apart_from_what_they_open) {
  BOOST_TEST(plan_backup().apart == std::vector<std::string_view>{"account_key"}, boost::test_tools::per_element());
  for (const auto* table : {"account", "person", "generation", "generation_in_work", "image", "credit_transfer",
                            "operator_audit", "erasure", "erased_subject", "setting", "schema_migration"})
    BOOST_TEST(holds(plan_backup().kept, table), table);
}

BOOST_AUTO_TEST_CASE(no_table_is_half_worth_keeping) {
  // Were one declared with a short and a long window, its short-lived fields would be copied with it.
  for (const auto table : plan_backup().kept)
    for (const auto& field : data_inventory())
      if (field.table == table)
        BOOST_TEST((field.window != retention_window::access_log && field.window != retention_window::session
                    && field.window != retention_window::sign_in && field.window != retention_window::idempotency
                    && field.window != retention_window::attach),
                   std::string(table) + '.' + std::string(field.column));
}

BOOST_AUTO_TEST_CASE(a_manifest_of_ours_is_believed_and_a_changed_one_is_not) {
  BOOST_TEST(check_manifest(whole(), id_at(noon)).empty());
  BOOST_TEST(check_manifest(whole(), id_at(noon, 2)).size() == 1u);
  BOOST_TEST(complaint_after([](auto& m) { m.files.pop_back(); })
             == "the manifest does not name keys/account_key.dump.");
  BOOST_TEST(complaint_after([](auto& m) { m.files[0].sha256 = "A" + std::string(63, 'a'); })
             == "the manifest has no size or no hash of a file.");
  BOOST_TEST(complaint_after([](auto& m) { m.files[1].bytes = 0; })
             == "the manifest has no size or no hash of a file.");
  BOOST_TEST(complaint_after([](auto& m) {
               m.files.push_back({"../../etc/passwd", 1, std::string(64, 'a')});
             })
             == "the manifest names a file that no backup has.");
  BOOST_TEST(complaint_after([](auto& m) { m.schema_version = 0; }) == "the manifest names no version of the schema.");
  BOOST_TEST(complaint_after([](auto& m) { m.rows["account"] = -1; })
             == "the manifest counts less than no row of a table.");
}

BOOST_AUTO_TEST_CASE(RIGHT_3_no_manifest_makes_a_backup_live_for_more_than_30_days) {
  auto m = whole();
  BOOST_TEST(!is_expired(m, noon));
  BOOST_TEST(!is_expired(m, noon + 24h * 30 - 1us));
  BOOST_TEST(is_expired(m, noon + 24h * 30));
  m.expires_at = noon + 24h * 365;
  BOOST_TEST(is_expired(m, noon + 24h * 30));
  BOOST_TEST(check_manifest(m, id_at(noon)).size() == 1u);
  m.expires_at = noon + 24h;
  BOOST_TEST(is_expired(m, noon + 24h));
  m.expires_at = noon;
  BOOST_TEST(check_manifest(m, id_at(noon)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_missing_shorter_or_changed_is_named) {
  const auto m = whole();
  BOOST_TEST(compare_files(m, m.files).empty());
  auto found = m.files;
  found[0].sha256[3] = 'c';
  BOOST_TEST(compare_files(m, found).at(0) == "data.dump is not as it was written: its SHA-256 differs.");
  found = m.files;
  found[1].bytes = 99;
  BOOST_TEST(compare_files(m, found).at(0) == "keys/account_key.dump has 99 bytes and was written with 100.");
  found.pop_back();
  BOOST_TEST(compare_files(m, found).at(0) == "keys/account_key.dump is missing.");
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_those_of_the_backup_are_named) {
  const auto m = whole();
  BOOST_TEST(compare_rows(m, m.rows).empty());
  BOOST_TEST(compare_rows(m, {{"account", 2}, {"account_key", 1}}).at(0) == "account_key has 1 rows, and had 2.");
  BOOST_TEST(compare_rows(m, {{"account_key", 2}}).at(0) == "account has 0 rows, and had 2.");
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_dump_with_rows_where_they_must_not_be_is_refused) {
  const std::string data = ";\n; Archive\n3466; 0 100 TABLE easel access_log easel\n"
                           "3401; 0 101 TABLE DATA easel account easel\n";
  const std::string keys = "3402; 0 102 TABLE DATA easel account_key easel\n";
  BOOST_TEST(check_contents(data, keys).empty());
  BOOST_TEST(check_contents(data + keys, keys).at(0) == "data.dump holds rows of account_key.");
  BOOST_TEST(check_contents(data + "3467; 0 103 TABLE DATA easel access_log_20261123 easel\n", keys).at(0)
             == "data.dump holds rows of access_log.");
  BOOST_TEST(check_contents(data, "").at(0) == "keys/account_key.dump holds no rows of account_key.");
  BOOST_TEST(check_contents(keys, keys).size() == 2u);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_has_expired_has_to_go_registered_or_not) {
  const auto limit = 40min;
  const std::vector rows{row_at(noon)};
  const std::vector seen{seen_backup{rows[0].id, false, noon + 24h * 7}};
  BOOST_TEST(due_backups(rows, seen, noon + 24h * 7 - 1us, limit).empty());
  BOOST_TEST((due_backups(rows, seen, noon + 24h * 7, limit) == std::vector{rows[0].id}));
  BOOST_TEST((due_backups({}, seen, noon + 24h * 7, limit) == std::vector{rows[0].id}));
  // Somebody took the files away: the register has to learn it.
  BOOST_TEST((due_backups(rows, {}, noon + 24h * 7, limit) == std::vector{rows[0].id}));
  auto gone = rows;
  gone[0].removed_at = noon + 24h;
  BOOST_TEST(due_backups(gone, {}, noon + 24h * 7, limit).empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_3_without_a_manifest_the_age_of_its_id_ends_a_backup) {
  const std::vector seen{seen_backup{id_at(noon), false, {}}};
  BOOST_TEST(due_backups({}, seen, noon + 24h * 30 - 1s, 40min).empty());
  BOOST_TEST(due_backups({}, seen, noon + 24h * 30, 40min).size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_left_half_made_has_to_go_and_what_is_being_made_stays) {
  const auto limit = 40min;
  const std::vector rows{row_at(noon, backup_state::running)};
  const std::vector seen{seen_backup{rows[0].id, true, {}}};
  BOOST_TEST(due_backups(rows, seen, noon + limit - 1ms, limit).empty());
  BOOST_TEST((due_backups(rows, seen, noon + limit, limit) == std::vector{rows[0].id}));
  BOOST_TEST(due_backups({}, seen, noon + limit, limit).size() == 1u);
}

BOOST_AUTO_TEST_CASE(of_what_the_programs_print_no_value_of_a_row_is_told) {
  BOOST_TEST(first_complaint("pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout\n"
                             "pg_dump: detail: Query was: LOCK TABLE easel.account IN ACCESS SHARE MODE\n")
             == "query failed: ERROR:  canceling statement due to lock timeout");
  BOOST_TEST(first_complaint("pg_restore: error: COPY failed for table \"account\": ERROR:  invalid input syntax for"
                             " type uuid: \"a Cat on a moon\"\nCONTEXT:  COPY account, line 1: \"secret\"\n")
             == "COPY failed for table \"account\": ERROR:  invalid input syntax for type uuid: \"…\"");
  BOOST_TEST(first_complaint("pg_restore: error: cut off \"in the mid") == "cut off \"…\"");
  BOOST_TEST(first_complaint("Segmentation fault") == "it gave no reason");
  BOOST_TEST(first_complaint("error: " + std::string(1000, 'x')).size() == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
