#include "http/server/listener_metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace easel::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class family {
public:
  family(const char* name, const char* help, MetricType type) : out_{name, help, type, {}} {}

  void add(const listener_figures& of, double value, std::vector<ClientMetric::Label> more = {}) {
    ClientMetric metric;
    metric.label = std::move(more);
    metric.label.insert(metric.label.begin(), {"listener", of.name});
    (out_.type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = value;
    out_.metric.push_back(std::move(metric));
  }
  [[nodiscard]] MetricFamily done() && { return std::move(out_); }

private:
  MetricFamily out_;
};

MetricFamily counted(const std::vector<listener_figures>& all, const char* name, const char* help,
                     std::uint64_t listener_figures::*which) {
  family out(name, help, MetricType::Counter);
  for (const auto& one : all)
    out.add(one, static_cast<double>(one.*which));
  return std::move(out).done();
}

std::vector<MetricFamily> of_certificates(const std::vector<listener_figures>& all) {
  family expiry("easel_tls_certificate_expiry_timestamp_seconds",
                "When the first certificate of the chain in use expires.", MetricType::Gauge);
  family reloads("easel_tls_reloads_total", "Times that the certificate's files were read again.", MetricType::Counter);
  for (const auto& one : all) {
    if (!one.tls)
      continue;
    expiry.add(one, static_cast<double>(one.tls->expires.time_since_epoch().count()));
    reloads.add(one, static_cast<double>(one.tls->reloads), {{"outcome", "taken"}});
    reloads.add(one, static_cast<double>(one.tls->failed_reloads), {{"outcome", "refused"}});
  }
  return {std::move(expiry).done(), std::move(reloads).done()};
}

} // namespace

std::string listener_metrics(const std::vector<listener_figures>& all) {
  family open("easel_connections_open", "Open connections.", MetricType::Gauge);
  for (const auto& one : all)
    open.add(one, static_cast<double>(one.open_connections));
  using figures = listener_figures;
  std::vector<MetricFamily> out{
    std::move(open).done(),
    counted(all, "easel_connections_refused_total", "Connections closed as they came, beyond a bound.",
            &figures::refused_connections),
    counted(all, "easel_accepts_failed_total",
            "Connections that could not be taken, for want of descriptors or memory.", &figures::failed_accepts),
    counted(all, "easel_handshakes_failed_total", "TLS handshakes that failed or took too long.",
            &figures::failed_handshakes),
    counted(all, "easel_requests_slow_total", "Requests cut off because they were not whole in time.",
            &figures::slow_requests),
    counted(all, "easel_requests_unnamed_total", "Requests whose client a trusted peer did not name.",
            &figures::unnamed_requests),
  };
  for (auto& one : of_certificates(all))
    if (!one.metric.empty())
      out.push_back(std::move(one));
  return prometheus::TextSerializer().Serialize(out);
}

} // namespace easel::server
