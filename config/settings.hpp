#pragma once

#include "actors/settings.hpp"
#include "persistence/settings.hpp"
#include "policies/image_inspection.hpp"
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

/// The public listener: HTTP/1.1 without TLS, for a reverse proxy on the same machine or network.
struct server_section {
  std::string address = "127.0.0.1";
  int port = 8080; ///< 0: any free one
  int threads = 1;
  int max_connections = 10'000;
  std::int64_t max_body = 256 * 1024;               ///< bytes of a request's body
  duration read_timeout = std::chrono::seconds(15); ///< for one whole request
  duration write_timeout = std::chrono::seconds(30);
  duration silence_limit = std::chrono::seconds(90); ///< longest synchronous call before 409 `request_in_progress`
  duration heartbeat = std::chrono::seconds(10);     ///< between comments on a silent event stream
  duration max_wait = std::chrono::seconds(60);      ///< largest ?wait=
};

/// The operator's listener: health, readiness, metrics.
struct operator_section {
  std::string address = "127.0.0.1";
  int port = 8081;   ///< 0: any free one
  secret_text token; ///< empty in development only: the listener then answers without one
};

struct keys_section {
  secret_text master; ///< see keyring::from_master; `development_master_key` when development sets none
};

struct accounts_section {
  bool allow_operator_accounts = false; ///< accounts made by easelctl, without Google
};

/// One account of ours at an upstream: where it is, how to get in, how much it bears.
struct upstream_credential {
  actors::connection_settings connection;
  std::string base_url; ///< scheme, host, port, optional path; no trailing slash
  secret_text key;
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
  bool allow_private_hosts = false; ///< whether upstream addresses may be private or loopback; development only
  policies::image_limits image;

  upstream_credential moderation = default_moderation();
  std::vector<upstream_credential> sub2api;
  std::vector<upstream_credential> kie;
};

struct settings {
  deployment deployed = deployment::development;
  duration clock_shift{}; ///< added to civil time; development only
  server_section server;
  operator_section operators;
  keys_section keys;
  accounts_section accounts;
  upstream_section upstreams;
  persistence::store_settings store; ///< [database], [strikes] and [retention]
  actors::house_settings house;      ///< its catalogue has no default in code: the built-in easel.toml holds it
};

} // namespace easel::config
