#pragma once

#include "http/server/pages/embedded_files.hpp"

#include <span>
#include <string_view>

namespace easel::server {

/// The files of http/server/console/web/, by name.
[[nodiscard]] std::span<const embedded_file> console_files();

/// Changes whenever any of them does.
[[nodiscard]] std::string_view console_version();

} // namespace easel::server
