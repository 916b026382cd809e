#pragma once

#include <string>
#include <string_view>

namespace easel::policies {

/// What a session's device is called in the list of one's own sessions: "Firefox on Linux", "a browser on Android",
/// "an unknown device". One of a closed set of labels, whatever `user_agent` holds: neither version nor model is kept.
/// Looks at the first 512 bytes only.
[[nodiscard]] std::string device_label(std::string_view user_agent);

/// No label is longer, in bytes.
inline constexpr std::size_t longest_device_label = 40;

} // namespace easel::policies
