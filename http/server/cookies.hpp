#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// COOKIE-1: the two cookies of the public service. This is the only place that knows their names and attributes, and
/// the only one that can make a field which sets a cookie (`tests/layers/check_layers` looks for others). Both have the
/// `__Host-` prefix, with which browsers demand Secure, Path=/ and no Domain, so that no sibling host can set or
/// overwrite one (RFC 6265bis, section 4.1.3.2). SameSite=Lax, because Google's callback is a cross-site GET.
namespace easel::server {

inline constexpr std::string_view session_cookie = "__Host-sid";   ///< whoever is signed in, or is about to
inline constexpr std::string_view language_cookie = "__Host-lang"; ///< what the person chose

/// Of the operator's listener alone, and no part of the public service: neither listener knows the other's.
inline constexpr std::string_view operator_cookie = "__Host-operator";

/// Everything above: what any listener can set.
inline constexpr std::array<std::string_view, 3> all_cookies{session_cookie, language_cookie, operator_cookie};
/// What the public listeners can set.
inline constexpr std::array<std::string_view, 2> public_cookies{session_cookie, language_cookie};

/// The languages of the pages, as BCP 47 tags. The first one is for whoever asks for none of them.
inline constexpr std::array<std::string_view, 2> languages{"en", "de"};

/// The value of one Set-Cookie field. Made by the functions below and by nothing else.
class set_cookie {
public:
  static constexpr std::string_view field = "Set-Cookie";
  /// Whether a field of this name sets a cookie.
  [[nodiscard]] static bool is_field(std::string_view name);
  [[nodiscard]] const std::string& value() const { return value_; }
  [[nodiscard]] std::string_view name() const { return std::string_view(value_).substr(0, value_.find('=')); }

private:
  explicit set_cookie(std::string value) : value_(std::move(value)) {}
  friend set_cookie keep_session(const secret_text&, std::chrono::seconds);
  friend set_cookie forget_session();
  friend set_cookie keep_language(std::string_view);
  friend set_cookie keep_operator(const secret_text&, std::chrono::seconds);
  friend set_cookie forget_operator();
  std::string value_;
};

/// HttpOnly. `longest` is what is left of the session's absolute life: the server ends it no later.
[[nodiscard]] set_cookie keep_session(const secret_text& token, std::chrono::seconds longest);
/// Tells the browser to forget the session cookie at once.
[[nodiscard]] set_cookie forget_session();
/// Kept for a year at the person's own choice; readable by scripts. `tag` must be one of `languages`.
[[nodiscard]] set_cookie keep_language(std::string_view tag);

/// HttpOnly, and SameSite=Strict: no other site leads into the console.
[[nodiscard]] set_cookie keep_operator(const secret_text& token, std::chrono::seconds longest);
[[nodiscard]] set_cookie forget_operator();

/// What a request brought. Cookies of others (an edge's, those of another port of localhost) are passed over.
struct sent_cookies {
  std::optional<secret_text> session;       ///< as sent: any text, perhaps empty
  std::optional<std::string_view> language; ///< one of `languages`; anything else is as good as none
};

/// Why the Cookie field cannot be believed.
enum class cookie_fault {
  repeated, ///< one of ours came twice: which one is ours is not for us to guess
  too_many, ///< more pairs than `most_cookies`
};

inline constexpr int most_cookies = 64;

/// `fields`: the values of all Cookie fields of a request, of which HTTP/1.1 allows one (RFC 6265, section 5.4).
/// The bytes of each were bounded by the listener.
[[nodiscard]] expected<sent_cookies, cookie_fault> read_cookies(const std::vector<std::string_view>& fields);

/// The operator's, as sent.
[[nodiscard]] expected<std::optional<secret_text>, cookie_fault>
read_operator_cookie(const std::vector<std::string_view>& fields);

} // namespace easel::server
