#include "policies/key_wipe.hpp"

namespace easel::policies {

wipe_step next_wipe_step(const key_remains& found, const retention_pace& pace, std::optional<instant> last_vain) {
  if (last_vain && found.now - *last_vain < pace.rewrite_retry)
    return wipe_step::none;
  if (found.oldest_in_table && (found.replaced || found.now - *found.oldest_in_table >= pace.rewrite_after))
    return wipe_step::rewrite_tables;
  if (found.oldest_in_log && found.missing.empty())
    return wipe_step::recycle_log;
  return wipe_step::none;
}

std::string explain_missing(std::string_view word) {
  if (word == "wal_recycle")
    return "segments of the write-ahead log are used again with what they hold: set wal_recycle = off";
  if (word == "pg_checkpoint")
    return "the role of database.url may not make checkpoints: grant pg_checkpoint to it";
  if (word == "pg_switch_wal" || word == "pg_ls_waldir")
    return "the role of database.url may not call " + std::string(word) + ": grant execute on function "
           + std::string(word) + "() to it, in this database";
  return std::string(word);
}

} // namespace easel::policies
