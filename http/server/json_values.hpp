#pragma once

#include "policies/vocabulary/time.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <optional>

/// How documents write single values.
namespace easel::server {

/// Enough digits to read, and no more to send.
[[nodiscard]] inline double rounded(double value) { return std::round(value * 1000) / 1000; }

/// Milliseconds, to the microsecond.
template <class Rep, class Period>
[[nodiscard]] double ms(std::chrono::duration<Rep, Period> d) {
  return rounded(std::chrono::duration<double, std::milli>(d).count());
}

template <class Duration>
[[nodiscard]] nlohmann::json ms(const std::optional<Duration>& d) {
  return d ? nlohmann::json(ms(*d)) : nlohmann::json(nullptr);
}

[[nodiscard]] inline nlohmann::json time_or_null(const std::optional<instant>& at) {
  return at ? nlohmann::json(to_string(*at)) : nlohmann::json(nullptr);
}

} // namespace easel::server
