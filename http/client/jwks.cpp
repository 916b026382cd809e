#include "http/client/jwks.hpp"

#include "http/client/bounded_json.hpp"
#include "policies/vocabulary/base64.hpp"

#include <algorithm>
#include <bit>

namespace easel::client {
namespace {

using nlohmann::json;
using policies::failure_class;
using policies::upstream_failure;

constexpr std::size_t most_keys = 32;
constexpr std::size_t longest_id = 255;
constexpr std::size_t least_bits = 2048;
constexpr std::size_t most_bits = 8192; // the cost of one verification grows with it
constexpr std::size_t longest_number = (most_bits / 8 + 2) / 3 * 4;

std::size_t bits_of(std::string_view number) {
  return number.empty() ? 0 : 8 * (number.size() - 1) + std::bit_width(static_cast<unsigned char>(number.front()));
}

bool is_odd(std::string_view number) { return !number.empty() && (number.back() & 1) != 0; }

/// Base64urlUInt (RFC 7518, section 2): no zero byte in front.
std::string read_number(const json& key, const char* name) {
  const auto& text = text_member(key, name);
  if (text.size() > longest_number)
    return {};
  auto number = decode_base64url(text).value_or("");
  return !number.empty() && number.front() == '\0' ? std::string() : number;
}

/// Not there, or there with this value.
bool permits(const json& key, const char* name, std::string_view value) {
  return !key.contains(name) || text_member(key, name) == value;
}

std::optional<signing_key> read_key(const json& entry) {
  if (!entry.is_object() || text_member(entry, "kty") != "RSA" || !permits(entry, "use", "sig")
      || !permits(entry, "alg", "RS256"))
    return std::nullopt;
  signing_key key{text_member(entry, "kid"), read_number(entry, "n"), read_number(entry, "e")};
  if (key.id.empty() || key.id.size() > longest_id)
    return std::nullopt;
  const auto bits = bits_of(key.modulus);
  if (bits < least_bits || bits > most_bits || !is_odd(key.modulus))
    return std::nullopt;
  if (bits_of(key.exponent) < 2 || bits_of(key.exponent) > 32 || !is_odd(key.exponent)) // 1 would verify anything
    return std::nullopt;
  return key;
}

} // namespace

const signing_key* key_set::find(std::string_view id) const {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.id == id; });
  return found == keys.end() ? nullptr : &*found;
}

expected<key_set, upstream_failure> decode_key_set(const answer& got) {
  if (got.status != 200)
    return unexpected(status_failure(got.status, got.retry_after));
  const auto malformed = unexpected(upstream_failure{failure_class::incomplete, std::nullopt, "malformed_answer"});
  const auto body = parse_unambiguous(got.body);
  if (!body)
    return malformed;
  const auto& entries = member(*body, "keys");
  if (!entries.is_array() || entries.size() > most_keys)
    return malformed;
  key_set out{{}, got.max_age};
  for (const auto& entry : entries) {
    auto key = read_key(entry);
    if (key && out.find(key->id) != nullptr)
      return malformed;
    if (key)
      out.keys.push_back(*std::move(key));
  }
  if (out.keys.empty())
    return malformed;
  return out;
}

} // namespace easel::client
