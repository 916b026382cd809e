#include "persistence/journaled_rights.hpp"

#include "persistence/erasure_replay.hpp"
#include "tests/persistence/scratch_journal.hpp"
#include "tests/support/fake_rights.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <stdexcept>
#include <vector>

namespace easel::persistence {

namespace journaled_erasures {

namespace {

using std::chrono::days;

struct fixture : scratch_journal {
  fixture() {
    BOOST_REQUIRE(journal->create().has_value());
    book->accounts = {someone.account, bystander.account};
    book->now = now;
  }

  [[nodiscard]] std::size_t entries() const { return open()->read().value().entries.size(); }
  [[nodiscard]] std::ptrdiff_t calls(const std::string& what) const {
    return std::count(book->calls.begin(), book->calls.end(), what);
  }
  auto begin() { return rights_->begin_erasure(someone.account, erasure_clause::right_3, std::nullopt); }
  [[nodiscard]] std::size_t deletions() const { return open()->read().value().deletions.size(); }
  static auto away() {
    return easel::unexpected(store_error{store_error::kind::unavailable, "delete_generation", "08006"});
  }
  /// One that is there.
  template <class Remove>
  answer<bool> delete_one(generation_id which, Remove remove) {
    return delete_journaled(
      how_, which, [] { return answer<bool>(true); }, remove);
  }
  auto replay() {
    testing::fake_rights database(book);
    return replay_erasures(*journal, database, now);
  }

