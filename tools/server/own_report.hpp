#pragma once

#include "http/client/curl_transport.hpp"
#include "http/server/listener.hpp"
#include "policies/node_report.hpp"

#include <map>

/// What the auditor learns from the process itself: figures of its transport and its listeners, in the audit's words.
namespace easel::tools {

void add_calls(const std::map<recipient, client::egress_counters>& counted, policies::node_report& into);
void add_cookies(const server::listener_figures& figures, policies::node_report& into);

} // namespace easel::tools
