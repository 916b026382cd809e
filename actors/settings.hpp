#pragma once

#include "http/client/kie_callback.hpp"
#include "policies/billing_catalogue.hpp"
#include "policies/breaker.hpp"
#include "policies/catalogue.hpp"
#include "policies/moderation.hpp"
#include "policies/rate_limit.hpp"
#include "policies/sign_in.hpp"
#include "policies/upstream_failure.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace easel::actors {

/// One upstream credential: one provider connection.
struct connection_settings {
  std::string label; ///< the operator's name for it; shown in console and metrics, stored with each dispatch
  int weight = 1;
  int concurrency = 8;       ///< most calls at a time
  int starts_per_window = 0; ///< 0: no limit
  duration window = std::chrono::seconds(10);
  std::int64_t credit_floor = 0; ///< intake stops when the upstream's credit falls below; 0: not polled
  duration credit_interval = std::chrono::minutes(1);
};

struct tier_limits {
  int max_active_per_account = 8; ///< generations not yet ended, over all nodes
  int max_queued = 10'000;        ///< waiting for a slot on this node
};

struct deadlines {
  duration moderation = std::chrono::seconds(30); ///< all attempts together
  duration queue = std::chrono::minutes(5);       ///< waiting for a slot
  duration drawing = std::chrono::minutes(11);    ///< a sub2api call, with its retry
  duration task = std::chrono::minutes(15);       ///< a kie.ai task, from its creation
  duration unknown = std::chrono::minutes(20);    ///< a paid create whose answer was lost: until its hold is released
  duration store = std::chrono::seconds(30);      ///< one write, with its repeats
};

/// Between the end of a request and its line in the access log.
struct access_log_settings {
  int queue = 10'000;                       ///< lines that wait; further ones are dropped and counted
  int batch = 500;                          ///< lines in one statement
  duration flush = std::chrono::seconds(1); ///< how long a line may wait for others
};

struct sign_in_settings {
  /// Where browsers find this service, without a final slash: Google sends them back to `/sign-in/callback` under it.
  std::string public_url;
  policies::sign_in_windows windows;
  duration session_life = std::chrono::hours(24 * 30); ///< no cookie asks to be kept longer
  int under_way = 1000;            ///< steps of sign-ins that this node works on at a time; beyond: 503 at once
  std::string terms_version = "1"; ///< what a new person accepts; kept with the account
};

/// What one node does at a time for people who exercise their rights.
struct rights_limits {
  int under_way = 100; ///< wishes that wait for an answer; beyond: 503 at once
  int exports = 8;     ///< being written, each of which holds one image in memory
};

struct house_settings {
  unsigned workers = 1; ///< CAF's scheduler threads; more than one per core only fight (hot path notes)
  int store_writers = 1;
  int store_readers = 1;
  bool detached_stores = true; ///< own threads; off in virtual time
  int store_queue = 20'000;    ///< commands waiting for a writer or reader; beyond: unavailable at once
  int store_batch = 128;       ///< commands in one transaction
  std::size_t store_batch_bytes = 24u << 20;

  policies::catalogue catalogue;
  policies::moderation_policy moderation;
  policies::retry_policy retry;
  policies::breaker_policy breaker;
  policies::rate_limits account_rates{{60, 30}, {1200, 300}};
  policies::rate_limits key_rates{{30, 15}, {600, 150}};
  tier_limits free_tier;
  tier_limits paid_tier{16, 10'000};
  credits daily_allowance = credits::unchecked(10);
  deadlines limits;

  int max_live_generations = 20'000;  ///< on this node; beyond: 503 at once
  int max_watchers_per_account = 256; ///< open streams, long polls and synchronous calls
  int max_sessions = 1'000'000;
  duration session_idle = std::chrono::minutes(1);
  duration key_cache = std::chrono::seconds(30); ///< how long a key or session is trusted before it is read again
  int key_cache_size = 100'000;
  duration account_fresh = std::chrono::seconds(1); ///< how long an account as it was read serves whoever has a key

  sign_in_settings sign_in;
  rights_limits rights;
  policies::billing_settings billing;

  duration sweep = std::chrono::milliseconds(250); ///< how often deadlines are looked at
  duration heartbeat = std::chrono::seconds(1);
  duration dead_after = std::chrono::seconds(5); ///< a silent node's rows are taken over
  int takeover_batch = 500;
  int max_restarts = 3; ///< of one generation, over all nodes
  duration drain = std::chrono::seconds(30);
  int partitions_ahead = 14; ///< days
  access_log_settings access_log;

  /// Address under which kie.ai reaches `/webhooks/kie/…`; empty: polling alone.
  std::string callback_base_url;
  /// Of each credential of kie.ai. A callback counts only for calls that were begun with the one it comes from.
  std::vector<client::kie::callback_account> callback_accounts;

  [[nodiscard]] const tier_limits& limits_of(tier t) const { return t == tier::free ? free_tier : paid_tier; }
};

} // namespace easel::actors
