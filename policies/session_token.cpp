#include "policies/session_token.hpp"

#include "policies/vocabulary/base64.hpp"

namespace easel::policies {

secret_text make_session_token(const std::array<std::uint8_t, 32>& random) {
  return secret_text(encode_base64url(std::string(random.begin(), random.end())));
}

bool is_session_token(std::string_view text) {
  const auto bytes = decode_base64url(text);
  return bytes && bytes->size() == 32;
}

} // namespace easel::policies
