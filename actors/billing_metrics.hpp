#pragma once

#include "actors/billing_counts.hpp"

#include <string>

namespace easel::actors {

/// Prometheus text of billing on this node: counts and ages, never an id or an amount.
[[nodiscard]] std::string render_billing_metrics(const billing_counts& counts);

} // namespace easel::actors
