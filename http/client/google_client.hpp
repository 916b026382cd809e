#pragma once

#include "http/client/egress_table.hpp"
#include "http/client/google_discovery.hpp"
#include "http/client/google_token.hpp"
#include "http/client/jwks.hpp"
#include "http/client/upstreams.hpp"
#include "policies/id_token.hpp"
#include "policies/key_cache.hpp"

#include <memory>
#include <set>
#include <string>

/// Sign-in with Google, as far as it is calls of ours (ACCOUNT-1, THIRD-4; billing-identity-edge, section 4). The
/// browser's own way there is `google_authorization.hpp`; what the ID token says is `id_token.hpp`.
namespace easel::client {

struct google_settings {
  policies::id_token_rules token; ///< with our client id; a callback's `iss` and discovery must name its issuer too
  secret_text client_secret;
  policies::key_cache_rules keys;
  google::endpoints at; ///< all three, or none: then they come from `discover`
  /// Where endpoints may be, as host tables spell it. The transport's table must know them under `recipient::google`.
  std::set<std::string> hosts{"accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"};
  bool allow_loopback = false; ///< development only: plain http to a listed host
  call_limits fetch_limits{.connect = std::chrono::seconds(3),
                           .total = std::chrono::seconds(5),
                           .idle = std::chrono::seconds(5),
                           .max_body = 64u << 10}; ///< discovery and keys
  call_limits exchange_limits{.connect = std::chrono::seconds(3),
                              .total = std::chrono::seconds(10),
                              .idle = std::chrono::seconds(10),
                              .max_body = 64u << 10};

  /// Without a client id nobody can sign in.
  [[nodiscard]] bool enabled() const { return !token.client_id.empty(); }
};

/// Nothing is kept and nothing is tried again here: whoever asks decides when (`policies::decide_key`). Redirects are
/// failures. Each call reports exactly once, on the transport's thread.
class google_client {
public:
  virtual ~google_client() = default;
  /// Endpoints on other hosts than the settings name are a failure, the browser's too.
  virtual void discover(completion<google::discovery_document> done) = 0;
  virtual void fetch_keys(const google::endpoints& at, completion<key_set> done) = 0;
  /// The ID token, not yet verified. Sent once, never repeated: a code works once.
  virtual void exchange(const google::endpoints& at, const google::code_exchange& what,
                        completion<secret_text> id_token) = 0;
};

/// The transport must outlive its client.
[[nodiscard]] std::unique_ptr<google_client> make_google_client(transport& net, google_settings settings);

} // namespace easel::client
