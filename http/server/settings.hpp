#pragma once

#include "policies/operators.hpp"
#include "policies/rate_limit.hpp"
#include "policies/retention.hpp"
#include "policies/strikes.hpp"
#include "policies/traces.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace easel::server {

/// The header that trusted peers write the client's address in. One, because a proxy passes on whatever else a client
/// sent.
enum class forwarding_header : std::uint8_t { x_forwarded_for, cf_connecting_ip };

/// What one IPv4 address, or one IPv6 /64, may ask of the public API.
struct address_limit_settings {
  policies::address_rates rates;
  int addresses = 65'536; ///< counted at a time and class
};

/// How a listener proves who it is, and whom it lets in. Files are PEM.
struct tls_settings {
  std::string certificate; ///< its own first, then those between it and its root; empty: no TLS
  std::string key;         ///< of the first certificate, not encrypted, not readable by everybody
  /// Who signs the certificates of clients. Set: whoever shows none of theirs gets no further than the handshake.
  std::string client_ca;
  duration handshake_limit = std::chrono::seconds(5);
};

/// Where a listener listens and what it endures. The public API may have several, operators have one.
struct listener_settings {
  std::string name = "public";       ///< what logs and metrics call it
  std::string address = "127.0.0.1"; ///< an IP address
  std::uint16_t port = 8080;         ///< 0: any free one; `listener::port` tells which
  std::string socket_path;           ///< a unix socket instead of address and port; empty: none
  std::uint32_t socket_mode = 0660;  ///< permissions of that socket: who may connect
  tls_settings tls;
  std::string public_url; ///< where clients reach it; https:// makes every answer say so (HSTS); empty: unknown
  int threads = 1;
  int max_connections = 10'000;      ///< further ones are closed as they come
  int connections_per_address = 100; ///< of one IPv4 address or IPv6 /64; further ones are closed as they come
  /// Peers that are believed about whose request they pass on, and not bound by `connections_per_address`.
  std::vector<std::string> trusted_proxies;
  forwarding_header forwarded_by = forwarding_header::x_forwarded_for;
  /// Origins other than the listener's own whose pages may write with a person's session: "https://studio.example".
  std::vector<std::string> trusted_origins;

  // Soft limits are answered with 413, 414 or 431. Beyond the hard ones RESTinio closes without an answer, unless a
  // body was announced to be that long: then it is not read, and refused like others.
  std::size_t soft_body = 512u << 10;
  std::size_t hard_body = 1u << 20;
  std::size_t soft_target = 4096;
  std::size_t hard_target = 8192;
  std::size_t soft_fields = 64;
  std::size_t hard_fields = 128;
  std::size_t soft_field_value = 8192;
  std::size_t hard_field_value = 16384;
  std::size_t hard_field_name = 256;
  std::size_t soft_fields_total = 32u << 10; ///< bytes of all names and values

  duration read_limit = std::chrono::seconds(15);       ///< one whole request, from its first byte
  duration keep_alive_limit = std::chrono::seconds(15); ///< how long a connection may wait for a request to begin
  duration write_limit = std::chrono::seconds(30);      ///< one piece of an answer, at most 256 KiB
  /// After an answer to a request whose body was not read: how long its client may go on sending before it is cut off.
  duration linger_limit = std::chrono::seconds(5);
  /// Longest time without a byte of an answer. Must exceed every wait of a handler.
  duration answer_limit = std::chrono::seconds(960);

  [[nodiscard]] bool has_tls() const { return !tls.certificate.empty(); }
  /// Whoever gets through to this listener is the edge: it could open the socket, or showed a certificate that we had
  /// signed. Its word is taken about whose request it passes on, and `connections_per_address` does not bind it.
  [[nodiscard]] bool proves_peers() const { return !socket_path.empty() || !tls.client_ca.empty(); }
};

/// What the pages of the policy documents state: the settings that enforce it.
struct document_facts {
  policies::retention_windows retention;
  policies::strike_policy strikes;
  credits daily_allowance;
};

/// What the handlers of the public API need to know.
struct api_settings {
  duration silence_limit = std::chrono::seconds(90); ///< a synchronous call is answered 409 after this
  duration max_wait = std::chrono::seconds(60);      ///< the largest ?wait of a long poll
  duration heartbeat = std::chrono::seconds(10);     ///< comment lines of event streams
  int stream_backlog = 64;                           ///< events not yet sent to one reader before it is cut off
  std::size_t webhook_body = 64u << 10;
  /// Origin to which the form that begins a sign-in leads in the end, for the page's Content-Security-Policy. Empty:
  /// nobody can sign in.
  std::string sign_in_origin;
  std::string public_url; ///< where browsers find the service, without a final slash: Checkout sends them back to it
  document_facts documents;
};

struct operator_settings {
  /// Bearer token of programs that look and act, with the rights of an admin; empty: there is none.
  secret_text token;
  policies::operator_session_limits sessions;
  policies::trace_limits traces;
  bool chaos = true; ///< whether an admin may have an actor fail; config::load makes it false for production
};

} // namespace easel::server
