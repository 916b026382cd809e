#pragma once

#include <tl/expected.hpp>

namespace easel {

/// A value or a typed reason why there is none. std::expected comes with C++23; this is the same contract.
template <class T, class E>
using expected = tl::expected<T, E>;

template <class E>
[[nodiscard]] constexpr tl::unexpected<std::decay_t<E>> unexpected(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

} // namespace easel
