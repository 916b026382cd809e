#pragma once

#include "actors/call_messages.hpp"
#include "actors/caller_cache.hpp"
#include "actors/context.hpp"
#include "actors/generation_messages.hpp"
#include "actors/live_sessions.hpp"
#include "actors/provider_messages.hpp"
#include "actors/provider_pool.hpp"
#include "actors/store_messages.hpp"
#include "policies/unattended_rows.hpp"

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

/// Private to router*.cpp: what the router knows, all of it a cache of the database or of its children.
namespace easel::actors {

struct router_state {
  static inline const char* name = "router";

  struct live_generation {
    caf::actor actor; ///< null while it is being resumed
    order_ptr order;
    facts_ptr facts;
    caf::actor session;
  };
  struct child {
    enum class kind { session, generation, connection } is = kind::session;
    account_id account;
    generation_id generation;
    recipient to = recipient::sub2api;
    std::size_t member = 0;
  };

  router_state() = default;
  router_state(const router_state&) = delete;
  router_state& operator=(const router_state&) = delete;

  /// Whatever ends the router ends its children: their alarms would keep them alive, working under a lease that is
  /// gone.
  ~router_state() {
    const auto end = [](const caf::actor& one) {
      if (one)
        caf::anon_send<caf::message_priority::high>(
          one, caf::exit_msg{one.address(), caf::make_error(caf::exit_reason::user_shutdown)});
    };
    sessions.for_each(end);
    for (const auto& [id, generation] : generations)
      end(generation.actor);
    for (const auto& connection : moderators)
      end(connection);
    for (const auto& pool : pools)
      for (const auto& member : pool.members())
        end(member.connection);
    if (told_lines)
      told_lines->clear();
    if (counts) // the gauge outlives this router
      counts->live.fetch_sub(static_cast<std::int64_t>(generations.size()), std::memory_order_relaxed);
  }

  std::shared_ptr<gauges> counts;
  store_port store;
  // In the state, not in the actor: handles to children that outlived the router's end would hold it, and it them.
  std::deque<provider_pool> pools; ///< by tier
  caller_cache callers{{}};
  std::vector<session_id> seen; ///< told to the store with the next sweep
  live_sessions sessions;
  std::unordered_map<generation_id, live_generation> generations;
  std::unordered_map<caf::actor_id, child> children;
  std::vector<caf::actor> moderators;
  std::size_t next_moderator = 0;
  policies::unattended_rows unattended;
  int callbacks = 0;                   ///< of kie.ai, being looked up
  std::vector<generation_id> answered; ///< told to the store with the next sweep
  std::optional<drain> draining;
  std::array<std::uint64_t, 2> assigned_before{}; ///< by tier, at the last sweep
  std::array<policies::line_watch, all_tiers.size()> lines;
  std::shared_ptr<line_board> told_lines; ///< null: nothing was told yet
  int sweeps = 0;
  std::size_t next_bucket = 0; ///< of `generations`, where publishing positions goes on
};

} // namespace easel::actors
