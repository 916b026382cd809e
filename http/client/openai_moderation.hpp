#pragma once

#include "http/client/answer.hpp"
#include "policies/moderation.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <string>
#include <string_view>

/// The moderation call of OpenAI: POST /v1/moderations (upstreams, section 2). Pure.
namespace easel::client::openai_moderation {

/// Nothing when the prompt is not UTF-8.
[[nodiscard]] std::optional<std::string> encode_request(std::string_view model, const secret_text& prompt);

/// Fails closed: an answer that misses a part or has one twice, or holds a score outside 0..1, is no answer. Categories
/// that this program has never heard of are kept; a null flag counts as false.
[[nodiscard]] expected<policies::moderation_scores, policies::upstream_failure> decode_answer(const answer& got);

} // namespace easel::client::openai_moderation
