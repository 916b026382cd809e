#include "actors/metrics_page.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>

namespace easel::actors {

using prometheus::MetricType;

void metrics_page::add(const char* name, const char* help, MetricType type, double value, labels with) {
  prometheus::ClientMetric metric;
  for (auto& [key, text] : with)
    metric.label.push_back({std::move(key), std::move(text)});
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family_of(name, help, type).metric.push_back(std::move(metric));
}

std::string metrics_page::text() const { return prometheus::TextSerializer().Serialize(families_); }

prometheus::MetricFamily& metrics_page::family_of(const char* name, const char* help, MetricType type) {
  const auto it = std::find_if(families_.begin(), families_.end(), [&](const auto& f) { return f.name == name; });
  if (it != families_.end())
    return *it;
  families_.push_back({name, help, type, {}});
  return families_.back();
}

} // namespace easel::actors
