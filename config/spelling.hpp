#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace easel::config {

/// The known word that someone probably meant: at most two letters off, and less than half of the word.
[[nodiscard]] std::optional<std::string> closest(std::string_view word, std::span<const std::string> known);

} // namespace easel::config
