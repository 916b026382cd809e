#pragma once

#include <cstdint>

/// The advisory locks by which one process of all does what must be done once. Any numbers will do, as long as every
/// version of this program uses the same.
namespace easel::persistence::postgres {

inline constexpr std::int64_t reaper_lock = 7234918364522;
inline constexpr std::int64_t auditor_lock = 7234918364523;
inline constexpr std::int64_t clerk_lock = 0x656173656c62696c; // "easelbil"; the reconciler's is the next number
inline constexpr std::int64_t reconciler_lock = clerk_lock + 1;

} // namespace easel::persistence::postgres
