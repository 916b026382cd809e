#pragma once

#include "actors/settings.hpp"
#include "persistence/store.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <memory>

namespace easel::actors {

/// Opens one connection to the durable state. Called on a worker's own thread.
using open_store = std::function<std::unique_ptr<persistence::store>()>;

/// The house's way to the database: one handle for all actors, a few detached workers behind it. Writes that wait
/// are gathered into one transaction. Takes `store_write` and `store_query`; a worker that dies is replaced, and
/// what it held is answered `unavailable`.
caf::actor spawn_store(caf::event_based_actor* root, const house_settings& settings, open_store open);

} // namespace easel::actors
