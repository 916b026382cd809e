#pragma once

#include "policies/vocabulary/names.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace easel::policies {

/// What can happen to a generation. The only way to `dispatched` leads through `verdict_clean` (THIRD-3);
/// the only way to `completed` is `images_stored` (GEN-1).
enum class generation_event {
  verdict_clean,   ///< moderation passed this very prompt
  verdict_blocked, ///< moderation refused it
  dispatched,      ///< a slot was granted and the disclosure is durable
  images_stored,   ///< every image that exists is stored and settled
  gave_up,         ///< failed, with a reason
  refused,         ///< the provider's own filter refused after acceptance
  cancel,          ///< the person (or an end of the account) asked
};

inline constexpr std::array all_generation_events{generation_event::verdict_clean, generation_event::verdict_blocked,
                                                  generation_event::dispatched,    generation_event::images_stored,
                                                  generation_event::gave_up,       generation_event::refused,
                                                  generation_event::cancel};

/// The next state, or nothing where the table has no edge. Terminal states have none.
/// `cancel` after dispatch has no edge: the outcome decides, because an image that exists is charged.
[[nodiscard]] std::optional<generation_state> next(generation_state from, generation_event event);

[[nodiscard]] std::string_view to_string(generation_event event);

} // namespace easel::policies
