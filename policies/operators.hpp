#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Decisions about those who run the service: who they may be, what each may do, and how a sign-in is guarded.
namespace easel::policies {

/// What an operator may do. Values are stored: append, never renumber.
enum class operator_role : std::uint8_t {
  viewer = 0, ///< looks
  keeper = 1, ///< and intervenes: "operator" in words
  admin = 2,  ///< and reads what all of them did
};
inline constexpr std::array all_operator_roles{operator_role::viewer, operator_role::keeper, operator_role::admin};
[[nodiscard]] std::string_view to_string(operator_role role); ///< viewer, operator, admin
[[nodiscard]] std::optional<operator_role> parse_operator_role(std::string_view text);

/// Whether somebody of this role may do what needs `needed`.
[[nodiscard]] constexpr bool may(operator_role who, operator_role needed) { return who >= needed; }

/// 1 to 32 characters of a-z, 0-9, '.', '-', '_', the first a letter or digit: a name stands in the audit's rows.
[[nodiscard]] bool is_operator_name(std::string_view name);

/// 12 to 200 bytes without control characters. Length is what counts (NIST SP 800-63B, section 5.1.1.2).
[[nodiscard]] bool is_operator_password(std::string_view password);

// ---------------------------------------------------------------- one-time codes (RFC 6238)

inline constexpr std::chrono::seconds totp_period{30};

/// Which period a moment lies in.
[[nodiscard]] std::int64_t totp_step(instant at);
/// The eight bytes that are hashed with the secret for a period (RFC 4226, section 5.2).
[[nodiscard]] std::array<std::uint8_t, 8> totp_counter(std::int64_t step);
/// Six digits of an HMAC-SHA-1 (RFC 4226, section 5.3).
[[nodiscard]] std::string totp_code(std::span<const std::uint8_t, 20> hmac);
/// The periods whose codes are taken now: this one and, for clocks that differ, its neighbours; only those after
/// `last_used`, so that no code is taken twice.
[[nodiscard]] std::array<std::optional<std::int64_t>, 3> totp_steps(instant now, std::int64_t last_used);

/// RFC 4648, section 6, without padding: how authenticator programs take a secret.
[[nodiscard]] std::string to_rfc4648_base32(std::string_view bytes);

// ---------------------------------------------------------------- guessing

struct guess_limits {
  int free_guesses = 5;                          ///< wrong ones in a row before the account is shut
  duration first_lock = std::chrono::minutes(1); ///< doubles with each further wrong one
  duration longest_lock = std::chrono::minutes(30);
};

/// How long the account is shut after the `failures`-th wrong guess in a row; zero: not yet.
[[nodiscard]] duration lock_after(int failures, const guess_limits& limits);

struct operator_session_limits {
  duration idle = std::chrono::minutes(30);
  duration longest = std::chrono::hours(8);
};

} // namespace easel::policies
