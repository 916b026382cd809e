#pragma once

#include "http/server/zip_writer.hpp"
#include "persistence/rights.hpp"
#include "policies/retention.hpp"

#include <string>

namespace easel::server {

/// The file of a person's data (RIGHT-1): a ZIP of a readme, of what each field means, of who else received something,
/// of a JSON document for each kind of data, and of the images. Parts go in as they come, bytes come out. One thread at
/// a time; throws what `zip_writer` does.
class export_archive {
public:
  export_archive(instant made_at, const policies::retention_windows& windows);

  void add(const persistence::export_portion& part);
  /// After the last part.
  void close();
  [[nodiscard]] std::string take() { return zip_.take(); }

private:
  void add_rows(const persistence::export_portion& part);

  zip_writer zip_;
  instant made_at_;
  std::string document_; ///< being written
  std::string table_;
  bool has_rows_ = false;
};

[[nodiscard]] std::string export_file_name(instant made_at);

// What every export begins with: the same for everybody. `windows` are those that are in force.
[[nodiscard]] std::string export_readme(instant made_at);
/// JSON: what each field means, from the data inventory.
[[nodiscard]] std::string export_fields(const policies::retention_windows& windows);
[[nodiscard]] std::string export_recipients(); ///< JSON: policies::known_recipients

} // namespace easel::server
