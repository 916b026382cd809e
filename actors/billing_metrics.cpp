#include "actors/billing_metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <vector>

namespace easel::actors {

std::string render_billing_metrics(const billing_counts& counts) {
  using prometheus::ClientMetric;
  using prometheus::MetricFamily;
  using prometheus::MetricType;
  std::vector<MetricFamily> families;
  const auto add = [&](const char* name, const char* help, MetricType type, const auto& value,
                       const char* label = nullptr, std::string_view word = {}) {
    if (families.empty() || families.back().name != name)
      families.push_back({name, help, type, {}});
    ClientMetric metric;
    if (label != nullptr)
      metric.label.push_back({label, std::string(word)});
    const auto number = static_cast<double>(value.load(std::memory_order_relaxed));
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = number;
    families.back().metric.push_back(std::move(metric));
  };
  for (const auto how : policies::stripe::all_deliveries)
    add("easel_billing_deliveries_total", "Deliveries to the webhook, by what became of them.", MetricType::Counter,
        counts.deliveries[static_cast<std::size_t>(how)], "outcome", to_string(how));
  add("easel_billing_other_version_total", "Genuine deliveries that another API version than ours made.",
      MetricType::Counter, counts.other_versions);
  for (const auto& [word, value] :
       {std::pair{"applied", &counts.applied}, {"ignored", &counts.ignored}, {"put_off", &counts.put_off}})
    add("easel_billing_events_total", "Events that this node worked on, by outcome; put off counts attempts.",
        MetricType::Counter, *value, "outcome", word);
  add("easel_billing_changes_total", "Looks at Stripe that changed the books.", MetricType::Counter, counts.changed);
  add("easel_billing_stripe_failures_total", "Objects and pages that Stripe did not answer for.", MetricType::Counter,
      counts.stripe_failures);
  add("easel_billing_reconciled_total", "Events and objects that the reconciler looked at.", MetricType::Counter,
      counts.swept);
  add("easel_billing_missed_total", "Those of them that had not come by themselves.", MetricType::Counter,
      counts.missed);
  for (std::size_t i = 0; i < sweep_names.size(); ++i)
    add("easel_billing_sweep_age_seconds", "Since each sweep was last done, on the node that leads.", MetricType::Gauge,
        counts.sweep_age_s[i], "sweep", sweep_names[i]);
  add("easel_billing_leads", "1 on the node that applies events.", MetricType::Gauge, counts.leads);
  add("easel_billing_open_lines", "Customers whose events are worked on at this moment.", MetricType::Gauge,
      counts.open_lines);
  add("easel_billing_inbox_waiting", "Events that wait, on the node that leads.", MetricType::Gauge, counts.waiting);
  add("easel_billing_inbox_parked", "Events that could not be applied.", MetricType::Gauge, counts.parked);
  add("easel_billing_oldest_waiting_seconds", "Age of the oldest event that waits.", MetricType::Gauge,
      counts.oldest_waiting_s);
  add("easel_billing_oldest_parked_seconds", "Age of the oldest open difference.", MetricType::Gauge,
      counts.oldest_parked_s);
  add("easel_billing_oldest_ending_seconds", "Age of the oldest deletion that Stripe has not confirmed.",
      MetricType::Gauge, counts.oldest_outbox_s);
  add("easel_billing_price_faults", "Items of the catalogue that differ from Stripe's prices.", MetricType::Gauge,
      counts.price_faults);
  add("easel_billing_can_buy", "1 when the catalogue agrees with Stripe's prices.", MetricType::Gauge, counts.can_buy);
  return prometheus::TextSerializer().Serialize(families);
}

} // namespace easel::actors
