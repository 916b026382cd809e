#include "tests/persistence/scratch_journal.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace easel::persistence {

namespace erasure_journal_file {

namespace {

using std::chrono::days;

struct fixture : scratch_journal {
  fixture() { BOOST_REQUIRE(journal->create().has_value()); }

  void must_append(const erasure_entry& entry) const {
    const auto done = journal->append(entry);
    BOOST_REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error()));
  }
  [[nodiscard]] std::vector<erasure_entry> entries() const {
    const auto found = open()->read();
    BOOST_REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error()));
    return found->entries;
  }
  /// For a machine whose disk has other things to do.
  [[nodiscard]] std::unique_ptr<erasure_journal> open_patiently() const {
    auto patient = settings();
    patient.lock_wait = std::chrono::minutes(1);
    return std::make_unique<erasure_journal>(patient, contract::test_keys());
  }
  /// By this process.
  [[nodiscard]] std::ptrdiff_t times_open() const {
    const auto real = std::filesystem::canonical(path());
    std::ptrdiff_t count = 0;
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code closed_meanwhile;
      count += std::filesystem::read_symlink(each.path(), closed_meanwhile) == real ? 1 : 0;
    }
    return count;
  }
  [[nodiscard]] unsigned mode() const {
    struct stat what {};
    BOOST_REQUIRE(::stat(path().c_str(), &what) == 0);
    return what.st_mode & 07777U;
  }

  std::shared_ptr<erasure_journal> journal = open();
};

} // namespace

} // namespace erasure_journal_file

BOOST_FIXTURE_TEST_SUITE(erasure_journal_file, fixture)

BOOST_AUTO_TEST_CASE(what_was_appended_is_there_for_whoever_opens_it_next) {
  must_append(sample_entry(1));
  must_append(sample_entry(2));
  BOOST_TEST((entries() == std::vector{sample_entry(1), sample_entry(2)}));
  BOOST_TEST(journal->figures().entries == 2);
  BOOST_TEST(mode() == 0600u);
}

