#pragma once

#include <span>
#include <string_view>

namespace easel::policies {

/// Whoever else may hold some of a person's data: named in each export (RIGHT-1) and on the policy page. Deletion here
/// reaches none of them.
struct recipient_facts {
  std::string_view name;
  std::string_view role;
  std::string_view gets;  ///< of a person
  std::string_view keeps; ///< for how long, as far as it is known; a sentence
};

[[nodiscard]] std::span<const recipient_facts> known_recipients();

} // namespace easel::policies
