#include "tools/simulator/behaviour.hpp"

#include "tools/simulator/image_codec.hpp"
#include "tools/simulator/sizes.hpp"

#include <algorithm>
#include <initializer_list>

namespace easel::simulator {
namespace {

using mistake = std::optional<std::string>;

constexpr double longest_ms = 3'600'000;

/// Takes known members out of an object one by one; what is wrong with the first wrong one is kept.
class reader {
public:
  explicit reader(const json& object) : object_(object) {
    if (!object.is_object())
      wrong_ = "must be an object";
  }

  const json* take(std::string_view name) {
    seen_.emplace_back(name);
    if (wrong_)
      return nullptr;
    auto it = object_.find(name);
    return it == object_.end() ? nullptr : &*it;
  }

  void number(std::string_view name, double low, double high, auto& out) {
    const auto* v = take(name);
    if (v == nullptr)
      return;
    if (!v->is_number() || !(v->get<double>() >= low && v->get<double>() <= high))
      fail(name, "is not a number from " + json(low).dump() + " to " + json(high).dump());
    else
      out = static_cast<std::decay_t<decltype(out)>>(v->get<double>());
  }

  void time(std::string_view name, milliseconds& out) {
    double ms = double(out.count());
    number(name, 0, longest_ms, ms);
    out = milliseconds(static_cast<std::int64_t>(ms));
  }

  void flag(std::string_view name, bool& out) {
    const auto* v = take(name);
    if (v == nullptr)
      return;
    if (!v->is_boolean())
      fail(name, "is not true or false");
    else
      out = v->get<bool>();
  }

  void text(std::string_view name, std::string& out, std::initializer_list<std::string_view> allowed = {}) {
    const auto* v = take(name);
    if (v == nullptr)
      return;
    if (!v->is_string())
      fail(name, "is not a string");
    else if (allowed.size() != 0 && std::find(allowed.begin(), allowed.end(), v->get<std::string>()) == allowed.end())
      fail(name, "has no such value");
    else
      out = v->get<std::string>();
  }

  void fail(std::string_view name, const std::string& why) {
    if (!wrong_)
      wrong_ = std::string(name) + " " + why;
  }

  [[nodiscard]] mistake finish() const {
    if (wrong_)
      return wrong_;
    for (const auto& [name, value] : object_.items())
      if (std::find(seen_.begin(), seen_.end(), name) == seen_.end())
        return "unknown member " + name;
    return std::nullopt;
  }

private:
  const json& object_;
  std::vector<std::string> seen_;
  mistake wrong_;
};

/// A plain number of ms, or {"fixed": ms}, {"uniform": [low, high]}, {"exponential": mean, "cap": ms}.
mistake read_latency(const json& from, latency& out) {
  if (from.is_number()) {
    out = {latency::form::fixed, from.get<double>(), 0};
  } else if (from.is_object() && from.contains("uniform")) {
    const auto& range = from["uniform"];
    if (from.size() != 1 || !range.is_array() || range.size() != 2 || !range[0].is_number() || !range[1].is_number())
      return "latency uniform needs [low, high]";
    out = {latency::form::uniform, range[0].get<double>(), range[1].get<double>()};
    if (out.high < out.low)
      return "latency uniform needs low before high";
  } else {
    reader r(from);
    if (from.is_object() && from.contains("exponential")) {
      out = {latency::form::exponential, 0, longest_ms};
      r.number("exponential", 0, longest_ms, out.low);
      r.number("cap", 0, longest_ms, out.high);
    } else {
      out = {};
      r.number("fixed", 0, longest_ms, out.low);
    }
    if (auto wrong = r.finish())
      return "latency: " + *wrong;
  }
  if (!(out.low >= 0 && out.low <= longest_ms && out.high <= longest_ms))
    return "latency is at most an hour";
  return std::nullopt;
}

void default_bytes(fault& f) {
  if (f.kind == fault_kind::oversized)
    f.bytes = 64u << 20;
  if (f.kind == fault_kind::drip)
    f.bytes = 64;
  if (f.kind == fault_kind::html)
    f.status = 502;
}

mistake read_fault(const json& from, fault& out) {
  reader r(from);
  std::string kind;
  r.text("kind", kind);
  if (auto known = parse_fault_kind(kind))
    out.kind = *known;
  else
    r.fail("kind", "has no such value");
  default_bytes(out);
  r.number("status", 200, 599, out.status);
  r.text("code", out.code);
  r.text("shape", out.shape, {"gateway", "middleware", "anthropic"});
  r.text("form", out.form, {"status", "frame", "body200", "body", "http"});
  if (const auto* v = r.take("retry_after"); v != nullptr) {
    if (v->is_number_unsigned() && v->get<std::uint64_t>() <= 86'400)
      out.retry_after = v->get<int>();
    else
      r.fail("retry_after", "is not a number of seconds");
  }
  r.flag("after_headers", out.after_headers);
  r.time("every_ms", out.every);
  r.number("bytes", 0, 2e9, out.bytes);
  r.text("content_type", out.content_type);
  r.number("count", 0, 1e9, out.left);
  r.number("probability", 0, 1, out.probability);
  r.text("match", out.match);
  if (out.content_type.find_first_of("\r\n") != std::string::npos)
    r.fail("content_type", "must be one line");
  return r.finish();
}

mistake read_faults(const json& list, std::vector<fault>& out) {
  if (!list.is_array())
    return "faults must be a list";
  for (const auto& entry : list)
    if (auto wrong = read_fault(entry, out.emplace_back()))
      return "faults: " + *wrong;
  return std::nullopt;
}

void read_pictures(reader& r, route_behaviour& out) {
  r.number("image_bytes", 0, 64e6, out.image_bytes);
  out.variants = out.image_bytes == 0 ? 0 : 16;
  r.number("variants", 0, 1e6, out.variants);
  r.text("deliver_size", out.deliver_size);
  if (!out.deliver_size.empty() && !parse_size(out.deliver_size))
    r.fail("deliver_size", "is not WIDTHxHEIGHT");
  r.text("deliver_format", out.deliver_format, {"png", "jpeg", "webp"});
}

void read_own(route which, reader& r, route_behaviour& out) {
  if (which == route::sub2api) {
    read_pictures(r, out);
    r.text("model", out.model);
    r.flag("report_auto", out.report_auto);
    r.time("heartbeat_ms", out.heartbeat);
    r.text("heartbeat_style", out.heartbeat_style, {"comment", "data"});
    r.time("keep_alive_ms", out.keep_alive);
  }
  if (which == route::kie_task) {
    read_pictures(r, out);
    r.number("no_record_polls", 0, 1000, out.no_record_polls);
    r.number("polls_until_done", 0, 1000, out.polls_until_done);
  }
  if (which == route::kie_create) {
    r.number("start_limit", 0, 1e6, out.start_limit);
    r.time("start_window_ms", out.start_window);
  }
  if (which == route::kie_create || which == route::kie_poll || which == route::kie_credit)
    r.flag("mirror_status", out.mirror_status);
  if (which == route::kie_credit)
    r.number("credits", 0, 1e12, out.credits);
}

} // namespace

std::optional<std::string> read_behaviour(route which, const json& from, route_behaviour& out) {
  reader r(from);
  if (const auto* v = r.take("latency"); v != nullptr)
    if (auto wrong = read_latency(*v, out.delay))
      return wrong;
  if (const auto* v = r.take("faults"); v != nullptr)
    if (auto wrong = read_faults(*v, out.faults))
      return wrong;
  read_own(which, r, out);
  return r.finish();
}

} // namespace easel::simulator
