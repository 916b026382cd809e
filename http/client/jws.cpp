#include "http/client/jws.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/rs256.hpp"
#include "policies/vocabulary/base64.hpp"

#include <array>
#include <optional>

namespace easel::client {
namespace {

using policies::id_token_fault;

constexpr std::size_t longest_header = 1024;
constexpr std::size_t longest_key_id = 255;
constexpr int deepest_header = 8;

/// Exactly three parts; the dots are not part of them.
std::optional<std::array<std::string_view, 3>> split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return std::array{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

expected<std::string, id_token_fault> read_key_id(std::string_view encoded) {
  const auto text = decode_base64url(encoded);
  const auto header = text && text->size() <= longest_header ? parse_unambiguous(*text, deepest_header) : std::nullopt;
  if (!header || !header->is_object())
    return unexpected(id_token_fault::malformed);
  if (text_member(*header, "alg") != "RS256")
    return unexpected(id_token_fault::algorithm);
  if (header->contains("crit"))
    return unexpected(id_token_fault::malformed);
  const auto& id = text_member(*header, "kid");
  if (id.empty() || id.size() > longest_key_id)
    return unexpected(id_token_fault::no_key_id);
  return id;
}

} // namespace

expected<unverified_jws, id_token_fault> unverified_jws::parse(const secret_text& token) {
  const std::string_view text = token.reveal();
  const auto parts = text.size() <= longest_token ? split(text) : std::nullopt;
  if (!parts)
    return unexpected(id_token_fault::malformed);
  const auto& [header, payload, signature] = *parts;
  auto key_id = read_key_id(header);
  if (!key_id)
    return unexpected(key_id.error());
  auto payload_bytes = decode_base64url(payload);
  auto signature_bytes = decode_base64url(signature);
  if (!payload_bytes || !signature_bytes || payload_bytes->empty() || signature_bytes->empty())
    return unexpected(id_token_fault::malformed);
  unverified_jws out;
  out.key_id_ = *std::move(key_id);
  out.signed_part_ = secret_text(std::string(text.substr(0, header.size() + 1 + payload.size())));
  out.payload_ = secret_text(*std::move(payload_bytes));
  out.signature_ = *std::move(signature_bytes);
  return out;
}

expected<secret_text, id_token_fault> unverified_jws::verify(const signing_key& key) const {
  if (key.id != key_id_)
    return unexpected(id_token_fault::unknown_key);
  if (!is_rs256_signature(key, signed_part_.reveal(), signature_))
    return unexpected(id_token_fault::signature);
  return payload_;
}

} // namespace easel::client
