#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

namespace easel::actors {

/// Figures on their way to Prometheus' text format. Families keep the order in which they were first named.
class metrics_page {
public:
  using labels = std::vector<std::pair<std::string, std::string>>;

  /// `help` is that of the first call with this name.
  void add(const char* name, const char* help, prometheus::MetricType type, double value, labels with = {});
  [[nodiscard]] std::string text() const;

private:
  prometheus::MetricFamily& family_of(const char* name, const char* help, prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
};

} // namespace easel::actors
