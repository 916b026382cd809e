#include "http/client/kie_callback.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/kie.hpp"
#include "policies/vocabulary/base64.hpp"

#include <charconv>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>

namespace easel::client::kie {
namespace {

constexpr std::size_t longest_body = 64u << 10;

bool is_recent(std::string_view timestamp, instant now) {
  std::int64_t sent = 0;
  const auto* end = timestamp.data() + timestamp.size();
  const auto [stop, error] = std::from_chars(timestamp.data(), end, sent);
  if (error != std::errc{} || stop != end || timestamp.size() > 12 || sent < 0)
    return false;
  const auto skew = std::chrono::seconds(unix_seconds(now) - sent);
  return skew <= callback_tolerance && -skew <= callback_tolerance;
}

/// In constant time, so that a signature cannot be guessed character by character.
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

std::string sign_callback(const secret_text& key, std::string_view task_id, std::string_view timestamp) {
  const auto text = std::string(task_id) + '.' + std::string(timestamp);
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  const auto* made = HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                          reinterpret_cast<unsigned char*>(mac.data()), &length);
  if (made == nullptr)
    throw std::runtime_error("HMAC-SHA256 failed");
  std::string out;
  append_base64(out, std::string_view(mac).substr(0, length));
  return out;
}

bool is_genuine(const secret_text& key, std::string_view task_id, std::string_view timestamp,
                std::string_view signature, instant now) {
  return !key.empty() && is_task_id(task_id) && is_recent(timestamp, now)
         && same(sign_callback(key, task_id, timestamp), signature);
}

std::vector<std::string> possible_senders(std::span<const callback_account> accounts, std::string_view task_id,
                                          std::string_view timestamp, std::string_view signature, instant now) {
  std::vector<std::string> labels;
  for (const auto& account : accounts)
    if (account.key.empty() || is_genuine(account.key, task_id, timestamp, signature, now))
      labels.push_back(account.label);
  return labels;
}

std::optional<std::string> verify_callback(const secret_text& key, const callback& received, instant now) {
  if (received.body.size() > longest_body)
    return std::nullopt;
  const auto body = parse_bounded(received.body);
  if (!body)
    return std::nullopt;
  const auto& data = member(*body, "data");
  for (const auto* id : {&text_member(data, "taskId"), &text_member(data, "task_id"), &text_member(*body, "taskId")})
    if (is_genuine(key, *id, received.timestamp, received.signature, now))
      return *id;
  return std::nullopt;
}

} // namespace easel::client::kie
