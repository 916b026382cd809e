#include "http/server/system.hpp"

#include "http/server/answers.hpp"

namespace easel::server {

namespace {

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

} // namespace easel::server
