#pragma once

#include <span>
#include <string_view>

/// The privacy policy as data: what is promised, what enforces it, what shows on the live system that it is kept, and
/// which tests try it. A name that does not exist fails the tests.
namespace easel::policies {

struct clause {
  std::string_view id;
  std::string_view promise;   ///< in our words
  std::string_view enforcers; ///< files of the tree, separated by spaces; empty: not in the system yet
  std::string_view probes;    ///< of `probe_names()`, likewise
  std::string_view tests;     ///< FILE:CASE, likewise
  std::string_view unproved;  ///< a sentence: what no probe shows yet; empty: they show all of it
};

[[nodiscard]] std::span<const clause> clauses();

} // namespace easel::policies
