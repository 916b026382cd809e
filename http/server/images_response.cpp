#include "http/server/images_response.hpp"

#include "http/server/views.hpp"

namespace easel::server {

namespace {

using json = nlohmann::json;

constexpr std::string_view usage =
  R"("usage":{"total_tokens":0,"input_tokens":0,"output_tokens":0,"input_tokens_details":{"text_tokens":0,"image_tokens":0}})";

void add_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  out += dump(json(value));
}

/// `auto` is what was asked, not what was made; a JPEG has no transparency whatever was asked.
std::string effective_background(const persistence::generation_row& row, image_format format) {
  if (row.plan.background != "auto" && !row.plan.background.empty())
    return row.plan.background;
  return format == image_format::jpeg ? "opaque" : "";
}

std::string size_of(const persistence::image_row& image) {
  return std::to_string(image.width) + "x" + std::to_string(image.height);
}

void add_facts(std::string& out, const persistence::generation_row& row, const persistence::image_row& image) {
  if (const auto background = effective_background(row, image.format); !background.empty())
    add_member(out, "background", background);
  add_member(out, "output_format", to_string(image.format));
  if (!row.plan.quality.empty() && row.plan.quality != "auto")
    add_member(out, "quality", row.plan.quality);
  add_member(out, "size", size_of(image));
}

std::string created_of(const persistence::generation_row& row) {
  return std::to_string(unix_seconds(row.ended_at.value_or(row.created_at)));
}

} // namespace

std::vector<segment> images_response(const persistence::generation_row& row, const std::vector<blob>& images) {
  std::vector<segment> body;
  std::string text = "{\"created\":" + created_of(row);
  add_facts(text, row, row.images.front());
  text += ",\"data\":[{\"b64_json\":\"";
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (i > 0)
      text = "\"},{\"b64_json\":\"";
    body.push_back({std::move(text), images[i], true});
    text.clear();
  }
  text = "\"}],";
  text += usage;
  text += '}';
  body.push_back({std::move(text), nullptr, false});
  return body;
}

std::vector<segment> partial_image_event(const persistence::generation_row& row,
                                         const actors::generation_event::partial& part) {
  std::string tail =
    "\",\"partial_image_index\":" + std::to_string(part.partial_index) + ",\"created_at\":" + created_of(row);
  add_member(tail, "size", row.plan.size);
  add_member(tail, "quality", row.plan.quality);
  add_member(tail, "background", row.plan.background);
  add_member(tail, "output_format", to_string(row.plan.format));
  tail += "}\n\n";
  std::vector<segment> frame;
  frame.push_back({"event: image_generation.partial_image\n"
                   "data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"",
                   part.bytes, true});
  frame.push_back({std::move(tail), nullptr, false});
  return frame;
}

std::vector<segment> completed_event(const persistence::generation_row& row, const persistence::image_row& image,
                                     const blob& bytes) {
  std::string tail = "\",\"created_at\":" + std::to_string(unix_seconds(image.created_at));
  const auto background = effective_background(row, image.format);
  add_member(tail, "background", background.empty() ? "auto" : background);
  add_member(tail, "output_format", to_string(image.format));
  add_member(tail, "quality", row.plan.quality.empty() ? "auto" : row.plan.quality);
  add_member(tail, "size", size_of(image));
  tail += ',';
  tail += usage;
  tail += "}\n\n";
  std::vector<segment> frame;
  frame.push_back({"event: image_generation.completed\n"
                   "data: {\"type\":\"image_generation.completed\",\"b64_json\":\"",
                   bytes, true});
  frame.push_back({std::move(tail), nullptr, false});
  return frame;
}

std::string error_event(const problem& what, std::string_view request_id) {
  return "event: error\ndata: {\"type\":\"error\",\"error\":" + openai_error_object(what, request_id) + "}\n\n";
}

} // namespace easel::server
