#include "http/server/system.hpp"

#include "http/server/answers.hpp"
#include "http/server/credentials.hpp"

namespace easel::server {

namespace {

/// Takes as long for a wrong first character as for a wrong last one.
bool same_secret(std::string_view given, std::string_view kept) {
  unsigned difference = given.size() == kept.size() ? 0 : 1;
  for (std::size_t i = 0; i < kept.size(); ++i)
    difference |= static_cast<unsigned char>(kept[i]) ^ static_cast<unsigned char>(i < given.size() ? given[i] : 0);
  return difference == 0;
}

answer_head plain_text(int status) { return {status, "text/plain; charset=utf-8", {}}; }

} // namespace

void system_probes::healthy(const exchange_ptr& asked) const { asked->send(plain_text(200), "ok\n"); }

void system_probes::ready(const exchange_ptr& asked) const {
  const bool ready = front_.ready();
  asked->send(plain_text(ready ? 200 : 503), ready ? "ready\n" : "not ready\n");
}

void system_probes::openapi(const exchange_ptr& asked) const {
  asked->send({200, "application/json", {{"Cache-Control", "no-cache"}}}, std::string(openapi_document()));
}

bool operator_guard::admits(exchange& asked) const {
  const auto given = read_bearer(asked);
  const bool known =
    given && *given && !settings_.token.empty() && same_secret((*given)->reveal(), settings_.token.reveal());
  if (!known) {
    auto refused = plain_problem(401, "invalid_token", "The operator's token is missing or not valid.");
    refused.headers.push_back({"WWW-Authenticate", "Bearer"});
    send_problem(asked, refused);
  }
  return known;
}

} // namespace easel::server
