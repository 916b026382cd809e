#pragma once

#include "config/settings.hpp"
#include "policies/evidence.hpp"

namespace easel::config {

/// What an audit judges by: the windows that the same settings enforce.
[[nodiscard]] policies::evidence_terms evidence_terms_of(const settings& all);

} // namespace easel::config
