#include "persistence/erasure_journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace easel::persistence {

namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20; ///< some 350,000 erasures in 35 days
constexpr auto lock_pause = std::chrono::milliseconds(5);
constexpr mode_t own_mode = S_IRUSR | S_IWUSR;

/// A descriptor that closes itself, and with that lets go of its lock.
class descriptor {
public:
  explicit descriptor(int number = -1) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

private:
  int number_;
};

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

/// False with EAGAIN when others held it for the whole of `limit`.
bool lock_within(int file, int how, duration limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (::flock(file, how | LOCK_NB) != 0) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(lock_pause);
  }
  return true;
}

/// Whether the name still leads to the file that is open: it may have been replaced while we waited.
bool is_at(const struct stat& open, const std::string& path) {
  struct stat named {};
  return ::stat(path.c_str(), &named) == 0 && named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

} // namespace

class erasure_journal::locked_file {
public:
  locked_file(descriptor file, const struct stat& what) : file_(std::move(file)), what_(what) {}
  [[nodiscard]] int number() const { return file_.number(); }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(what_.st_size); }
  /// Of all lines that have their end, if each is as long as it should be.
  [[nodiscard]] std::size_t whole() const { return size() / journal_line_size * journal_line_size; }
  [[nodiscard]] uid_t owner() const { return what_.st_uid; }
  [[nodiscard]] gid_t group() const { return what_.st_gid; }

private:
  descriptor file_;
  struct stat what_;
};

erasure_journal::erasure_journal(erasure_journal_settings settings, std::shared_ptr<const keyring> keys)
    : settings_(std::move(settings)), keys_(std::move(keys)) {}

std::string erasure_journal::failure(const std::string& what) const {
  return "the erasure journal " + settings_.path + ' ' + what;
}

bool erasure_journal::exists() const {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(settings_.path, ignored));
}

expected<void, std::string> erasure_journal::sync_folder() const {
  const auto folder = std::filesystem::absolute(settings_.path).parent_path();
  const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open() || ::fsync(opened.number()) != 0)
    return unexpected(failure(because("is in a folder that cannot be made durable")));
  return {};
}

expected<void, std::string> erasure_journal::create() {
  const descriptor made(::open(settings_.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, own_mode));
  if (!made.is_open())
    return unexpected(failure(because("cannot be made")));
  if (::fsync(made.number()) != 0)
    return unexpected(failure(because("cannot be made durable")));
  return sync_folder();
}

expected<erasure_journal::locked_file, std::string> erasure_journal::open_locked(int lock) const {
  for (;;) {
    descriptor file(::open(settings_.path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open())
      return unexpected(failure(because("cannot be opened")));
    if (!lock_within(file.number(), lock, settings_.lock_wait))
      return unexpected(failure(because("is locked by another process")));
    struct stat what {};
    if (::fstat(file.number(), &what) != 0 || !S_ISREG(what.st_mode))
      return unexpected(failure("is no file"));
    if (!is_at(what, settings_.path))
      continue; // each time round somebody else has made progress
    if (static_cast<std::size_t>(what.st_size) > largest_file)
      return unexpected(failure("is larger than 64 MiB"));
    return locked_file(std::move(file), what);
  }
}

expected<std::string, std::string> erasure_journal::text_of(const locked_file& file, std::size_t from) const {
  std::string text(file.size() - from, '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const auto got = ::pread(file.number(), text.data() + have, text.size() - have, static_cast<off_t>(from + have));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return unexpected(failure(because("cannot be read")));
    have += static_cast<std::size_t>(got);
  }
  return text;
}

expected<journal_text, std::string> erasure_journal::entries_of(const locked_file& file) const {
  const auto text = text_of(file);
  if (!text)
    return unexpected(text.error());
  auto found = read_journal(*text, *keys_);
  if (!found)
    return unexpected(failure("cannot be believed: " + found.error()));
  return found;
}

expected<journal_text, std::string> erasure_journal::read() {
  const auto file = open_locked(LOCK_SH);
  if (!file)
    return unexpected(file.error());
  auto found = entries_of(*file);
  if (!found)
    return unexpected(found.error());
  figures_.entries = static_cast<std::int64_t>(found->entries.size());
  return found;
}

expected<void, std::string> erasure_journal::append(const erasure_entry& entry) {
  const auto file = open_locked(LOCK_EX);
  if (!file)
    return unexpected(file.error());
  // The last line is looked at, so that nothing is built on what is no journal; all of them are when it is read.
  const auto end = text_of(*file, file->whole() - std::min(file->whole(), journal_line_size));
  if (!end)
    return unexpected(end.error());
  if (const auto last = read_journal(*end, *keys_); !last)
    return unexpected(failure("cannot be believed: its last line is damaged, or was written with another master key"));
  const auto undo = [&] { return ::ftruncate(file->number(), static_cast<off_t>(file->whole())) == 0; };
  if (file->whole() != file->size() && !undo())
    return unexpected(failure(because("ends in half a line that cannot be taken off")));
  if (!write_all(file->number(), journal_line(entry, *keys_)) || ::fdatasync(file->number()) != 0) {
    auto error = failure(because("cannot be written"));
    if (!undo())
      error += "; its last line may name an erasure that was refused";
    return unexpected(std::move(error));
  }
  figures_.entries.fetch_add(1, std::memory_order_relaxed);
  return {};
}

expected<void, std::string> erasure_journal::replace(const locked_file& old,
                                                     const std::vector<erasure_entry>& entries) const {
  const auto beside = settings_.path + ".new";
  ::unlink(beside.c_str()); // of a process that ended while it did this; the lock keeps others away
  const descriptor made(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, own_mode));
  if (!made.is_open())
    return unexpected(failure(because("cannot be written anew")));
  std::string text;
  for (const auto& entry : entries)
    text += journal_line(entry, *keys_);
  // Whoever does this as root leaves the file to the server's user.
  if ((old.owner() != ::geteuid() && ::fchown(made.number(), old.owner(), old.group()) != 0)
      || !write_all(made.number(), text) || ::fsync(made.number()) != 0
      || ::rename(beside.c_str(), settings_.path.c_str()) != 0)
    return unexpected(failure(because("cannot be written anew")));
  return sync_folder();
}

expected<std::int64_t, std::string> erasure_journal::compact(instant now) {
  const auto file = open_locked(LOCK_EX);
  if (!file)
    return unexpected(file.error());
  auto found = entries_of(*file);
  if (!found)
    return unexpected(found.error());
  const auto before = found->entries.size();
  const auto kept = kept_entries(std::move(found->entries), now);
  if (kept.size() != before)
    if (auto done = replace(*file, kept); !done)
      return unexpected(done.error());
  figures_.entries = static_cast<std::int64_t>(kept.size());
  return static_cast<std::int64_t>(before - kept.size());
}

} // namespace easel::persistence
