#pragma once

#include "actors/rights_door.hpp"
#include "http/server/zip_writer.hpp"
#include "policies/retention.hpp"

#include <string>
#include <string_view>

namespace easel::server {

/// A file of a person's data (RIGHT-1): a ZIP of a readme, of what each field means, of who else received something,
/// of a JSON document for each kind of data, and of the images; one that is not the first has a readme and images.
/// Parts go in as they come, bytes come out. One thread at a time; throws what `zip_writer` does.
class export_archive {
public:
  export_archive(const actors::export_file& file, const policies::retention_windows& windows);

  void add(const persistence::export_portion& part);
  /// After the last part.
  void close();
  [[nodiscard]] std::string take() { return zip_.take(); }

private:
  void add_text(std::string_view name, std::string_view text);
  void add_rows(const persistence::export_portion& part);

  zip_writer zip_;
  instant made_at_;
  std::string document_; ///< being written
  std::string table_;
  bool has_rows_ = false;
};

/// gpt-image-ai-2026-11-18.zip, or gpt-image-ai-2026-11-18-2-of-5.zip.
[[nodiscard]] std::string export_file_name(const actors::export_file& file);
/// Where a file of an export is fetched.
[[nodiscard]] std::string export_volume_path(persistence::export_id of, std::size_t number);

[[nodiscard]] std::string export_readme(const actors::export_file& file);
// What every export begins with: the same for everybody. `windows` are those that are in force.
/// JSON: what each field means, from the data inventory.
[[nodiscard]] std::string export_fields(const policies::retention_windows& windows);
[[nodiscard]] std::string export_recipients(); ///< JSON: policies::known_recipients

} // namespace easel::server
