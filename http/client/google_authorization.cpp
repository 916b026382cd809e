#include "http/client/google_authorization.hpp"

#include "http/client/form.hpp"
#include "policies/vocabulary/base64.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <stdexcept>

namespace easel::client::google {

std::string code_challenge(const secret_text& verifier) {
  std::array<char, EVP_MAX_MD_SIZE> hash{};
  unsigned length = 0;
  const auto& text = verifier.reveal();
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(hash.data()), &length, EVP_sha256(),
                 nullptr)
      != 1)
    throw std::runtime_error("SHA-256 failed");
  return encode_base64url({hash.data(), length});
}

bool is_code_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 && std::all_of(text.begin(), text.end(), is_unreserved);
}

std::string encode_authorization_url(std::string_view endpoint, const authorization_request& request) {
  form query{{"response_type", "code"},
             {"client_id", request.client_id},
             {"redirect_uri", request.redirect_uri},
             {"scope", "openid email profile"},
             {"state", request.state.reveal()},
             {"nonce", request.nonce.reveal()},
             {"code_challenge", code_challenge(request.verifier)},
             {"code_challenge_method", "S256"}};
  if (request.choose_account)
    query.emplace_back("prompt", "select_account");
  const char joint = endpoint.find('?') == std::string_view::npos ? '?' : '&';
  return std::string(endpoint) + joint + encode_form(query);
}

} // namespace easel::client::google
