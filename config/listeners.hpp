#pragma once

#include "config/settings.hpp"

#include <vector>

namespace easel::config {

/// The listeners of the public API that are to be opened: [server] always, [server.tls] with a certificate,
/// [server.unix] with a path. What [server] says about requests holds for all of them; where they are, how many may
/// come and how long they are waited for, each says itself.
[[nodiscard]] std::vector<server::listener_settings> public_listeners(const settings& all);

} // namespace easel::config
