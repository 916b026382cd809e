#include "tests/http_client/signing.hpp"

#include "policies/vocabulary/base64.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdexcept>

namespace easel::test {
namespace {

void require(bool good) {
  if (!good)
    throw std::runtime_error("OpenSSL refuses what a test needs");
}

std::string number(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> owned(value, &BN_free);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

std::string sign_with(EVP_PKEY* key, std::string_view message, const EVP_MD* digest, int padding) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* options = nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 0;
  require(EVP_DigestSignInit(context.get(), &options, digest, nullptr, key) == 1
          && EVP_PKEY_CTX_set_rsa_padding(options, padding) == 1
          && EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) == 1);
  std::string signature(size, '\0');
  require(
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, message.size())
    == 1);
  signature.resize(size);
  return signature;
}

} // namespace

rsa_pair::rsa_pair(unsigned bits) : key_(EVP_RSA_gen(bits)) { require(key_ != nullptr); }

const rsa_pair& rsa_pair::issuer() {
  static const rsa_pair key(2048);
  return key;
}

const rsa_pair& rsa_pair::stranger() {
  static const rsa_pair key(2048);
  return key;
}

const rsa_pair& rsa_pair::weak() {
  static const rsa_pair key(1024);
  return key;
}

nlohmann::json rsa_pair::jwk(const std::string& id) const {
  return {{"kty", "RSA"},
          {"kid", id},
          {"use", "sig"},
          {"alg", "RS256"},
          {"n", encode_base64url(number(key_.get(), OSSL_PKEY_PARAM_RSA_N))},
          {"e", encode_base64url(number(key_.get(), OSSL_PKEY_PARAM_RSA_E))}};
}

std::string rsa_pair::sign(std::string_view message, const EVP_MD* digest) const {
  return sign_with(key_.get(), message, digest, RSA_PKCS1_PADDING);
}

std::string rsa_pair::sign_pss(std::string_view message) const {
  return sign_with(key_.get(), message, EVP_sha256(), RSA_PKCS1_PSS_PADDING);
}

std::string rsa_pair::pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  require(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), reinterpret_cast<unsigned char*>(mac.data()), &size);
  mac.resize(size);
  return mac;
}

std::string unsigned_token(std::string_view header, std::string_view payload) {
  return encode_base64url(header) + '.' + encode_base64url(payload);
}

std::string signed_token(const rsa_pair& key, std::string_view header, std::string_view payload) {
  const auto text = unsigned_token(header, payload);
  return text + '.' + encode_base64url(key.sign(text));
}

} // namespace easel::test
