#pragma once

#include <cstdint>
#include <random>

namespace easel::simulation {

/// Choices that follow from the seed alone. Shares the world's engine: one stream of numbers, one history.
class dice {
public:
  explicit dice(std::mt19937_64& engine) : engine_(engine) {}

  /// From `least` to `most`, both included.
  template <class Int>
  Int between(Int least, Int most) {
    return static_cast<Int>(least + static_cast<Int>(engine_() % (static_cast<std::uint64_t>(most - least) + 1)));
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool one_in(int n) { return engine_() % static_cast<std::uint64_t>(n) == 0; }
  bool percent(int p) { return engine_() % 100 < static_cast<std::uint64_t>(p); }
  template <class Container>
  const auto& one_of(const Container& from) {
    return *(std::begin(from) + static_cast<std::ptrdiff_t>(below(std::size(from))));
  }

private:
  std::mt19937_64& engine_;
};

} // namespace easel::simulation
