#include "persistence/journaling.hpp"

namespace easel::persistence {

void journal_failed(const journaling& how, const std::string& sentence) {
  how.journal->figures().failures.fetch_add(1, std::memory_order_relaxed);
  how.alarm(sentence);
}

answer<bool> delete_journaled(const journaling& how, generation_id which, const std::function<answer<bool>()>& is_there,
                              const std::function<answer<bool>()>& remove) {
  // An entry outlives a refusal: so whatever can be refused is refused before.
  if (const auto there = is_there(); !there || !*there)
    return there;
  if (const auto done = how.journal->append(deletion_entry{which, how.wall_clock()}); !done) {
    journal_failed(how, "the deletion of a generation was refused: " + done.error());
    return unexpected(store_error{store_error::kind::unavailable, "append_to_erasure_journal", ""});
  }
  auto removed = remove();
  if (!removed)
    how.journal->owe();
  return removed;
}

} // namespace easel::persistence
