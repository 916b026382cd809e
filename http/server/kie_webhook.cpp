#include "http/server/kie_webhook.hpp"

#include "http/server/answers.hpp"
#include "http/server/json_body.hpp"

#include <algorithm>

namespace easel::server {

namespace {

using json = nlohmann::json;

// Kept by us until its owner asks for it: visible ASCII or nothing.
bool is_id(const std::string& text) {
  return text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string id_at(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() && is_id(it->get_ref<const std::string&>()) ? it->get<std::string>()
                                                                                           : std::string();
}

std::string capped(std::optional<std::string_view> value) { return std::string(value.value_or("").substr(0, 256)); }

} // namespace

std::string task_id_of(std::string_view body) {
  const auto parsed = parse_object(body);
  if (!parsed)
    return {};
  if (const auto data = parsed->find("data"); data != parsed->end() && data->is_object())
    for (const char* name : {"taskId", "task_id"})
      if (auto id = id_at(*data, name); !id.empty())
        return id;
  return id_at(*parsed, "taskId");
}

void kie_webhook::called(const exchange_ptr& asked, std::string_view token) const {
  if (asked->body().size() > max_body_)
    return send_problem(*asked, plain_problem(413, "request_too_large", "The callback is larger than any real one."));
  if (token.size() <= 256)
    front_.provider_called(std::string(token), task_id_of(asked->body()), capped(asked->field("x-webhook-timestamp")),
                           capped(asked->field("x-webhook-signature")));
  asked->send({200, "application/json", {}}, R"({"ok":true})");
}

} // namespace easel::server
