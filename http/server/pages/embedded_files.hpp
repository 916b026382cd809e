#pragma once

#include <span>
#include <string_view>

/// The files of http/server/web/ as they were when the server was built.
namespace easel::server {

struct embedded_file {
  std::string_view path; ///< below http/server/web: "assets/style.css", "pages/create.html", "texts/en.json"
  std::string_view text;
};

[[nodiscard]] std::span<const embedded_file> embedded_files();

/// Changes whenever any file does: the first characters of a hash over all of them.
[[nodiscard]] std::string_view embedded_version();

} // namespace easel::server
