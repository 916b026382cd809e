#include "http/server/console/moment_api.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/console_json.hpp"
#include "http/server/json_values.hpp"
#include "http/server/views.hpp"

#include <array>
#include <charconv>

namespace easel::server {

namespace {

using nlohmann::json;

constexpr duration longest_while = std::chrono::hours(48);

/// "5m" → 5 minutes.
std::optional<duration> parse_while(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, duration>, 4> units{{{"ms", std::chrono::milliseconds(1)},
                                                                        {"s", std::chrono::seconds(1)},
                                                                        {"m", std::chrono::minutes(1)},
                                                                        {"h", std::chrono::hours(1)}}};
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{})
    return std::nullopt;
  for (const auto& [name, unit] : units)
    if (text.substr(static_cast<std::size_t>(end - text.data())) == name && count <= longest_while / unit)
      return count * unit;
  return std::nullopt;
}

json view_of_event(const policies::console_event& e) {
  return {{"number", e.number},
          {"at", to_string(e.at)},
          {"what", to_string(e.what)},
          {"about", e.about},
          {"detail", e.detail.empty() ? json(nullptr) : json(e.detail)},
          {"actor", e.actor == 0 ? json(nullptr) : json(e.actor)}};
}

} // namespace

std::optional<instant> parse_moment(std::string_view text, instant now) {
  if (!text.starts_with('-'))
    return parse_instant(text);
  const auto before = parse_while(text.substr(1));
  return before ? std::optional(now - *before) : std::nullopt;
}

json view_of(const actors::console_moment& m) {
  auto types = json::array(), events = json::array();
  for (const auto& [kind, f] : m.types)
    types.push_back({{"kind", kind},
                     {"live", f.live},
                     {"waiting", f.waiting},
                     {"rate", rounded(f.rate)},
                     {"busy", rounded(f.busy)},
                     {"failures", f.failures}});
  for (const auto& e : m.events)
    events.push_back(view_of_event(e));
  return {{"at", to_string(m.at)},         {"step_ms", std::chrono::milliseconds(m.step).count()},
          {"oldest", to_string(m.oldest)}, {"values", values_of(m.values)},
          {"types", std::move(types)},     {"types_left_out", m.types_left_out},
          {"events", std::move(events)},   {"events_dropped", m.events_dropped}};
}

void serve_moment(const actors::console_door& door, exchange& asked, std::string_view at) {
  const auto latest = door.latest();
  const auto wanted = latest ? parse_moment(at, latest->at) : std::nullopt;
  if (latest && !wanted)
    return send_problem(asked, describe(policies::field_error{
                                 "at", "invalid_value",
                                 "must be a time such as 2026-11-26T18:00:00Z, or a while ago of at most 48 hours such "
                                 "as -5m, -90s, -500ms or -2h."}));
  const auto found = wanted ? door.moment(*wanted) : std::nullopt;
  if (!found)
    return send_problem(asked, plain_problem(404, "not_found", "Nothing is kept of that time."));
  asked.send({}, dump(view_of(*found)));
}

} // namespace easel::server
