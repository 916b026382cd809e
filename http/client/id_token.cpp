#include "http/client/id_token.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/jws.hpp"

namespace easel::client::google {
namespace {

using nlohmann::json;
using policies::id_claims;
using policies::id_token_fault;

constexpr std::size_t most_audiences = 16;
constexpr int deepest_payload = 16;
constexpr std::int64_t latest = 253'402'300'799; // the end of the year 9999

/// False when the claim is there and no text. Left as it is when it is not there.
bool take(const json& payload, const char* name, std::string& out) {
  if (!payload.contains(name))
    return true;
  out = text_member(payload, name);
  return member(payload, name).is_string();
}

bool take(const json& payload, const char* name, secret_text& out) {
  std::string text;
  const bool fit = take(payload, name, text);
  out = secret_text(std::move(text));
  return fit;
}

bool take(const json& payload, const char* name, std::optional<std::string>& out) {
  return !payload.contains(name) || take(payload, name, out.emplace());
}

bool take(const json& payload, const char* name, std::int64_t& out) {
  const auto seconds = integer_member(payload, name, 0, latest);
  out = seconds.value_or(0);
  return seconds.has_value();
}

bool take_audience(const json& payload, id_claims& out) {
  const auto& aud = member(payload, "aud");
  out.aud_is_list = aud.is_array();
  if (!out.aud_is_list)
    return take(payload, "aud", out.aud.emplace_back());
  if (aud.size() > most_audiences)
    return false;
  for (const auto& each : aud) {
    if (!each.is_string())
      return false;
    out.aud.push_back(each.get<std::string>());
  }
  return true;
}

bool take_email_verified(const json& payload, bool& out) {
  const auto& claim = member(payload, "email_verified");
  if (claim.is_string()) {
    out = claim == "true";
    return out || claim == "false";
  }
  out = claim.is_boolean() && claim.get<bool>();
  return claim.is_boolean() || !payload.contains("email_verified");
}

} // namespace

std::optional<id_claims> decode_claims(std::string_view text) {
  const auto payload = parse_unambiguous(text, deepest_payload);
  if (!payload || !payload->is_object())
    return std::nullopt;
  id_claims out;
  const bool fit = take(*payload, "iss", out.iss) && take_audience(*payload, out) && take(*payload, "azp", out.azp)
                   && take(*payload, "exp", out.exp) && take(*payload, "iat", out.iat)
                   && take(*payload, "nonce", out.nonce) && take(*payload, "sub", out.sub)
                   && take(*payload, "email", out.email) && take_email_verified(*payload, out.email_verified)
                   && take(*payload, "name", out.name);
  return fit ? std::optional(std::move(out)) : std::nullopt;
}

expected<id_claims, id_token_fault> read_id_token(const secret_text& token, const key_set& keys) {
  const auto jws = unverified_jws::parse(token);
  if (!jws)
    return unexpected(jws.error());
  const auto* key = keys.find(jws->key_id());
  if (key == nullptr)
    return unexpected(id_token_fault::unknown_key);
  const auto payload = jws->verify(*key);
  if (!payload)
    return unexpected(payload.error());
  auto claims = decode_claims(payload->reveal());
  if (!claims)
    return unexpected(id_token_fault::malformed);
  return *std::move(claims);
}

} // namespace easel::client::google
