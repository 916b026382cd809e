#pragma once

#include "persistence/auditor.hpp"
#include "persistence/postgres_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace easel::persistence {

/// One way in which somebody is given their content.
struct serving_statement {
  std::string name; ///< for people
  std::string text;
};

/// All of them, as the store has them. The audit asks each for something that has expired (RET-1).
[[nodiscard]] std::vector<serving_statement> serving_statements();

/// With a connection of its own, on which it becomes the role `easel_auditor` for everything it counts. `limit` bounds
/// each statement: some of them look at a month's generations. `commons` shifts the clock, in development and tests;
/// `serving` is for tests, which leave a predicate out.
[[nodiscard]] std::unique_ptr<auditor>
make_postgres_auditor(store_settings settings, duration limit, std::shared_ptr<postgres_commons> commons = nullptr,
                      std::vector<serving_statement> serving = serving_statements());

} // namespace easel::persistence
