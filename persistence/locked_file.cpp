#include "persistence/locked_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace easel::persistence {

namespace {

using std::chrono::steady_clock;

constexpr auto lock_pause = std::chrono::milliseconds(5);

/// False with EAGAIN when others held it until then.
bool lock_until(int file, int how, steady_clock::time_point until) {
  while (::flock(file, how | LOCK_NB) != 0) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(lock_pause);
  }
  return true;
}

/// Whether the name still leads to the file that is open. On NFS the answer about the name may be an old one; the file
/// itself, asked after its lock was had, knows that it has no name any more (st_nlink), or its server knows nothing of
/// it (ESTALE).
bool is_replaced(const struct stat& open, const std::string& path) {
  struct stat named {};
  return open.st_nlink == 0 || ::stat(path.c_str(), &named) != 0 || named.st_dev != open.st_dev
         || named.st_ino != open.st_ino;
}

} // namespace

std::string because(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

expected<locked_file, std::string> locked_file::open(const std::string& path, access how, duration lock_wait) {
  const auto until = steady_clock::now() + lock_wait;
  do {
    descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open())
      return unexpected(because("cannot be opened"));
    if (!lock_until(file.number(), how == access::exclusive ? LOCK_EX : LOCK_SH, until))
      return unexpected(because("is locked by another process"));
    struct stat what {};
    if (::fstat(file.number(), &what) == 0) {
      if (!S_ISREG(what.st_mode))
        return unexpected(std::string("is no file"));
      if (!is_replaced(what, path))
        return locked_file(std::move(file), what);
    } else if (errno != ESTALE) {
      return unexpected(because("cannot be looked at"));
    }
    std::this_thread::sleep_for(lock_pause); // somebody else has made progress
  } while (steady_clock::now() < until);
  return unexpected(std::string("is replaced again and again"));
}

expected<std::string, std::string> locked_file::read(std::size_t from) const {
  std::string text(size() - from, '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const auto got = ::pread(file_.number(), text.data() + have, text.size() - have, static_cast<off_t>(from + have));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return unexpected(because("cannot be read"));
    have += static_cast<std::size_t>(got);
  }
  return text;
}

bool locked_file::append(std::string_view text) const {
  return write_all(file_.number(), text) && ::fdatasync(file_.number()) == 0;
}

bool locked_file::cut(std::size_t size) const { return ::ftruncate(file_.number(), static_cast<off_t>(size)) == 0; }

} // namespace easel::persistence
