#pragma once

#include "actors/front_door.hpp"
#include "http/server/answers.hpp"
#include "http/server/cookies.hpp"

#include <optional>
#include <span>
#include <string>

/// Who speaks. An Authorization field decides alone; only without one does the session cookie count. So a request with
/// both is the API key's, and whether a cookie is believed never depends on what else was wrong.
namespace easel::server {

/// The token of `Authorization: Bearer`; nothing when there is no such field, or it speaks another scheme. A malformed
/// or repeated one is a problem (RFC 6750, section 3.1).
[[nodiscard]] expected<std::optional<secret_text>, problem> read_bearer(const exchange& asked);

[[nodiscard]] expected<sent_cookies, problem> read_cookies(const exchange& asked);

/// The API key or the session token, as presented and not yet checked.
[[nodiscard]] expected<actors::credential, problem> read_credential(const exchange& asked);

/// Refuses what a page of another site makes a browser send with our cookie, or to one of our forms. Asked before
/// anything else of a request counts (COOKIE-1).
[[nodiscard]] std::optional<problem> check_cross_origin(const exchange& asked, std::span<const std::string> trusted);

/// The same without a look at what the request carries: for routes whose every write is a browser's own.
[[nodiscard]] std::optional<problem> refuse_cross_origin(const exchange& asked, std::span<const std::string> trusted);

} // namespace easel::server