  instant now{std::chrono::seconds(1'795'000'000)};
  erasure_entry someone = sample_entry(1);
  erasure_entry bystander = sample_entry(2);
  std::shared_ptr<testing::rights_book> book = std::make_shared<testing::rights_book>();
  std::shared_ptr<erasure_journal> journal = open();
  std::vector<std::string> alarms;
  journaling how_{journal, [this] { return now; }, [this](const auto& text) { alarms.push_back(text); }};
  std::unique_ptr<rights> rights_ = make_journaled_rights(std::make_unique<testing::fake_rights>(book), how_);
};

} // namespace

} // namespace journaled_erasures

BOOST_FIXTURE_TEST_SUITE(journaled_erasures, fixture)

BOOST_AUTO_TEST_CASE(RIGHT_3_the_entry_is_durable_before_the_database_is_asked) {
  std::size_t before = 0;
  book->on_begin = [&] { before = entries(); };
  BOOST_REQUIRE(begin().value().has_value());
  BOOST_TEST(before == 1u);
  const auto written = open()->read().value().entries;
  BOOST_TEST((written == std::vector{erasure_entry{someone.account, erasure_clause::right_3, now}}));
}

BOOST_AUTO_TEST_CASE(whoever_is_not_there_gets_no_entry) {
  book->accounts.erase(someone.account);
  BOOST_TEST(!begin().value().has_value());
  book->failing = "look for";
  BOOST_TEST(!begin().has_value());
  BOOST_TEST(entries() == 0u);
  BOOST_TEST(calls("begin") == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_without_an_entry_nothing_is_erased_and_the_operator_hears_why) {
  std::filesystem::remove(path());
  const auto got = begin();
  BOOST_REQUIRE(!got.has_value());
  BOOST_TEST((got.error().what == store_error::kind::unavailable));
  BOOST_TEST(calls("begin") == 0);
  BOOST_REQUIRE(alarms.size() == 1u);
  BOOST_TEST(alarms.front().find(path()) != std::string::npos);
  BOOST_TEST(alarms.front().find(to_string(someone.account.value)) == std::string::npos);
  BOOST_TEST(journal->figures().failures == 1);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_database_that_fails_after_the_entry_erases_at_the_next_look) {
  book->failing = "begin";
  BOOST_TEST(!begin().has_value());
  BOOST_TEST(entries() == 1u);
  BOOST_TEST(rights_->unfinished_erasures().value().empty()); // it fails still
  BOOST_TEST(alarms.size() == 1u);
  BOOST_TEST(journal->figures().failures == 0); // the journal is as it should be
  book->failing.clear();
  BOOST_TEST(rights_->unfinished_erasures().value().size() == 1u);
  BOOST_TEST(journal->figures().replayed == 1);
  BOOST_TEST(rights_->unfinished_erasures().value().size() == 1u);
  BOOST_TEST(calls("begin") == 1); // nothing is owed any more
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_server_killed_after_the_entry_erases_when_it_starts) {
  book->failing = "begin";
  BOOST_TEST(!begin().has_value());
  rights_.reset();
  book->failing.clear();
  const auto done = replay();
  BOOST_REQUIRE(done.has_value());
  BOOST_TEST(done->erased == 1);
  BOOST_TEST((book->accounts == std::set{bystander.account}));
  BOOST_TEST(replay().value().erased == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_while_the_server_runs_journal_and_database_are_compared_each_hour) {
  BOOST_REQUIRE(journal->append(someone).has_value()); // as a restore under a running server looks
  BOOST_TEST(rights_->unfinished_erasures().value().empty());
  now += journal->settings().comparison;
  BOOST_TEST(rights_->unfinished_erasures().value().size() == 1u);
  BOOST_TEST(alarms.size() == 1u);
  now += journal->settings().comparison;
  BOOST_TEST(rights_->unfinished_erasures().value().size() == 1u);
  BOOST_TEST(alarms.size() == 1u); // what is under way is no news

  write(text() + std::string(journal_line_size, 'x'));
  now += journal->settings().comparison;
  BOOST_TEST(rights_->unfinished_erasures().has_value()); // what the database knows goes on
  BOOST_TEST(alarms.size() == 2u);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_an_operator_wants_is_noted_before_anything_is_done) {
  const operator_note note{"anna", "asked by mail"};
  const auto begin_noted = [&] { return rights_->begin_erasure(someone.account, erasure_clause::child_1, note); };
  book->failing = "note";
  BOOST_TEST(!begin_noted().has_value());
  BOOST_TEST(entries() == 0u);
  book->failing = "begin"; // the erasure comes from the journal, and the note is there
  BOOST_TEST(!begin_noted().has_value());
  BOOST_TEST(entries() == 1u);
  BOOST_TEST(book->wished == "anna asked by mail");
  book->failing.clear();
  BOOST_TEST(rights_->unfinished_erasures().value().size() == 1u);
  BOOST_TEST(begin().value().has_value());
  BOOST_TEST(calls("note") == 1); // nobody's note is needed for a person's own wish
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_was_under_way_is_not_counted_as_begun_however_much_it_is) {
  for (std::uint8_t i = 3; i < 203; ++i) {
    const auto entry = sample_entry(i);
    BOOST_REQUIRE(journal->append(entry).has_value());
    book->accounts.insert(entry.account);
    if (i > 3)
      book->left[erasure_id{entry.account.value}] = 5;
  }
  now += journal->settings().comparison;
  BOOST_TEST(rights_->unfinished_erasures().has_value());
  BOOST_TEST(journal->figures().replayed == 1);
  BOOST_REQUIRE(alarms.size() == 1u);
  BOOST_TEST(alarms.front().starts_with("1 erasures"));
}

// ---------------------------------------------------------------- single generations

BOOST_AUTO_TEST_CASE(RIGHT_3_the_entry_of_a_generation_is_durable_before_it_is_deleted) {
  const auto which = sample_deletion(7).generation;
  std::size_t before = 0;
  const auto deleted = delete_one(which, [&]() -> answer<bool> {
    before = deletions();
    return true;
  });
  BOOST_TEST(deleted.value());
  BOOST_TEST(before == 1u);
  BOOST_TEST((open()->read().value().deletions == std::vector{deletion_entry{which, now}}));
}

BOOST_AUTO_TEST_CASE(a_generation_that_cannot_be_deleted_gets_no_entry) {
  const auto which = sample_deletion(7).generation;
  const auto never = []() -> answer<bool> { throw std::logic_error("it was deleted"); };
  BOOST_TEST(!delete_journaled(
                how_, which, [] { return answer<bool>(false); }, never)
                .value());
  BOOST_TEST(!delete_journaled(
                how_, which, [] { return answer<bool>(away()); }, never)
                .has_value());
  std::filesystem::remove(path());
  const auto refused = delete_one(which, never);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().what == store_error::kind::unavailable));
  BOOST_TEST(journal->figures().failures == 1);
  BOOST_REQUIRE(alarms.size() == 1u);
  BOOST_TEST(alarms.front().find(to_string(which.value)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_generation_whose_deletion_failed_after_the_entry_is_deleted_at_the_next_look) {
  const auto which = sample_deletion(7).generation;
  book->generations = {which, sample_deletion(8).generation};
  BOOST_TEST(!delete_one(which, [] { return answer<bool>(away()); }).has_value());
  BOOST_TEST(rights_->unfinished_erasures().has_value());
  BOOST_TEST((book->generations == std::set{sample_deletion(8).generation}));
  BOOST_TEST(journal->figures().deletions == 1);
  BOOST_TEST(alarms.size() == 1u);
  BOOST_TEST(rights_->unfinished_erasures().has_value());
  BOOST_TEST(calls("find") == 1); // nothing is owed any more
}

BOOST_AUTO_TEST_CASE(everything_else_passes_through) {
  BOOST_TEST(rights_->preview_erasure(someone.account).value()->images == 2);
  BOOST_TEST(rights_->end_work(someone.account).has_value());
  BOOST_TEST(rights_->restrict(someone.account, std::nullopt).value().has_value());
  BOOST_TEST(rights_->begin_export(someone.account).has_value());
  BOOST_TEST((book->calls == std::vector<std::string>{"preview", "end work", "restrict", "begin export"}));
  BOOST_TEST(entries() == 0u);
}

// ---------------------------------------------------------------- at the start

BOOST_AUTO_TEST_CASE(a_first_start_begins_the_journal_and_a_lost_one_stops_every_other) {
  std::filesystem::remove(path());
  const auto refused = replay();
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().find("easelctl erasures begin") != std::string::npos);
  BOOST_TEST(!journal->exists().value());
  book->accounts.clear();
  BOOST_TEST(replay().value().begun);
  BOOST_TEST(journal->exists().value());
  BOOST_TEST(!replay().value().begun);
}

BOOST_AUTO_TEST_CASE(a_damaged_journal_stops_the_start) {
  BOOST_REQUIRE(journal->append(someone).has_value());
  write("x" + text().substr(1));
  const auto refused = replay();
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().find("line 1 is damaged") != std::string::npos);
  BOOST_TEST(calls("begin") == 0);
}

BOOST_AUTO_TEST_CASE(a_database_that_does_not_erase_stops_the_start_and_names_nobody) {
  BOOST_REQUIRE(journal->append(someone).has_value());
  book->unavailable = 2; // for a moment: tried again
  BOOST_TEST(replay().value().erased == 1);
  book->accounts.insert(someone.account);
  for (const auto* operation : {"look for", "begin", "step"}) {
    book->failing = operation;
    const auto refused = replay();
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().find("08006") != std::string::npos);
    BOOST_TEST(refused.error().find(to_string(someone.account.value)) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_account_that_is_named_twice_is_erased_once) {
  BOOST_REQUIRE(journal->append(someone).has_value());
  BOOST_REQUIRE(journal->append(someone).has_value());
  BOOST_TEST(replay().value().erased == 1);
  BOOST_TEST(calls("begin") == 1);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_generations_that_a_restore_brought_back_are_deleted_at_the_start_some_at_a_time) {
  for (int i = 0; i < 250; ++i) {
    const auto entry = sample_deletion(static_cast<std::uint8_t>(i));
    BOOST_REQUIRE(journal->append(entry).has_value());
    book->generations.insert(entry.generation);
  }
  now = minted_at(sample_deletion(1).generation.value);
  book->now = now;
  book->unavailable = 1; // for a moment: tried again
  const auto done = replay();
  BOOST_REQUIRE(done.has_value());
  BOOST_TEST(done->deleted == 250);
  BOOST_TEST(done->erased == 0);
  BOOST_TEST(done->entries == 250);
  BOOST_TEST(calls("delete") == 2);
  BOOST_TEST(book->generations.empty());
  book->generations.insert(sample_deletion(1).generation);
  for (const auto* operation : {"find", "delete"}) {
    book->failing = operation;
    BOOST_TEST(!replay().has_value());
  }
}

BOOST_AUTO_TEST_CASE(RIGHT_3_entries_go_only_when_both_clocks_say_so) {
  BOOST_REQUIRE(journal->append(sample_entry(9, now)).has_value());
  now += days(36); // ours alone
  BOOST_TEST(replay().value().entries == 1);
  book->now = now;
  BOOST_TEST(replay().value().entries == 0);
  BOOST_TEST(entries() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
