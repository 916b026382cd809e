#pragma once

#include "actors/console_door.hpp"
#include "http/server/console/operator_guard.hpp"
#include "http/server/exchange.hpp"

#include <cstddef>
#include <cstdint>

namespace easel::server {

/// Opens an event stream of one trace: `trace` each second, with the trace as it is and what was recorded since the one
/// before, at most `most_traced_at_once` messages. It begins after the first `after` and ends with the trace, once all
/// that was recorded is told. It holds no message itself: what a slow reader has not heard yet waits in the trace, and
/// a reader that is cut off, as of `sampled_stream`, opens it anew after what it has. `who` may read the trace.
void stream_trace(actors::console_door& door, const exchange_ptr& asked, const actors::operator_caller& who,
                  std::uint64_t id, std::size_t after, operator_guard::recheck recheck);

} // namespace easel::server
