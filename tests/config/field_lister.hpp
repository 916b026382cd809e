#pragma once

#include "config/fields.hpp"
#include "config/settings.hpp"

#include <map>
#include <string>

namespace easel::config {

/// Every key with what it is set to, as text: so that whole settings can be compared key by key.
using listing = std::map<std::string, std::string>;

/// Secrets are listed by themselves: this is for tests only.
[[nodiscard]] listing list_fields(settings all);

} // namespace easel::config
