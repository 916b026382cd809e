#pragma once

#include "persistence/erasure_journal.hpp"
#include "persistence/rights.hpp"

#include <cstdint>
#include <string>

/// The journal of erasures compared with the database (RIGHT-3): whom the database still has, though the journal says
/// that they were to be erased, is erased, and likewise single generations. That is so after a restore, by whatever
/// hand, and after a crash between the journal's line and the database's commit.
namespace easel::persistence {

struct erasure_replay {
  std::int64_t entries = 0; ///< of the journal, of both kinds, once it was compacted
  std::int64_t erased = 0;  ///< accounts that had to be erased again
  std::int64_t deleted = 0; ///< generations that had to be deleted again
  bool torn = false;        ///< the journal's last line was never finished
  bool begun = false;       ///< there was no journal, and no account either: an empty one was made
};

/// What every start does before anybody is served, and whoever restores a database: when it returns without an error,
/// nothing that the journal names is left. `now` is this machine's clock; entries go only when the database's says so
/// as well. Blocks for as long as erasures take. The error is a sentence without any account's id; some may have been
/// erased by then, and calling again goes on.
///
/// A journal that is missing while the database has accounts is an error: the one that was lost cannot be told from one
/// that never was. `erasure_journal::create` begins an empty one.
[[nodiscard]] expected<erasure_replay, std::string> replay_erasures(erasure_journal&, rights&, instant now);

struct missing_erasures {
  std::int64_t begun = 0;   ///< erasures of accounts
  std::int64_t deleted = 0; ///< generations
};

struct comparison_failure {
  bool of_journal = false; ///< else of the database
  std::string sentence;
};

/// The same while the server runs, but for the waiting: begins what is missing and leaves the steps to `rights`, where
/// they are found as `unfinished_erasures`.
[[nodiscard]] expected<missing_erasures, comparison_failure> begin_missing_erasures(erasure_journal&, rights&,
                                                                                    instant now);

} // namespace easel::persistence
