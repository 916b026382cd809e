#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace easel::simulator {

/// What to draw. The same values give the same pixels, on every machine of one floating-point kind.
struct scene {
  std::uint64_t seed = 0;
  int width = 1024;
  int height = 1024;
  bool transparent = false; ///< leaves the sky out
  int blocks = 0;           ///< draws in squares of this many pixels: an unfinished preview; 0 is full detail
};

struct canvas {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgba; ///< four bytes a pixel, rows from the top
};

/// FNV-1a: stable between runs, which std::hash does not promise.
[[nodiscard]] std::uint64_t stable_hash(std::string_view text);

/// One step of the splitmix64 sequence.
[[nodiscard]] std::uint64_t mix(std::uint64_t& state);

/// A small landscape with a striped band along its lower edge that says SIMULATED.
[[nodiscard]] canvas draw(const scene&);

} // namespace easel::simulator
