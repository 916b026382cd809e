#include "actors/erasure_metrics.hpp"

#include "actors/metrics_page.hpp"

namespace easel::actors {

std::string render_metrics(const persistence::erasure_journal_figures& figures) {
  using prometheus::MetricType;
  metrics_page page;
  page.add("easel_erasure_journal_entries", "Entries of the journal of erasures when it was last read or written",
           MetricType::Gauge, static_cast<double>(figures.entries));
  page.add("easel_erasures_replayed", "Erasures that this process carried out again, because the database lacked them",
           MetricType::Gauge, static_cast<double>(figures.replayed));
  page.add("easel_deletions_replayed",
           "Single generations that this process deleted again, because the database had them still", MetricType::Gauge,
           static_cast<double>(figures.deletions));
  page.add("easel_erasure_journal_failures_total", "Times that the journal of erasures could not be written or read",
           MetricType::Counter, static_cast<double>(figures.failures));
  return page.text();
}

} // namespace easel::actors
