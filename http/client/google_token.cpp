#include "http/client/google_token.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/form.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace easel::client::google {
namespace {

using policies::failure_class;
using policies::upstream_failure;

struct token_error {
  std::string_view code;
  failure_class what;
};

constexpr std::array<token_error, 8> token_errors{{
  {"invalid_grant", failure_class::refused},
  {"invalid_client", failure_class::our_account},
  {"unauthorized_client", failure_class::our_account},
  {"redirect_uri_mismatch", failure_class::our_account},
  {"deleted_client", failure_class::our_account},
  {"invalid_request", failure_class::our_request},
  {"unsupported_grant_type", failure_class::our_request},
  {"invalid_scope", failure_class::our_request},
}};

upstream_failure read_error(const answer& got) {
  auto failure = status_failure(got.status, got.retry_after);
  if (got.status != 400 && got.status != 401)
    return failure;
  const auto body = parse_unambiguous(got.body);
  const auto error = body ? text_member(*body, "error") : std::string();
  const auto* known =
    std::find_if(token_errors.begin(), token_errors.end(), [&](const auto& each) { return each.code == error; });
  if (known != token_errors.end())
    return {known->what, std::nullopt, std::string(known->code)};
  return failure;
}

} // namespace

std::string encode_exchange(const code_exchange& exchange, const std::string& client_id,
                            const secret_text& client_secret) {
  return encode_form({{"grant_type", "authorization_code"},
                      {"code", exchange.code.reveal()},
                      {"redirect_uri", exchange.redirect_uri},
                      {"client_id", client_id},
                      {"client_secret", client_secret.reveal()},
                      {"code_verifier", exchange.verifier.reveal()}});
}

expected<secret_text, upstream_failure> decode_exchange(const answer& got) {
  if (got.status != 200)
    return unexpected(read_error(got));
  const auto body = parse_unambiguous(got.body);
  if (!body || text_member(*body, "id_token").empty())
    return unexpected(upstream_failure{failure_class::incomplete, std::nullopt, "malformed_answer"});
  return secret_text(text_member(*body, "id_token"));
}

} // namespace easel::client::google
