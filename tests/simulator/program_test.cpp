#include "tests/simulator/simulator_client.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

BOOST_AUTO_TEST_SUITE(program)

using namespace easel::simulator;
using namespace easel::simulator::test;

namespace {

/// A folder that goes away with the case.
struct scratch {
  std::filesystem::path path;
  scratch() {
    auto pattern = (std::filesystem::temp_directory_path() / "simulator-XXXXXX").string();
    BOOST_TEST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~scratch() { std::filesystem::remove_all(path); }
};

/// The program as a child; what it prints can be read line by line.
struct child {
  pid_t pid = 0;
  FILE* out = nullptr;

  explicit child(std::vector<std::string> arguments) {
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    arguments.insert(arguments.begin(), EASEL_SIMULATOR);
    std::vector<char*> argv;
    for (auto& a : arguments)
      argv.push_back(a.data());
    argv.push_back(nullptr);
    pid = fork();
    if (pid == 0) {
      dup2(ends[1], 1);
      dup2(ends[1], 2);
      close(ends[0]);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    out = fdopen(ends[0], "r");
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (pid > 0)
      kill(pid, SIGKILL);
    wait_for_end();
    fclose(out);
  }

  std::string line() const {
    char text[512] = {};
    return fgets(text, sizeof text, out) != nullptr ? text : "";
  }
  int wait_for_end() {
    int status = 0;
    if (pid > 0)
      waitpid(std::exchange(pid, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
};

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

BOOST_AUTO_TEST_CASE(it_tells_its_port_follows_its_configuration_and_ends_on_sigterm) {
  scratch folder;
  std::ofstream(folder.path / "config.json") << R"({"moderation":{"faults":[{"kind":"status","status":503}]}})";
  child c({"--port-file", folder.path / "port", "--config", folder.path / "config.json", "--threads", "2",
           "--openai-key", "sk-own"});
  auto line = c.line();
  auto port = content_of(folder.path / "port");
  BOOST_TEST(line == "simulated upstreams on http://127.0.0.1:" + port);
  auto number = static_cast<std::uint16_t>(std::stoi(port));
  BOOST_TEST(ask(number, "/openai/v1/moderations", "{}", {"POST", "sk-own", {}, false}).status == 503);
  kill(c.pid, SIGTERM);
  BOOST_TEST(c.wait_for_end() == 0);
}

BOOST_AUTO_TEST_CASE(mistakes_on_the_command_line_end_with_2_and_a_reason) {
  scratch folder;
  std::ofstream(folder.path / "wrong.json") << R"({"moderation":{"speed":1}})";
  for (const auto& arguments : {std::vector<std::string>{"--listen", "0.0.0.0:0"},
                                {"--listen", "127.0.0.1"},
                                {"--listen", "127.0.0.1:70000"},
                                {"--threads", "0"},
                                {"--what", "x"},
                                {"--config"},
                                {"--config", "/nonexistent"},
                                {"--config", folder.path / "wrong.json"}}) {
    child c(arguments);
    BOOST_TEST(c.line().rfind("easel-simulator: ", 0) == 0);
    BOOST_TEST(c.wait_for_end() == 2);
  }
}

BOOST_AUTO_TEST_SUITE_END()
