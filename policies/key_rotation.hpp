#pragma once

#include "policies/vocabulary/expected.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How one master key takes the place of another: which step is next, and what keeps it from being taken.
namespace easel::policies {

/// What the database says of master keys. They go by name: the beginning of their key check.
struct master_key_state {
  struct node {
    std::string id;
    std::string master_keys; ///< names, a space between two; empty: a program that does not say
  };

  std::string in_force;                        ///< wraps new content keys
  std::map<std::string, std::int64_t> wrapped; ///< content keys by the master key that wraps them
  std::vector<node> nodes;                     ///< that are alive, as far as the database knows
  bool is_outlived = false; ///< the keys that outlive a master key are kept apart: it is not the first
};

/// Those that were configured.
struct master_key_names {
  std::string own;
  std::optional<std::string> previous;
};

enum class rotation_step {
  none,   ///< nothing is wrapped by any key but our own
  begin,  ///< new content keys are wrapped by it from then on
  rewrap, ///< a batch of the others
};

/// The error is a sentence for the operator. A rotation does not begin while a node is alive that could not open what
/// the new key wraps; one that has begun goes on whatever runs.
[[nodiscard]] expected<rotation_step, std::string> next_rotation_step(const master_key_state& found,
                                                                      const master_key_names& configured);

} // namespace easel::policies
