#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <map>
#include <optional>
#include <string>

namespace easel::tests {

/// The files of a ZIP archive by name, found by its directory; nothing when it is no whole one.
[[nodiscard]] inline std::optional<std::map<std::string, std::string>> unzipped(const std::string& bytes) {
  std::map<std::string, std::string> files;
  archive* const from = archive_read_new();
  archive_read_support_format_zip_seekable(from);
  bool is_whole = archive_read_open_memory(from, bytes.data(), bytes.size()) == ARCHIVE_OK;
  archive_entry* entry = nullptr;
  int outcome = ARCHIVE_OK;
  while (is_whole && (outcome = archive_read_next_header(from, &entry)) == ARCHIVE_OK) {
    std::string name = archive_entry_pathname(entry);
    std::string text;
    std::string piece(65'536, '\0');
    la_ssize_t got = 0;
    while ((got = archive_read_data(from, piece.data(), piece.size())) > 0)
      text.append(piece, 0, static_cast<std::size_t>(got));
    is_whole = got == 0 && files.emplace(std::move(name), std::move(text)).second;
  }
  is_whole = is_whole && outcome == ARCHIVE_EOF;
  archive_read_free(from);
  return is_whole ? std::optional(std::move(files)) : std::nullopt;
}

} // namespace easel::tests
