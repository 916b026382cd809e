#include "tools/easelctl/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <string_view>

namespace easel::easelctl {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t most_output = 1 << 20;
constexpr std::size_t most_errors = 64 << 10;
constexpr auto grace = std::chrono::seconds(10);
constexpr int not_found = 127;

std::vector<std::string> environment_of(const child_program& what) {
  std::map<std::string, std::string> all;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string_view pair = *one;
    const auto name = pair.substr(0, pair.find('='));
    if (name == "PATH" || name == "HOME" || name.starts_with("PG"))
      all[std::string(name)] = pair.substr(std::min(name.size() + 1, pair.size()));
  }
  all["LC_ALL"] = "C";
  all["PGAPPNAME"] = "easel backup";
  for (const auto& [name, value] : what.environment)
    all[name] = value;
  std::vector<std::string> pairs;
  for (const auto& [name, value] : all)
    pairs.push_back(name + '=' + value);
  return pairs;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

class descriptor {
public:
  explicit descriptor(int fd) : fd_(fd) {}
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

struct pipe_ends {
  std::array<int, 2> fd{-1, -1};
  pipe_ends() {
    if (::pipe2(fd.data(), O_CLOEXEC) != 0)
      fd = {-1, -1};
  }
  ~pipe_ends() {
    close(0);
    close(1);
  }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;
  void close(int end) {
    auto& one = fd.at(static_cast<std::size_t>(end));
    if (one >= 0)
      ::close(one);
    one = -1;
  }
};

/// Nothing of this process's is open in the program but three: also where this one began without some of the three, so
/// that a pipe has one of their numbers.
bool open_only(int input, int output, int errors) {
  const std::array wanted{::fcntl(input, F_DUPFD, STDERR_FILENO + 1), ::fcntl(output, F_DUPFD, STDERR_FILENO + 1),
                          ::fcntl(errors, F_DUPFD, STDERR_FILENO + 1)};
  for (int at = STDIN_FILENO; at <= STDERR_FILENO; ++at)
    if (wanted[static_cast<std::size_t>(at)] < 0 || ::dup2(wanted[static_cast<std::size_t>(at)], at) < 0)
      return false;
  return ::close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
}

/// Between fork and exec: system calls only. A session of its own has no terminal to ask for a password, and whatever
/// the program starts can be ended with it.
[[noreturn]] void become(char* const* words, char* const* environment, int output, int errors, pid_t parent) {
  ::umask(077);
  ::setsid();
  // Whoever made this process may be gone before it could ask to be told.
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && ::getppid() == parent
      && open_only(::open("/dev/null", O_RDONLY), output, errors))
    ::execvpe(words[0], words, environment);
  ::_exit(not_found);
}

/// Takes what there is; false at the end. What is beyond `most` is read and forgotten, so that the program goes on.
bool take_output(int fd, std::string& into, std::size_t most) {
  std::array<char, 16384> some{};
  const auto size = ::read(fd, some.data(), some.size());
  if (size < 0)
    return errno == EINTR || errno == EAGAIN;
  into.append(some.data(), std::min(static_cast<std::size_t>(size), most - into.size()));
  return size > 0;
}

int poll_timeout(steady::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
}

/// The program while it runs, with whatever it started: its group has its number until it is waited for.
class running_child {
public:
  running_child(pid_t child, pipe_ends& output, pipe_ends& errors)
      : child_(child),
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): glibc 2.36 has no pidfd_open for C++
        ended_(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))),
        output_(output),
        errors_(errors) {}

  /// Until the program has ended and both pipes are at their end, or the time is over: false then.
  bool listen_until(steady::time_point until, child_end& end) {
    while (!has_ended_ || output_.fd[0] >= 0 || errors_.fd[0] >= 0) {
      std::array<pollfd, 3> all{pollfd{output_.fd[0], POLLIN, 0}, pollfd{errors_.fd[0], POLLIN, 0},
                                pollfd{has_ended_ ? -1 : ended_.get(), POLLIN, 0}};
      if (steady::now() >= until)
        return false;
      if (::poll(all.data(), all.size(), poll_timeout(until)) <= 0)
        continue;
      if (all[0].revents != 0 && !take_output(all[0].fd, end.output, most_output))
        output_.close(0);
      if (all[1].revents != 0 && !take_output(all[1].fd, end.errors, most_errors))
        errors_.close(0);
      if (all[2].revents != 0) {
        has_ended_ = true;
        send(SIGKILL); // to what it left behind, which may hold the pipes
      }
    }
    return true;
  }

  /// To all of the group; to the program itself while it has not made one yet.
  void send(int signal) const {
    if (::kill(-child_, signal) != 0)
      ::kill(child_, signal);
  }

  [[nodiscard]] int wait() const {
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

private:
  pid_t child_;
  descriptor ended_;
  pipe_ends &output_, &errors_;
  bool has_ended_ = false;
};

} // namespace

child_end run_child(const child_program& what) {
  child_end end;
  auto words = what.words;
  auto environment = environment_of(what);
  const auto word_pointers = pointers_to(words), environment_pointers = pointers_to(environment);
  pipe_ends output, errors;
  if (output.fd[0] < 0 || errors.fd[0] < 0)
    return end;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0)
    become(word_pointers.data(), environment_pointers.data(), output.fd[1], errors.fd[1], parent);
  if (child < 0)
    return end;
  output.close(1);
  errors.close(1);
  running_child running(child, output, errors);
  end.in_time = running.listen_until(steady::now() + what.limit, end);
  if (!end.in_time) {
    running.send(SIGTERM);
    if (!running.listen_until(steady::now() + grace, end))
      running.send(SIGKILL);
  }
  const int status = running.wait();
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.started = end.code != not_found;
  return end;
}

} // namespace easel::easelctl
