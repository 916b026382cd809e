#pragma once

#include "persistence/erasure_journal.hpp"

#include <string>

namespace easel::actors {

/// Prometheus text about the journal of erasures.
[[nodiscard]] std::string render_metrics(const persistence::erasure_journal_figures&);

} // namespace easel::actors
