#include "http/client/stripe_signature.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace easel::client::stripe {
namespace {

constexpr std::size_t most_signatures = 16; // Stripe sends one for each active secret
constexpr std::size_t longest_timestamp = 12;

struct signature_header {
  std::string_view timestamp;
  std::vector<std::string_view> signatures;
};

/// `key=value` pairs with commas and nothing else between them. Other schemes than v1 are left aside: v0 is a decoy.
std::optional<signature_header> parse(std::string_view text) {
  signature_header out;
  bool has_time = false;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos)
      continue;
    const auto key = pair.substr(0, equals);
    const auto value = pair.substr(equals + 1);
    if (key == "v1" && out.signatures.size() < most_signatures)
      out.signatures.push_back(value);
    if (key != "t")
      continue;
    if (std::exchange(has_time, true))
      return std::nullopt;
    out.timestamp = value;
  }
  if (out.timestamp.empty() || out.signatures.empty())
    return std::nullopt;
  return out;
}

std::optional<std::int64_t> seconds_of(std::string_view text) {
  std::int64_t out = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || stop != end || text.size() > longest_timestamp || out < 0)
    return std::nullopt;
  return out;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

std::string sign(const secret_text& secret, std::string_view timestamp, std::string_view body) {
  std::string text;
  text.reserve(timestamp.size() + 1 + body.size());
  text.append(timestamp).append(1, '.').append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  const auto& key = secret.reveal();
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), mac.data(), &length)
      == nullptr)
    throw std::runtime_error("HMAC-SHA256 failed");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < length; ++i)
    out.append({digits[mac[i] >> 4], digits[mac[i] & 15]});
  return out;
}

expected<void, signature_fault> verify_signature(std::string_view body, std::string_view header,
                                                 std::span<const secret_text> secrets, instant now) {
  const auto given = parse(header);
  const auto at = given ? seconds_of(given->timestamp) : std::nullopt;
  if (!at)
    return unexpected(signature_fault::mismatch);
  bool genuine = false;
  for (const auto& secret : secrets) {
    if (secret.empty())
      continue;
    const auto own = sign(secret, given->timestamp, body);
    for (const auto signature : given->signatures)
      genuine = same(own, signature) || genuine;
  }
  if (!genuine)
    return unexpected(signature_fault::mismatch);
  const auto age = std::chrono::seconds(unix_seconds(now) - *at);
  if (age > signature_tolerance || -age > signature_tolerance)
    return unexpected(signature_fault::stale);
  return {};
}

} // namespace easel::client::stripe
