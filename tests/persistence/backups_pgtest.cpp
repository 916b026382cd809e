#include "persistence/backup_reaper.hpp"
#include "persistence/expiry.hpp"
#include "persistence/postgres_retention.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

/// The register of backups, their directory, and what removes them. Dumps are made in tests/e2e/backup.test.mjs.
namespace easel::persistence {

namespace backups {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using contract::must;
using policies::backup_state;
using policies::registered_backup;

/// Gone with this object.
struct scratch {
  scratch() {
    std::string name = (fs::temp_directory_path() / "easel-backups-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  fs::path path;
};

void write_file(const fs::path& at, const std::string& text) { std::ofstream(at, std::ios::binary) << text; }

std::uint8_t seed = 0;

struct fixture {
  postgres_fixture pg;
  scratch place;
  backup_settings settings = [this] {
    backup_settings s;
    s.directory = place.path.string();
    return s;
  }();
  backup_directory directory = *backup_directory::open(place.path);
  std::unique_ptr<backup_register> known = make_backup_register(pg.settings());
  instant now = must(known->now());

  /// Registered, and complete unless its state says otherwise.
  registered_backup make(instant created, backup_state state = backup_state::complete) {
    std::array<std::uint8_t, 10> random{};
    random.fill(++seed);
    registered_backup row{
      make_uuid_v7(created, random), directory.place(), created, created + 24h * 7, backup_state::running, 0, {}};
    must(known->add(row, "test"));
    const auto at = directory.begin(row.id);
    BOOST_REQUIRE(at.has_value());
    write_file(*at / policies::data_dump, "data");
    write_file(*at / policies::keys_dump, "keys");
    if (state != backup_state::complete)
      return row;
    policies::backup_manifest manifest{row.id, row.created_at, row.expires_at, 14, "15", {}, {}, {"0123456789abcdef"}};
    manifest.files = *backup_directory::measure(*at);
    BOOST_REQUIRE(directory.complete(manifest).has_value());
    BOOST_REQUIRE(must(known->conclude(row.id, state, 8)));
    return row;
  }

  [[nodiscard]] bool is_there(const registered_backup& row) const {
    return fs::exists(directory.path_of(row.id)) || fs::exists(directory.partial_path_of(row.id));
  }
  [[nodiscard]] std::string rows() const { return pg.database->value("select count(*) from easel.backup"); }
};

} // namespace

} // namespace backups

BOOST_FIXTURE_TEST_SUITE(backups, fixture)

BOOST_AUTO_TEST_CASE(what_was_made_is_registered_audited_and_for_its_owner_alone) {
  const auto row = make(now);
  const auto all = must(known->list());
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST((all[0].id == row.id && all[0].place == directory.place() && all[0].expires_at == row.expires_at));
  BOOST_TEST((all[0].state == backup_state::complete && all[0].bytes == 8 && !all[0].removed_at));
  BOOST_TEST(pg.database->value("select count(*) from easel.operator_audit where action = 'create_backup'") == "1");
  const auto manifest = directory.read_manifest(row.id);
  BOOST_REQUIRE(manifest.has_value());
  BOOST_TEST(policies::check_manifest(*manifest, row.id).empty());
  BOOST_TEST(directory.missing_files(*manifest).empty());
  struct stat facts {};
  BOOST_REQUIRE(::stat((directory.path_of(row.id) / "manifest.json").c_str(), &facts) == 0);
  BOOST_TEST((facts.st_mode & 0777) == 0600u);
  BOOST_REQUIRE(::stat(directory.path_of(row.id).c_str(), &facts) == 0);
  BOOST_TEST((facts.st_mode & 0777) == 0700u);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_the_database_refuses_a_backup_that_would_live_for_more_than_30_days) {
  registered_backup row{uuid{}, directory.place(), now, now + 24h * 30 + 1us, backup_state::running, 0, {}};
  BOOST_TEST(known->add(row, "test").error().sqlstate == "23514");
  row.expires_at = now + 24h * 30;
  BOOST_TEST(must(known->add(row, "test")));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_backup_that_expired_is_removed_and_only_then_forgotten) {
  const auto old = make(now - 24h * 7), young = make(now);
  const auto reaper = make_postgres_retention(pg.settings(), 100ms, pg.commons);
  const policies::reaping_rule rule{"backup", policies::reaping_way::by_row, policies::reaping_mark::expires_at,
                                    "RIGHT-3"};
  BOOST_TEST(must(reaper->reap(rule, now, 10)) == 0); // its files are there: the row says so until they are gone
  const auto round = must(reap_backups(*known, settings, now));
  BOOST_TEST((round.removed == 1 && round.held == 1 && round.past_due == 0 && round.fault.empty()));
  BOOST_TEST((!is_there(old) && is_there(young)));
  BOOST_TEST(must(reaper->reap(rule, now, 10)) == 1);
  BOOST_TEST(rows() == "1");
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_nobody_registered_goes_by_its_manifest) {
  const auto old = make(now - 24h * 7);
  pg.database->execute("delete from easel.backup");
  BOOST_TEST(must(reap_backups(*known, settings, now)).removed == 1);
  BOOST_TEST(!is_there(old));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_directory_that_is_away_or_another_proves_nothing) {
  const auto old = make(now - 24h * 7);
  auto elsewhere = settings;
  elsewhere.directory = (place.path / "not mounted").string();
  auto round = must(reap_backups(*known, elsewhere, now));
  BOOST_TEST((round.past_due == 1 && round.removed == 0 && !round.fault.empty()));
  const scratch another;
  elsewhere.directory = another.path.string();
  round = must(reap_backups(*known, elsewhere, now));
  BOOST_TEST((round.past_due == 1 && round.removed == 0 && round.fault.empty()));
  elsewhere.directory.clear();
  BOOST_TEST(must(reap_backups(*known, elsewhere, now)).past_due == 1);
  BOOST_TEST(is_there(old));
  BOOST_TEST(pg.database->value("select past_due from easel.audit_due where relation = 'backup'") == "1");
}

BOOST_AUTO_TEST_CASE(what_was_left_half_made_goes_after_its_time_and_can_not_become_complete) {
  const auto left = make(now - longest_backup(settings), backup_state::running);
  const auto working = make(now, backup_state::running);
  BOOST_TEST(must(reap_backups(*known, settings, now)).removed == 1);
  BOOST_TEST((!is_there(left) && is_there(working)));
  BOOST_TEST(!must(known->conclude(left.id, backup_state::complete, 8)));
  for (const auto& row : must(known->list()))
    BOOST_TEST((row.state == (row.id == left.id ? backup_state::failed : backup_state::running)));
}

BOOST_AUTO_TEST_CASE(only_what_is_named_like_a_backup_is_ever_removed) {
  write_file(place.path / "notes.txt", "mine");
  fs::create_directory(place.path / "photos");
  fs::create_directory(place.path / "00000000-0000-4000-8000-000000000000"); // of that form, but no id of ours
  const auto old = make(now - 24h * 7);
  fs::create_directory_symlink(place.path / "photos", place.path / "00000000-0000-7000-8000-000000000000");
  BOOST_TEST(must(reap_backups(*known, settings, now)).removed == 1);
  BOOST_TEST(!is_there(old));
  BOOST_TEST(fs::exists(place.path / "notes.txt"));
  BOOST_TEST(fs::exists(place.path / "photos"));
  BOOST_TEST(fs::exists(place.path / "00000000-0000-4000-8000-000000000000"));
  BOOST_TEST(fs::is_symlink(place.path / "00000000-0000-7000-8000-000000000000"));
}

BOOST_AUTO_TEST_CASE(a_manifest_reads_back_as_it_was_written_and_anything_else_is_refused) {
  const auto row = make(now);
  auto manifest = *directory.read_manifest(row.id);
  manifest.rows = {{"account", 3}};
  BOOST_TEST((*parse_manifest(to_json(manifest)) == manifest));
  for (const auto* text : {"", "[]", "{}", "null", R"({"id":1})"})
    BOOST_TEST(!parse_manifest(text).has_value(), text);
  auto wrong = to_json(manifest);
  wrong.replace(wrong.find("\"created_at\": \"") + 15, 4, "year");
  BOOST_TEST(!parse_manifest(wrong).has_value());
}

BOOST_AUTO_TEST_CASE(a_changed_byte_is_seen_and_a_short_file_at_a_glance) {
  const auto row = make(now);
  const auto manifest = *directory.read_manifest(row.id);
  const auto at = directory.path_of(row.id);
  write_file(at / policies::data_dump, "dada");
  BOOST_TEST(directory.missing_files(manifest).empty());
  BOOST_TEST(policies::compare_files(manifest, *backup_directory::measure(at)).size() == 1u);
  fs::remove(at / policies::keys_dump);
  BOOST_TEST(directory.missing_files(manifest) == std::vector{std::string(policies::keys_dump)},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_directory_keeps_its_identity) {
  BOOST_TEST((backup_directory::open(place.path)->place() == directory.place()));
  const scratch another;
  BOOST_TEST((backup_directory::open(another.path)->place() != directory.place()));
  write_file(place.path / "easel-backups", "nonsense");
  BOOST_TEST(!backup_directory::open(place.path).has_value());
}

BOOST_AUTO_TEST_CASE(a_target_with_anything_in_it_is_refused_and_bears_a_mark_until_it_is_finished) {
  const tests::fresh_database empty(tests::fresh_database::kind::empty);
  store_settings there;
  there.database_url = empty.url();
  const uuid id = make(now).id, other = make(now).id;
  const auto target = make_restore_target(there, 1min);
  BOOST_TEST(!must(make_restore_target(pg.settings(), 1min)->begin(id)));
  const std::pair<const char*, const char*> others[] = {
    {"create table public.notes (text text)", "drop table public.notes"},
    {"create schema theirs; create view theirs.one as select 1", "drop schema theirs cascade"},
    {"create sequence public.numbers", "drop sequence public.numbers"},
    {"create domain public.name as text", "drop domain public.name"},
    {"create type public.pair as (one int, two int)", "drop type public.pair"},
    {"create function public.one() returns int language sql as 'select 1'", "drop function public.one()"},
    {"create schema easel; create type easel.tier as enum ('free')", "drop schema easel cascade"},
    {"select lo_create(4711)", "select lo_unlink(4711)"}};
  for (const auto& [make_it, drop_it] : others) {
    empty.execute(make_it);
    BOOST_TEST(!must(target->begin(id)), make_it);
    empty.execute(drop_it);
  }
  // What a cluster's template may bring holds nobody's data: functions, types and the rows' shapes of an extension.
  empty.execute("create schema tools; create extension tablefunc with schema tools");
  BOOST_TEST(check_restored(empty.url()).has_value());
  BOOST_TEST(must(target->begin(id)));
  BOOST_TEST(!check_restored(empty.url()).has_value());
  // Cut off, and begun again: what the first attempt left goes; another backup's attempt is not ours to clear away.
  empty.execute("create schema easel; create table easel.account (id uuid)");
  BOOST_TEST(!must(make_restore_target(there, 1min)->begin(other)));
  BOOST_TEST(must(make_restore_target(there, 1min)->begin(id)));
  BOOST_TEST(empty.value("select to_regclass('easel.account') is null") == "t");
}

BOOST_AUTO_TEST_CASE(what_has_expired_goes_in_one_go_with_its_days) {
  const auto database = std::make_shared<tests::fresh_database>(); // its partitions are taken apart
  database->execute("create table easel.access_log_20250101 partition of easel.access_log"
                    " for values from ('2025-01-01') to ('2025-01-02');"
                    "insert into easel.access_log (day, at, ip, user_agent, route, status, duration_us, request_id,"
                    " expires_at) select '2025-01-01', '2025-01-01', '127.0.0.1', 'a', 'GET /', 200, 1, 'r' || n,"
                    " '2025-02-01' from generate_series(1, 12000) n");
  store_settings there;
  there.database_url = database->url();
  const auto reaper = make_postgres_retention(there, 1s);
  const auto done = must(expire_all(*reaper, {}, must(reaper->now())));
  BOOST_TEST(done.rows == 12000);
  BOOST_TEST(done.partitions == 1);
  BOOST_TEST(database->value("select to_regclass('easel.access_log_20250101') is null") == "t");
}

BOOST_AUTO_TEST_CASE(nothing_secret_is_among_the_words_that_programs_get) {
  const auto access = access_for_programs("postgresql://ada:s3cret@db.example:5433/easel?sslmode=require");
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(access->database == "dbname='easel'");
  const std::map<std::string, std::string> given(access->environment.begin(), access->environment.end());
  BOOST_TEST(given.at("PGPASSWORD") == "s3cret");
  BOOST_TEST(given.at("PGHOST") == "db.example");
  BOOST_TEST(given.at("PGSSLMODE") == "require");
  BOOST_TEST(!access_for_programs("postgresql://[").has_value());
  BOOST_TEST(!access_for_programs("dbname=easel sslpassword=s3cret").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
