#pragma once

#include "tests/simulation/history.hpp"
#include "tests/support/virtual_database.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>

/// Seeds, one after another, on one kind of database. EASEL_SEED=n runs one of them alone and prints its whole trace;
/// EASEL_SEED_FAILURES=n stops after n failed seeds (3), EASEL_SEED_QUIET=1 prints no traces.
namespace easel::simulation {

[[nodiscard]] std::uint64_t from_environment(const char* name, std::uint64_t otherwise);

[[nodiscard]] history live_through(std::uint64_t seed, bool keeps_lines, const testing::make_virtual_database& make);

/// Runs seeds 1 to `count`, reports each that fails, and requires, when none did and all of them ran, that `reach` was
/// reached: promises that were never put to the test prove nothing.
void whatever_fails_every_promise_holds(std::uint64_t count, std::span<const char* const> reach,
                                        const testing::make_virtual_database& make);

/// Two runs of one seed are the same to the last word.
void one_seed_has_one_history(std::uint64_t count, const testing::make_virtual_database& make);

} // namespace easel::simulation
