#pragma once

#include "actors/log_ring.hpp"

#include <memory>

namespace easel::tools {

/// The process' log: to standard error, and its newest lines to `ring`. Called once, before anything is said.
void open_log(std::shared_ptr<actors::log_ring> ring);

} // namespace easel::tools
