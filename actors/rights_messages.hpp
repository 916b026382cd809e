#pragma once

#include "actors/context.hpp"
#include "actors/rights_door.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>
#include <utility>

/// From the rights door to the actor behind it.
namespace easel::actors {

/// Whoever waits: told once; dropped untold, it is `unavailable`. Counts as under way from its making to its answer.
template <class T>
class rights_waiter {
public:
  rights_waiter(rights_reply<T> to, std::shared_ptr<gauges> counts) : to_(std::move(to)), counts_(std::move(counts)) {
    counts_->rights_under_way.fetch_add(1, std::memory_order_relaxed);
  }
  rights_waiter(const rights_waiter&) = delete;
  rights_waiter& operator=(const rights_waiter&) = delete;
  ~rights_waiter() { fail({rights_refusal::why::unavailable, std::nullopt}); }

  void fail(const rights_refusal& why) { tell(easel::unexpected(why)); }
  template <class... Value>
  void succeed(Value&&... value) {
    tell(expected<T, rights_refusal>(std::forward<Value>(value)...));
  }

private:
  void tell(expected<T, rights_refusal> what) {
    auto to = std::exchange(to_, nullptr);
    if (!to)
      return;
    counts_->rights_under_way.fetch_sub(1, std::memory_order_relaxed);
    to(std::move(what));
  }

  rights_reply<T> to_;
  std::shared_ptr<gauges> counts_;
};
template <class T>
using rights_waiter_ptr = std::shared_ptr<rights_waiter<T>>;

struct preview_wish {
  account_id who;
  rights_waiter_ptr<persistence::erasure_preview> waiter;
};
struct erase_wish {
  account_id who;
  rights_waiter_ptr<persistence::erasure_receipt> waiter;
};
struct restrictions_wish {
  account_id who;
  rights_waiter_ptr<std::vector<persistence::restriction_row>> waiter;
};
struct restrict_wish {
  account_id who;
  std::optional<secret_text> objection;
  rights_waiter_ptr<persistence::restriction_row> waiter;
};
struct lift_wish {
  account_id who;
  rights_waiter_ptr<void> waiter;
};
struct volume_name {
  persistence::export_id of;
  std::size_t number = 1;
};
struct export_wish {
  account_id who;
  std::optional<volume_name> volume; ///< none: begins another export
  rights_waiter_ptr<export_file> waiter;
};
struct exports_wish {
  account_id who;
  rights_waiter_ptr<std::vector<persistence::export_row>> waiter;
};

/// How far an export is. Touched by the actor alone.
struct export_progress {
  account_id who;
  persistence::export_id id;
  persistence::export_cursor cursor;
  std::optional<moment> kept; ///< when the database was last told that it is alive; none: just begun
};
struct portion_wish {
  std::shared_ptr<export_progress> of;
  rights_waiter_ptr<persistence::export_portion> waiter;
  int attempt = 0;
};
struct export_over {
  persistence::export_id id;
};

/// The actor → itself: one more step of an erasure; nobody waits for one that was found unfinished.
struct erasure_due {
  persistence::erasure_id which;
  rights_waiter_ptr<persistence::erasure_receipt> waiter;
  int failures = 0; ///< in a row
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::preview_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::erase_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::restrictions_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::restrict_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::lift_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::export_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::exports_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::portion_wish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::export_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::erasure_due)
