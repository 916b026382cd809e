#pragma once

#include "config/settings.hpp"
#include "http/client/curl_transport.hpp"

namespace easel::config {

/// Who may be called where: exactly the hosts that the settings name, and nobody else (THIRD-4).
[[nodiscard]] client::host_table allowed_hosts(const settings& all);

[[nodiscard]] client::curl_settings transport_settings(const settings& all);

} // namespace easel::config
