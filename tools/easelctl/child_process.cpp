#include "tools/easelctl/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
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

/// Between fork and exec: system calls only.
[[noreturn]] void become(char* const* words, char* const* environment, int output, int errors, pid_t parent) {
  ::umask(077);
  const int nothing = ::open("/dev/null", O_RDONLY);
  // Whoever made this process may be gone before it could ask to be told.
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && ::getppid() == parent && ::dup2(nothing, STDIN_FILENO) >= 0
      && ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(errors, STDERR_FILENO) >= 0)
    ::execvpe(words[0], words, environment);
  ::_exit(not_found);
}

/// Takes what there is; false at the end. What is beyond `most` is read and forgotten, so that the program goes on.
bool take(int fd, std::string& into, std::size_t most) {
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

/// Until both pipes are at their end, or the time is over: false then.
bool listen_until(steady::time_point until, pipe_ends& output, pipe_ends& errors, child_end& end) {
  while (output.fd[0] >= 0 || errors.fd[0] >= 0) {
    std::array<pollfd, 2> both{pollfd{output.fd[0], POLLIN, 0}, pollfd{errors.fd[0], POLLIN, 0}};
    if (steady::now() >= until)
      return false;
    if (::poll(both.data(), both.size(), poll_timeout(until)) <= 0)
      continue;
    if (both[0].revents != 0 && !take(both[0].fd, end.output, most_output))
      output.close(0);
    if (both[1].revents != 0 && !take(both[1].fd, end.errors, most_errors))
      errors.close(0);
  }
  return true;
}

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
  end.in_time = listen_until(steady::now() + what.limit, output, errors, end);
  if (!end.in_time) {
    ::kill(child, SIGTERM);
    if (!listen_until(steady::now() + grace, output, errors, end))
      ::kill(child, SIGKILL);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.started = end.code != not_found;
  return end;
}

} // namespace easel::easelctl
