#include "policies/inventory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

BOOST_AUTO_TEST_SUITE(inventory)

using namespace easel;
using namespace easel::policies;

namespace {

using columns = std::vector<schema_column>;

columns declared() {
  columns all(non_personal_columns().begin(), non_personal_columns().end());
  for (const auto& field : data_inventory())
    all.push_back({field.table, field.column});
  return all;
}

std::vector<std::string> complaints(const columns& live) {
  const auto found = check_inventory(live);
  return found ? std::vector<std::string>() : found.error();
}

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The columns that the migrations create. Reads the plain style of our own files: one column a line, a table's end
/// at the start of a line.
std::set<std::pair<std::string, std::string>> migrated_columns() {
  std::set<std::pair<std::string, std::string>> found;
  const std::regex table_begins("create table easel\\.(\\w+) \\($");
  const std::regex column(
    "  (\\w+) (easel\\.\\w+|uuid|smallint|integer|bigint|text|boolean|bytea|date|inet|timestamptz|jsonb|numeric)\\b.*");
  const std::regex added("alter table easel\\.(\\w+) add column (\\w+) .*");
  for (const auto& file : std::filesystem::directory_iterator(EASEL_MIGRATIONS)) {
    if (file.path().extension() != ".sql")
      continue;
    std::istringstream lines(read_whole(file.path()));
    std::string table;
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (std::regex_match(line, match, table_begins))
        table = match[1];
      else if (line.starts_with(')'))
        table.clear();
      else if (!table.empty() && std::regex_match(line, match, column))
        found.emplace(table, match[1]);
      else if (std::regex_match(line, match, added))
        found.emplace(match[1], match[2]);
    }
  }
  return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_inventory_and_the_migrations_name_the_same_columns) {
  auto migrated = migrated_columns();
  BOOST_TEST_REQUIRE(migrated.size() > 100);
  // The table that remembers which migrations were applied is made before the first of them.
  for (const auto* column : {"version", "name", "checksum", "applied_at"})
    migrated.emplace("schema_migration", column);
  columns live;
  for (const auto& [table, name] : migrated)
    live.push_back({table, name});
  for (const auto& each : complaints(live))
    BOOST_ERROR(each);
}

BOOST_AUTO_TEST_CASE(a_schema_as_declared_passes) { BOOST_TEST(complaints(declared()).empty()); }

BOOST_AUTO_TEST_CASE(every_column_that_is_missing_is_named) {
  const auto all = declared();
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto fewer = all;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    const auto found = complaints(fewer);
    BOOST_TEST_REQUIRE(found.size() == 1);
    BOOST_TEST(found[0]
               == std::string(all[i].table) + '.' + std::string(all[i].column)
                    + " is in the data inventory but not in the schema.");
  }
}

BOOST_AUTO_TEST_CASE(ACCOUNT_1_a_column_that_nobody_declared_is_named) {
  auto more = declared();
  more.push_back({"account", "picture"});
  more.push_back({"birthday", "on"});
  const auto found = complaints(more);
  BOOST_TEST_REQUIRE(found.size() == 2);
  BOOST_TEST(found[0] == "account.picture is in the schema but not in the data inventory.");
  BOOST_TEST(found[1] == "birthday.on is in the schema but not in the data inventory.");
}

BOOST_AUTO_TEST_CASE(RIGHT_1_each_field_is_either_exported_or_withheld_with_a_reason) {
  for (const auto& field : data_inventory()) {
    BOOST_TEST_INFO(field.table << '.' << field.column);
    BOOST_TEST(field.exported.empty() != field.withheld.empty());
    BOOST_TEST(!field.purpose.empty());
    BOOST_TEST(!field.clause.empty());
  }
}

BOOST_AUTO_TEST_CASE(RET_1_content_lives_in_no_window_longer_than_its_own) {
  const retention_windows lengths;
  for (const auto& field : data_inventory()) {
    if (field.what != data_class::content)
      continue;
    BOOST_TEST_INFO(field.table << '.' << field.column);
    const auto length = length_of(field.window, lengths);
    BOOST_TEST_REQUIRE(length.has_value());
    BOOST_TEST((*length <= std::chrono::hours(24 * 30)));
  }
}

