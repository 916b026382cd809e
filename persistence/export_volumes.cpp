#include "persistence/export_volumes.hpp"

#include <nlohmann/json.hpp>

namespace easel::persistence {

namespace {

using nlohmann::ordered_json;

ordered_json view_of(const std::optional<std::chrono::year_month>& month) {
  return month ? ordered_json(to_string(*month)) : ordered_json();
}

std::optional<std::chrono::year_month> month_in(const ordered_json& value) {
  if (!value.is_string())
    return std::nullopt;
  const auto first_day = parse_instant(value.get<std::string>() + "-01T00:00:00Z");
  if (!first_day)
    return std::nullopt;
  const std::chrono::year_month_day date{day_of(*first_day)};
  return date.year() / date.month();
}

/// Throws ordered_json::exception where a field is missing or of another kind.
export_volume volume_in(const ordered_json& value) {
  export_volume out;
  out.images = value.at("images").get<std::int64_t>();
  out.bytes = value.at("bytes").get<std::int64_t>();
  out.first = month_in(value.at("first_month"));
  out.last = month_in(value.at("last_month"));
  if (const auto& until = value.at("until"); until.is_string())
    out.until = parse_id<generation_id>(until.get<std::string>());
  return out;
}

bool is_sound(const export_volume& volume) {
  const bool has_images = volume.images > 0;
  return volume.images >= 0 && volume.bytes >= 0 && volume.first.has_value() == has_images
         && volume.last.has_value() == has_images && volume.until.has_value() == has_images;
}

} // namespace

std::string to_string(std::chrono::year_month month) {
  return easel::to_string(day(month / std::chrono::day(1))).substr(0, 7);
}

std::string encode_volumes(const std::vector<export_volume>& volumes) {
  auto all = ordered_json::array();
  for (const auto& each : volumes)
    all.push_back({{"images", each.images},
                   {"bytes", each.bytes},
                   {"first_month", view_of(each.first)},
                   {"last_month", view_of(each.last)},
                   {"until", each.until ? ordered_json(easel::to_string(*each.until)) : ordered_json()}});
  return all.dump();
}

expected<std::vector<export_volume>, std::string> decode_volumes(std::string_view text) {
  try {
    std::vector<export_volume> out;
    for (const auto& each : ordered_json::parse(text)) {
      out.push_back(volume_in(each));
      if (!is_sound(out.back()))
        return unexpected(std::string("a file of an export contradicts itself"));
    }
    if (out.empty())
      return unexpected(std::string("an export has no file"));
    return out;
  } catch (const ordered_json::exception&) {
    return unexpected(std::string("the files of an export cannot be read"));
  }
}

export_cursor beginning_of(const export_plan& plan, std::size_t number) {
  const auto& volume = plan.volumes.at(number - 1);
  export_cursor out;
  out.has_documents = number == 1;
  out.since = generation_id{};
  for (std::size_t i = 0; i + 1 < number; ++i)
    if (plan.volumes[i].until)
      out.since = plan.volumes[i].until;
  out.until = volume.until ? volume.until : out.since; // nothing
  out.made_at = plan.made_at;
  return out;
}

} // namespace easel::persistence
