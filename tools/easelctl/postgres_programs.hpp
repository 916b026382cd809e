#pragma once

#include "persistence/backups.hpp"

#include <filesystem>
#include <string>

/// pg_dump and pg_restore, as backups use them.
namespace easel::easelctl {

class postgres_programs {
public:
  /// The errors are sentences without values of rows.
  using outcome = expected<void, std::string>;

  explicit postgres_programs(const persistence::backup_settings& settings) : settings_(settings) {}

  /// Everything but the keys, without the rows of what expires sooner than a backup.
  [[nodiscard]] outcome dump_data(const persistence::program_access& from, const std::string& snapshot,
                                  const std::filesystem::path& to, duration limit) const;
  [[nodiscard]] outcome dump_keys(const persistence::program_access& from, const std::string& snapshot,
                                  const std::filesystem::path& to, duration limit) const;
  [[nodiscard]] outcome restore(const std::filesystem::path& from, const persistence::program_access& to,
                                duration limit) const;
  /// What a dump says it holds.
  [[nodiscard]] expected<std::string, std::string> list(const std::filesystem::path& dump) const;

private:
  [[nodiscard]] outcome dump(std::vector<std::string> what, const persistence::program_access& from,
                             const std::string& snapshot, const std::filesystem::path& to, duration limit) const;
  [[nodiscard]] std::string program(const char* name) const;
  const persistence::backup_settings& settings_;
};

} // namespace easel::easelctl
