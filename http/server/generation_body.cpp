#include "http/server/generation_body.hpp"

#include "http/server/fields.hpp"
#include "http/server/json_body.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace easel::server {

namespace {

using json = nlohmann::json;

void read_common(field_reader& fields, policies::generation_request& out) {
  if (auto prompt = fields.text("prompt"))
    out.prompt = secret_text(std::move(*prompt));
  else
    fields.refuse("prompt", "missing_required_parameter", "is required.");
  out.model = fields.text("model");
  out.size = fields.text("size");
  out.quality = fields.text("quality");
  out.background = fields.text("background");
  out.output_format = fields.text("output_format");
  out.output_compression = fields.whole("output_compression");
  out.n = fields.whole("n");
  out.partial_images = fields.whole("partial_images");
}

void read_openai_only(field_reader& fields, generation_body& out) {
  out.stream = fields.flag("stream").value_or(false);
  if (!out.stream && out.request.partial_images.value_or(0) != 0)
    fields.refuse("partial_images", "invalid_value", "needs `stream: true`.");
  if (const auto format = fields.text("response_format"); format && *format != "b64_json")
    fields.refuse("response_format", "invalid_value", "must be `b64_json`: images are only given to their owner.");
  if (const auto strictness = fields.text("moderation"); strictness && *strictness != "auto" && *strictness != "low")
    fields.refuse("moderation", "invalid_value", "must be `auto` or `low`.");
  for (const auto* ignored : {"user", "safety_identifier", "style"})
    (void)fields.text(ignored);
}

template <class ReadRest>
expected<generation_body, policies::field_error> read_body(std::string_view body, ReadRest read_rest) {
  auto object = parse_object(body);
  if (!object)
    return unexpected(std::move(object.error()));
  generation_body out;
  out.canonical = object->dump();
  field_reader fields(*object);
  read_common(fields, out.request);
  read_rest(fields, out);
  if (fields.error())
    return unexpected(*fields.error());
  return out;
}

} // namespace

expected<generation_body, policies::field_error> read_openai_generation(std::string_view body) {
  return read_body(body, read_openai_only);
}

expected<generation_body, policies::field_error> read_native_generation(std::string_view body) {
  return read_body(body, [](field_reader& fields, generation_body&) {
    fields.allow_only({"prompt", "model", "size", "quality", "background", "output_format", "output_compression", "n",
                       "partial_images"});
  });
}

expected<std::optional<std::string>, policies::field_error> read_idempotency_key(const exchange& asked) {
  const auto values = values_of(asked, "idempotency-key");
  if (values.empty())
    return std::optional<std::string>();
  const auto key = trim(values.front());
  const bool visible = std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (values.size() > 1 || key.empty() || key.size() > 255 || !visible)
    return unexpected(policies::field_error{"Idempotency-Key", "invalid_value",
                                            "`Idempotency-Key` must be 1 to 255 visible ASCII characters, sent once."});
  return std::optional<std::string>(key);
}

int read_retry_count(const exchange& asked) {
  const auto value = trim(asked.field("x-stainless-retry-count").value_or(""));
  int count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  return error == std::errc() && end == value.data() + value.size() && count > 0 && count <= 1000 ? count : 0;
}

bool has_json_body(const exchange& asked) {
  const auto value = asked.field("content-type").value_or("");
  return same_but_for_case(trim(value.substr(0, value.find(';'))), "application/json");
}

} // namespace easel::server
