#include "persistence/backup_directory.hpp"

#include <nlohmann/json.hpp>

namespace easel::persistence {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const std::string not_ours = "the manifest cannot be read: it is not as easelctl wrote it";

instant time_of(const json& value) {
  const auto at = parse_instant(value.get<std::string>());
  if (!at)
    throw std::invalid_argument("time");
  return *at;
}

policies::backup_manifest read(const json& from) {
  policies::backup_manifest out;
  out.id = parse_uuid(from.at("id").get<std::string>()).value_or(uuid{});
  out.created_at = time_of(from.at("created_at"));
  out.expires_at = time_of(from.at("expires_at"));
  out.schema_version = from.at("schema_version").get<int>();
  out.server_version = from.at("postgresql").get<std::string>();
  for (const auto& file : from.at("files"))
    out.files.push_back(
      {file.at("name").get<std::string>(), file.at("bytes").get<std::int64_t>(), file.at("sha256").get<std::string>()});
  for (const auto& [table, rows] : from.at("rows").items())
    out.rows[table] = rows.get<std::int64_t>();
  if (from.contains("master_keys")) // not in those of earlier versions
    out.master_keys = from.at("master_keys").get<std::vector<std::string>>();
  return out;
}

} // namespace

std::string to_json(const policies::backup_manifest& manifest) {
  auto files = ordered_json::array();
  for (const auto& file : manifest.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  const ordered_json out = {{"id", to_string(manifest.id)},
                            {"created_at", easel::to_string(manifest.created_at)},
                            {"expires_at", easel::to_string(manifest.expires_at)},
                            {"schema_version", manifest.schema_version},
                            {"postgresql", manifest.server_version},
                            {"files", std::move(files)},
                            {"rows", manifest.rows},
                            {"master_keys", manifest.master_keys}};
  return out.dump(2) + '\n';
}

expected<policies::backup_manifest, std::string> parse_manifest(const std::string& text) {
  try {
    return read(json::parse(text));
  } catch (const json::exception&) {
    return unexpected(not_ours);
  } catch (const std::invalid_argument&) {
    return unexpected(not_ours);
  }
}

} // namespace easel::persistence
