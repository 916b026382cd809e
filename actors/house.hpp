#pragma once

#include "actors/audit_parts.hpp"
#include "actors/billing_door.hpp"
#include "actors/console_door.hpp"
#include "actors/front_door.hpp"
#include "actors/google_parts.hpp"
#include "actors/log_control.hpp"
#include "actors/retention_parts.hpp"
#include "actors/rights_door.hpp"
#include "actors/settings.hpp"
#include "actors/sign_in_door.hpp"
#include "actors/stripe_parts.hpp"
#include "http/client/upstreams.hpp"
#include "persistence/keyring.hpp"
#include "persistence/privacy_requests.hpp"
#include "persistence/revocations.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace easel::actors {

/// Everything that the house needs from outside. Clients are shared with calls in flight.
struct house_parts {
  std::shared_ptr<const persistence::keyring> keys;
  std::function<std::unique_ptr<persistence::store>()> open_store; ///< called on store threads
  /// Hears what ends; called on its listener's thread. Without it no caller is remembered from call to call.
  std::function<std::unique_ptr<persistence::revocation_source>()> open_revocations;

  std::function<std::unique_ptr<persistence::rights>()> open_rights; ///< called on the rights actor's thread

  template <class Client>
  struct credential {
    connection_settings settings;
    std::shared_ptr<Client> client;
  };
  std::vector<credential<client::moderation_client>> moderation;
  std::vector<credential<client::drawing_client>> sub2api;
  std::vector<credential<client::task_client>> kie;

  google_parts google;
  stripe_parts stripe;

  std::optional<retention_parts> retention; ///< none: nothing is reaped from here
  std::optional<audit_parts> audit;         ///< none: nothing is proved from here

  std::function<std::unique_ptr<persistence::console_store>()> open_console;     ///< called on the console's thread
  std::function<std::unique_ptr<persistence::operator_store>()> open_operators;  ///< the same
  std::function<std::unique_ptr<persistence::privacy_requests>()> open_requests; ///< the same; may be empty
  bool allows_chaos = false; ///< whether an admin may have an actor fail
  policies::operator_session_limits operator_sessions;
  policies::trace_limits traces;
  std::vector<setting_line> configuration; ///< in force, for operators; without its secrets
  log_parts log;

  std::function<instant()> wall_clock; ///< civil time; must agree with the database's to within a minute
};

/// The whole actor system behind a door without CAF: starts in the constructor, ends in the destructor.
class house {
public:
  house(house_settings settings, house_parts parts);
  ~house();
  house(const house&) = delete;
  house& operator=(const house&) = delete;

  [[nodiscard]] front_door& door();
  [[nodiscard]] sign_in_door& sign_in();
  [[nodiscard]] rights_door& rights();
  [[nodiscard]] billing_door& billing();
  [[nodiscard]] console_door& console();

  /// For each request that was answered: its line joins the access log soon. Any thread, also after `shut_down`; never
  /// waits for the database.
  void log_access(persistence::access_record line);

  /// Blocks until the lease is held and calls are let in. False when `limit` passed first.
  bool wait_ready(duration limit);

  /// Refuses new generations, waits for those under way at most `settings.drain`, and gives the lease up, so that
  /// other nodes take over what is left at once. Blocks. Called once; the destructor calls it otherwise. The access log
  /// goes on until the destructor, which gives it five seconds to write what waits.
  void shut_down();

  /// Prometheus text: counts and depths, never a name of a person's thing. Any thread.
  [[nodiscard]] std::string metrics() const;
  /// The whole page that Prometheus reads, for the console to look whether a series is missing; called on its thread,
  /// each half minute. Returns once nobody reads the one before any more; an empty function: it is not looked at.
  void look_at_metrics(std::function<std::string()> page);

private:
  class implementation;
  std::unique_ptr<implementation> self_;
};

} // namespace easel::actors
