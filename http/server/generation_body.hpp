#pragma once

#include "http/server/exchange.hpp"
#include "policies/generation_request.hpp"
#include "policies/vocabulary/expected.hpp"

namespace easel::server {

struct generation_body {
  policies::generation_request request;
  std::string canonical; ///< sorted keys, no nulls: what the fingerprint is taken of
  bool stream = false;
};

/// The body of POST /v1/images/generations: unknown fields are ignored, as are those that only OpenAI gives a
/// meaning (`user`, `safety_identifier`, `style`, `moderation`). Nothing of them is ever forwarded.
[[nodiscard]] expected<generation_body, policies::field_error> read_openai_generation(std::string_view body);

/// The body of POST /v1/generations and of a quote: unknown fields are mistakes.
[[nodiscard]] expected<generation_body, policies::field_error> read_native_generation(std::string_view body);

/// `Idempotency-Key`: 1 to 255 visible ASCII characters, at most once.
[[nodiscard]] expected<std::optional<std::string>, policies::field_error> read_idempotency_key(const exchange& asked);

/// `X-Stainless-Retry-Count`, 0 when it is absent or no small number.
[[nodiscard]] int read_retry_count(const exchange& asked);

/// Whether the request says that its body is JSON.
[[nodiscard]] bool has_json_body(const exchange& asked);

} // namespace easel::server
