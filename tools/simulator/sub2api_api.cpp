#include "tools/simulator/sizes.hpp"
#include "tools/simulator/sub2api_errors.hpp"
#include "tools/simulator/world.hpp"

#include <algorithm>

/// sub2api: image generations, models, usage.
namespace easel::simulator {
namespace {

struct drawing_request {
  std::string prompt, model = "gpt-image-2", size = "auto", quality = "auto", background = "opaque";
  codec format = codec::png;
  int n = 1, partial_images = 0, compression = 100;
  bool stream = false, as_url = false;
};

std::optional<codec> parse_codec(std::string_view name) {
  for (auto c : {codec::png, codec::jpeg, codec::webp})
    if (to_string(c) == name)
      return c;
  return std::nullopt;
}

struct complaint {
  std::string type, message, code;
};

/// Members must have the right JSON type; null is refused like any other wrong type.
class member_reader {
public:
  explicit member_reader(const json& body) : body_(body) {}

  void text(const char* name, std::string& out) {
    if (const auto* v = find(name, &json::is_string))
      out = v->get<std::string>();
  }

  void number(const char* name, int low, int high, int& out) {
    if (const auto* v = find(name, &json::is_number_integer)) {
      auto value = v->get<std::int64_t>();
      if (value < low || value > high)
        fail(name);
      else
        out = int(value);
    }
  }

  void flag(const char* name, bool& out) {
    if (const auto* v = find(name, &json::is_boolean))
      out = v->get<bool>();
  }

  void fail(const char* name) {
    if (!wrong)
      wrong = complaint{"invalid_request_error", std::string(name) + " is invalid", {}};
  }

  std::optional<complaint> wrong;

private:
  const json* find(const char* name, bool (json::*fits)() const noexcept) {
    auto it = body_.find(name);
    if (it == body_.end())
      return nullptr;
    if (!((*it).*fits)()) {
      fail(name);
      return nullptr;
    }
    return &*it;
  }

  const json& body_;
};

std::optional<complaint> read_request(const json& body, drawing_request& out) {
  if (!body.is_object())
    return complaint{"invalid_request_error", "Failed to parse request body", {}};
  std::string format = "png", response_format = "b64_json";
  member_reader r(body);
  r.text("prompt", out.prompt);
  r.text("model", out.model);
  r.text("size", out.size);
  r.text("quality", out.quality);
  r.text("background", out.background);
  r.text("output_format", format);
  r.text("response_format", response_format);
  r.number("n", 1, 10, out.n);
  r.number("partial_images", 0, 3, out.partial_images);
  r.number("output_compression", 0, 100, out.compression);
  r.flag("stream", out.stream);
  if (r.wrong)
    return r.wrong;
  out.as_url = response_format == "url";
  if (out.model.rfind("gpt-image-", 0) != 0 && out.model.rfind("grok-imagine", 0) != 0)
    return complaint{"invalid_request_error", "model is not an image model", {}};
  auto known = parse_codec(format);
  if (!known)
    return complaint{"image_generation_user_error", "Invalid value: output_format", "invalid_value"};
  out.format = *known;
  if (out.size != "auto" && !parse_size(out.size))
    return complaint{"image_generation_user_error", "Invalid size", "invalid_value"};
  return std::nullopt;
}

/// A drawing under way: what was asked, how the route behaves, and where the answer goes.
struct drawing {
  visit at;
  std::shared_ptr<call> ticket;
  drawing_request asked;
  decision how;
  pixel_size pixels;

  [[nodiscard]] bool meets(fault_kind k) const { return how.wrong && how.wrong->kind == k; }
};

std::int64_t unix_seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The members that describe the pictures, from `"size"` on and without braces.
std::string describe(const drawing& d) {
  bool hide = d.how.how.report_auto;
  auto size = std::to_string(d.pixels.width) + "x" + std::to_string(d.pixels.height);
  auto quality = d.asked.quality == "auto" ? "medium" : d.asked.quality;
  auto background = d.asked.background == "auto" ? "opaque" : d.asked.background;
  return R"("size":")" + (hide ? "auto" : size) + R"(","quality":)" + json(hide ? "auto" : quality).dump()
         + R"(,"background":)" + json(background).dump() + R"(,"output_format":")"
         + std::string(to_string(d.asked.format)) + R"(","model":)" + json(d.how.how.model).dump();
}

