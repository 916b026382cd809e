#include "config/load.hpp"
#include "tools/server/log_sink.hpp"
#include "tools/server/private_memory.hpp"
#include "tools/server/service.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

namespace {

constexpr int usage_error = 2;

struct options {
  std::filesystem::path config;
  std::filesystem::path port_file;
  bool check_only = false;
};

constexpr std::string_view usage = R"(usage: easel-server --config FILE [--check-config] [--port-file FILE]

  --config FILE     the configuration; config/easel.toml documents every key
  --check-config    name every mistake in it, start nothing
  --port-file FILE  write the public port there once the server answers
)";

std::optional<options> parse(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--check-config")
      o.check_only = true;
    else if (argument == "--config" && i + 1 < argc)
      o.config = argv[++i];
    else if (argument == "--port-file" && i + 1 < argc)
      o.port_file = argv[++i];
    else
      return std::nullopt;
  }
  if (o.config.empty())
    return std::nullopt;
  return o;
}

// Whole or not at all: whoever waits for the file must not read half a number.
bool write_port_file(const std::filesystem::path& path, std::uint16_t port) {
  if (path.empty())
    return true;
  auto beside = path;
  beside += ".new";
  {
    std::ofstream out(beside);
    out << port << '\n';
    if (!out.flush())
      return false;
  }
  std::error_code failed;
  std::filesystem::rename(beside, path, failed);
  return !failed;
}

// A process that cannot end is worse than one that ends hard: leases and rows are made for that.
void end_hard_after(std::chrono::microseconds limit) {
  std::thread([limit] {
    std::this_thread::sleep_for(limit);
    std::fputs("easel-server: did not end in time, leaving\n", stderr);
    std::_Exit(EXIT_FAILURE);
  }).detach();
}

} // namespace

int main(int argc, char** argv) {
  const auto o = parse(argc, argv);
  if (!o) {
    std::cerr << usage;
    return usage_error;
  }
  if (o->check_only)
    return easel::config::check_config(o->config, std::cout);

  if (!easel::tools::keep_memory_private()) {
    std::cerr << "easel-server: core dumps cannot be switched off: " << std::strerror(errno) << '\n';
    return EXIT_FAILURE;
  }
  // Debian gives everybody huge pages, of which one small block keeps 2 MiB: a third more memory while images pass
  // (docs/benchmarks.md). A kernel that does not know this goes on as it is.
  (void)::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  const auto settings = easel::config::load(o->config, easel::config::process_environment());
  if (!settings) {
    easel::config::print(std::cerr, settings.error());
    return usage_error;
  }
  const auto newest_lines = std::make_shared<easel::actors::log_ring>();
  easel::tools::open_log(newest_lines);

  // Taken by this thread alone, with sigwait; threads that start from here on inherit the mask.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGTERM, SIGINT, SIGHUP})
    sigaddset(&signals, one);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto service = easel::tools::service::start(*settings, newest_lines);
  if (!service) {
    std::cerr << service.error() << '\n';
    return EXIT_FAILURE;
  }
  spdlog::info("listening on {}:{}, operators on {}:{}", settings->public_listener.address, (*service)->port(),
               settings->operator_listener.address, (*service)->operator_port());
  if (!write_port_file(o->port_file, (*service)->port())) {
    std::cerr << "cannot write " << o->port_file << '\n';
    return EXIT_FAILURE;
  }

  for (int received = SIGHUP; received == SIGHUP;)
    if (sigwait(&signals, &received) == 0 && received == SIGHUP)
      (*service)->reload();
  spdlog::info("stopping: no new work, at most {} s for what is under way",
               std::chrono::duration_cast<std::chrono::seconds>(settings->house.drain).count());
  end_hard_after(settings->house.drain + std::chrono::seconds(25));
  (*service)->stop();
  service->reset();
  spdlog::info("stopped");
  spdlog::shutdown();
  return EXIT_SUCCESS;
}
