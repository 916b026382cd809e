#include "http/client/exchanges.hpp"

namespace easel::client {

http_call make_get(recipient to, std::string url, const secret_text& key, const call_limits& limits) {
  http_call call;
  call.to = to;
  call.method = "GET";
  call.url = std::move(url);
  if (!key.empty())
    call.headers.emplace_back("Authorization", "Bearer " + key.reveal());
  call.limits = limits;
  return call;
}

http_call make_post(recipient to, std::string url, const secret_text& key, const call_limits& limits,
                    std::string body) {
  auto call = make_get(to, std::move(url), key, limits);
  call.method = "POST";
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = std::move(body);
  return call;
}

} // namespace easel::client
