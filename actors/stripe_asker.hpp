#pragma once

#include "http/client/stripe_client.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace easel::actors {

/// Asks Stripe one thing at a time and waits for the answer: for actors that have a thread of their own. Nothing of the
/// database is locked meanwhile. An answer that comes after the limit goes nowhere.
class stripe_asker {
public:
  /// `stop` ends every wait early.
  stripe_asker(std::shared_ptr<client::stripe_client> client, duration limit,
               std::shared_ptr<const std::atomic<bool>> stop)
      : client_(std::move(client)), limit_(limit), stop_(std::move(stop)) {}

  /// `start(client, done)` begins one call. Blocks.
  template <class T, class Start>
  [[nodiscard]] expected<T, client::stripe_outcome> ask(Start start) const {
    auto slot = std::make_shared<answer_slot<T>>();
    start(*client_, client::completion<T>([slot](expected<T, policies::upstream_failure> answer) {
      std::lock_guard lock(slot->guard);
      slot->answer = std::move(answer);
      slot->changed.notify_one();
    }));
    std::unique_lock lock(slot->guard);
    const auto until = std::chrono::steady_clock::now() + limit_;
    while (!slot->answer && !*stop_ && std::chrono::steady_clock::now() < until)
      slot->changed.wait_for(lock, std::chrono::milliseconds(100));
    if (!slot->answer)
      return unexpected(client::stripe_outcome::later);
    if (!*slot->answer)
      return unexpected(client::outcome_of(slot->answer->error()));
    return map_value<T>(std::move(*slot->answer));
  }

  [[nodiscard]] bool is_stopped() const { return *stop_; }

private:
  template <class T>
  struct answer_slot {
    std::mutex guard;
    std::condition_variable changed;
    std::optional<expected<T, policies::upstream_failure>> answer;
  };

  template <class T>
  static expected<T, client::stripe_outcome> map_value(expected<T, policies::upstream_failure>&& answer) {
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return std::move(*answer);
  }

  std::shared_ptr<client::stripe_client> client_;
  duration limit_;
  std::shared_ptr<const std::atomic<bool>> stop_;
};

} // namespace easel::actors
