#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <string>
#include <string_view>

/// Ed25519 (RFC 8032) over the bytes of a report. Keys come as PEM: PKCS #8 for the private, SubjectPublicKeyInfo for
/// the public one. Errors are sentences without anything of a key.
namespace easel::persistence {

struct report_signature {
  std::string bytes;  ///< 64 of them
  std::string key_id; ///< "sha256:" and the hash of the public key's DER, in hex
};

[[nodiscard]] expected<report_signature, std::string> sign_report(const secret_text& private_pem,
                                                                  std::string_view report);

/// The key's id when the signature holds; otherwise why not.
[[nodiscard]] expected<std::string, std::string> verify_report(std::string_view public_pem, std::string_view report,
                                                               std::string_view signature);

} // namespace easel::persistence
