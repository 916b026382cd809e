#pragma once

#include "http/client/answer.hpp"
#include "policies/vocabulary/expected.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Google's discovery document (OpenID Connect Discovery 1.0, sections 3 and 4; billing-identity-edge, 4.1). Pure.
namespace easel::client::google {

/// On three hosts with Google, so none is derived from the issuer.
struct endpoints {
  std::string authorization; ///< where the browser is sent
  std::string token;         ///< where codes are exchanged
  std::string keys;          ///< the JWKS

  friend bool operator==(const endpoints&, const endpoints&) = default;
};

struct discovery_document {
  endpoints at;
  std::optional<duration> max_age; ///< how long it may be kept; nothing: the answer did not say

  friend bool operator==(const discovery_document&, const discovery_document&) = default;
};

/// The issuer, which has no final slash, with the well-known path.
[[nodiscard]] std::string discovery_url(std::string_view issuer);

/// Refused: a document of another issuer, one that lacks an endpoint, an endpoint that is no URL to call
/// (`parse_target`), and members that come twice.
[[nodiscard]] expected<discovery_document, policies::upstream_failure> decode_discovery(const answer& got,
                                                                                        std::string_view issuer);

} // namespace easel::client::google
