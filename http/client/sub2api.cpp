#include "http/client/sub2api.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/quick_json.hpp"

#include <charconv>

namespace easel::client::sub2api {
namespace {

using nlohmann::json;
using policies::failure_class;
using policies::image_limits;
using policies::upstream_failure;

constexpr int most_partial_index = 9;

filter_limits filter_for(const image_limits& limits) {
  filter_limits bounds;
  bounds.max_image_bytes = limits.max_bytes;
  return bounds;
}

std::optional<std::size_t> parse_index(std::string_view text) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return index;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The place of an object's image among those that the filter took out.
std::optional<std::size_t> image_index(const json& holder) {
  if (const auto index = parse_index(text_member(holder, "b64_json")))
    return index;
  const std::string_view url = text_member(holder, "url");
  return url.substr(0, 5) == "data:" ? parse_index(url.substr(5)) : std::nullopt;
}

/// The place of the image of an event that is nothing but a completed one; nothing for any other, good or bad.
std::optional<std::size_t> completed_image(std::string_view text) {
  const auto event = parse_quickly(text);
  if (!event || event->at_key("error").error() != simdjson::NO_SUCH_FIELD
      || !ends_with(as<std::string_view>(only(*event, "type")).value_or(""), ".completed"))
    return std::nullopt;
  return parse_index(as<std::string_view>(only(*event, "b64_json")).value_or(""));
}

bool is_truthy(const json& value) { return !value.is_null() && value != false && value != 0 && value != ""; }

} // namespace

std::optional<std::string> encode_request(const image_job& job) {
  const auto& plan = job.plan;
  std::string body = R"({"n":1,"response_format":"b64_json","stream":true)";
  bool utf8 = true;
  const auto add = [&](std::string_view name, std::string_view text) {
    const auto value = json_string(text);
    utf8 = utf8 && value;
    body.append(",\"").append(name).append("\":").append(value.value_or("null"));
  };
  add("model", plan.slug);
  add("prompt", job.prompt.reveal());
  add("size", plan.size);
  add("quality", plan.quality);
  add("output_format", to_string(plan.format));
  if (!plan.background.empty())
    add("background", plan.background);
  if (plan.compression)
    body += ",\"output_compression\":" + std::to_string(*plan.compression);
  if (plan.partial_images > 0)
    body += ",\"partial_images\":" + std::to_string(plan.partial_images);
  if (!utf8)
    return std::nullopt;
  return body + '}';
}

answer_reader::answer_reader(image_limits limits, std::function<void(int, blob)> partial)
    : limits_(limits), partial_(std::move(partial)), filter_(filter_for(limits)), events_(*this) {}

void answer_reader::begin(const response_head& head) { head_ = head; }

void answer_reader::feed(std::string_view piece) {
  if (result_)
    return;
  if (head_.status == 200 && head_.content_type == "text/event-stream")
    events_.feed(piece);
  else if (!filter_.feed(piece) && head_.status == 200)
    read_whole();
}

void answer_reader::end(wire_end how) {
  if (result_)
    return;
  if (head_.status == 200 && how == wire_end::complete) {
    if (head_.content_type != "text/event-stream")
      return read_whole();
    events_.finish();
    if (!result_)
      fail(failure_class::incomplete, "no_completed_event");
  } else if (head_.status != 0 && head_.status != 200) {
    // The status was seen even if its body was cut.
    const auto body = parse_bounded(filter_.skeleton());
    result_ = unexpected(read_error(head_.status, body.value_or(json()), head_.retry_after));
  } else {
    result_ = unexpected(wire_failure(how));
  }
}

bool answer_reader::on_data(std::string_view piece) {
  if (filter_.feed(piece))
    return true;
  read_whole();
  return false;
}

bool answer_reader::on_event() {
  const bool meaningful = filter_.begun() && filter_.skeleton() != "[DONE]";
  if (meaningful) {
    if (const auto index = filter_.whole() ? completed_image(filter_.skeleton()) : std::nullopt)
      read_image(*index);
    else if (const auto event = parse_bounded(filter_.skeleton()); event && filter_.whole())
      read_event(*event);
    else
      fail(failure_class::incomplete, "malformed_event");
  }
  filter_.reset();
  return !result_;
}

void answer_reader::read_event(const json& event) {
  const auto& type = text_member(event, "type");
  if (is_truthy(member(event, "error")) || type == "error" || (type.empty() && !text_member(event, "code").empty()))
    result_ = unexpected(read_error(200, event, head_.retry_after));
  else if (ends_with(type, ".partial_image"))
    read_partial(event);
  else if (ends_with(type, ".completed"))
    read_image(image_index(event));
}

void answer_reader::read_image(std::optional<std::size_t> index) {
  if (auto bytes = take_image(index))
    result_ = inspected(std::move(*bytes));
  else
    fail(failure_class::incomplete, "no_image");
}

void answer_reader::read_partial(const json& event) {
  const auto index = integer_member(event, "partial_image_index", 0, most_partial_index);
  auto bytes = take_image(image_index(event));
  if (!index || !bytes || !partial_ || !inspect_image(*bytes, limits_))
    return; // a preview is worth no failure
  partial_(static_cast<int>(*index), make_blob(std::move(*bytes)));
}

/// One JSON text, or what made the filter give up.
void answer_reader::read_whole() {
  if (filter_.at() == json_image_filter::state::too_large)
    return fail(failure_class::bad_result, "answer_too_large");
  if (filter_.at() == json_image_filter::state::bad_base64)
    return fail(failure_class::bad_result, "bad_base64");
  const auto body = parse_bounded(filter_.skeleton());
  if (!body || !filter_.whole())
    return fail(failure_class::incomplete, "malformed_answer");
  const auto& data = member(*body, "data");
  if (data.is_array() && !data.empty() && !is_truthy(member(*body, "error"))) {
    read_image(image_index(data.front()));
  } else if (is_truthy(member(*body, "error")) || !text_member(*body, "code").empty()) {
    result_ = unexpected(read_error(200, *body, head_.retry_after));
  } else {
    fail(failure_class::incomplete, "no_image");
  }
}

std::optional<std::string> answer_reader::take_image(std::optional<std::size_t> index) {
  if (!index || *index >= filter_.images().size())
    return std::nullopt;
  return std::move(filter_.images()[*index]);
}

answer_reader::outcome answer_reader::inspected(std::string bytes) const {
  const auto facts = inspect_image(bytes, limits_);
  if (!facts)
    return unexpected(upstream_failure{failure_class::bad_result, std::nullopt, std::string(to_string(facts.error()))});
  return drawn_image{make_blob(std::move(bytes)), *facts};
}

void answer_reader::fail(failure_class what, std::string_view code) {
  result_ = unexpected(upstream_failure{what, std::nullopt, std::string(code)});
}

} // namespace easel::client::sub2api
