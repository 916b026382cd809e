#include "tools/simulator/triggers.hpp"

#include <algorithm>
#include <charconv>

namespace easel::simulator {
namespace {

constexpr std::string_view trigger_prefix = "sim:";

std::optional<long> parse_number(std::string_view text, long low, long high) {
  long value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

bool concerns(route r, const trigger& t) {
  if (!t.where.empty())
    return t.where == to_string(r);
  if (t.what == "slow" || t.what == "refuse" || t.what == "no_completion" || t.what == "bad_image")
    return r == route::sub2api || r == route::kie_task;
  return r == route::sub2api || r == route::kie_create;
}

std::optional<fault> make_fault(const trigger& t) {
  auto kind = t.what == "fail" ? fault_kind::status : parse_fault_kind(t.what);
  if (!kind)
    return std::nullopt;
  fault out;
  out.kind = *kind;
  if (out.kind == fault_kind::status)
    out.status = int(parse_number(t.value, 200, 599).value_or(500));
  if (out.kind == fault_kind::html)
    out.status = 502;
  if (out.kind == fault_kind::drip || out.kind == fault_kind::oversized || out.kind == fault_kind::truncate) {
    long usual = out.kind == fault_kind::drip ? 64 : out.kind == fault_kind::oversized ? 64 << 20 : 0;
    out.bytes = std::size_t(parse_number(t.value, 1, 2'000'000'000).value_or(usual));
  }
  if (out.kind == fault_kind::refuse || out.kind == fault_kind::garbage)
    out.form = t.value;
  return out;
}

} // namespace

void for_each_trigger(std::string_view prompt, const std::function<void(const trigger&)>& visit) {
  for (auto at = prompt.find(trigger_prefix); at != std::string_view::npos; at = prompt.find(trigger_prefix, at + 1)) {
    auto word = prompt.substr(at + trigger_prefix.size());
    word = word.substr(0, word.find_first_of(" \t\r\n,;"));
    trigger t;
    if (auto equals = word.find('='); equals != std::string_view::npos) {
      t.value = word.substr(equals + 1);
      word = word.substr(0, equals);
    }
    // Category names hold a slash too, so only a known route counts as one.
    if (auto slash = word.find('/'); slash != std::string_view::npos && parse_route(word.substr(0, slash))) {
      t.where = word.substr(0, slash);
      word = word.substr(slash + 1);
    }
    t.what = word;
    visit(t);
  }
}

asked_for read_triggers(route r, std::string_view prompt) {
  asked_for out;
  if (prompt.find(trigger_prefix) == std::string_view::npos)
    return out;
  for_each_trigger(prompt, [&](const trigger& t) {
    if (!concerns(r, t))
      return;
    if (t.what == "slow") {
      if (auto ms = parse_number(t.value, 0, 3'600'000))
        out.delay = milliseconds(*ms);
    } else if (!out.wrong) {
      out.wrong = make_fault(t);
    }
  });
  return out;
}

} // namespace easel::simulator
