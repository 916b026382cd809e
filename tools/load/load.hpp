#pragma once

#include "tools/load/options.hpp"

#include <nlohmann/json.hpp>

namespace easel::load {

/// Opens all connections, then starts on all at once; returns when the plan is done. One thread.
nlohmann::ordered_json run(const plan& what);

} // namespace easel::load
