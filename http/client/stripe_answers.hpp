#pragma once

#include "http/client/answer.hpp"
#include "http/client/stripe_client.hpp"
#include "policies/vocabulary/expected.hpp"

#include <nlohmann/json.hpp>

#include <optional>

/// What Stripe's answers mean (billing-identity-edge, sections 2.2 and 2.3). Pure.
namespace easel::client::stripe {

/// The object of a good answer. A failure's code is Stripe's own `error.code` or `error.type` if it is on our list,
/// else that of the status; its words are dropped.
[[nodiscard]] expected<nlohmann::json, policies::upstream_failure> decode_object(const answer& got);

/// Whether a failure says that there is no such object (any more).
[[nodiscard]] bool is_missing(const policies::upstream_failure& failure);

[[nodiscard]] policies::upstream_failure malformed_answer();

/// Where a browser may be sent: https, or http when the configured base URL is so (a stand-in on this machine).
[[nodiscard]] bool is_page_url(const std::string& url, const stripe_settings& settings);

} // namespace easel::client::stripe
