#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// The closed sets of the service. Values are stored in the database: append, never renumber.
namespace easel {

/// Tier belongs to the account, never to the grant that is spent (THIRD-1).
enum class tier : std::uint8_t { free = 0, paid = 1 };

/// Where a generation stands (architecture, section 3). The last four are terminal.
enum class generation_state : std::uint8_t {
  accepted = 0,
  queued = 1,
  dispatched = 2,
  completed = 3,
  failed = 4,
  blocked = 5,
  cancelled = 6,
};

/// Everyone who may receive anything from this service. No mail recipient exists (MAIL-1).
enum class recipient : std::uint8_t { openai_moderation = 0, sub2api = 1, kie = 2, google = 3, stripe = 4 };

/// The policy's data classes (definitions of policy-clauses).
enum class data_class : std::uint8_t { identity = 0, content = 1, billing = 2, technical = 3, credential = 4 };

enum class image_format : std::uint8_t { png = 0, jpeg = 1, webp = 2 };

/// Why a generation did not complete. Each maps to one client answer (http/server) and one ledger effect: release.
enum class failure : std::uint8_t {
  none = 0,
  blocked_input = 1,  ///< moderation refused the prompt (THIRD-3)
  blocked_output = 2, ///< the provider refused after acceptance
  moderation_unavailable = 3,
  upstream_unavailable = 4, ///< nothing started: no healthy credential, no slot in time
  upstream_error = 5,       ///< started and failed
  upstream_timeout = 6,
  invalid_result = 7,  ///< what came back is no image we accept
  outcome_unknown = 8, ///< a paid call whose answer was lost, never repeated
  cancelled = 9,
  restarts_exhausted = 10,
  account_closed = 11,         ///< deleted, restricted or suspended while it ran
  upstream_misconfigured = 12, ///< our key, balance or slug is refused: an operator's matter
};

[[nodiscard]] std::string_view to_string(tier value);
[[nodiscard]] std::string_view to_string(generation_state value);
[[nodiscard]] std::string_view to_string(recipient value);
[[nodiscard]] std::string_view to_string(data_class value);
[[nodiscard]] std::string_view to_string(image_format value);
[[nodiscard]] std::string_view to_string(failure value);
[[nodiscard]] std::string_view media_type(image_format value);

[[nodiscard]] std::optional<tier> parse_tier(std::string_view text);
[[nodiscard]] std::optional<image_format> parse_image_format(std::string_view text);

inline constexpr std::array all_tiers{tier::free, tier::paid};
inline constexpr std::array all_generation_states{
  generation_state::accepted, generation_state::queued,  generation_state::dispatched, generation_state::completed,
  generation_state::failed,   generation_state::blocked, generation_state::cancelled};
inline constexpr std::array all_recipients{recipient::openai_moderation, recipient::sub2api, recipient::kie,
                                           recipient::google, recipient::stripe};

[[nodiscard]] constexpr bool is_terminal(generation_state s) { return s >= generation_state::completed; }

} // namespace easel
