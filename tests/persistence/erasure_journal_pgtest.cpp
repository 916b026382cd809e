#include "persistence/erasure_replay.hpp"
#include "persistence/journaled_rights.hpp"
#include "persistence/postgres_rights.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"
#include "tests/persistence/scratch_journal.hpp"

#include <boost/test/unit_test.hpp>

/// The journal of erasures beside a real database, which somebody takes back to an earlier state by hand.
namespace easel::persistence {

namespace erasure_journal_and_postgres {

using contract::amount;
using contract::must;
using contract::somebody;
using contract::visit;
using contract::world;
using std::chrono::days;

namespace {

constexpr const char* tables[] = {"account", "account_key", "person", "session"};
constexpr const char* contents[] = {"generation_in_work", "generation", "image", "disclosure"};

struct fixture : postgres_fixture, world {
  fixture() : world(under_test()) { BOOST_REQUIRE(journal->create().has_value()); }
  ~fixture() { database->execute("drop schema if exists earlier cascade"); }
  fixture(const fixture&) = delete;
  fixture& operator=(const fixture&) = delete;

  [[nodiscard]] std::unique_ptr<rights> plain_rights() const {
    return make_postgres_rights(settings(), {}, contract::test_keys(), commons);
  }
  [[nodiscard]] std::unique_ptr<rights> open_rights() {
    return make_journaled_rights(plain_rights(), {journal, [this] { return now(); }, [](const std::string&) {}});
  }
  void erase(account_id who) {
    const auto with = open_rights();
    const auto id = must(with->begin_erasure(who, erasure_clause::right_3, std::nullopt)).value();
    for (int steps = 0; !must(with->continue_erasure(id)); ++steps)
      BOOST_REQUIRE(steps < 100);
  }
  /// What every start does.
  erasure_replay replay() {
    const auto done = replay_erasures(*journal, *plain_rights(), now());
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error()));
    return *done;
  }

  /// As a node opens it.
  [[nodiscard]] std::unique_ptr<store> open_journaled_store() {
    return make_postgres_store(settings(), contract::test_keys(), commons,
                               {journal, [this] { return now(); }, [](const std::string&) {}});
  }
  void keep_contents() const {
    database->execute("create schema earlier");
    for (const std::string table : contents)
      database->execute("create table earlier." + table + " as select * from easel." + table);
  }
  void restore_contents() const {
    for (const std::string table : contents)
      database->execute("insert into easel." + table + " select * from earlier." + table + " on conflict do nothing");
  }

  void keep_state() const {
    database->execute("create schema earlier");
    for (const std::string table : tables)
      database->execute("create table earlier." + table + " as select * from easel." + table);
  }
  void restore_state() const {
    for (const std::string table : tables)
      database->execute("insert into easel." + table + " select * from earlier." + table + " on conflict do nothing");
    database->execute("truncate easel.erased_subject");
  }
  [[nodiscard]] std::string rows(const std::string& table) const {
    return database->value("select count(*) from easel." + table);
  }

  scratch_journal place;
  std::shared_ptr<erasure_journal> journal = place.open();
};

} // namespace

} // namespace erasure_journal_and_postgres

BOOST_FIXTURE_TEST_SUITE(erasure_journal_and_postgres, fixture)

