#pragma once

#include "persistence/panels.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What the operator's console reads from the database: the course of generations. Neither prompts nor parameters of a
/// request, verdicts, images or accounts are among it, so nobody who looks learns what was asked for, or by whom.
namespace easel::persistence {

/// A call that was begun with an upstream whose outcome can be asked for, or was.
struct call_story {
  std::int16_t index = 0;
  std::string credential;
  bool task_known = false; ///< the upstream told under which name it works
  instant begun_at;
};

struct stored_story {
  std::int16_t index = 0;
  instant at;
};

/// A disclosure that was durable before its bytes left.
struct disclosure_story {
  recipient to = recipient::openai_moderation;
  instant at;
};

/// One row of a listing.
struct generation_line {
  generation_id id;
  tier of_tier = tier::free;
  generation_state state = generation_state::accepted;
  failure reason = failure::none;
  int images_stored = 0;
  std::string credential; ///< empty before the dispatch
  instant created_at;
  std::optional<instant> dispatched_at;
  std::optional<instant> ended_at;
};

/// The whole course of one generation.
struct generation_story {
  generation_line line;
  node_id node; ///< that owns it, or ended it
  std::int32_t fence = 0;
  int restarts = 0;                          ///< 0 once it has ended: not kept
  bool cancel_requested = false;             ///< false once it has ended: not kept
  std::vector<disclosure_story> disclosures; ///< in their order
  std::vector<call_story> calls;
  std::vector<stored_story> images;
};

/// Used by one thread at a time. Errors are those of persistence/store.hpp.
class console_store : public panel_store {
public:
  /// Nothing when there is none, or its time has come (RET-1).
  [[nodiscard]] virtual answer<std::optional<generation_story>> find_story(generation_id id) = 0;

  /// Newest first: in work, or ended since yesterday. At most `limit`.
  [[nodiscard]] virtual answer<std::vector<generation_line>> list_lines(bool in_work, int limit) = 0;
};

/// Over a connection of its own, opened when first used. `clock_shift` is added to the database's clock: development.
[[nodiscard]] std::unique_ptr<console_store> make_console_store(store_settings settings, duration clock_shift = {});

} // namespace easel::persistence
