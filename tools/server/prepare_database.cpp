#include "tools/server/prepare_database.hpp"

#include "persistence/backups.hpp"
#include "persistence/database_check.hpp"
#include "persistence/migrate.hpp"
#include "policies/inventory.hpp"

#include <spdlog/spdlog.h>

#include <numeric>
#include <vector>

namespace easel::tools {

namespace {

std::string joined(const std::vector<std::string>& sentences) {
  return std::accumulate(sentences.begin(), sentences.end(), std::string(), [](std::string all, const auto& one) {
    return all.empty() ? one : std::move(all) + "\n" + one;
  });
}

} // namespace

expected<persistence::keyring, std::string> prepare_database(const config::settings& settings) {
  const auto& url = settings.store.database_url;
  if (auto fit = persistence::check_database(url); !fit)
    return easel::unexpected(joined(fit.error()));
  if (auto restored = persistence::check_restored(url); !restored)
    return easel::unexpected(restored.error());
  const auto applied = persistence::migrate(url);
  if (!applied)
    return easel::unexpected(applied.error().sentence);
  if (*applied > 0)
    spdlog::info("applied {} migrations", *applied);
  auto keys = persistence::open_keyring(url, settings.keys);
  if (!keys)
    return easel::unexpected(keys.error());
  const auto columns = persistence::schema_columns(url);
  std::vector<policies::schema_column> live;
  live.reserve(columns.size());
  for (const auto& [table, column] : columns)
    live.push_back({table, column});
  if (auto declared = policies::check_inventory(live); !declared)
    return easel::unexpected("the database holds columns that the data inventory does not declare:\n"
                             + joined(declared.error()));
  return keys;
}

} // namespace easel::tools
