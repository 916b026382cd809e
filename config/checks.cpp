#include "config/checks.hpp"

#include "config/address.hpp"
#include "policies/vocabulary/base64.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace easel::config {
namespace {

using findings = std::vector<finding>;

constexpr std::size_t shortest_token = 16;
constexpr std::string_view label_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

// upstreams, section 2.2
constexpr std::array<std::string_view, 13> moderation_categories{"harassment",
                                                                 "harassment/threatening",
                                                                 "hate",
                                                                 "hate/threatening",
                                                                 "illicit",
                                                                 "illicit/violent",
                                                                 "self-harm",
                                                                 "self-harm/intent",
                                                                 "self-harm/instructions",
                                                                 "sexual",
                                                                 "sexual/minors",
                                                                 "violence",
                                                                 "violence/graphic"};

std::string item(std::string_view list, std::size_t index) {
  return std::string(list) + '[' + std::to_string(index) + ']';
}

bool is_master_key(const std::string& text) {
  if (text.size() == 64)
    return text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  const auto bytes = decode_base64(text);
  return bytes && bytes->size() == 32;
}

/// A key travels in a header: printable ASCII, no space.
bool fits_a_header(const std::string& key) {
  return std::all_of(key.begin(), key.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

/// Calls `visit(path, credential)` for every credential that is configured.
template <class Visit>
void each_credential(const settings& all, Visit visit) {
  const auto& upstreams = all.upstreams;
  visit(std::string("moderation"), upstreams.moderation);
  for (std::size_t i = 0; i < upstreams.sub2api.size(); ++i)
    visit(item("upstream.sub2api", i), upstreams.sub2api[i]);
  for (std::size_t i = 0; i < upstreams.kie.size(); ++i)
    visit(item("upstream.kie", i), upstreams.kie[i]);
}

void check_labels(const settings& all, findings& out) {
  std::set<std::string> labels;
  each_credential(all, [&](const std::string& path, const upstream_credential& c) {
    const auto& label = c.connection.label;
    if (label.empty() || label.find_first_not_of(label_letters) != std::string::npos)
      out.push_back({path + ".label", "is required: letters, digits, dot, dash and underscore"});
    else if (!labels.insert(label).second)
      out.push_back({path + ".label", "names another credential already: \"" + label + '"'});
  });
}

void check_credentials(const settings& all, findings& out) {
  each_credential(all, [&](const std::string& path, const upstream_credential& c) {
    const auto url = parse_base_url(c.base_url);
    if (!url)
      out.push_back({path + ".base_url", "must be http:// or https://, a host name or IPv4 address, perhaps a port "
                                         "and a path, without a slash at the end"});
    else if ((!url->https || is_loopback(url->host)) && !all.upstreams.allow_loopback
             && all.deployed == deployment::development)
      out.push_back({path + ".base_url", "needs upstream.allow_loopback for http:// and for this machine"});
    if (!fits_a_header(c.key.reveal()))
      out.push_back({path + ".key", "must be printable ASCII without spaces"});
  });
}

/// Either every upstream or no start: a service that could moderate but not draw, or draw for one tier only, would
/// take prompts that it cannot serve.
void check_all_upstreams(const settings& all, findings& out) {
  const auto& upstreams = all.upstreams;
  constexpr auto together = "moderation, sub2api and kie.ai are configured together or the server does not start";
  if (upstreams.moderation.key.empty())
    out.push_back({"moderation.key", std::string("is required: ") + together});
  if (upstreams.sub2api.empty())
    out.push_back({"upstream.sub2api", std::string("at least one credential is required: ") + together});
  if (upstreams.kie.empty())
    out.push_back({"upstream.kie", std::string("at least one credential is required: ") + together});
  each_credential(all, [&](const std::string& path, const upstream_credential& c) {
    if (c.key.empty() && path != "moderation")
      out.push_back({path + ".key", "is required"});
  });
}

void check_own_secrets(const settings& all, findings& out) {
  const auto& master = all.keys.master.reveal();
  if (!master.empty() && !is_master_key(master))
    out.push_back({"keys.master", "must be 32 bytes, as 64 hex digits or 44 characters of base64"});
  const auto& previous = all.keys.previous.reveal();
  if (!previous.empty() && !is_master_key(previous))
    out.push_back({"keys.previous", "must be 32 bytes, as 64 hex digits or 44 characters of base64"});
  else if (!previous.empty() && master.empty())
    out.push_back({"keys.previous", "needs keys.master, the key that takes its place"});
  else if (!previous.empty() && previous == master)
    out.push_back({"keys.previous", "is the same key as keys.master"});
  const auto& token = all.operators.token.reveal();
  if (!token.empty() && (token.size() < shortest_token || !fits_a_header(token)))
    out.push_back({"operator.token", "must be at least 16 printable characters without spaces"});
}

/// What a browser calls an origin: a base URL without a path.
bool is_origin(const std::string& text) {
  return parse_base_url(text) && text.find('/', text.find("://") + 3) == std::string::npos;
}

void check_origins(const settings& all, findings& out) {
  constexpr auto form = "http:// or https://, a host and perhaps a port, and nothing behind it";
  const auto& origins = all.public_listener.trusted_origins;
  const auto& own = all.house.sign_in.public_url;
  if (!own.empty() && !is_origin(own))
    out.push_back({"server.public_url", std::string("must be ") + form});
  if (!std::all_of(origins.begin(), origins.end(), is_origin))
    out.push_back({"server.trusted_origins", std::string("must hold origins: ") + form});
}

void check_order(const settings& all, findings& out) {
  const auto& house = all.house;
  if (house.dead_after < 3 * house.heartbeat)
    out.push_back({"node.dead_after", "must be at least three times node.heartbeat"});
  if (house.breaker.open_for > house.breaker.longest_open)
    out.push_back({"breaker.open_for", "must not exceed breaker.longest_open"});
  if (house.retry.first_backoff > house.retry.longest_backoff)
    out.push_back({"retry.first_backoff", "must not exceed retry.longest_backoff"});
  if (all.store.strikes.cooldown_after > all.store.strikes.suspend_after)
    out.push_back({"strikes.cooldown_after", "must not exceed strikes.suspend_after"});
  if (house.limits.drawing < all.upstreams.generation_timeout)
    out.push_back({"deadlines.drawing", "must not be shorter than upstream.generation_timeout"});
  if (house.limits.moderation < all.upstreams.moderation_timeout)
    out.push_back({"deadlines.moderation", "must not be shorter than moderation.timeout"});
  if (house.access_log.batch > house.access_log.queue)
    out.push_back({"access_log.batch", "must not exceed access_log.queue"});
  if (all.store.retention.retry_attach > all.store.retention.content)
    out.push_back({"retention.retry_attach", "must not exceed retention.content"});
}

void check_rates(const settings& all, findings& out) {
  const auto check_one = [&](const std::string& section, const char* burst, const char* rate,
                             const policies::rate& limit) {
    if (limit.burst > limit.per_minute)
      out.push_back({section + '.' + burst, std::string("must not exceed ") + rate});
  };
  const auto check = [&](const std::string& section, const auto& limits) {
    check_one(section, "creation_burst", "creations", limits.creations);
    check_one(section, "reading_burst", "readings", limits.readings);
  };
  const auto& address = all.address_limits.rates;
  check("limits.address", address);
  check_one("limits.address", "sign_in_burst", "sign_ins", address.sign_ins);
  check_one("limits.address", "asset_burst", "assets", address.assets);
  check("limits.account", all.house.account_rates);
  check("limits.key", all.house.key_rates);
}

void check_thresholds(const settings& all, findings& out) {
  for (const auto& [category, score] : all.house.moderation.thresholds) {
    const auto key = "moderation.thresholds.\"" + category + '"';
    if (category == "sexual/minors")
      out.push_back({key, "takes no threshold: sexual/minors always blocks"});
    else if (std::find(moderation_categories.begin(), moderation_categories.end(), category)
             == moderation_categories.end())
      out.push_back({key, "is no category of the moderation service"});
  }
}

void check_callback(const settings& all, findings& out) {
  const auto& house = all.house;
  if (!house.callback_base_url.empty() && !parse_base_url(house.callback_base_url))
    out.push_back({"upstream.callback.base_url", "must be http:// or https:// and our public host, without a slash at "
                                                 "the end"});
  for (const auto& host : all.upstreams.result_hosts)
    if (!parse_base_url("https://" + host) || host.find('/') != std::string::npos)
      out.push_back({"upstream.result_hosts", "must be host names, with a port where it is not 443"});
  if (all.upstreams.result_hosts.empty())
    out.push_back({"upstream.result_hosts", "must name at least one host"});
}

void refuse_credential(const std::string& path, const upstream_credential& c, findings& out) {
  const auto url = parse_base_url(c.base_url);
  if (url && is_private(url->host))
    out.push_back({path + ".base_url", "production refuses loopback and private upstreams, such as the simulator"});
  else if (url && !url->https)
    out.push_back({path + ".base_url", "production refuses http://: prompts and keys need https://"});
  if (c.key.reveal().substr(0, simulated_key_prefix.size()) == simulated_key_prefix)
    out.push_back({path + ".key", "production refuses test keys (sk-sim-…)"});
}

} // namespace

std::vector<finding> check_consistency(const settings& all) {
  findings out;
  if (all.store.database_url.empty())
    out.push_back({"database.url", "is required"});
  check_own_secrets(all, out);
  check_origins(all, out);
  check_all_upstreams(all, out);
  check_labels(all, out);
  check_credentials(all, out);
  check_callback(all, out);
  check_thresholds(all, out);
  check_order(all, out);
  check_rates(all, out);
  return out;
}

std::vector<finding> check_production(const settings& all) {
  findings out;
  if (all.deployed != deployment::production)
    return out;
  each_credential(all, [&](const std::string& path, const upstream_credential& c) { refuse_credential(path, c, out); });
  if (all.keys.master.empty())
    out.push_back({"keys.master", "is required in production"});
  else if (all.keys.master.reveal() == development_master_key)
    out.push_back({"keys.master", "production refuses the development master key: everybody knows it"});
  if (all.operators.token.empty())
    out.push_back({"operator.token", "is required in production"});
  if (all.erasure_journal.path.empty())
    out.push_back({"erasure_journal.path", "is required in production: without it a restored database brings back whom "
                                           "it had deleted"});
  if (all.clock_shift != duration::zero())
    out.push_back({"node.clock_shift", "production refuses a shifted clock"});
  const auto is_safe = [](const std::string& url) { return url.empty() || url.starts_with("https://"); };
  if (!is_safe(all.house.sign_in.public_url))
    out.push_back(
      {"server.public_url", "production needs https://: browsers keep the session cookie for nothing else"});
  if (const auto& origins = all.public_listener.trusted_origins; !std::all_of(origins.begin(), origins.end(), is_safe))
    out.push_back({"server.trusted_origins", "production needs https://"});
  if (all.accounts.allow_operator_accounts)
    out.push_back({"accounts.allow_operator_accounts", "production refuses accounts without Google"});
  if (all.upstreams.allow_loopback)
    out.push_back({"upstream.allow_loopback", "production refuses http:// and upstreams on this machine"});
  for (const auto& host : all.upstreams.result_hosts)
    if (const auto url = parse_base_url("https://" + host); url && is_private(url->host))
      out.push_back({"upstream.result_hosts", "production refuses loopback and private hosts"});
  const auto callback = parse_base_url(all.house.callback_base_url);
  if (callback && (!callback->https || is_private(callback->host)))
    out.push_back({"upstream.callback.base_url", "production needs https:// and a public host"});
  return out;
}

} // namespace easel::config
