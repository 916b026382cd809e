#pragma once

namespace easel::tools {

/// Keeps this process's memory, where keys and prompts are in the clear, out of every file: no core is written
/// (RLIMIT_CORE 0, hard), none is piped to a collector, and other processes of the same user can neither trace the
/// process nor read its memory (PR_SET_DUMPABLE 0, prctl(2)). root still can.
/// Called once, before the first secret is read. False when the kernel refuses; nothing may be read then.
bool keep_memory_private();

} // namespace easel::tools
