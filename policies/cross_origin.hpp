#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Whether a request that a browser sent with our cookie was made by one of our own pages (COOKIE-1;
/// billing-identity-edge, section 5.3, which follows Go's CrossOriginProtection).
namespace easel::policies {

/// What a browser says of where a request comes from. A field that came twice is one value, joined by ", " (RFC 9110,
/// section 5.2): such a value fits nothing, so it is refused.
struct request_origin {
  std::string_view method; ///< as sent
  std::string_view host;   ///< the Host field
  std::optional<std::string_view> origin;
  std::optional<std::string_view> sec_fetch_site;
};

enum class cross_origin_verdict {
  harmless,       ///< GET, HEAD, OPTIONS: none of them changes anything
  trusted_origin, ///< the operator named this origin
  same_origin,    ///< the browser says: this very origin, or the person's own hand
  same_host,      ///< an older browser: Origin names the host that was asked
  foreign_site,   ///< Sec-Fetch-Site names another site, a sibling of ours, or nothing known
  foreign_origin, ///< Origin names another host, or "null"
  unmarked,       ///< neither field: no browser of this decade, and then a cookie has no business here
};

inline constexpr std::array all_cross_origin_verdicts{
  cross_origin_verdict::harmless,  cross_origin_verdict::trusted_origin, cross_origin_verdict::same_origin,
  cross_origin_verdict::same_host, cross_origin_verdict::foreign_site,   cross_origin_verdict::foreign_origin,
  cross_origin_verdict::unmarked,
};

[[nodiscard]] std::string_view to_string(cross_origin_verdict);

/// Judges a request that is authenticated by cookie; one with an API key needs no judging, because no browser adds
/// keys by itself. `trusted`: origins as browsers write them, "https://studio.example".
[[nodiscard]] cross_origin_verdict judge_cross_origin(const request_origin& from, std::span<const std::string> trusted);

/// Whether the verdict lets the request through.
[[nodiscard]] bool allows(cross_origin_verdict verdict);

} // namespace easel::policies
