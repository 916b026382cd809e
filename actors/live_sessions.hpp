#pragma once

#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/time.hpp"

#include <caf/actor.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace easel::actors {

/// The session actors of one node, in the order of their last call, so that whoever looks for idle ones looks at those
/// alone: a million sessions need no million alarms. Without a clock, and owned by one actor.
class live_sessions {
public:
  struct session {
    caf::actor actor;
    std::uint64_t entered = 0; ///< calls sent to it
    moment used;               ///< when the last was, or when it was last found idle
    std::list<account_id>::iterator place;
  };
  struct idle_one {
    caf::actor actor;
    std::uint64_t entered = 0;
  };

  [[nodiscard]] std::size_t size() const { return by_account_.size(); }
  [[nodiscard]] session* find(account_id account);
  /// There must not be one.
  session& add(account_id account, caf::actor actor, moment now);
  /// A call goes to it.
  void use(session& one, moment now);
  void erase(account_id account);

  /// Those without a call since `before`, at most `most`, longest idle first. Each counts as used `now`, so that one
  /// with reason to stay is not found again at once.
  [[nodiscard]] std::vector<idle_one> take_idle(moment before, std::size_t most, moment now);

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [account, one] : by_account_)
      visit(one.actor);
  }

private:
  std::unordered_map<account_id, session> by_account_;
  std::list<account_id> order_; ///< longest idle first
};

} // namespace easel::actors
