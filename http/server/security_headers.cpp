#include "http/server/security_headers.hpp"

#include "http/server/fields.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>

namespace easel::server {

std::string_view find_header(const std::vector<header>& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const header& each) { return same_but_for_case(each.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::vector<header> security_headers(const answer_head& head, bool is_https) {
  std::vector<header> out{{"X-Content-Type-Options", "nosniff"}};
  if (find_header(head.headers, "referrer-policy").empty())
    out.push_back({"Referrer-Policy", "no-referrer"});
  if (find_header(head.headers, "content-security-policy").empty())
    out.push_back({"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"});
  if (find_header(head.headers, "cache-control").empty())
    out.push_back({"Cache-Control", "private, no-store"});
  if (is_https)
    out.push_back({"Strict-Transport-Security", "max-age=31536000; includeSubDomains"});
  return out;
}

} // namespace easel::server
