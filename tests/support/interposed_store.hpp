#pragma once

#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

/// A store that asks a test before and after each operation: where faults come from, on any store.
namespace easel::testing {

/// Asked twice for each operation: `before` it takes effect, and after. An error fails the operation there, so a fault
/// after the effect is the lost answer of a commit. Operations are named as in `store` and by the command of a write;
/// `apply` stands for a whole batch. May be empty. Called in the thread of the caller.
using interposer = std::function<std::optional<persistence::store_error>(std::string_view operation, bool before)>;

[[nodiscard]] std::unique_ptr<persistence::store> interpose(std::unique_ptr<persistence::store> within,
                                                            interposer asked);

} // namespace easel::testing
