#include "tools/server/own_report.hpp"

#include <cstdint>

namespace easel::tools {

void add_calls(const std::map<recipient, client::egress_counters>& counted, policies::node_report& into) {
  for (const auto& [to, counters] : counted) {
    into.refused_calls += static_cast<std::int64_t>(counters.refused);
    into.mail_sockets += static_cast<std::int64_t>(counters.mail);
    for (const auto& [host, calls] : counters.hosts) {
      const auto opened = counters.connections.find(host);
      into.called.push_back({to, host, static_cast<std::int64_t>(calls),
                             opened == counters.connections.end() ? 0 : static_cast<std::int64_t>(opened->second)});
    }
  }
}

void add_cookies(const server::listener_figures& figures, policies::node_report& into) {
  for (const auto& [name, count] : figures.cookies)
    if (count != 0)
      into.cookies[name] += static_cast<std::int64_t>(count);
  into.unknown_cookies += static_cast<std::int64_t>(figures.unknown_cookies);
}

} // namespace easel::tools
