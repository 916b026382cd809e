#include "config/checks.hpp"

#include "config/address.hpp"
#include "config/upstreams.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace easel::config {
namespace {

using findings = std::vector<finding>;

const client::google_settings googles_own{};

bool is_google(const settings& all) { return all.google.token.issuer == googles_own.token.issuer; }

auto endpoints_of(const settings& all) {
  const auto& at = all.google.at;
  return std::array<std::pair<const char*, const std::string*>, 3>{
    {{"google.authorization_endpoint", &at.authorization},
     {"google.token_endpoint", &at.token},
     {"google.jwks_uri", &at.keys}}};
}

void check_client(const settings& all, findings& out) {
  const auto& id = all.google.token.client_id;
  if (!id.empty() && all.google.client_secret.empty())
    out.push_back({"google.client_secret", "is required with a client_id"});
  if (!id.empty() && all.house.sign_in.public_url.empty())
    out.push_back({"server.public_url", "is required to sign in: Google sends browsers back to it"});
  if (id.empty() && !all.google.client_secret.empty())
    out.push_back({"google.client_id", "is required with a client_secret"});
  if (!std::all_of(id.begin(), id.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; }))
    out.push_back({"google.client_id", "must be printable ASCII without spaces"});
}

void check_url(const settings& all, const std::string& key, const std::string& text, findings& out) {
  const auto url = parse_base_url(text);
  if (!url)
    out.push_back({key, "must be http:// or https://, a host name or IPv4 address, perhaps a port and a path, without "
                        "a slash at the end"});
  else if (is_google(all) && (!url->https || google_hosts(all).count(url->host_and_port()) == 0))
    out.push_back({key, "must be https:// at accounts.google.com, oauth2.googleapis.com or www.googleapis.com"});
  else if ((!url->https || is_loopback(url->host)) && !all.upstreams.allow_loopback
           && all.deployed == deployment::development)
    out.push_back({key, "needs upstream.allow_loopback for http:// and for this machine"});
}

void check_endpoints(const settings& all, findings& out) {
  check_url(all, "google.issuer", all.google.token.issuer, out);
  const auto endpoints = endpoints_of(all);
  const auto is_set = [](const auto& endpoint) { return !endpoint.second->empty(); };
  if (std::none_of(endpoints.begin(), endpoints.end(), is_set))
    return;
  for (const auto& [key, url] : endpoints) {
    if (url->empty())
      out.push_back({key, "is required with the other endpoints: all three, or none"});
    else
      check_url(all, key, *url, out);
  }
}

void check_times(const settings& all, findings& out) {
  const auto& google = all.google;
  if (google.keys.least_age > google.keys.most_age)
    out.push_back({"google.least_key_age", "must not exceed google.most_key_age"});
  if (google.keys.cool_down < google.fetch_limits.total)
    out.push_back({"google.key_cool_down", "must not be shorter than google.fetch_timeout"});
}

void refuse_stand_in_for_google(const settings& all, findings& out) {
  if (!is_google(all))
    out.push_back({"google.issuer",
                   "production refuses stand-ins for Google: only " + googles_own.token.issuer + " signs people in"});
  const auto& known = googles_own.token.other_spellings;
  for (const auto& spelling : all.google.token.other_spellings)
    if (std::find(known.begin(), known.end(), spelling) == known.end() && spelling != googles_own.token.issuer)
      out.push_back({"google.other_spellings", "production knows only accounts.google.com"});
}

} // namespace

std::vector<finding> check_google(const settings& all) {
  findings out;
  check_client(all, out);
  check_endpoints(all, out);
  check_times(all, out);
  if (all.deployed == deployment::production)
    refuse_stand_in_for_google(all, out);
  return out;
}

} // namespace easel::config
