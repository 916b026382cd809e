#pragma once

#include "actors/provider_messages.hpp"
#include "policies/fair_queue.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace easel::actors {

/// The credentials of one tier and the requests that wait for them. Part of the router's state: who may start is
/// told by credit that the connections give; who is next is decided by fairness between accounts.
class provider_pool {
public:
  struct member {
    caf::actor connection; ///< null while it is being replaced
    std::string label;
    int weight = 1;
    int concurrency = 1;
    int credit = 0; ///< calls that may be assigned now
    std::uint64_t epoch = 0;
    /// For this credential alone, come while it had no connection: at most one for each image whose task runs.
    std::vector<slot_request> bound{};
  };
  using send_assign = std::function<void(const caf::actor& connection, slot_request, std::uint64_t epoch)>;

  explicit provider_pool(send_assign send) : send_(std::move(send)) {}

  std::size_t add(member m);
  /// A connection was started anew: what it gave before is void. Returns its new epoch.
  std::uint64_t renew(std::size_t index);
  /// Its connection has ended: what it gave is void, and what is bound to it waits for the next.
  void lose(std::size_t index);
  void replace(std::size_t index, caf::actor connection);

  void give(const credit_given& credit);
  void withdraw(const credit_withdrawn& credit);
  void weigh(const weight_changed& change);

  /// False when the request names a credential that does not exist.
  [[nodiscard]] bool push(slot_request request);
  void forget(const slot_request& request);

  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }
  [[nodiscard]] std::size_t waiting(account_id account) const { return queue_.size(account); }
  [[nodiscard]] std::optional<std::size_t> position(const slot_request& request) const;
  [[nodiscard]] bool may_start() const;
  /// As `fair_queue::for_each_line`: who waits for any of its credentials.
  template <class See>
  void for_each_line(See see) const {
    queue_.for_each_line(see);
  }
  [[nodiscard]] std::uint64_t assigned() const { return assigned_; } ///< so far
  [[nodiscard]] const std::vector<member>& members() const { return members_; }

private:
  void match();

  send_assign send_;
  std::uint64_t assigned_ = 0;
  std::vector<member> members_;
  policies::fair_queue<account_id, slot_request> queue_;
};

} // namespace easel::actors
