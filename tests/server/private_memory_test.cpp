#include "tools/server/private_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

enum answer { all_private = 0, refused, core_allowed, core_can_be_raised, dumpable };

answer look_after_keeping_private() {
  if (!easel::tools::keep_memory_private())
    return refused;
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  if (core.rlim_cur != 0)
    return core_allowed;
  if (core.rlim_max != 0)
    return core_can_be_raised;
  return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? all_private : dumpable;
}

// In a process of its own, because what it does cannot be undone.
template <class Body>
int status_of_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(body());
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_process_can_neither_be_dumped_nor_read) {
  const int status = status_of_child([] { return look_after_keeping_private(); });
  BOOST_REQUIRE(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == all_private);
}

BOOST_AUTO_TEST_CASE(a_crash_leaves_no_core) {
  const int status = status_of_child([] {
    if (!easel::tools::keep_memory_private())
      return 1;
    std::signal(SIGABRT, SIG_DFL);
    std::raise(SIGABRT);
    return 1;
  });
  BOOST_REQUIRE(WIFSIGNALED(status));
  BOOST_TEST(WTERMSIG(status) == SIGABRT);
  BOOST_TEST(!WCOREDUMP(status));
}
