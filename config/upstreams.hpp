#pragma once

#include "config/settings.hpp"
#include "http/client/curl_transport.hpp"
#include "http/client/upstream_clients.hpp"

namespace easel::config {

/// Where Google may be called: its own three hosts; those of a stand-in, in development.
[[nodiscard]] std::set<std::string> google_hosts(const settings& all);

/// Where browsers are sent to sign in, as they write it; empty when nobody can. Google's own endpoint is at its issuer.
[[nodiscard]] std::string sign_in_origin(const settings& all);

/// Who may be called where: exactly the hosts that the settings name, and nobody else (THIRD-4).
[[nodiscard]] client::host_table allowed_hosts(const settings& all);

[[nodiscard]] client::curl_settings transport_settings(const settings& all);

// What each client of an upstream needs; `credential` is one of those in `all.upstreams`.
[[nodiscard]] client::moderation_settings moderation_client_settings(const settings& all);
[[nodiscard]] client::sub2api_settings sub2api_client_settings(const settings& all,
                                                               const upstream_credential& credential);
[[nodiscard]] client::kie_settings kie_client_settings(const settings& all, const upstream_credential& credential);

/// With the hosts that its calls, and browsers, may be sent to.
[[nodiscard]] client::google_settings google_client_settings(const settings& all);

[[nodiscard]] client::stripe_settings stripe_client_settings(const settings& all);

/// The secrets that a delivery may be signed with.
[[nodiscard]] std::vector<secret_text> webhook_secrets(const settings& all);

} // namespace easel::config
