#include "config/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace easel::config {
namespace {

constexpr std::size_t longest_secret = 4096;

/// Owns a file descriptor. The checks below are made on the open file, so that it cannot be exchanged in between.
class descriptor {
public:
  explicit descriptor(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }

private:
  int fd_;
};

std::string system_reason() { return std::error_code(errno, std::generic_category()).message(); }

} // namespace

expected<secret_text, std::string> read_secret_file(const std::filesystem::path& file) {
  const descriptor in(file);
  struct stat facts {};
  if (in.get() < 0 || ::fstat(in.get(), &facts) != 0)
    return unexpected("cannot read " + file.string() + ": " + system_reason());
  if (!S_ISREG(facts.st_mode))
    return unexpected(file.string() + " is not a regular file");
  if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0)
    return unexpected("everybody may read or write " + file.string() + ": chmod 600 it");
  std::array<char, longest_secret + 1> buffer{};
  std::string content;
  for (ssize_t got = 0; content.size() <= longest_secret;
       content.append(buffer.data(), static_cast<std::size_t>(got))) {
    got = ::read(in.get(), buffer.data(), buffer.size());
    if (got < 0)
      return unexpected("cannot read " + file.string() + ": " + system_reason());
    if (got == 0)
      break;
  }
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r'))
    content.pop_back();
  if (content.empty())
    return unexpected(file.string() + " is empty");
  if (content.size() > longest_secret)
    return unexpected(file.string() + " is longer than " + std::to_string(longest_secret) + " bytes");
  return secret_text(std::move(content));
}

} // namespace easel::config