std::string usage(const drawing& d) {
  auto in = std::to_string(8 + d.asked.prompt.size() / 4);
  auto out = std::to_string(1056 * d.asked.n);
  auto total = std::to_string(8 + d.asked.prompt.size() / 4 + 1056 * std::size_t(d.asked.n));
  return R"("usage":{"total_tokens":)" + total + R"(,"input_tokens":)" + in + R"(,"output_tokens":)" + out
         + R"(,"input_tokens_details":{"text_tokens":)" + in + R"(,"image_tokens":0}})";
}

/// `"b64_json":"..."`, and the same as a data URL when a URL was asked for.
void append_image(const drawing& d, const picture_ptr& p, std::vector<segment>& out) {
  static const auto open = make_segment(R"("b64_json":")"), close = make_segment("\"");
  static const auto noise = make_segment("AAECAwQFBgcICQ==");
  auto data = d.meets(fault_kind::bad_image) ? noise : base64_of(p);
  if (d.asked.as_url)
    out.push_back(make_segment(R"("url":"data:)" + std::string(media_type(d.asked.format)) + ";base64,"));
  else
    out.push_back(open);
  out.insert(out.end(), {data, close});
}

std::size_t delivered(const drawing& d) {
  if (d.meets(fault_kind::no_completion))
    return 0;
  return std::size_t(d.asked.n) - (d.meets(fault_kind::partial) ? 1 : 0);
}

piece error_frame(const std::string& gateway_body) {
  auto body = json::parse(gateway_body);
  body["type"] = "error";
  return {milliseconds{0}, {make_segment("event: error\ndata: " + body.dump() + "\n\n")}};
}

/// Lets `total` pass before the piece that follows, with a sign of life every `every`.
void pass_time(std::vector<piece>& out, milliseconds total, milliseconds every, const segment& sign) {
  while (every.count() > 0 && total > every) {
    out.push_back({every, {sign}});
    total -= every;
  }
  out.push_back({total, {}});
}

/// The stream: heartbeats, previews at even distances, then one `completed` per image.
answer compose_stream(const drawing& d, const std::vector<picture_ptr>& pictures) {
  answer out;
  out.content_type = "text/event-stream";
  out.chunked = true;
  const auto& how = d.how.how;
  auto heartbeat = make_segment(how.heartbeat_style == "data" ? "data: {}\n\n" : ":\n\n");
  auto facts = R"("created_at":)" + std::to_string(unix_seconds_now()) + "," + describe(d);
  auto previews = d.asked.partial_images;
  auto event = [&](const std::string& name, const std::string& extra, const picture_ptr& p) {
    auto& data = out.body.back().data;
    data.push_back(make_segment("event: image_generation." + name + "\ndata: {\"type\":\"image_generation." + name
                                + "\"," + extra + facts + ","));
    append_image(d, p, data);
    data.push_back(make_segment("}\n\n"));
  };
  for (int i = 0; i <= previews; ++i) {
    pass_time(out.body, d.how.delay / (previews + 1), how.heartbeat, heartbeat);
    if (i < previews)
      event("partial_image", R"("partial_image_index":)" + std::to_string(i) + ",", pictures[std::size_t(i)]);
  }
  if (d.meets(fault_kind::refuse) || d.meets(fault_kind::error_in_200)) {
    out.body.push_back(error_frame(error_for(*d.how.wrong).body));
    return out;
  }
  for (std::size_t i = 0; i < delivered(d); ++i)
    event("completed", usage(d) + ",", pictures[std::size_t(previews) + i]);
  return out;
}

answer compose_whole(const drawing& d, const std::vector<picture_ptr>& pictures) {
  answer out;
  if (d.how.how.keep_alive.count() > 0) {
    out.chunked = true;
    static const auto space = make_segment(" ");
    pass_time(out.body, d.how.delay, d.how.how.keep_alive, space);
  } else {
    out.body.push_back({d.how.delay, {}});
  }
  auto& data = out.body.back().data;
  if (d.meets(fault_kind::refuse) || d.meets(fault_kind::error_in_200)) {
    data.push_back(make_segment("  " + error_for(*d.how.wrong).body));
    return out;
  }
  data.push_back(make_segment(R"({"created":)" + std::to_string(unix_seconds_now()) + R"(,"data":[)"));
  for (std::size_t i = 0; i < delivered(d); ++i) {
    data.push_back(make_segment(i == 0 ? "{" : ",{"));
    append_image(d, pictures[std::size_t(d.asked.partial_images) + i], data);
    data.push_back(make_segment("}"));
  }
  data.push_back(make_segment("]," + describe(d) + "," + usage(d) + "}"));
  return out;
}

