#include "tools/easelctl/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>

namespace easel::easelctl {

BOOST_AUTO_TEST_SUITE(child_process_suite)

using namespace std::chrono_literals;

namespace {

child_end run_shell(const std::string& script, duration limit = 1min) {
  return run_child({{"sh", "-c", script}, {{"PGPASSWORD", "s3cret"}}, limit});
}

} // namespace

/// Not as a process that nobody has waited for.
bool is_running(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/stat");
  std::string number, name, state;
  return in >> number >> name >> state && state != "Z" && state != "X";
}

/// SIGKILL is at work when the pipe has ended; the kernel may still be at it.
bool ends(const std::string& pid) {
  for (int i = 0; i < 60000 && is_running(pid); ++i)
    ::usleep(1000);
  return !is_running(pid);
}

BOOST_AUTO_TEST_CASE(what_a_program_says_and_how_it_ends_is_told) {
  const auto end = run_shell("echo out; echo err >&2; exit 3");
  BOOST_TEST((end.started && end.in_time && !end.is_good()));
  BOOST_TEST(end.code == 3);
  BOOST_TEST(end.output == "out\n");
  BOOST_TEST(end.errors == "err\n");
  BOOST_TEST(run_shell("true").is_good());
  BOOST_TEST(run_shell("kill -9 $$").code == -1);
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_told_apart) {
  BOOST_TEST(!run_child({{"/nowhere/pg_dump"}, {}, 1min}).started);
  BOOST_TEST(!run_child({{"no-such-program-of-easel"}, {}, 1min}).started);
}

BOOST_AUTO_TEST_CASE(a_program_that_takes_too_long_is_ended) {
  const auto end = run_shell("exec sleep 3600", 10ms);
  BOOST_TEST(!end.in_time);
  BOOST_TEST(!end.is_good());
  // A wish to end is enough for one that does what is left to do first.
  BOOST_TEST(run_shell("trap 'echo ended; exit 0' TERM; while :; do sleep 0.01; done", 500ms).output == "ended\n");
}

BOOST_AUTO_TEST_CASE(what_it_started_ends_with_it) {
  const auto late = run_shell("sleep 3600 & echo $!; wait", 200ms);
  BOOST_TEST(!late.in_time);
  BOOST_TEST(ends(late.output.substr(0, late.output.find('\n'))));
  const auto left = run_shell("sleep 3600 & echo $!");
  BOOST_TEST(left.is_good()); // the pipe that it left to another is no reason to wait
  BOOST_TEST(ends(left.output.substr(0, left.output.find('\n'))));
}

BOOST_AUTO_TEST_CASE(a_program_that_says_no_more_has_no_more_time) {
  const auto end = run_shell("exec >/dev/null 2>&1; exec sleep 3600", 200ms);
  BOOST_TEST(!end.in_time);
  BOOST_TEST(end.code == -1);
}

BOOST_AUTO_TEST_CASE(nothing_that_is_open_here_is_open_there) {
  const int secret = ::open("/proc/self/environ", O_RDONLY); // without O_CLOEXEC, as libraries do
  BOOST_REQUIRE(secret >= 0);
  // The fourth is the directory itself.
  BOOST_TEST(run_shell("ls /proc/self/fd").output == "0\n1\n2\n3\n");
  ::close(secret);
}

BOOST_AUTO_TEST_CASE(it_may_be_run_by_who_has_neither_input_nor_output) {
  const std::array kept{::dup(0), ::dup(1), ::dup(2)};
  for (int fd = 0; fd < 3; ++fd)
    ::close(fd);
  const auto end = run_shell("echo out; echo err >&2; cat");
  for (int fd = 0; fd < 3; ++fd) {
    ::dup2(kept.at(static_cast<std::size_t>(fd)), fd);
    ::close(kept.at(static_cast<std::size_t>(fd)));
  }
  BOOST_TEST(end.is_good());
  BOOST_TEST(end.output == "out\n");
  BOOST_TEST(end.errors == "err\n");
}

BOOST_AUTO_TEST_CASE(it_gets_what_it_needs_of_the_environment_and_no_more) {
  ::setenv("EASEL_MASTER_KEY_OF_THIS_TEST", "hush", 1);
  ::setenv("PGSSLMODE", "prefer", 1);
  const auto end = run_shell("env");
  BOOST_TEST(end.output.find("hush") == std::string::npos);
  BOOST_TEST(end.output.find("PGSSLMODE=prefer") != std::string::npos);
  BOOST_TEST(end.output.find("PGPASSWORD=s3cret") != std::string::npos);
  BOOST_TEST(end.output.find("LC_ALL=C") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_it_writes_is_for_its_owner_alone_and_it_reads_nothing) {
  BOOST_TEST(run_shell("umask").output == "0077\n");
  BOOST_TEST(run_shell("cat").is_good());
}

BOOST_AUTO_TEST_CASE(what_it_says_is_bounded_and_does_not_stop_it) {
  const auto end = run_shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 0");
  BOOST_TEST(end.is_good());
  BOOST_TEST(end.output.size() == 1u << 20);
  BOOST_TEST(end.errors.size() == 64u << 10);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::easelctl
