#pragma once

#include "policies/vocabulary/time.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <random>
#include <string>

namespace easel::test {

/// Where time begins for what does not care when it is.
constexpr moment start{std::chrono::hours(1)};

/// Randomness of a test that repeats exactly from its seed.
class seeded {
public:
  explicit seeded(std::uint64_t seed) : engine_(seed) {}

  /// From `least` to `most`, both included.
  template <class Int>
  Int between(Int least, Int most) {
    const auto span = static_cast<std::uint64_t>(most - least) + 1;
    return static_cast<Int>(least + static_cast<Int>(engine_() % span));
  }

  bool one_in(int n) { return between(1, n) == 1; }

  std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (auto& c : text)
      c = static_cast<char>(engine_());
    return text;
  }

private:
  std::mt19937_64 engine_;
};

/// Runs `property` with seeds 1 to `count`; a failed check names its seed.
template <class Property>
void for_seeds(std::uint64_t count, Property property) {
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      seeded random(seed);
      property(random);
    }
  }
}

} // namespace easel::test