void finish(drawing& d, answer a) {
  a.headers.emplace_back("x-request-id", "sim-" + std::to_string(d.at.all.book.total_calls()));
  auto s = d.meets(fault_kind::lost_answer) ? silent(ending::reset, d.how.delay)
           : d.how.wrong                    ? bend(std::move(a), *d.how.wrong, d.how.delay)
                                            : to_script(std::move(a));
  s.of = std::move(d.ticket);
  d.at.reply(std::move(s));
}

std::vector<picture_order> orders_of(const drawing& d) {
  std::vector<picture_order> out;
  const auto& how = d.how.how;
  auto order = [&](int index, int blocks) {
    scene what{picture_seed(how, d.asked.prompt, index), d.pixels.width, d.pixels.height,
               d.asked.background == "transparent", blocks};
    out.push_back({what, d.asked.format, std::max(d.asked.compression, 1), how.image_bytes});
  };
  for (int i = 0; i < d.asked.partial_images; ++i)
    order(0, 64 >> i);
  for (int i = 0; i < d.asked.n; ++i)
    order(i, 0);
  return out;
}

/// Faults that need no picture: an error's own status, or silence.
bool answered_early(drawing& d) {
  if (!d.how.wrong)
    return false;
  const auto& f = *d.how.wrong;
  bool status = f.kind == fault_kind::status;
  bool refusal = f.kind == fault_kind::refuse && (f.form.empty() || f.form == "status");
  if (status || refusal) {
    auto e = error_for(f);
    auto a = json_answer(e.status, e.body, d.how.delay);
    if (f.retry_after)
      a.headers.emplace_back("retry-after", std::to_string(*f.retry_after));
    finish(d, std::move(a));
    return true;
  }
  if (answers_nothing(f))
    finish(d, {});
  return answers_nothing(f);
}

void serve_generation(visit v) {
  auto body = parse_body(v.request);
  auto d = std::make_shared<drawing>(drawing{std::move(v), nullptr, {}, {}, {1024, 1024}});
  auto wrong = read_request(body, d->asked);
  auto& all = d->at.all;
  d->ticket = all.book.begin(route::sub2api, d->at.request, d->asked.prompt, std::move(body));
  auto key = d->at.request.bearer();
  if (key.empty())
    key = d->at.request.header("x-api-key");
  if (key != all.set.sub2api_key) {
    all.book.note(route::sub2api, "unauthorized");
    return finish(*d, json_answer(401, middleware_error(key.empty() ? "API_KEY_REQUIRED" : "INVALID_API_KEY")));
  }
  if (wrong)
    return finish(*d, json_answer(400, gateway_error(wrong->type, wrong->message, wrong->code)));
  d->how = all.rules.decide(route::sub2api, d->asked.prompt);
  const auto& how = d->how.how;
  d->asked.format = parse_codec(how.deliver_format).value_or(d->asked.format);
  d->pixels = parse_size(how.deliver_size).value_or(parse_size(d->asked.size).value_or(pixel_size{1024, 1024}));
  if (d->how.wrong)
    all.book.fault_given(route::sub2api, d->how.wrong->kind);
  if (answered_early(*d))
    return;
  if (!d->asked.stream)
    d->asked.partial_images = 0;
  all.pictures.get(orders_of(*d), [d](const std::vector<picture_ptr>& pictures) {
    finish(*d, d->asked.stream ? compose_stream(*d, pictures) : compose_whole(*d, pictures));
  });
}

void reply_json(visit& v, const json& body) {
  auto s = to_script(json_answer(200, body.dump()));
  s.of = v.all.book.begin(route::other, v.request, {}, nullptr);
  v.reply(std::move(s));
}

} // namespace

void serve_sub2api(visit v) {
  const auto& path = v.request.path;
  if (path == "/sub2api/v1/images/generations" && v.request.method == "POST")
    return serve_generation(std::move(v));
  if (v.request.method != "GET")
    return reply_plainly(v, 404, "no such route");
  if (v.request.bearer() != v.all.set.sub2api_key) {
    auto s = to_script(json_answer(401, middleware_error("INVALID_API_KEY")));
    s.of = v.all.book.begin(route::other, v.request, {}, nullptr);
    return v.reply(std::move(s));
  }
  if (path == "/sub2api/v1/models")
    return reply_json(
      v,
      {{"object", "list"},
       {"data", {{{"id", "gpt-image-2"}, {"object", "model"}, {"created", 1776729600}, {"owned_by", "simulated"}}}}});
  if (path == "/sub2api/v1/usage")
    return reply_json(v, {{"mode", "unrestricted"}, {"isValid", true}, {"remaining", 100.0}, {"unit", "USD"}});
  reply_plainly(v, 404, "no such route");
}

} // namespace easel::simulator
