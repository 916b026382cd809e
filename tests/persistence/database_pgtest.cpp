#include "tests/persistence/postgres_fixture.hpp"

#include "persistence/database_check.hpp"
#include "persistence/migrate.hpp"

#include <algorithm>

/// Migrations, the check at start, and a server that stops and starts.
namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(the_database)

using tests::fresh_database;
using tests::postgres_cluster;

namespace {

bool any_mentions(const std::vector<std::string>& sentences, std::string_view word) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&](const std::string& s) { return s.find(word) != std::string::npos; });
}

std::vector<std::string> problems_of(const std::string& url) {
  const auto checked = check_database(url);
  return checked ? std::vector<std::string>() : checked.error();
}

} // namespace

BOOST_AUTO_TEST_CASE(migrations_are_applied_once) {
  const fresh_database empty(fresh_database::kind::empty);
  const auto first = migrate(empty.url());
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(*first > 0);
  BOOST_TEST(migrate(empty.url()).value() == 0);
  BOOST_TEST(empty.value("select count(*) from easel.schema_migration") == std::to_string(*first));
}

BOOST_AUTO_TEST_CASE(a_migration_that_was_changed_after_it_was_applied_is_refused) {
  const fresh_database database;
  database.execute("update easel.schema_migration set checksum = 'other' where version = 1");
  const auto again = migrate(database.url());
  BOOST_REQUIRE(!again.has_value());
  BOOST_TEST(again.error().sentence.find("V001") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_newer_than_the_program_is_refused) {
  const fresh_database database;
  database.execute("insert into easel.schema_migration values (999, 'V999', 'x', now())");
  const auto again = migrate(database.url());
  BOOST_REQUIRE(!again.has_value());
  BOOST_TEST(again.error().sentence.find("999") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_migration_without_a_database_says_so) {
  const auto tried = migrate("postgresql:///easel?host=/nonexistent");
  BOOST_REQUIRE(!tried.has_value());
  BOOST_TEST(tried.error().sqlstate == "08001");
}

BOOST_AUTO_TEST_CASE(a_private_cluster_passes_the_check) {
  const fresh_database database;
  const auto checked = check_database(database.url());
  BOOST_REQUIRE(checked.has_value());
  BOOST_TEST(checked->server_version >= 150000);
  BOOST_TEST(checked->user == database.value("select current_user"));
}

BOOST_AUTO_TEST_CASE(a_log_that_would_keep_values_is_named_with_what_to_change) {
  const fresh_database database;
  const auto with = [&](const std::string& option) { return database.url() + " options='-c " + option + "'"; };
  BOOST_TEST(problems_of(with("log_parameter_max_length_on_error=-1")).empty() == false);
  BOOST_TEST(
    any_mentions(problems_of(with("log_parameter_max_length_on_error=-1")), "log_parameter_max_length_on_error = 0"));
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_reached_is_one_clear_problem) {
  BOOST_TEST(problems_of("postgresql:///easel?host=/nonexistent").size() == 1u);
  BOOST_TEST(problems_of("not a connection string").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_database_remembers_its_master_key) {
  const fresh_database database;
  const secret_text one(std::string(64, 'a')), other(std::string(64, 'b'));
  const auto error = [&](const master_keys& keys) {
    const auto opened = open_keyring(database.url(), keys);
    return opened ? std::string() : opened.error();
  };
  const auto name = master_key_name(keyring::from_master(one)->key_check());
  BOOST_TEST(error({one, {}}) == "");
  BOOST_TEST(error({one, {}}) == "");
  BOOST_TEST(error({other, {}}).find("it needs " + name) != std::string::npos);
  BOOST_TEST(error({other, one}) == ""); // before a rotation
  BOOST_TEST(error({one, secret_text("short")}).starts_with("keys.previous: "));
  BOOST_TEST(error({secret_text("short"), {}}).starts_with("keys.master: "));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_private_cluster_lets_destroyed_keys_leave_the_disk) {
  const fresh_database database;
  BOOST_TEST(obstacles_to_wiping(database.url()).empty());
  const fresh_database without_schema(fresh_database::kind::empty);
  BOOST_TEST(any_mentions(obstacles_to_wiping(without_schema.url()), "migrated"));
}

BOOST_AUTO_TEST_CASE(the_columns_of_the_schema_are_listed_without_partitions) {
  const fresh_database database;
  const auto columns = schema_columns(database.url());
  const auto has = [&](const char* table, const char* column) {
    return std::find(columns.begin(), columns.end(), schema_column{table, column}) != columns.end();
  };
  BOOST_TEST(has("image", "bytes_sealed"));
  BOOST_TEST(has("generation_in_work", "prompt_sealed"));
  BOOST_TEST(has("access_log", "ip"));
  BOOST_TEST(std::none_of(columns.begin(), columns.end(),
                          [](const auto& c) { return c.table.find("_20") != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(a_server_that_restarts_is_found_again_and_its_log_holds_no_value) {
  postgres_cluster cluster;
  {
    const auto database = std::make_shared<fresh_database>(cluster.url());
    postgres_fixture own{database};
    contract::world w(own.under_test());
    const auto p = w.newcomer(tier::free, 100);
    const auto g = w.dispatched(p);
    const auto unlucky = w.order(p);
    cluster.stop();
    const auto down = w.write_one(unlucky);
    BOOST_REQUIRE(!down.has_value());
    BOOST_TEST((down.error().what == store_error::kind::unavailable));
    cluster.start();
    BOOST_TEST(w.try_end(w.picture(g, 0, true)).result == fenced::done);
    auto refused = w.order(p, 1);
    refused.plan.images = 31;
    refused.plan.model = "canary-model-51c9";
    BOOST_TEST(!w.write_one(refused).has_value());
    w.check_invariants();
  }
  const auto log = cluster.log();
  BOOST_TEST(log.find("ERROR") != std::string::npos); // the refusal is there, its values are not
  BOOST_TEST(log.find("canary") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
