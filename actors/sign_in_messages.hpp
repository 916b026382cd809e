#pragma once

#include "actors/context.hpp"
#include "actors/sign_in_door.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>
#include <utility>

/// From the sign-in door to the actor behind it.
namespace easel::actors {

/// Whoever waits for a step of a sign-in: told once; dropped untold, it is `unavailable`. Counts as under way from its
/// making to its answer, and its outcome is counted there.
template <class T>
class sign_in_waiter {
public:
  sign_in_waiter(sign_in_reply<T> to, std::shared_ptr<gauges> counts) : to_(std::move(to)), counts_(std::move(counts)) {
    counts_->signing_in.fetch_add(1, std::memory_order_relaxed);
  }
  sign_in_waiter(const sign_in_waiter&) = delete;
  sign_in_waiter& operator=(const sign_in_waiter&) = delete;
  ~sign_in_waiter() { fail(sign_in_step::unavailable); }

  void fail(sign_in_step why) { tell(why, easel::unexpected(why)); }
  template <class... Value>
  void succeed(sign_in_step as, Value&&... value) {
    tell(as, expected<T, sign_in_step>(std::forward<Value>(value)...));
  }

private:
  void tell(sign_in_step as, expected<T, sign_in_step> what) {
    auto to = std::exchange(to_, nullptr);
    if (!to)
      return;
    counts_->signing_in.fetch_sub(1, std::memory_order_relaxed);
    counts_->sign_ins[static_cast<std::size_t>(as)].fetch_add(1, std::memory_order_relaxed);
    to(std::move(what));
  }

  sign_in_reply<T> to_;
  std::shared_ptr<gauges> counts_;
};
template <class T>
using sign_in_waiter_ptr = std::shared_ptr<sign_in_waiter<T>>;

struct begin_step {
  std::optional<digest> cookie;
  std::string return_path;
  sign_in_waiter_ptr<begun_sign_in> waiter;
};
struct callback_step {
  std::optional<digest> cookie;
  std::shared_ptr<const sign_in_callback> what;
  sign_in_waiter_ptr<finished_sign_in> waiter;
};
struct pending_step {
  digest cookie{};
  sign_in_waiter_ptr<persistence::person_to_confirm> waiter;
};
struct confirm_step {
  digest cookie{};
  std::string device;
  sign_in_waiter_ptr<finished_sign_in> waiter;
};
struct decline_step {
  digest cookie{};
  sign_in_waiter_ptr<void> waiter;
};
struct sign_out_step {
  digest cookie{};
  sign_in_waiter_ptr<void> waiter;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::begin_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::callback_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::pending_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::confirm_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::decline_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::sign_out_step)
