#include "http/server/address_limits.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <random>

namespace easel::server {

namespace {

/// Neighbours differ in their last bits only; the table's own hash has a secret, this only spreads.
std::size_t stripe_of(policies::address_block who, std::size_t count) {
  return static_cast<std::size_t>((who.bits * 0x9e3779b97f4a7c15ULL) >> 32) % count;
}

prometheus::MetricFamily counter(const char* name, const char* help) {
  return {name, help, prometheus::MetricType::Counter, {}};
}

prometheus::ClientMetric metric_of(const std::atomic<std::uint64_t>& count) {
  prometheus::ClientMetric metric;
  metric.counter.value = static_cast<double>(count.load(std::memory_order_relaxed));
  return metric;
}

} // namespace

address_limits::address_limits(const address_limit_settings& settings) {
  std::random_device random;
  const auto each = (static_cast<std::size_t>(settings.addresses) + stripes - 1) / stripes;
  for (std::size_t i = 0; i < stripes; ++i)
    stripes_.push_back(
      std::make_unique<stripe>(each, settings.rates, static_cast<std::uint64_t>(random()) << 32 ^ random()));
}

policies::address_table::decision address_limits::take(policies::address_block who, policies::request_class what,
                                                       moment now) {
  auto& one = *stripes_[stripe_of(who, stripes)];
  const auto decision = [&] {
    std::lock_guard lock(one.guard);
    return one.table.take(who, what, now);
  }();
  if (decision.wait)
    refused_[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed);
  if (decision.forgot)
    forgotten_.fetch_add(1, std::memory_order_relaxed);
  return decision;
}

std::string address_limits::metrics() const {
  auto refused = counter("easel_address_refused_total", "Requests refused because their address had sent too many.");
  for (const auto what : policies::all_request_classes) {
    auto metric = metric_of(refused_[static_cast<std::size_t>(what)]);
    metric.label.push_back({"class", std::string(policies::to_string(what))});
    refused.metric.push_back(std::move(metric));
  }
  auto forgotten = counter("easel_address_forgotten_total",
                           "Addresses whose count was lost because the table of addresses was full of others.");
  forgotten.metric.push_back(metric_of(forgotten_));
  return prometheus::TextSerializer().Serialize({refused, forgotten});
}

} // namespace easel::server
