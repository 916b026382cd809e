#pragma once

#include "actors/front_door.hpp"
#include "actors/provider_messages.hpp"
#include "persistence/store.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <atomic>
#include <memory>

/// The conversation about one generation: session → router (start it), generation → session (what happened),
/// router → generation (what it should do).
namespace easel::actors {

/// Characters of the unguessable part of a callback's path: 256 bits in hex.
inline constexpr std::size_t callback_token_length = 64;

/// Durable and accepted: what a generation needs to do its work. Immutable, shared by those who name it.
struct generation_order {
  generation_id id;
  account_id account;
  tier of_tier = tier::free;
  policies::generation_plan plan;
  prompt_ptr prompt;
};
using order_ptr = std::shared_ptr<const generation_order>;

/// A few words that change too often for messages, or must not wait behind others: read by several actors at any time.
struct live_facts {
  static constexpr std::int64_t never = INT64_MAX;
  static constexpr std::int64_t at_once = INT64_MIN;
  std::atomic<std::int64_t> deadline{never};    ///< the actor clock's nanoseconds; the router's sweep looks at it
  std::atomic<std::int32_t> queue_position{-1}; ///< -1: not waiting
  std::atomic<std::int64_t> wait_us{0};         ///< estimated, while it waits
  std::atomic<bool> withdrawn{false}; ///< its account is closed or restricted: nothing more of it is sent to anybody

  /// By its session. Its actor is woken with the router's next sweep.
  void withdraw() {
    withdrawn = true;
    deadline = at_once;
  }
  /// By its actor. Whoever withdraws it meanwhile is not overruled.
  void set_deadline(std::int64_t at) {
    deadline = at;
    if (withdrawn)
      deadline = at_once;
  }
};
using facts_ptr = std::shared_ptr<live_facts>;

/// Where a generation starts: at the beginning, or from its row after a crash or a takeover.
struct starting_point {
  order_ptr order;
  persistence::ownership owner;
  std::shared_ptr<const persistence::resumable> resumed; ///< null at the beginning
};

/// session → router, and router → itself after a takeover.
struct start_generation {
  starting_point from;
  facts_ptr facts;
  caf::actor session;
};
/// router → session: this generation runs here now; it was taken over or resumed.
struct adopted {
  std::shared_ptr<const persistence::resumable> row;
  facts_ptr facts;
};

/// router → generation.
struct cancel {};
struct deadline_passed {};
/// A callback said that this image's task is worth a look; `task` is what it is called upstream.
struct task_hinted {
  std::int16_t index = 0;
  std::string task;
};

/// generation → session. The row's changes, in order.
struct passed_moderation {
  generation_id id;
  policies::verdict verdict;
};
struct was_dispatched {
  generation_id id;
  recipient to = recipient::sub2api;
  instant at;
};
struct partial_arrived {
  generation_id id;
  std::int16_t index = 0;
  int partial_index = 0;
  blob bytes;
};
struct image_kept {
  generation_id id;
  persistence::image_row image;
  blob bytes;
};
struct has_ended {
  generation_id id;
  generation_state state = generation_state::failed;
  failure reason = failure::none;
  credits charged;
  credits balance;
  std::optional<policies::verdict> verdict;
  bool discarded = false; ///< its content was deleted on the person's wish
  instant at;
};
/// Another node owns it, or it will be resumed: watch the row instead.
struct went_elsewhere {
  generation_id id;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::start_generation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::adopted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::cancel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::deadline_passed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::task_hinted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::passed_moderation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::was_dispatched)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::partial_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::image_kept)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::has_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::went_elsewhere)
