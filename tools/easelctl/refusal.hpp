#pragma once

#include "persistence/store.hpp"

#include <string>
#include <type_traits>
#include <utility>

/// How a command of easelctl ends that could not do what it was asked: it throws, and what runs the command catches.
namespace easel::easelctl {

/// The sentence says why.
struct refusal {
  std::string sentence;
};

[[noreturn]] inline void refuse(std::string sentence) { throw refusal{std::move(sentence)}; }

/// The value, or the end of the command.
template <class T>
T need(expected<T, std::string> got) {
  if (!got)
    refuse(std::move(got.error()));
  if constexpr (!std::is_void_v<T>)
    return *std::move(got);
}
template <class T>
T need(persistence::answer<T> got) {
  if (got)
    return *std::move(got);
  const auto& e = got.error();
  const auto code = e.sqlstate.empty() ? std::string() : " (SQLSTATE " + e.sqlstate + ')';
  const bool is_away = e.what == persistence::store_error::kind::unavailable;
  refuse((is_away ? "the database cannot be reached: " : "the database refused: ") + e.operation + code);
}

} // namespace easel::easelctl
