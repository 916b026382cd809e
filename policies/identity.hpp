#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Who somebody is, as their identity provider said, and how long a sign-in and a session last.
namespace easel::policies {

/// What is kept of a verified ID token (ACCOUNT-1). E-mail, name and subject are secret texts, so that no log shows
/// them by accident.
struct identity_claims {
  std::string issuer;  ///< as in the token; Google writes it with and without https://
  secret_text subject; ///< stable and never reused (OpenID Connect Core, section 2: at most 255 ASCII characters)
  secret_text email;
  secret_text name; ///< never guaranteed; may be empty
};

inline constexpr std::size_t longest_issuer = 255;      ///< bytes
inline constexpr std::size_t longest_subject = 255;     ///< bytes
inline constexpr std::size_t longest_email = 320;       ///< bytes: 64 before the @, 255 after it (RFC 5321)
inline constexpr std::size_t longest_display_name = 80; ///< code points

inline constexpr std::int32_t largest_key_cap = 1'000'000'000; ///< credits a month

/// The name of the first claim that is missing, too long or not text; nothing when all may be kept.
[[nodiscard]] std::optional<std::string_view> first_bad_claim(const identity_claims& claims);

/// 1 to `longest_display_name` code points of UTF-8, not blank, no control characters.
[[nodiscard]] bool is_display_name(std::string_view text);

/// What a person is called until they choose otherwise: their name, cut to the bound, or what stands before the @.
[[nodiscard]] secret_text display_name_of(const identity_claims& claims);

/// What is hashed to recognize a person: issuer, a line end, subject. The issuer gets the https:// it may lack.
[[nodiscard]] std::string subject_source(const identity_claims& claims);

/// What is hashed to find the accounts of an address that somebody writes from: without regard to ASCII case.
[[nodiscard]] std::string email_source(std::string_view email);

/// How many of each there may be, and when a session ends. The windows of retention.hpp are the outer ends.
struct identity_limits {
  std::int32_t sign_ins = 10'000; ///< under way at a time, in the whole service; one more ends the oldest
  std::int32_t sessions = 20;     ///< of one account; one more ends the oldest
  std::int32_t keys = 20;         ///< live ones of one account
  duration session_idle = std::chrono::hours(24 * 7); ///< since it was last seen
};

/// Sign-ins under way in the whole service.
struct sign_ins_under_way {
  std::int32_t away = 0; ///< the browser has left for the identity provider; many never come back
  std::int32_t back = 0; ///< the browser came back: they are being verified, or wait for a confirmation
};

/// Which sign-ins end early so that a new one can begin: so many of those that are back, or else of those that are
/// away, whose time would be over first.
struct displaced_sign_ins {
  bool back = false;
  std::int32_t count = 0;
};

/// By one beginning: more at once would hold it up.
inline constexpr std::int32_t most_displaced_sign_ins = 16;

/// The newcomer is never refused: who fills the bound would keep everybody out until their own sign-ins have expired.
/// Who is back is spared, for they may be about to enter; but only while they are half of the bound, or whoever comes
/// back in great number would have the newcomers displace each other.
[[nodiscard]] displaced_sign_ins make_room(const sign_ins_under_way& live, const identity_limits& limits);

} // namespace easel::policies
