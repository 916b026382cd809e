#pragma once

#include "actors/settings.hpp"
#include "http/client/google_client.hpp"
#include "http/client/stripe_client.hpp"
#include "http/server/settings.hpp"
#include "persistence/settings.hpp"
#include "policies/image_inspection.hpp"
#include "policies/retention_schedule.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Everything that can be set. Where a layer declares a settings struct of its own, that struct is filled as it is;
/// the rest are plain sections. Keys and bounds are in `schema.cpp`, their meaning for people in `easel.toml`.
namespace easel::config {

/// Production refuses whatever is only fit for a developer's machine, each by name (`checks.hpp`).
enum class deployment : std::uint8_t { development, production };

/// What development falls back to when no master key is set. Public, hence refused in production.
inline constexpr std::string_view development_master_key =
  "646576656c6f706d656e74206f6e6c793a206e6f7420612073656372657421aa";

/// Keys that start like this belong to the simulator of the upstreams.
inline constexpr std::string_view simulated_key_prefix = "sk-sim-";

struct accounts_section {
  bool allow_operator_accounts = false; ///< accounts made by easelctl, without Google
};

/// How the auditor works (policies/evidence.hpp).
struct audit_section {
  duration interval = std::chrono::minutes(1); ///< a proof older than twice this counts as none
  duration timeout = std::chrono::minutes(1);  ///< one of its statements
  std::string signing_key_file;                ///< of reports: a private key for Ed25519 in PEM; empty: not signed
};

/// Stripe as the seller's account there has it. Without a key nothing is sold.
struct stripe_section {
  secret_text key;
  secret_text webhook_secret;
  secret_text old_webhook_secret; ///< while Stripe signs with both: at most 24 h after the secret was rolled
  std::string base_url = "https://api.stripe.com"; ///< another one is a stand-in: development only
  duration timeout = std::chrono::seconds(15);     ///< of one call

  [[nodiscard]] bool enabled() const { return !key.empty(); }
  /// Whether the key moves real money.
  [[nodiscard]] bool live() const { return key.reveal().find("_live_") != std::string::npos; }
};

/// One account of ours at an upstream: where it is, how to get in, how much it bears.
struct upstream_credential {
  actors::connection_settings connection;
  std::string base_url; ///< scheme, host, port, optional path; no trailing slash
  secret_text key;
  secret_text webhook_key; ///< of an account at kie.ai: what it signs its callbacks with; empty: they are not checked
};

[[nodiscard]] upstream_credential default_moderation();
[[nodiscard]] upstream_credential default_sub2api();
[[nodiscard]] upstream_credential default_kie();

/// Limits of single upstream calls (upstreams, section 5.1); deadlines of whole steps are the actors' own.
struct upstream_section {
  std::string moderation_model = "omni-moderation-latest";
  duration connect_timeout = std::chrono::seconds(5);
  duration moderation_timeout = std::chrono::seconds(10);
  duration generation_timeout = std::chrono::minutes(10); ///< one sub2api call
  duration idle_timeout = std::chrono::seconds(120);      ///< longest silence on its stream
  duration create_timeout = std::chrono::seconds(30);
  duration poll_timeout = std::chrono::seconds(10);
  duration download_timeout = std::chrono::seconds(60);
  std::vector<std::string> result_hosts{"tempfile.aiquickdraw.com", "file.aiquickdraw.com", "tempfile.redpandaai.co",
                                        "file.kie.ai"}; ///< hosts that kie.ai's result links may point to
  bool allow_loopback = false;                          ///< plain http, and upstreams on this machine; development only
  policies::image_limits image;

  upstream_credential moderation = default_moderation();
  std::vector<upstream_credential> sub2api;
  std::vector<upstream_credential> kie;
};

/// Health, readiness and metrics, beside the public listener.
[[nodiscard]] server::listener_settings default_operator_listener();
/// For an edge that comes over the network: TLS of our own, and a certificate of the edge's.
[[nodiscard]] server::listener_settings default_tls_listener();
/// For an edge on this machine: a tunnel or a proxy.
[[nodiscard]] server::listener_settings default_unix_listener();

struct settings {
  deployment deployed = deployment::development;
  duration clock_shift{}; ///< added to civil time; development only
  server::listener_settings public_listener;
  server::listener_settings tls_listener = default_tls_listener();   ///< [server.tls]; see `public_listeners`
  server::listener_settings unix_listener = default_unix_listener(); ///< [server.unix]; see `public_listeners`
  std::int64_t memory_budget = 12LL << 30; ///< bytes that request bodies may take if every connection sends its most
  server::api_settings api;
  server::address_limit_settings address_limits;
  server::listener_settings operator_listener = default_operator_listener();
  server::operator_settings operators;
  persistence::master_keys keys;
  accounts_section accounts;
  client::google_settings google; ///< as configured; `google_client_settings` adds where its calls may go
  stripe_section stripe;          ///< what is sold is in `house.billing`
  upstream_section upstreams;
  audit_section audit;
  policies::retention_pace retention; ///< how the reaper works; its windows are those of `store`
  persistence::store_settings store;  ///< [database], [strikes], [retention] and [identity]
  persistence::rights_settings rights;
  persistence::erasure_journal_settings erasure_journal;
  persistence::backup_settings backup;
  actors::house_settings house; ///< its catalogue has no default in code: the built-in easel.toml holds it
};

} // namespace easel::config
