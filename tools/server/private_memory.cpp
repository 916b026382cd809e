#include "tools/server/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace easel::tools {

bool keep_memory_private() {
  // The limit alone would not do: a core_pattern that pipes ignores it (core(5)).
  const rlimit none{0, 0};
  return ::setrlimit(RLIMIT_CORE, &none) == 0 && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

} // namespace easel::tools