BOOST_AUTO_TEST_CASE(RIGHT_3_nothing_but_payments_and_the_audit_outlives_its_account) {
  for (const auto& field : data_inventory()) {
    BOOST_TEST_INFO(field.table << '.' << field.column);
    if (field.erased == erasure_way::detached)
      BOOST_TEST((field.what == data_class::billing && field.clause == "RET-3"));
    else if (field.erased == erasure_way::pseudonymous)
      BOOST_TEST((field.table == "operator_audit" || field.table == "privacy_request"));
    else if (field.erased == erasure_way::ends_by_itself)
      BOOST_TEST((field.table == "sign_in" || field.table == "billing_outbox"));
    else if (field.erased == erasure_way::outlives)
      BOOST_TEST((field.table == "erased_subject" && length_of(field.window, {}) == std::chrono::hours(24 * 30)));
    else // what is sealed loses its key as well
      BOOST_TEST(field.column.ends_with("_sealed") == (field.erased == erasure_way::deleted_unsealed));
  }
}

BOOST_AUTO_TEST_CASE(ACCOUNT_1_of_a_person_nothing_else_is_kept) {
  const std::set<std::string_view> promised{"account_id",       "subject_hash",      "email_hash",  "subject_sealed",
                                            "email_sealed",     "name_sealed",       "name_edited", "terms_version",
                                            "age_confirmed_at", "terms_accepted_at", "created_at",  "last_sign_in_at"};
  std::set<std::string_view> found;
  for (const auto& column : declared())
    if (column.table == "person")
      found.insert(column.column);
  BOOST_TEST((found == promised));
}

BOOST_AUTO_TEST_CASE(ACCOUNT_1_what_is_known_before_the_confirmation_is_gone_within_minutes) {
  for (const auto& field : data_inventory()) {
    if (field.table != "sign_in")
      continue;
    BOOST_TEST_INFO(field.column);
    BOOST_TEST((length_of(field.window, {}) == std::chrono::minutes(10)));
  }
}

BOOST_AUTO_TEST_CASE(TECH_1_the_access_log_has_no_field_beyond_those_promised) {
  const std::set<std::string_view> promised{"at",     "ip",          "user_agent", "account_id", "route",
                                            "status", "duration_us", "request_id", "day",        "expires_at"};
  std::set<std::string_view> found;
  for (const auto& column : declared())
    if (column.table == "access_log")
      found.insert(column.column);
  BOOST_TEST((found == promised));
}

BOOST_AUTO_TEST_CASE(windows_and_ways_have_words_of_their_own) {
  std::set<std::string> words;
  for (const auto window :
       {retention_window::account, retention_window::content, retention_window::idempotency, retention_window::attach,
        retention_window::ledger, retention_window::access_log, retention_window::audit, retention_window::sign_in,
        retention_window::session, retention_window::erasure, retention_window::erased_subject,
        retention_window::privacy_request, retention_window::billing_event})
    words.insert(describe(window, {}));
  for (const auto way : {erasure_way::deleted, erasure_way::deleted_unsealed, erasure_way::detached,
                         erasure_way::pseudonymous, erasure_way::ends_by_itself, erasure_way::outlives})
    words.emplace(to_string(way));
  BOOST_TEST(words.size() == 19);
  BOOST_TEST(!words.contains("unknown"));
}

BOOST_AUTO_TEST_CASE(a_window_is_told_as_it_is_configured) {
  retention_windows lengths;
  BOOST_TEST(describe(retention_window::privacy_request, lengths) == "1095 days after it was closed");
  BOOST_TEST(describe(retention_window::attach, lengths)
             == "until its answer was delivered, 15 minutes at the longest");
  lengths.privacy_request = std::chrono::hours(24 * 365);
  lengths.content = std::chrono::hours(24 * 6) + std::chrono::seconds(1);
  lengths.access_log = std::chrono::hours(36);
  lengths.sign_in = std::chrono::minutes(1);
  BOOST_TEST(describe(retention_window::privacy_request, lengths) == "365 days after it was closed");
  BOOST_TEST(describe(retention_window::content, lengths) == "7 days, then deleted automatically"); // never less
  BOOST_TEST(describe(retention_window::access_log, lengths) == "36 hours");
  BOOST_TEST(describe(retention_window::sign_in, lengths)
             == "until the person confirms or declines, 1 minute at the longest");
}

BOOST_AUTO_TEST_SUITE_END()
