#include "tools/server/erasures.hpp"

#include "persistence/erasure_replay.hpp"
#include "persistence/postgres_rights.hpp"

#include <spdlog/spdlog.h>

namespace easel::tools {

expected<std::shared_ptr<persistence::erasure_journal>, std::string>
open_erasure_journal(const config::settings& settings, const std::shared_ptr<const persistence::keyring>& keys) {
  std::shared_ptr<persistence::erasure_journal> none;
  if (settings.erasure_journal.path.empty()) {
    spdlog::warn("erasure_journal.path is not set: a restored database brings back whom it had deleted");
    return none;
  }
  auto journal = std::make_shared<persistence::erasure_journal>(settings.erasure_journal, keys);
  const auto commons = std::make_shared<persistence::postgres_commons>();
  commons->shift_clock(settings.clock_shift);
  const auto database = persistence::make_postgres_rights(settings.store, settings.rights, keys, commons);
  const auto now = std::chrono::floor<duration>(std::chrono::system_clock::now()) + settings.clock_shift;
  const auto done = persistence::replay_erasures(*journal, *database, now);
  if (!done)
    return easel::unexpected(done.error());
  if (done->begun)
    spdlog::info("began the erasure journal {}", settings.erasure_journal.path);
  if (done->torn)
    spdlog::warn("the erasure journal ends in half a line: that erasure was never answered for, and is left out");
  if (done->erased > 0)
    spdlog::warn("{} accounts were still there though the erasure journal names them: erased again", done->erased);
  if (done->deleted > 0)
    spdlog::warn("{} generations were still there though the erasure journal names them: deleted again", done->deleted);
  spdlog::info("erasure journal: {} entries", done->entries);
  return journal;
}

} // namespace easel::tools
