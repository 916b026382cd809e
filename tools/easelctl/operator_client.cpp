#include "tools/easelctl/operator_client.hpp"

#include <curl/curl.h>

#include <memory>

namespace easel::easelctl {

namespace {

constexpr std::size_t most_bytes = 16u << 20;
constexpr long connect_limit_ms = 3000;
constexpr long limit_ms = 10'000;

struct end_easy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct free_list {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t append_body(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size * count > most_bytes)
    return 0; // ends the transfer
  body.append(bytes, size * count);
  return size * count;
}

/// The service's own words about a refusal.
std::string refusal_of(long status, const std::string& body) {
  if (status == 401)
    return "the server does not know this operator's token (operator.token)";
  const auto problem = nlohmann::json::parse(body, nullptr, false);
  if (problem.is_object() && problem.contains("detail") && problem["detail"].is_string())
    return problem["detail"].get<std::string>();
  return "the server answered " + std::to_string(status);
}

} // namespace

expected<nlohmann::json, std::string> operator_client::get(const std::string& target) const {
  return ask(target, nullptr);
}

expected<nlohmann::json, std::string> operator_client::post(const std::string& target,
                                                            const nlohmann::json& body) const {
  return ask(target, &body);
}

expected<nlohmann::json, std::string> operator_client::remove(const std::string& target) const {
  return ask(target, nullptr, "DELETE");
}

expected<nlohmann::json, std::string> operator_client::ask(const std::string& target, const nlohmann::json* body,
                                                           const char* method) const {
  const std::unique_ptr<CURL, end_easy> handle(curl_easy_init());
  std::unique_ptr<curl_slist, free_list> fields(
    curl_slist_append(nullptr, ("Authorization: Bearer " + token_.reveal()).c_str()));
  if (!handle || !fields)
    return unexpected(std::string("no memory"));
  const auto sent = body != nullptr ? body->dump() : std::string();
  if (body != nullptr) {
    if (curl_slist_append(fields.get(), "Content-Type: application/json") == nullptr)
      return unexpected(std::string("no memory"));
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, sent.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.size()));
  }
  if (method != nullptr)
    curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, method);
  std::string answer;
  curl_easy_setopt(handle.get(), CURLOPT_URL, (url_ + target).c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "*"); // the token is for the server alone
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT_MS, connect_limit_ms);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, limit_ms);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, append_body);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer);
  if (const auto failed = curl_easy_perform(handle.get()); failed != CURLE_OK)
    return unexpected("the server does not answer at " + url_ + ": " + curl_easy_strerror(failed));
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  // What an action would touch is said with 409 too.
  if (status != 200 && !(body != nullptr && status == 409))
    return unexpected(refusal_of(status, answer));
  auto found = nlohmann::json::parse(answer, nullptr, false);
  if (!found.is_object())
    return unexpected("what answers at " + url_ + " is no easel");
  return found;
}

std::string percent_encoded(const std::string& text) {
  constexpr auto digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

} // namespace easel::easelctl
