#pragma once

#include "policies/vocabulary/time.hpp"

#include <cstddef>
#include <cstdint>

/// How long people who wait in a queue are told that it takes.
namespace easel::policies {

/// What happened to a queue between two looks at it.
struct queue_motion {
  std::size_t waiting = 0; ///< now
  std::uint64_t left = 0;  ///< since the look before
  duration span{0};        ///< between the two
};

/// How long one place takes, smoothed over about eight looks; zero: not known, or nobody waits. A look that saw nobody
/// leave says nothing: it may have been too short.
[[nodiscard]] duration time_of_place(duration before, const queue_motion& seen);

/// Until the item with `position` others before it leaves.
[[nodiscard]] constexpr duration wait_at(std::size_t position, duration place) {
  return place * static_cast<std::int64_t>(position + 1);
}

} // namespace easel::policies
