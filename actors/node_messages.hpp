#pragma once

#include "persistence/store.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>
#include <vector>

/// The lease's conversation: node → root, node → router.
namespace easel::actors {

/// node → root: the lease is held, work may start.
struct joined {
  node_id node;
};
/// root → node: where adopted rows and cancel requests go.
struct serve_router {
  caf::actor router;
};
/// node → router: rows of a node that is gone are this node's now.
struct rows_adopted {
  std::shared_ptr<std::vector<persistence::resumable>> rows;
};
/// node → router: a person asked another node (or this one) to cancel these.
struct cancels_found {
  std::vector<generation_id> ids;
};
/// node → router: callbacks, to this node or another, for calls whose own answer is still out.
struct hints_found {
  std::vector<persistence::task_hint> hints;
};
/// node → router: everything in work that is this node's by its row, whether or not an actor works on it.
struct rows_owned {
  std::vector<generation_id> ids;
};
/// root → node: give the lease up, then end.
struct give_up_lease {};
/// node → root.
struct left {};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::joined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::serve_router)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::rows_adopted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::cancels_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::hints_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::rows_owned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::give_up_lease)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::left)
