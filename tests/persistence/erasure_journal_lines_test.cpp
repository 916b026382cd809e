#include "persistence/erasure_journal_lines.hpp"

#include "tests/persistence/scratch_journal.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(erasure_journal_lines)

namespace {

const keyring& keys() { return *contract::test_keys(); }

std::string three_lines() {
  auto of_child = sample_entry(2);
  of_child.clause = erasure_clause::child_1;
  return journal_line(sample_entry(1), keys()) + journal_line(of_child, keys()) + journal_line(sample_entry(3), keys());
}

} // namespace

BOOST_AUTO_TEST_CASE(a_line_says_which_account_when_and_why_and_nothing_else) {
  const auto line = journal_line(sample_entry(0x1f), keys());
  BOOST_TEST(line.size() == journal_line_size);
  BOOST_TEST(
    line.starts_with(R"({"version":1,"account":"1f1f1f1f-1f1f-1f1f-1f1f-1f1f1f1f1f1f","asked_at":1795000000000000,)"
                     R"("clause":"RIGHT-3","mac":")"));
  const auto found = read_journal(three_lines(), keys());
  BOOST_REQUIRE(found.has_value());
  BOOST_REQUIRE(found->entries.size() == 3u);
  BOOST_TEST((found->entries[0] == sample_entry(1)));
  BOOST_TEST((found->entries[1].clause == erasure_clause::child_1));
  BOOST_TEST(found->whole == 3 * journal_line_size);
  BOOST_TEST(!found->torn);
}

BOOST_AUTO_TEST_CASE(what_was_cut_short_at_any_byte_keeps_all_lines_before_it) {
  const auto whole = three_lines();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    BOOST_TEST_CONTEXT(size << " bytes") {
      const auto found = read_journal(whole.substr(0, size), keys());
      BOOST_REQUIRE(found.has_value());
      BOOST_TEST(found->entries.size() == size / journal_line_size);
      BOOST_TEST(found->torn == (size % journal_line_size != 0));
      BOOST_TEST(found->whole == size / journal_line_size * journal_line_size);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_bit_that_flips_anywhere_is_found_and_its_line_is_named) {
  const auto whole = three_lines();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto found = read_journal(damaged, keys());
      BOOST_REQUIRE_MESSAGE(!found.has_value(), "byte " << at << ", bit " << bit);
      const auto line = "line " + std::to_string(at / journal_line_size + 1);
      BOOST_REQUIRE_MESSAGE(found.error().starts_with(line), found.error() << ", not " << line);
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_missing_a_byte_or_has_one_more_is_found) {
  const auto whole = three_lines();
  for (std::size_t at = 0; at < 2 * journal_line_size; ++at) {
    BOOST_TEST(!read_journal(std::string(whole).erase(at, 1), keys()).has_value(), "without byte " << at);
    BOOST_TEST(!read_journal(std::string(whole).insert(at, 1, '0'), keys()).has_value(), "one more at " << at);
  }
}

BOOST_AUTO_TEST_CASE(nobody_without_the_master_key_can_write_a_line) {
  const auto other = keyring::from_master(secret_text(std::string(64, '7'))).value();
  const auto found = read_journal(three_lines() + journal_line(sample_entry(4), other), keys());
  BOOST_REQUIRE(!found.has_value());
  BOOST_TEST(found.error() == "line 4 is damaged, or was written with another master key");
}

BOOST_AUTO_TEST_CASE(another_version_is_not_guessed_at) {
  auto text = three_lines();
  text[text.find("1,\"account")] = '3';
  const auto found = read_journal(text, keys());
  BOOST_REQUIRE(!found.has_value());
  BOOST_TEST(found.error().starts_with("line 1 is of a version"));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_entries_live_for_35_days_to_the_microsecond) {
  const auto entry = sample_entry(1);
  BOOST_TEST(kept_entries({entry}, entry.asked_at + std::chrono::days(35)).size() == 1u);
  BOOST_TEST(kept_entries({entry}, entry.asked_at + std::chrono::days(35) + duration(1)).empty());
  BOOST_TEST(kept_entries({entry}, entry.asked_at - std::chrono::days(1)).size() == 1u); // a clock that went back
}

BOOST_AUTO_TEST_CASE(a_line_says_which_generation_and_when_and_stands_among_those_of_accounts) {
  const auto deletion = sample_deletion(0x2a);
  const auto line = journal_line(deletion, keys());
  BOOST_TEST(line.size() == journal_line_size);
  BOOST_TEST(line.starts_with(
    R"({"version":2,"generation":"019ab000-0000-7000-8000-00000000002a","asked_at":1795000000000000,"kind":"single",)"));
  const auto found = read_journal(three_lines() + line + journal_line(sample_entry(4), keys()), keys());
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->entries.size() == 4u);
  BOOST_TEST((found->deletions == std::vector{deletion}));
  BOOST_TEST(found->whole == 5 * journal_line_size);
}

BOOST_AUTO_TEST_CASE(each_bit_that_flips_in_a_line_of_a_generation_is_found) {
  const auto whole = three_lines() + journal_line(sample_deletion(1), keys());
  for (std::size_t at = 3 * journal_line_size; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto found = read_journal(damaged, keys());
      BOOST_REQUIRE_MESSAGE(!found.has_value(), "byte " << at << ", bit " << bit);
      BOOST_REQUIRE_MESSAGE(found.error().starts_with("line 4"), found.error());
    }
}

BOOST_AUTO_TEST_CASE(a_deletion_lives_until_its_generation_would_have_expired_and_a_day) {
  const auto deletion = sample_deletion(1);
  const auto minted = minted_at(deletion.generation.value);
  BOOST_TEST(kept_deletions({deletion}, minted + std::chrono::days(31)).size() == 1u);
  BOOST_TEST(kept_deletions({deletion}, minted + std::chrono::days(31) + duration(1)).empty());
}

BOOST_AUTO_TEST_CASE(a_time_that_does_not_fit_is_refused) {
  BOOST_CHECK_THROW((void)journal_line(sample_entry(1, instant{}), keys()), std::invalid_argument);
  BOOST_CHECK_THROW((void)journal_line(sample_entry(1, instant(std::chrono::days(200'000))), keys()),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
