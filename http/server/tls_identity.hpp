#pragma once

#include "http/server/settings.hpp"
#include "policies/vocabulary/expected.hpp"

#include <chrono>
#include <memory>
#include <string>

struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace easel::server {

/// What a TLS listener shows of itself and asks of others, loaded and checked. Immutable: any thread.
struct tls_identity {
  std::shared_ptr<ssl_ctx_st> context; ///< ready for handshakes
  std::chrono::sys_seconds expires;    ///< when the first certificate of its chain does
  /// Among `client_ca` is the one that signs the certificate which all customers of Cloudflare share
  /// (developers.cloudflare.com, Authenticated Origin Pulls): it proves "some customer of Cloudflare" and no more.
  bool admits_any_cloudflare_zone = false;
};

struct tls_problem {
  std::string key; ///< of the settings: "certificate", "key" or "client_ca"
  std::string reason;
};

/// Reads the files and checks that they are fit for use at `now`: readable, whole, within their time, and a key that
/// belongs to the certificate. TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only, HTTP/1.1 only
/// where a client asks (ALPN), no renegotiation, and no resumption: every connection proves itself anew.
/// Blocks on the file system.
[[nodiscard]] expected<tls_identity, tls_problem> load_tls_identity(const tls_settings& settings,
                                                                    std::chrono::sys_seconds now);

} // namespace easel::server
