#pragma once

#include "persistence/postgres/content_keys.hpp"
#include "persistence/postgres_store.hpp"

#include <atomic>

namespace easel::persistence {

struct postgres_commons::state {
  explicit state(std::size_t capacity) : cache(capacity) {}
  postgres::content_keys cache;
  std::atomic<std::int64_t> clock_shift{0};
};

} // namespace easel::persistence