BOOST_AUTO_TEST_CASE(RIGHT_3_whom_a_restore_by_hand_brings_back_is_erased_at_the_next_start) {
  const auto gone = visit(*this, somebody("Ada")).account;
  const auto stays = visit(*this, somebody("Bob")).account;
  keep_state();
  erase(gone);
  BOOST_TEST(rows("account") == "1");
  const auto entries = journal->read().value().entries;
  BOOST_REQUIRE(entries.size() == 1u);
  BOOST_TEST((entries.front().account == gone));
  BOOST_TEST(replay().erased == 0);

  restore_state();
  BOOST_TEST(rows("account") == "2");
  BOOST_TEST(rows("person") == "2");
  const auto done = replay();
  BOOST_TEST(done.erased == 1);
  BOOST_TEST(done.entries == 1);
  for (const std::string table : tables)
    BOOST_TEST(database->value("select count(*) from easel." + table + " where "
                               + (table == "account" ? "id" : "account_id") + " = '" + to_string(gone.value) + "'")
                 == "0",
               table);
  BOOST_TEST(must(db->find_person(stays)).has_value());
  BOOST_TEST(rows("erasure where finished_at is not null") == "2");
  BOOST_TEST(database->value("select easel.broken_receipts()") == "0");
  check_invariants();
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_done_again_remembers_the_subject_no_longer_than_the_first) {
  const auto gone = visit(*this, somebody("Ada")).account;
  keep_state();
  erase(gone);
  const auto until = "select easel.micros(expires_at) from easel.erased_subject";
  const auto first = std::stoll(database->value(until));
  restore_state();
  advance(days(10));
  BOOST_TEST(replay().erased == 1);
  const auto second = std::stoll(database->value(until));
  BOOST_TEST(std::abs(first - second) < duration(std::chrono::seconds(60)).count());

  restore_state();
  advance(days(22)); // beyond the window: nothing is remembered
  BOOST_TEST(replay().erased == 1);
  BOOST_TEST(rows("erased_subject") == "0");
  BOOST_TEST(rows("account") == "0");
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_a_killed_server_had_only_written_down_is_erased_at_the_start) {
  const auto gone = visit(*this, somebody("Ada")).account;
  BOOST_REQUIRE(journal->append({gone, erasure_clause::child_1, now()}).has_value());
  BOOST_TEST(replay().erased == 1);
  BOOST_TEST(rows("account") == "0");
  BOOST_TEST(database->value("select clause from easel.erasure") == "CHILD-1");
  BOOST_TEST(rows("erased_subject") == "0"); // nothing is remembered of a child
}

BOOST_AUTO_TEST_CASE(whoever_is_not_there_gets_no_entry_and_no_error) {
  const auto with = open_rights();
  BOOST_TEST(!must(with->begin_erasure(account_id{parse_uuid("00000000-0000-7000-8000-000000000001").value()},
                                       erasure_clause::right_3, std::nullopt))
                .has_value());
  BOOST_TEST(journal->read().value().entries.empty());
}

