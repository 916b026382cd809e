#include "config/upstreams.hpp"

#include "config/address.hpp"
#include "policies/vocabulary/base64.hpp"

#include <algorithm>

namespace easel::config {
namespace {

void allow(client::host_table& table, recipient to, const std::string& base_url) {
  if (const auto url = parse_base_url(base_url))
    table[to].insert(url->host_and_port());
}

/// For calls whose answers are short: silence for as long as the whole call may take is no failure of its own.
void limit(client::call_limits& limits, const settings& all, duration total) {
  limits.connect = std::min(all.upstreams.connect_timeout, total);
  limits.total = total;
  limits.idle = std::min(all.upstreams.idle_timeout, total);
}

/// Room for an image of the largest size in base64, with the rest of the answer around it.
std::size_t largest_answer(const settings& all) { return base64_length(all.upstreams.image.max_bytes) + (1u << 20); }

} // namespace

std::set<std::string> google_hosts(const settings& all) {
  const auto& google = all.google;
  if (google.token.issuer == client::google_settings{}.token.issuer)
    return client::google_settings{}.hosts;
  std::set<std::string> hosts; // of a stand-in: its own, and those that are named
  for (const auto* url : {&google.token.issuer, &google.at.authorization, &google.at.token, &google.at.keys})
    if (const auto parsed = parse_base_url(*url))
      hosts.insert(parsed->host_and_port());
  return hosts;
}

std::string sign_in_origin(const settings& all) {
  if (!all.google.enabled())
    return {};
  const auto& at = all.google.at.authorization;
  const auto url = parse_base_url(at.empty() ? all.google.token.issuer : at);
  return url ? (url->https ? "https://" : "http://") + url->host_and_port() : std::string();
}

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
  if (all.google.enabled())
    table[recipient::google] = google_hosts(all);
  if (all.stripe.enabled())
    allow(table, recipient::stripe, all.stripe.base_url);
  return table;
}

client::curl_settings transport_settings(const settings& all) {
  client::curl_settings out;
  out.hosts = allowed_hosts(all);
  out.allow_loopback = all.upstreams.allow_loopback;
  return out;
}

client::moderation_settings moderation_client_settings(const settings& all) {
  client::moderation_settings out;
  out.base_url = all.upstreams.moderation.base_url;
  out.api_key = all.upstreams.moderation.key;
  out.model = all.upstreams.moderation_model;
  limit(out.limits, all, all.upstreams.moderation_timeout);
  return out;
}

client::sub2api_settings sub2api_client_settings(const settings& all, const upstream_credential& credential) {
  client::sub2api_settings out;
  out.base_url = credential.base_url;
  out.api_key = credential.key;
  limit(out.limits, all, all.upstreams.generation_timeout);
  out.limits.max_body = std::max(out.limits.max_body, largest_answer(all));
  out.images = all.upstreams.image;
  return out;
}

client::kie_settings kie_client_settings(const settings& all, const upstream_credential& credential) {
  client::kie_settings out;
  out.base_url = credential.base_url;
  out.api_key = credential.key;
  limit(out.create_limits, all, all.upstreams.create_timeout);
  limit(out.poll_limits, all, all.upstreams.poll_timeout);
  limit(out.download_limits, all, all.upstreams.download_timeout);
  out.download_limits.max_body = all.upstreams.image.max_bytes;
  out.result_hosts = {all.upstreams.result_hosts.begin(), all.upstreams.result_hosts.end()};
  out.allow_loopback = all.upstreams.allow_loopback;
  out.images = all.upstreams.image;
  return out;
}

client::google_settings google_client_settings(const settings& all) {
  auto out = all.google;
  limit(out.fetch_limits, all, out.fetch_limits.total);
  limit(out.exchange_limits, all, out.exchange_limits.total);
  out.hosts = google_hosts(all);
  out.allow_loopback = all.upstreams.allow_loopback;
  return out;
}

client::stripe_settings stripe_client_settings(const settings& all) {
  client::stripe_settings out;
  out.base_url = all.stripe.base_url;
  out.key = all.stripe.key;
  out.api_version = all.house.billing.api_version;
  out.instance = all.house.billing.instance;
  limit(out.limits, all, all.stripe.timeout);
  return out;
}

std::vector<secret_text> webhook_secrets(const settings& all) {
  std::vector<secret_text> out;
  for (const auto* secret : {&all.stripe.webhook_secret, &all.stripe.old_webhook_secret})
    if (!secret->empty())
      out.push_back(*secret);
  return out;
}

} // namespace easel::config
