#include "persistence/erasure_journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace easel::persistence {

namespace {

constexpr mode_t own_mode = S_IRUSR | S_IWUSR;

/// Bytes of all lines that have their end, if each is as long as it should be.
std::size_t whole(const locked_file& file) { return file.size() / journal_line_size * journal_line_size; }

std::int64_t count(const journal_text& text) {
  return static_cast<std::int64_t>(text.entries.size() + text.deletions.size());
}

} // namespace

erasure_journal::erasure_journal(erasure_journal_settings settings, std::shared_ptr<const keyring> keys)
    : settings_(std::move(settings)),
      keys_(std::move(keys)),
      deletions_([this](const std::string& lines) { return append_lines(lines, room_for_deletions); }) {}

std::string erasure_journal::failure(const std::string& what) const {
  return "the erasure journal " + settings_.path + ' ' + what;
}

expected<bool, std::string> erasure_journal::exists() const {
  struct stat what {};
  if (::lstat(settings_.path.c_str(), &what) == 0)
    return true;
  if (errno == ENOENT)
    return false;
  return unexpected(failure(because("cannot be looked for")));
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

expected<locked_file, std::string> erasure_journal::open(locked_file::access how) const {
  auto file = locked_file::open(settings_.path, how, settings_.lock_wait);
  if (!file)
    return unexpected(failure(file.error()));
  if (file->size() > largest_file)
    return unexpected(failure("is larger than 64 MiB"));
  return file;
}

expected<journal_text, std::string> erasure_journal::entries_of(const locked_file& file) const {
  const auto text = file.read();
  if (!text)
    return unexpected(failure(text.error()));
  auto found = read_journal(*text, *keys_);
  if (!found)
    return unexpected(failure("cannot be believed: " + found.error()));
  return found;
}

expected<journal_text, std::string> erasure_journal::read() {
  const auto file = open(locked_file::access::shared);
  if (!file)
    return unexpected(file.error());
  auto found = entries_of(*file);
  if (!found)
    return unexpected(found.error());
  figures_.entries = count(*found);
  return found;
}

expected<void, std::string> erasure_journal::append(const erasure_entry& entry) {
  return append_lines(journal_line(entry, *keys_), largest_file);
}

expected<void, std::string> erasure_journal::append(const deletion_entry& entry) {
  return deletions_.add(journal_line(entry, *keys_));
}

expected<void, std::string> erasure_journal::append_lines(const std::string& lines, std::size_t room) {
  const auto file = open(locked_file::access::exclusive);
  if (!file)
    return unexpected(file.error());
  const auto before = whole(*file);
  if (before + lines.size() > room)
    return unexpected(failure("has no room: it would be larger than " + std::to_string(room >> 20U) + " MiB"));
  // The last line is looked at, so that nothing is built on what is no journal; all of them are when it is read.
  const auto end = file->read(before - std::min(before, journal_line_size));
  if (!end)
    return unexpected(failure(end.error()));
  if (const auto last = read_journal(*end, *keys_); !last)
    return unexpected(failure("cannot be believed: its last line is damaged, or was written with another master key"));
  if (before != file->size() && !file->cut(before))
    return unexpected(failure(because("ends in half a line that cannot be taken off")));
  if (!file->append(lines)) {
    auto error = failure(because("cannot be written"));
    if (!file->cut(before))
      error += "; its last lines may name what was refused";
    return unexpected(std::move(error));
  }
  figures_.entries.fetch_add(static_cast<std::int64_t>(lines.size() / journal_line_size), std::memory_order_relaxed);
  return {};
}

expected<void, std::string> erasure_journal::replace(const locked_file& old, const journal_text& kept) const {
  const auto beside = settings_.path + ".new";
  ::unlink(beside.c_str()); // of a process that ended while it did this; the lock keeps others away
  const descriptor made(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, own_mode));
  if (!made.is_open())
    return unexpected(failure(because("cannot be written anew")));
  std::string text;
  for (const auto& entry : kept.entries)
    text += journal_line(entry, *keys_);
  for (const auto& entry : kept.deletions)
    text += journal_line(entry, *keys_);
  // Whoever does this as root leaves the file to the server's user.
  if ((old.owner() != ::geteuid() && ::fchown(made.number(), old.owner(), old.group()) != 0)
      || !write_all(made.number(), text) || ::fsync(made.number()) != 0
      || ::rename(beside.c_str(), settings_.path.c_str()) != 0)
    return unexpected(failure(because("cannot be written anew")));
  return sync_folder();
}

expected<std::int64_t, std::string> erasure_journal::compact(instant now) {
  const auto file = open(locked_file::access::exclusive);
  if (!file)
    return unexpected(file.error());
  auto text = entries_of(*file);
  if (!text)
    return unexpected(text.error());
  const auto before = count(*text);
  text->entries = kept_entries(std::move(text->entries), now);
  text->deletions = kept_deletions(std::move(text->deletions), now);
  const auto kept = count(*text);
  if (kept != before)
    if (auto done = replace(*file, *text); !done)
      return unexpected(done.error());
  figures_.entries = kept;
  return before - kept;
}

} // namespace easel::persistence
