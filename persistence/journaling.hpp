#pragma once

#include "persistence/erasure_journal.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace easel::persistence {

/// Where and when, for what is written down.
struct journaling {
  std::shared_ptr<erasure_journal> journal; ///< null: nothing is
  std::function<instant()> wall_clock;
  std::function<void(const std::string&)> alarm; ///< a sentence for the operator, without any account's id
};

/// The file could not be written or read: counted, and told.
void journal_failed(const journaling& how, const std::string& sentence);

/// `remove`, which deletes the generation and says whether it was there, with an entry in the journal that is durable
/// before (docs/decisions/0022). `is_there` says whether there will be anything to delete: else nothing is written.
/// When the entry cannot be made nothing is deleted and the answer is `unavailable`; when the database fails after
/// that, the generation will be deleted all the same, by the next comparison. Blocks on the disk; holds nothing of the
/// database meanwhile. Any thread.
[[nodiscard]] answer<bool> delete_journaled(const journaling& how, generation_id which,
                                            const std::function<answer<bool>()>& is_there,
                                            const std::function<answer<bool>()>& remove);

} // namespace easel::persistence
