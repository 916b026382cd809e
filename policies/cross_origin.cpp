#include "policies/cross_origin.hpp"

#include "policies/vocabulary/ascii.hpp"

namespace easel::policies {

namespace {

/// Host and port of a serialized origin (RFC 6454, section 6.1); empty when it is "null" or none.
std::string_view host_of(std::string_view origin) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (same_but_for_case(origin.substr(0, scheme.size()), scheme))
      return origin.substr(scheme.size());
  return {};
}

} // namespace

std::string_view to_string(cross_origin_verdict value) {
  switch (value) {
  case cross_origin_verdict::harmless:
    return "harmless";
  case cross_origin_verdict::trusted_origin:
    return "trusted_origin";
  case cross_origin_verdict::same_origin:
    return "same_origin";
  case cross_origin_verdict::same_host:
    return "same_host";
  case cross_origin_verdict::foreign_site:
    return "foreign_site";
  case cross_origin_verdict::foreign_origin:
    return "foreign_origin";
  case cross_origin_verdict::unmarked:
    return "unmarked";
  }
  return "unknown";
}

cross_origin_verdict judge_cross_origin(const request_origin& from, std::span<const std::string> trusted) {
  using v = cross_origin_verdict;
  if (from.method == "GET" || from.method == "HEAD" || from.method == "OPTIONS")
    return v::harmless;
  if (from.origin && std::any_of(trusted.begin(), trusted.end(), [&](const auto& one) {
        return same_but_for_case(one, *from.origin);
      }))
    return v::trusted_origin;
  if (from.sec_fetch_site)
    return *from.sec_fetch_site == "same-origin" || *from.sec_fetch_site == "none" ? v::same_origin : v::foreign_site;
  if (!from.origin)
    return v::unmarked;
  const auto host = host_of(*from.origin);
  return !host.empty() && same_but_for_case(host, from.host) ? v::same_host : v::foreign_origin;
}

bool allows(cross_origin_verdict verdict) {
  switch (verdict) {
  case cross_origin_verdict::harmless:
  case cross_origin_verdict::trusted_origin:
  case cross_origin_verdict::same_origin:
  case cross_origin_verdict::same_host:
    return true;
  case cross_origin_verdict::foreign_site:
  case cross_origin_verdict::foreign_origin:
  case cross_origin_verdict::unmarked:
    break;
  }
  return false;
}

} // namespace easel::policies
