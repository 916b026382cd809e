#pragma once

#include "policies/vocabulary/time.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace easel::server {

/// Writes a ZIP archive piece by piece, never looking back: sizes stand behind what they measure, and large archives
/// are ZIP64 (libarchive). What it keeps is the directory alone, some hundred bytes for each file. Throws
/// std::runtime_error when it cannot go on. One thread at a time.
class zip_writer {
public:
  zip_writer();
  ~zip_writer();
  zip_writer(const zip_writer&) = delete;
  zip_writer& operator=(const zip_writer&) = delete;

  /// A file whose size is not known yet, compressed; ends with the next one. `name` is ASCII.
  void begin(std::string_view name, instant modified_at);
  void write(std::string_view bytes);
  /// A whole file that would not get smaller.
  void store(std::string_view name, instant modified_at, std::string_view bytes);
  /// The directory. Nothing may follow.
  void close();

  /// All bytes since the last time that it was asked.
  [[nodiscard]] std::string take();

private:
  struct state;
  std::unique_ptr<state> self_;
};

} // namespace easel::server
