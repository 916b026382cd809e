#include "persistence/report_signature.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <optional>

namespace easel::persistence {

namespace {

struct release {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
};
template <class T>
using owned = std::unique_ptr<T, release>;

using read_pem = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

/// A key under a passphrase is refused rather than asked for at a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

owned<EVP_PKEY> key_of(std::string_view pem, read_pem read) {
  if (pem.size() > 64u << 10)
    return nullptr;
  const owned<BIO> from(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!from)
    return nullptr;
  owned<EVP_PKEY> key(read(from.get(), nullptr, no_passphrase, nullptr));
  return key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519 ? std::move(key) : nullptr;
}

const unsigned char* as_octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::optional<std::string> id_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key, &der);
  if (length <= 0)
    return std::nullopt;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(der, static_cast<std::size_t>(length), hash.data());
  OPENSSL_free(der);
  std::string text = "sha256:";
  for (const auto byte : hash) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

} // namespace

expected<report_signature, std::string> sign_report(const secret_text& private_pem, std::string_view report) {
  const auto key = key_of(private_pem.reveal(), PEM_read_bio_PrivateKey);
  if (!key)
    return unexpected(std::string("the signing key is no private key for Ed25519 in PEM, or is under a passphrase"));
  const owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t length = 64;
  report_signature out{std::string(length, '\0'), id_of(key.get()).value_or("")};
  if (!context || out.key_id.empty() || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1
      || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.bytes.data()), &length, as_octets(report),
                        report.size())
           != 1
      || length != out.bytes.size())
    return unexpected(std::string("libcrypto failed to sign the report"));
  return out;
}

expected<std::string, std::string> verify_report(std::string_view public_pem, std::string_view report,
                                                 std::string_view signature) {
  const auto key = key_of(public_pem, PEM_read_bio_PUBKEY);
  const auto id = key ? id_of(key.get()) : std::nullopt;
  if (!id)
    return unexpected(std::string("the key is no public key for Ed25519 in PEM"));
  const owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1
      || EVP_DigestVerify(context.get(), as_octets(signature), signature.size(), as_octets(report), report.size()) != 1)
    return unexpected(std::string("the signature is not of this report, or not by this key"));
  return *id;
}

} // namespace easel::persistence
