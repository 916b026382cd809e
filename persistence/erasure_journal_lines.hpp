#pragma once

#include "persistence/keyring.hpp"
#include "persistence/rights.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The text of an erasure journal: a line of JSON for each erasure, and for each single generation that was deleted,
/// all of the same length, each with a keyed hash of what stands before it, so that nobody without the master key can
/// write one. A line names an account, or a generation, by its pseudonymous id and nothing else of a person:
///
///   {"version":1,"account":"<uuid>","asked_at":<microseconds, 16 digits>,"clause":"RIGHT-3","mac":"<64 hex digits>"}
///   {"version":2,"generation":"<uuid>","asked_at":<microseconds, 16 digits>,"kind":"single","mac":"<64 hex digits>"}
///
/// Pure functions: files are erasure_journal.hpp's.
namespace easel::persistence {

/// Bytes of a line, its end included.
inline constexpr std::size_t journal_line_size = 183;

/// How long an erasure's entry is kept: longer than any backup lives, which is 30 days.
inline constexpr duration journal_window = std::chrono::days(35);

/// How long a generation's entry is kept, from the minting of its id: longer than the 30 days after which no restore
/// brings it back, for it has expired (RET-1).
inline constexpr duration deletion_window = std::chrono::days(31);

/// Throws std::invalid_argument for a time that 16 digits do not hold (before September 2001, after 2286).
[[nodiscard]] std::string journal_line(const erasure_entry&, const keyring&);
[[nodiscard]] std::string journal_line(const deletion_entry&, const keyring&);

struct journal_text {
  std::vector<erasure_entry> entries;
  std::vector<deletion_entry> deletions;
  std::size_t whole = 0; ///< bytes of the lines that are whole; what follows them was never finished
  bool torn = false;     ///< whether something follows: a process ended while it appended, and nobody was told "done"
};

/// What the text says. The error is a sentence that names the first line that is not as it was written.
[[nodiscard]] expected<journal_text, std::string> read_journal(std::string_view text, const keyring&);

/// Those that are not older than their window.
[[nodiscard]] std::vector<erasure_entry> kept_entries(std::vector<erasure_entry> entries, instant now);
[[nodiscard]] std::vector<deletion_entry> kept_deletions(std::vector<deletion_entry> deletions, instant now);

} // namespace easel::persistence
