#pragma once

#include "config/fields.hpp"
#include "config/settings.hpp"

namespace easel::config {

/// The one list of all keys, their bounds and the variables they set.
void describe(field_visitor& visitor, settings& all);

} // namespace easel::config
