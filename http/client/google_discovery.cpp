#include "http/client/google_discovery.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/egress_table.hpp"

namespace easel::client::google {
namespace {

using policies::failure_class;
using policies::upstream_failure;

tl::unexpected<upstream_failure> broken(const char* code) {
  return unexpected(upstream_failure{failure_class::incomplete, std::nullopt, code});
}

} // namespace

std::string discovery_url(std::string_view issuer) { return std::string(issuer) + "/.well-known/openid-configuration"; }

expected<discovery_document, upstream_failure> decode_discovery(const answer& got, std::string_view issuer) {
  if (got.status != 200)
    return unexpected(status_failure(got.status, got.retry_after));
  const auto body = parse_unambiguous(got.body);
  if (!body)
    return broken("malformed_answer");
  if (text_member(*body, "issuer") != issuer)
    return broken("foreign_issuer");
  discovery_document out{{text_member(*body, "authorization_endpoint"), text_member(*body, "token_endpoint"),
                          text_member(*body, "jwks_uri")},
                         got.max_age};
  for (const auto* url : {&out.at.authorization, &out.at.token, &out.at.keys})
    if (!parse_target(*url))
      return broken("malformed_answer");
  return out;
}

} // namespace easel::client::google