BOOST_AUTO_TEST_CASE(a_journal_that_is_there_is_never_begun_again) {
  must_append(sample_entry(1));
  BOOST_TEST(!open()->create().has_value());
  BOOST_TEST(entries().size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_its_file_nothing_is_appended_and_no_file_is_made) {
  std::filesystem::remove(path());
  const auto done = journal->append(sample_entry(1));
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(done.error().find(path()) != std::string::npos);
  BOOST_TEST(!journal->exists().value());
}

BOOST_AUTO_TEST_CASE(half_a_line_at_the_end_is_left_out_and_the_next_append_takes_it_off) {
  must_append(sample_entry(1));
  const auto whole = text();
  for (const std::size_t size : {std::size_t{1}, journal_line_size / 2, journal_line_size - 1}) {
    write(whole + whole.substr(0, size));
    BOOST_TEST(open()->read().value().torn);
    BOOST_TEST(entries().size() == 1u);
  }
  must_append(sample_entry(2));
  BOOST_TEST((entries() == std::vector{sample_entry(1), sample_entry(2)}));
  BOOST_TEST(text().size() == 2 * journal_line_size);
}

BOOST_AUTO_TEST_CASE(a_damaged_line_is_named_and_nothing_is_built_on_a_damaged_end) {
  for (std::uint8_t i = 1; i <= 3; ++i)
    must_append(sample_entry(i));
  auto damaged = text();
  damaged[journal_line_size + 30] ^= 1;
  write(damaged);
  const auto found = journal->read();
  BOOST_REQUIRE(!found.has_value());
  BOOST_TEST(found.error().find("line 2 is damaged") != std::string::npos);
  BOOST_TEST(!journal->compact(instant(days(30'000))).has_value());
  BOOST_TEST(text() == damaged);

  damaged[2 * journal_line_size + 30] ^= 1;
  write(damaged);
  BOOST_TEST(!journal->append(sample_entry(4)).has_value());
  BOOST_TEST(text() == damaged);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_is_older_than_the_window_goes_and_the_rest_stays_as_it_is) {
  const instant now(std::chrono::seconds(1'795'000'000));
  must_append(sample_entry(1, now - days(36)));
  must_append(sample_entry(2, now - days(34)));
  must_append(sample_entry(3, now));
  write(text() + "half a li");                  // as a process that was killed leaves it
  std::ofstream(path() + ".new") << "leftover"; // and another, while it compacted
  BOOST_TEST(journal->compact(now).value() == 1);
  BOOST_TEST((entries() == std::vector{sample_entry(2, now - days(34)), sample_entry(3, now)}));
  BOOST_TEST(!std::filesystem::exists(path() + ".new"));
  BOOST_TEST(mode() == 0600u);
  const auto before = text();
  BOOST_TEST(journal->compact(now).value() == 0);
  BOOST_TEST(text() == before);
}

BOOST_AUTO_TEST_CASE(many_writers_and_one_who_compacts_lose_no_line) {
  constexpr int writers = 4;
  constexpr int each = 16;
  const instant now(std::chrono::seconds(1'795'000'000));
  std::vector<std::thread> all;
  std::atomic<int> failures{0};
  for (int w = 0; w < writers; ++w)
    all.emplace_back([&, w] {
      const auto own = open_patiently();
      for (int i = 0; i < each; ++i) {
        const auto number = static_cast<std::uint8_t>(w * each + i);
        if (!own->append(sample_entry(number, now)) || !own->append(sample_entry(number, now - days(40))))
          ++failures;
      }
    });
  all.emplace_back([&] {
    for (int i = 0; i < each; ++i)
      if (!open_patiently()->compact(now))
        ++failures;
  });
  for (auto& one : all)
    one.join();
  BOOST_TEST(failures == 0);
  BOOST_TEST(journal->compact(now).has_value());
  const auto found = entries();
  std::set<account_id> accounts;
  for (const auto& entry : found)
    accounts.insert(entry.account);
  BOOST_TEST(found.size() == static_cast<std::size_t>(writers * each));
  BOOST_TEST(accounts.size() == found.size());
}

BOOST_AUTO_TEST_CASE(deletions_of_generations_are_kept_as_long_as_their_generations_would_be) {
  const auto deletion = sample_deletion(1);
  must_append(sample_entry(1));
  BOOST_REQUIRE(journal->append(deletion).has_value());
  BOOST_TEST(journal->figures().entries == 2);
  BOOST_TEST((open()->read().value().deletions == std::vector{deletion}));
  const auto minted = minted_at(deletion.generation.value);
  BOOST_TEST(journal->compact(minted + days(31)).value() == 0);
  BOOST_TEST(journal->compact(minted + days(32)).value() == 1);
  BOOST_TEST(open()->read().value().deletions.empty());
  BOOST_TEST(entries().size() == 1u);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_deletions_leave_room_for_erasures) {
  const auto line = journal_line(sample_deletion(1), *contract::test_keys());
  std::string full;
  while (full.size() + line.size() <= erasure_journal::room_for_deletions)
    full += line;
  write(full);
  const auto refused = journal->append(sample_deletion(2));
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().find("has no room") != std::string::npos);
  BOOST_TEST(text().size() == full.size());
  must_append(sample_entry(1));
}

BOOST_AUTO_TEST_CASE(deletions_of_several_threads_lose_no_line) {
  constexpr int threads = 8;
  constexpr int each = 8;
  const auto own = open_patiently();
  std::atomic<int> failures{0};
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        if (!own->append(sample_deletion(static_cast<std::uint8_t>(t * each + i))))
          ++failures;
    });
  for (auto& one : all)
    one.join();
  BOOST_TEST(failures == 0);
  std::set<generation_id> found;
  const auto written = open()->read().value();
  for (const auto& entry : written.deletions)
    found.insert(entry.generation);
  BOOST_TEST(found.size() == static_cast<std::size_t>(threads * each));
}

BOOST_AUTO_TEST_CASE(whether_there_is_a_journal_is_not_guessed) {
  auto below_a_file = settings();
  below_a_file.path += "/erasures";
  const auto there = erasure_journal(below_a_file, contract::test_keys()).exists();
  BOOST_REQUIRE(!there.has_value());
  BOOST_TEST(there.error().find(below_a_file.path) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_another_replaced_while_one_waited_gets_no_line) {
  const int other = ::open(path().c_str(), O_RDWR);
  BOOST_REQUIRE(::flock(other, LOCK_EX) == 0);
  bool went_well = false;
  const auto mine = open_patiently();
  std::thread waiting([&] { went_well = mine->append(sample_entry(1)).has_value(); });
  while (times_open() < 2) // this one's, and that of whoever waits
    std::this_thread::yield();
  std::ofstream(path() + ".new").flush();
  std::filesystem::rename(path() + ".new", path());
  ::close(other);
  waiting.join();
  BOOST_TEST(went_well);
  BOOST_TEST(entries().size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_wait_for_another_process_has_an_end) {
  const int other = ::open(path().c_str(), O_RDWR);
  BOOST_REQUIRE(::flock(other, LOCK_EX) == 0);
  auto hurried = settings();
  hurried.lock_wait = std::chrono::milliseconds(20);
  erasure_journal mine(hurried, contract::test_keys());
  const auto done = mine.append(sample_entry(1));
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(done.error().find("locked by another process") != std::string::npos);
  ::close(other);
  BOOST_TEST(mine.append(sample_entry(1)).has_value());
}

BOOST_AUTO_TEST_CASE(a_link_or_a_folder_is_no_journal) {
  std::filesystem::rename(path(), path() + ".real");
  std::filesystem::create_symlink(path() + ".real", path());
  BOOST_TEST(!journal->read().has_value());
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  BOOST_TEST(!journal->read().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
