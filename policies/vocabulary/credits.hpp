#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace easel {

/// An amount of credits: whole, bounded, never a float (architecture, section 4).
class credits {
public:
  /// Far above any real balance, far below what a sum of a million of them would overflow.
  static constexpr std::int64_t bound = 1'000'000'000'000;

  constexpr credits() = default;

  /// Nothing outside [-bound, bound] is an amount.
  [[nodiscard]] static constexpr std::optional<credits> from(std::int64_t value) {
    if (value < -bound || value > bound)
      return std::nullopt;
    return credits(value);
  }

  /// For amounts known at compile time or read back from a column that has the bound as a constraint.
  [[nodiscard]] static constexpr credits unchecked(std::int64_t value) { return credits(value); }

  [[nodiscard]] constexpr std::int64_t value() const { return value_; }
  [[nodiscard]] constexpr bool is_negative() const { return value_ < 0; }

  friend constexpr auto operator<=>(credits, credits) = default;
  friend constexpr credits operator+(credits a, credits b) { return credits(a.value_ + b.value_); }
  friend constexpr credits operator-(credits a, credits b) { return credits(a.value_ - b.value_); }
  friend constexpr credits operator*(credits a, int n) { return credits(a.value_ * n); }
  constexpr credits& operator+=(credits b) {
    value_ += b.value_;
    return *this;
  }
  constexpr credits& operator-=(credits b) {
    value_ -= b.value_;
    return *this;
  }

private:
  explicit constexpr credits(std::int64_t value) : value_(value) {}
  std::int64_t value_ = 0;
};

} // namespace easel
