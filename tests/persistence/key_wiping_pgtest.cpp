#include "persistence/postgres_retention.hpp"
#include "persistence/postgres_rights.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"
#include "tests/persistence/sleeping_session.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

/// Where the bytes of a destroyed key are on the disk, after each step that drives them out (RIGHT-3). Each case has a
/// cluster of its own: no other program's log stands between.
namespace easel::persistence {

namespace destroyed_keys {

using namespace std::chrono_literals;
using contract::must;
using policies::wipe_step;

namespace {

namespace fs = std::filesystem;

/// Which folders of the cluster hold a file with these bytes in it: "base", "pg_wal" and so on.
std::string places_of(const fs::path& data, const std::string& bytes) {
  const std::boyer_moore_horspool_searcher look_for(bytes.begin(), bytes.end());
  std::string found;
  for (const auto* folder : {"base", "global", "pg_wal"})
    for (const auto& file : fs::recursive_directory_iterator(data / folder)) {
      if (!file.is_regular_file())
        continue;
      std::ifstream in(file.path(), std::ios::binary);
      std::ostringstream all;
      all << in.rdbuf();
      const auto text = std::move(all).str();
      if (std::search(text.begin(), text.end(), look_for) == text.end())
        continue;
      found += (found.empty() ? "" : " ") + std::string(folder);
      break;
    }
  return found;
}

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

struct fixture {
  tests::postgres_cluster cluster;
  std::shared_ptr<tests::fresh_database> database = std::make_shared<tests::fresh_database>(cluster.url());
  postgres_fixture pg{database};
  contract::world w{pg.under_test()};
  std::unique_ptr<retention> reaper = make_postgres_retention(pg.settings(), 100ms, pg.commons);
  std::unique_ptr<rights> demands = make_postgres_rights(pg.settings(), {}, contract::test_keys(), pg.commons);
  fs::path data = as_admin("show data_directory");

  /// What a case writes is in one segment of the log, whole.
  fixture() { begin_segment(); }
  void begin_segment() const { database->execute("select pg_switch_wal()"); }

  /// Only who may read every setting knows where the files are; the cluster trusts whoever reaches its socket.
  [[nodiscard]] std::string as_admin(const std::string& sql) const { return admin().value(sql); }
  [[nodiscard]] tests::fresh_database admin() const {
    auto url = cluster.url();
    const auto at = url.find("user=easel");
    BOOST_REQUIRE(at != std::string::npos);
    return tests::fresh_database(url.replace(at, 10, "user=postgres"));
  }

