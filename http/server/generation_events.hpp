#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

#include <memory>

namespace easel::server {

/// The watcher behind GET /v1/generations/{id}/events: opens the stream once the generation is known, begins with
/// its present state, then sends each event with its sequence as `id`, so that Last-Event-ID resumes after it.
[[nodiscard]] std::shared_ptr<actors::watcher> stream_generation_events(exchange_ptr asked, stream_options options);

} // namespace easel::server
