#pragma once

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

/// An issuer of tokens, with which tests sign good ones and every kind of bad one.
namespace easel::test {

class rsa_pair {
public:
  explicit rsa_pair(unsigned bits);

  /// Made once for each size, because making one takes long: an issuer's key, and a stranger's.
  static const rsa_pair& issuer();
  static const rsa_pair& stranger();
  static const rsa_pair& weak(); ///< 1024 bits

  /// The public half as a JWK, with `kid`, `use` and `alg`.
  [[nodiscard]] nlohmann::json jwk(const std::string& id) const;
  /// RSASSA-PKCS1-v1_5 with SHA-256, or with another digest.
  [[nodiscard]] std::string sign(std::string_view message, const EVP_MD* digest = EVP_sha256()) const;
  /// RSASSA-PSS with SHA-256.
  [[nodiscard]] std::string sign_pss(std::string_view message) const;
  /// The public half as PEM: what HS256 is keyed with by those who hope for a confused verifier.
  [[nodiscard]] std::string pem() const;

private:
  struct free_key {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::unique_ptr<EVP_PKEY, free_key> key_;
};

std::string hmac_sha256(std::string_view key, std::string_view message);

/// header.payload, both in base64url.
std::string unsigned_token(std::string_view header, std::string_view payload);

/// The same with `key`'s signature.
std::string signed_token(const rsa_pair& key, std::string_view header, std::string_view payload);

} // namespace easel::test
