#pragma once

#include "persistence/erasure_journal_lines.hpp"
#include "persistence/keyring.hpp"
#include "persistence/settings.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace easel::persistence {

/// For the metrics; any thread.
struct erasure_journal_figures {
  std::atomic<std::int64_t> entries{0};  ///< when it was last read or written
  std::atomic<std::int64_t> replayed{0}; ///< erasures that this process carried out again
  std::atomic<std::int64_t> failures{0}; ///< appends, readings and comparisons that did not succeed
};

/// A file outside the database and its backups in which each erasure stands before it happens (RIGHT-3). Each call
/// opens the file, takes a lock on it, and closes it again, so that processes that share it neither mix their lines nor
/// hold on to a file that another has replaced. Calls block: on the disk, and for `lock_wait` at most on the lock.
/// Errors are sentences that name the file. Any thread.
class erasure_journal {
public:
  erasure_journal(erasure_journal_settings settings, std::shared_ptr<const keyring> keys);

  [[nodiscard]] bool exists() const;
  /// Makes an empty one, which no other may read or write (0600). Refuses to replace one that is there.
  [[nodiscard]] expected<void, std::string> create();
  /// Durable once it returns. A line that an earlier process did not finish is taken off first.
  [[nodiscard]] expected<void, std::string> append(const erasure_entry&);
  [[nodiscard]] expected<journal_text, std::string> read();
  /// Drops what is older than the window, if there is any, in a new file that takes the place of the old one when it is
  /// durable. How many entries it dropped.
  [[nodiscard]] expected<std::int64_t, std::string> compact(instant now);

  [[nodiscard]] const erasure_journal_settings& settings() const { return settings_; }
  [[nodiscard]] erasure_journal_figures& figures() { return figures_; }

private:
  class locked_file;
  [[nodiscard]] expected<locked_file, std::string> open_locked(int lock) const;
  [[nodiscard]] expected<std::string, std::string> text_of(const locked_file&, std::size_t from = 0) const;
  [[nodiscard]] expected<journal_text, std::string> entries_of(const locked_file&) const;
  [[nodiscard]] expected<void, std::string> replace(const locked_file& old, const std::vector<erasure_entry>&) const;
  [[nodiscard]] expected<void, std::string> sync_folder() const;
  [[nodiscard]] std::string failure(const std::string& what) const;

  const erasure_journal_settings settings_;
  const std::shared_ptr<const keyring> keys_;
  erasure_journal_figures figures_;
};

} // namespace easel::persistence