  [[nodiscard]] std::string wrapped_key_of(account_id who) const {
    return from_hex(database->value("select encode(wrapped, 'hex') from easel.account_key where account_id = '"
                                    + to_string(who.value) + "'"));
  }
  [[nodiscard]] std::string places(const std::string& key) const { return places_of(data, key); }
  void destroy_key_of(account_id who) {
    BOOST_REQUIRE(must(demands->begin_erasure(who, erasure_clause::right_3, std::nullopt)).has_value());
  }
  void checkpoint() const { database->execute("checkpoint"); }
  [[nodiscard]] wipe_step next(duration after = 0s) const {
    policies::retention_pace pace;
    pace.rewrite_after = after;
    return policies::next_wipe_step(must(reaper->find_key_remains()), pace);
  }
  [[nodiscard]] bool take(wipe_step step) const { return must(reaper->wipe_keys(step, 30s)); }
};

} // namespace

} // namespace destroyed_keys

BOOST_FIXTURE_TEST_SUITE(destroyed_keys, fixture)

BOOST_AUTO_TEST_CASE(RIGHT_3_a_destroyed_key_is_found_in_no_file_of_the_cluster_after_the_last_step) {
  const auto stays = w.newcomer(), goes = w.newcomer();
  const auto key = wrapped_key_of(goes.account), other = wrapped_key_of(stays.account);
  BOOST_REQUIRE(key.size() > 32);
  database->execute("analyze easel.account_key"); // takes no sample of it
  checkpoint();
  BOOST_TEST(places(key) == "base pg_wal");
  BOOST_TEST((next() == wipe_step::none));

  destroy_key_of(goes.account);
  checkpoint();
  BOOST_TEST(places(key) == "base pg_wal"); // unreadable through the service, and there
  BOOST_TEST((next(6h) == wipe_step::none));
  BOOST_TEST((next() == wipe_step::rewrite_tables));

  BOOST_TEST(take(wipe_step::rewrite_tables));
  BOOST_TEST(places(key) == "pg_wal");
  BOOST_TEST((next() == wipe_step::recycle_log));
  BOOST_TEST(!must(reaper->last_key_wipe()).has_value());

  BOOST_TEST(take(wipe_step::recycle_log));
  BOOST_TEST(places(key) == "");
  BOOST_TEST(places(other) == "base"); // the search would have found it
  BOOST_TEST((next() == wipe_step::none));
  const auto latest = must(reaper->last_key_wipe());
  BOOST_REQUIRE(latest.has_value());
  BOOST_TEST(latest->keys == 1);
  BOOST_TEST((latest->oldest <= latest->at));
}

BOOST_AUTO_TEST_CASE(each_step_can_be_cut_off_and_is_done_anew_by_another) {
  const auto goes = w.newcomer();
  const auto key = wrapped_key_of(goes.account);
  destroy_key_of(goes.account);
  database->execute("vacuum (full) easel.account_key"); // and killed before it was noted
  reaper = make_postgres_retention(pg.settings(), 100ms, pg.commons);
  BOOST_TEST((next() == wipe_step::rewrite_tables));
  BOOST_TEST(take(wipe_step::rewrite_tables));
  database->execute("select easel.mark_log(); select pg_switch_wal()"); // and killed before the checkpoint
  reaper = make_postgres_retention(pg.settings(), 100ms, pg.commons);
  BOOST_TEST((next() == wipe_step::recycle_log));
  BOOST_TEST(take(wipe_step::recycle_log));
  BOOST_TEST(places(key) == "");
  BOOST_TEST(must(reaper->find_key_remains()).keys == 0);
}

BOOST_AUTO_TEST_CASE(a_key_that_an_old_snapshot_sees_is_not_taken_for_gone) {
  const auto goes = w.newcomer();
  const auto key = wrapped_key_of(goes.account);
  {
    const sleeping_session old(*database, "set transaction isolation level repeatable read; select 1");
    destroy_key_of(goes.account);
    const auto found = must(reaper->find_key_remains());
    BOOST_TEST(found.keys == 1);
    BOOST_TEST(found.oldest.has_value());
    BOOST_TEST(!found.oldest_in_table.has_value());
    BOOST_TEST((next() == wipe_step::none));
    BOOST_TEST(!take(wipe_step::rewrite_tables));
    database->execute("vacuum (full) easel.account_key");
    checkpoint();
    BOOST_TEST(places(key) == "base pg_wal"); // that is why
  }
  eventually([&] { return next() == wipe_step::rewrite_tables; });
  BOOST_TEST(take(wipe_step::rewrite_tables));
  BOOST_TEST(take(wipe_step::recycle_log));
  BOOST_TEST(places(key) == "");
}

BOOST_AUTO_TEST_CASE(a_table_that_somebody_holds_is_waited_for_a_moment_only) {
  destroy_key_of(w.newcomer().account);
  const sleeping_session reader(*database, "lock table easel.account_key in access share mode");
  const auto taken = reaper->wipe_keys(wipe_step::rewrite_tables, 30s);
  BOOST_REQUIRE(!taken.has_value());
  BOOST_TEST(taken.error().sqlstate == "55P03");
  BOOST_TEST((next() == wipe_step::rewrite_tables)); // by the next attempt
}

BOOST_AUTO_TEST_CASE(segments_that_were_kept_for_later_use_are_used_up) {
  const auto server = admin();
  server.execute("alter system set wal_recycle = on");
  server.execute("select pg_reload_conf()");
  eventually([&] { return !must(reaper->find_key_remains()).missing.empty(); });
  begin_segment();
  const auto goes = w.newcomer();
  const auto key = wrapped_key_of(goes.account);
  begin_segment();
  checkpoint();
  BOOST_TEST(places(key) == "base pg_wal"); // under another name
  destroy_key_of(goes.account);
  BOOST_TEST(take(wipe_step::rewrite_tables));
  BOOST_TEST((next() == wipe_step::none)); // not while it could come back
  BOOST_TEST(must(reaper->find_key_remains()).missing.front() == "wal_recycle");

  server.execute("alter system reset wal_recycle");
  server.execute("select pg_reload_conf()");
  eventually([&] { return must(reaper->find_key_remains()).missing.empty(); });
  for (int attempts = 0; next() == wipe_step::recycle_log; ++attempts) {
    BOOST_REQUIRE(attempts < 20);
    (void)take(wipe_step::recycle_log);
  }
  BOOST_TEST(places(key) == "");
}

BOOST_AUTO_TEST_CASE(rights_that_are_missing_are_named) {
  const auto server = admin();
  BOOST_TEST(must(reaper->find_key_remains()).missing.empty());
  server.execute("revoke pg_checkpoint from easel");
  BOOST_TEST(must(reaper->find_key_remains()).missing == std::vector<std::string>{"pg_checkpoint"},
             boost::test_tools::per_element());
  destroy_key_of(w.newcomer().account);
  BOOST_TEST(take(wipe_step::rewrite_tables)); // what can be done is done
  BOOST_TEST((next() == wipe_step::none));
  const auto taken = reaper->wipe_keys(wipe_step::recycle_log, 30s);
  BOOST_REQUIRE(!taken.has_value());
  BOOST_TEST(taken.error().sqlstate == "42501");
  server.execute("grant pg_checkpoint to easel");
  BOOST_TEST(take(wipe_step::recycle_log));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
