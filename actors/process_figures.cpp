#include "actors/panels.hpp"
#include "persistence/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace easel::actors {

namespace {

duration of_clock(const timeval& t) {
  return std::chrono::duration_cast<duration>(std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec));
}

/// The figure after `name` in /proc/self/status.
std::int64_t status_of(const std::string& text, std::string_view name) {
  const auto at = text.find(name);
  return at == std::string::npos ? 0 : std::strtoll(text.c_str() + at + name.size(), nullptr, 10);
}

} // namespace

process_figures read_process() {
  process_figures out;
  out.name = persistence::process_name();
  out.version = persistence::program_version();
  std::stringstream status;
  status << std::ifstream("/proc/self/status").rdbuf();
  const auto text = status.str();
  out.resident_bytes = status_of(text, "\nVmRSS:") * 1024;
  out.threads = status_of(text, "\nThreads:");
  std::error_code failed;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end; at.increment(failed))
    ++out.open_files;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.most_files = static_cast<std::int64_t>(limit.rlim_cur);
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    out.cpu_user = of_clock(used.ru_utime);
    out.cpu_system = of_clock(used.ru_stime);
  }
  return out;
}

} // namespace easel::actors
