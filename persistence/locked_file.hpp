#pragma once

#include "persistence/descriptor.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace easel::persistence {

/// `what`, and what `errno` says.
[[nodiscard]] std::string because(const char* what);

/// All of it; false with `errno` when that is not possible.
[[nodiscard]] bool write_all(int file, std::string_view text);

/// A file of ours under a lock (flock(2)), which the name led to when the lock was had: other processes replace it by
/// renaming another over it, and whoever waited for the lock of the old one begins anew. Blocks on the disk, and on the
/// lock for as long as it is told. Errors are what comes behind the file's name in a sentence. One thread at a time.
class locked_file {
public:
  enum class access {
    shared,   ///< nobody writes meanwhile
    exclusive ///< nobody else reads or writes
  };
  [[nodiscard]] static expected<locked_file, std::string> open(const std::string& path, access how, duration lock_wait);

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(what_.st_size); }
  [[nodiscard]] uid_t owner() const { return what_.st_uid; }
  [[nodiscard]] gid_t group() const { return what_.st_gid; }

  /// From there to the end that it had when it was opened.
  [[nodiscard]] expected<std::string, std::string> read(std::size_t from = 0) const;
  /// At the end. Durable when it returns true.
  [[nodiscard]] bool append(std::string_view text) const;
  [[nodiscard]] bool cut(std::size_t size) const;

private:
  locked_file(descriptor file, const struct stat& what) : file_(std::move(file)), what_(what) {}

  descriptor file_;
  struct stat what_;
};

} // namespace easel::persistence
