#pragma once

#include "config/settings.hpp"

#include <string>
#include <vector>

namespace easel::config {

/// One key of the configuration in force, for operators.
struct listed_setting {
  std::string key;
  std::string value; ///< as one would write it; of a secret "set" or "not set"
  bool is_secret = false;
  bool is_default = true; ///< the same as built in
};

/// Every key with its value, in the order of `schema.cpp`. What is of the type of a secret is never told, whatever its
/// name is; neither is a name and password within an address.
[[nodiscard]] std::vector<listed_setting> list_settings(const settings& all);

} // namespace easel::config
