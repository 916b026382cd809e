#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <filesystem>
#include <string>

namespace easel::config {

/// The first line's worth of a file that holds nothing but a secret: trailing line ends are dropped, at most 4 KiB.
/// Refused, with a sentence that holds no content: anything but a regular file, and one that everybody may read.
[[nodiscard]] expected<secret_text, std::string> read_secret_file(const std::filesystem::path& file);

} // namespace easel::config
