#pragma once

#include "actors/console_door.hpp"
#include "http/server/console/operator_guard.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// Opens an event stream: `sample` each second, with the values of all series and those types, upstreams and queues
/// that have changed since the one before. A reader that falls behind is told `resync` and cut off: it asks for the
/// overview and opens the stream anew. It ends within a minute of its operator's session. 503 when as many watch as
/// may.
void stream_console(actors::console_door& door, const exchange_ptr& asked, operator_guard::recheck recheck);

} // namespace easel::server
