#pragma once

#include <span>
#include <string_view>

namespace easel::persistence {

/// One numbered SQL file of persistence/migrations, as compiled into the program.
struct migration {
  int version = 0;
  std::string_view name;
  std::string_view sql;
};

/// In ascending order of version.
[[nodiscard]] std::span<const migration> migrations();

} // namespace easel::persistence
