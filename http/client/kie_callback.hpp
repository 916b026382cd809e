#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace easel::client::kie {

/// What a callback from kie.ai carries that matters (upstreams, section 4.7). The body is not covered by the
/// signature, so nothing of it is believed but the task's id: a genuine callback is a hint to poll.
struct callback {
  std::string_view timestamp; ///< header X-Webhook-Timestamp: unix seconds
  std::string_view signature; ///< header X-Webhook-Signature: base64(HMAC-SHA256(key, task id + "." + timestamp))
  std::string_view body;
};

inline constexpr duration callback_tolerance = std::chrono::seconds(300);

/// The id of the task that a genuine callback is about. Nothing when the signature fits no id in the body
/// (data.taskId, data.task_id, taskId), or was made more than `callback_tolerance` before or after `now`.
[[nodiscard]] std::optional<std::string> verify_callback(const secret_text& key, const callback& received, instant now);

/// Whether kie.ai itself signed this task's id lately.
[[nodiscard]] bool is_genuine(const secret_text& key, std::string_view task_id, std::string_view timestamp,
                              std::string_view signature, instant now);

/// One of our accounts at kie.ai, as its callbacks are checked.
struct callback_account {
  std::string label; ///< the operator's name of the credential
  secret_text key;   ///< the account's webhookHmacKey; empty: what names a task of its is taken as it comes
};

/// The labels of those whose callback this may be: whose key signed the task's id lately, and who have no key. Which
/// key fits makes no difference to the time that this takes.
[[nodiscard]] std::vector<std::string> possible_senders(std::span<const callback_account> accounts,
                                                        std::string_view task_id, std::string_view timestamp,
                                                        std::string_view signature, instant now);

/// The signature that kie.ai would send.
[[nodiscard]] std::string sign_callback(const secret_text& key, std::string_view task_id, std::string_view timestamp);

} // namespace easel::client::kie
