#pragma once

#include <string>

namespace easel::persistence {

/// PostgreSQL keeps no NUL in a text, and SOCI ends one at its first NUL without a word: both stores refuse such a
/// text, before it meets its neighbours in a batch.
template <class... Text>
[[nodiscard]] bool any_nul(const Text&... text) {
  return ((text.find('\0') != std::string::npos) || ...);
}

} // namespace easel::persistence
