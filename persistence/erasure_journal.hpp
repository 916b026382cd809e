#pragma once

#include "persistence/erasure_journal_lines.hpp"
#include "persistence/group_append.hpp"
#include "persistence/keyring.hpp"
#include "persistence/locked_file.hpp"
#include "persistence/settings.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace easel::persistence {

/// For the metrics; any thread.
struct erasure_journal_figures {
  std::atomic<std::int64_t> entries{0};   ///< of both kinds, when it was last read or written
  std::atomic<std::int64_t> replayed{0};  ///< erasures that this process carried out again
  std::atomic<std::int64_t> deletions{0}; ///< of single generations, likewise
  std::atomic<std::int64_t> failures{0};  ///< appends and readings that did not succeed
};

/// A file outside the database and its backups in which each erasure, and each deletion of a single generation, stands
/// before it happens (RIGHT-3). Each call opens the file, takes a lock on it, and closes it again, so that processes
/// that share it neither mix their lines nor hold on to a file that another has replaced. Calls block: on the disk, and
/// for `lock_wait` at most on the lock. Errors are sentences that name the file. Any thread.
class erasure_journal {
public:
  /// Bytes of the file; some 350,000 lines.
  static constexpr std::size_t largest_file = std::size_t{64} << 20;
  /// Deletions of single generations find no room beyond this, so that there is always some for erasures.
  static constexpr std::size_t room_for_deletions = largest_file / 4 * 3;

  erasure_journal(erasure_journal_settings settings, std::shared_ptr<const keyring> keys);

  /// An error: nobody can say.
  [[nodiscard]] expected<bool, std::string> exists() const;
  /// Makes an empty one, which no other may read or write (0600). Refuses to replace one that is there.
  [[nodiscard]] expected<void, std::string> create();
  /// Durable once it returns. A line that an earlier process did not finish is taken off first. Deletions of several
  /// threads share a write.
  [[nodiscard]] expected<void, std::string> append(const erasure_entry&);
  [[nodiscard]] expected<void, std::string> append(const deletion_entry&);
  [[nodiscard]] expected<journal_text, std::string> read();
  /// Drops what is older than its window, if there is any, in a new file that takes the place of the old one when it is
  /// durable. How many entries it dropped.
  [[nodiscard]] expected<std::int64_t, std::string> compact(instant now);

  /// An entry was made, and the database did not say that it went on: journal and database may differ.
  void owe() { owes_ = true; }
  /// Whether that was so since this was asked last.
  [[nodiscard]] bool take_owed() { return owes_.exchange(false); }

  [[nodiscard]] const erasure_journal_settings& settings() const { return settings_; }
  [[nodiscard]] erasure_journal_figures& figures() { return figures_; }

private:
  [[nodiscard]] expected<locked_file, std::string> open(locked_file::access how) const;
  [[nodiscard]] expected<journal_text, std::string> entries_of(const locked_file&) const;
  [[nodiscard]] expected<void, std::string> append_lines(const std::string& lines, std::size_t room);
  [[nodiscard]] expected<void, std::string> replace(const locked_file& old, const journal_text&) const;
  [[nodiscard]] expected<void, std::string> sync_folder() const;
  [[nodiscard]] std::string failure(const std::string& what) const;

  const erasure_journal_settings settings_;
  const std::shared_ptr<const keyring> keys_;
  erasure_journal_figures figures_;
  std::atomic<bool> owes_{false};
  group_append deletions_;
};

} // namespace easel::persistence
