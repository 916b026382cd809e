#include "http/client/rs256.hpp"

#include <memory>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace easel::client {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using big_number = std::unique_ptr<BIGNUM, freed_by<&BN_free>>;
using parameter_builder = std::unique_ptr<OSSL_PARAM_BLD, freed_by<&OSSL_PARAM_BLD_free>>;
using parameters = std::unique_ptr<OSSL_PARAM, freed_by<&OSSL_PARAM_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, freed_by<&EVP_PKEY_CTX_free>>;
using public_key = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed_by<&EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

big_number number_of(std::string_view bytes) {
  return big_number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

public_key import(const signing_key& key) {
  const auto modulus = number_of(key.modulus);
  const auto exponent = number_of(key.exponent);
  const parameter_builder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder
      || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1
      || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  const parameters both(OSSL_PARAM_BLD_to_param(builder.get()));
  const key_context context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (!both || !context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, both.get()) != 1)
    return nullptr;
  return public_key(made);
}

} // namespace

bool is_rs256_signature(const signing_key& key, std::string_view message, std::string_view signature) {
  const auto verifier = import(key);
  const digest_context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr; // owned by the context
  const bool good =
    verifier && context && EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, verifier.get()) == 1
    && EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PADDING) == 1
    && EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
  ERR_clear_error(); // what a bad signature left for this thread would be taken for the next caller's
  return good;
}

} // namespace easel::client
