#pragma once

#include "policies/backup.hpp"
#include "policies/vocabulary/expected.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// The directory that backups are in: DIRECTORY/ID/ holds the manifest and the dump of the data, DIRECTORY/ID/keys/ the
/// dump of the keys. What is being written is in DIRECTORY/ID.partial/ and gets its name when it is whole and on the
/// disk. Everything is readable for its owner alone.
namespace easel::persistence {

/// A manifest as JSON, and back. The error is a sentence.
[[nodiscard]] std::string to_json(const policies::backup_manifest& manifest);
[[nodiscard]] expected<policies::backup_manifest, std::string> parse_manifest(const std::string& json);

class backup_directory {
public:
  /// The errors below are sentences with the path, never with contents.
  template <class T>
  using outcome = expected<T, std::string>;

  /// Refuses what does not exist. The first to open it gives it an identity, by which the register knows which
  /// directory a backup is in: another one, or one that is not mounted, says nothing about what is gone.
  [[nodiscard]] static outcome<backup_directory> open(const std::filesystem::path& where);

  [[nodiscard]] const uuid& place() const { return place_; }
  [[nodiscard]] std::filesystem::path path_of(const uuid& id) const;
  [[nodiscard]] std::filesystem::path partial_path_of(const uuid& id) const;

  /// What is there, complete or partial, by the names of directories.
  [[nodiscard]] outcome<std::vector<policies::seen_backup>> look() const;

  [[nodiscard]] outcome<std::filesystem::path> begin(const uuid& id) const;
  /// Makes what was written durable, then gives it its name.
  [[nodiscard]] outcome<void> complete(const policies::backup_manifest& manifest) const;
  /// Sizes and hashes of the files that a backup has, of those that are there.
  [[nodiscard]] static outcome<std::vector<policies::backup_file>> measure(const std::filesystem::path& backup);

  /// Of the files that the manifest names: those that are not there, or not in their size. A quick look.
  [[nodiscard]] std::vector<std::string> missing_files(const policies::backup_manifest& manifest) const;

  [[nodiscard]] outcome<policies::backup_manifest> read_manifest(const uuid& id) const;
  /// The keys first: from then on nobody can read the rest. Removing what is not there succeeds.
  [[nodiscard]] outcome<void> remove(const uuid& id) const;

private:
  backup_directory(std::filesystem::path where, const uuid& place) : where_(std::move(where)), place_(place) {}
  std::filesystem::path where_;
  uuid place_{};
};

} // namespace easel::persistence
