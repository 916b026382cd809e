#include "config/egress.hpp"

#include "config/address.hpp"

namespace easel::config {
namespace {

void allow(client::host_table& table, recipient to, const std::string& base_url) {
  if (const auto url = parse_base_url(base_url))
    table[to].insert(url->host_and_port());
}

} // namespace

client::host_table allowed_hosts(const settings& all) {
  client::host_table table;
  const auto& upstreams = all.upstreams;
  allow(table, recipient::openai_moderation, upstreams.moderation.base_url);
  for (const auto& credential : upstreams.sub2api)
    allow(table, recipient::sub2api, credential.base_url);
  for (const auto& credential : upstreams.kie)
    allow(table, recipient::kie, credential.base_url);
  if (!upstreams.kie.empty())
    table[recipient::kie].insert(upstreams.result_hosts.begin(), upstreams.result_hosts.end());
  return table;
}

client::curl_settings transport_settings(const settings& all) {
  client::curl_settings out;
  out.hosts = allowed_hosts(all);
  out.allow_loopback = all.upstreams.allow_loopback;
  return out;
}

} // namespace easel::config