BOOST_AUTO_TEST_CASE(ten_thousand_entries_and_more_are_compared) {
  const auto gone = visit(*this, somebody("Ada")).account;
  std::string text;
  for (std::uint32_t i = 0; i < 20'001; ++i) {
    erasure_entry other{{}, erasure_clause::right_3, now()};
    for (int byte = 0; byte < 4; ++byte)
      other.account.value.bytes[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(i >> (8 * byte));
    text += journal_line(other, *contract::test_keys());
  }
  place.write(text);
  BOOST_REQUIRE(journal->append({gone, erasure_clause::right_3, now()}).has_value());
  const auto done = replay();
  BOOST_TEST(done.entries == 20'002);
  BOOST_TEST(done.erased == 1);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_deleted_generation_that_a_restore_by_hand_brings_back_is_deleted_at_the_next_start) {
  const auto p = newcomer(tier::free, 100);
  const auto gone = completed(p, 5, 2);
  const auto stays = completed(p, 5, 2);
  keep_contents();
  const auto with = open_journaled_store();
  BOOST_TEST(must(with->delete_generation(p.account, gone)));
  BOOST_TEST(!must(with->delete_generation(p.account, gone)));
  BOOST_TEST(!must(with->delete_generation(newcomer().account, stays)));
  const auto written = journal->read().value().deletions;
  BOOST_TEST_REQUIRE(written.size() == 1u);
  BOOST_TEST((written.front().generation == gone));
  BOOST_TEST(replay().deleted == 0);

  restore_contents();
  BOOST_TEST(rows("generation") == "2");
  const auto done = replay();
  BOOST_TEST(done.deleted == 1);
  BOOST_TEST(done.erased == 0);
  BOOST_TEST(rows("generation") == "1");
  BOOST_TEST(rows("image") == "2");
  BOOST_TEST(!must(db->find_generation(p.account, gone)).has_value());
  BOOST_TEST(row_of(p, stays).images.size() == 2u);
  check_invariants();

  advance(days(32)); // it would have expired, whoever brings it back
  BOOST_TEST(replay().entries == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_deleted_generation_that_a_restore_brings_back_in_work_is_ended_and_deleted) {
  const auto p = newcomer(tier::free, 100);
  const auto waits = dispatched(p, 5, 2);
  const auto stays = dispatched(p, 5, 2);
  BOOST_REQUIRE(journal->append(deletion_entry{waits.id, now()}).has_value());
  BOOST_TEST(balance_of(p).held.value() == 20);
  BOOST_TEST(replay().deleted == 1);
  BOOST_TEST(!must(db->find_generation(p.account, waits.id)).has_value());
  BOOST_TEST(balance_of(p).held.value() == 10);
  BOOST_TEST(row_of(p, stays.id).state == generation_state::dispatched);
  BOOST_TEST((try_end(picture(waits, 0, true)).result == fenced::not_in_state));
  check_invariants();
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_was_cancelled_in_work_is_ended_and_deleted_when_a_restore_brings_it_back) {
  const auto p = newcomer(tier::free, 100);
  const auto waits = dispatched(p, 5, 2);
  keep_contents();
  const auto with = open_journaled_store();
  BOOST_TEST(!must(with->request_cancel(newcomer().account, waits.id)));
  BOOST_TEST(journal->read().value().deletions.empty());
  BOOST_TEST(must(with->request_cancel(p.account, waits.id)));
  BOOST_TEST(must(with->request_cancel(p.account, waits.id)));
  const auto written = journal->read().value().deletions;
  BOOST_TEST_REQUIRE(written.size() == 1u); // asking again and again does not fill the file
  BOOST_TEST((written.front().generation == waits.id));
  BOOST_TEST(replay().deleted == 0); // whoever works on it ends it

  // As it was before the wish.
  database->execute("delete from easel.generation_in_work");
  database->execute("delete from easel.disclosure");
  restore_contents();
  BOOST_TEST(replay().deleted == 1);
  BOOST_TEST(!must(db->find_generation(p.account, waits.id)).has_value());
  BOOST_TEST(balance_of(p).held.value() == 0);
  BOOST_TEST(balance_of(p).available.value() == 100);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_was_cancelled_and_has_ended_without_content_is_left_as_it_is) {
  const auto p = newcomer(tier::free, 100);
  const auto waits = dispatched(p, 5, 1);
  BOOST_TEST(must(open_journaled_store()->request_cancel(p.account, waits.id)));
  BOOST_TEST((try_end(picture(waits, 0, true)).result == fenced::done));
  BOOST_TEST(rows("image") == "0");
  BOOST_TEST(replay().deleted == 0);
  BOOST_TEST(row_of(p, waits.id).state == generation_state::completed); // its owner still sees what became of it
}

BOOST_AUTO_TEST_CASE(RIGHT_3_without_its_line_nothing_is_cancelled) {
  const auto p = newcomer(tier::free, 100);
  const auto waits = dispatched(p, 5, 1);
  std::filesystem::remove(place.path());
  BOOST_TEST(!open_journaled_store()->request_cancel(p.account, waits.id).has_value());
  BOOST_TEST(database->value("select cancel_requested::text from easel.generation_in_work") == "false");
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_operators_wish_is_in_the_audit_before_the_erasure) {
  const auto gone = visit(*this, somebody("Ada")).account;
  const auto with = open_rights();
  const operator_note note{"anna", "asked by mail"};
  BOOST_REQUIRE(must(with->begin_erasure(gone, erasure_clause::child_1, note)).has_value());
  BOOST_TEST(database->value("select string_agg(action, ' ' order by id) from easel.operator_audit where actor = 'anna'"
                             " and reason = 'asked by mail' and account_id = '"
                             + to_string(gone.value) + "'")
             == "ask_erasure erase_account");
  const operator_note broken{"anna", std::string("a\0b", 3)};
  BOOST_TEST(!with->begin_erasure(visit(*this, somebody("Bob")).account, erasure_clause::child_1, broken).has_value());
  BOOST_TEST(journal->read().value().entries.size() == 1u); // nothing is written that is refused afterwards
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
