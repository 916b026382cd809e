#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The one table from what went wrong to status, code and headers, for both envelopes (docs/api.md, errors).
namespace easel::server {

struct problem {
  int status = 500;
  std::string_view type = "server_error"; ///< OpenAI's `error.type`
  std::string code = "internal_error";    ///< stable; what clients branch on
  std::string message;                    ///< for people; never an upstream's text, never a value of a prompt
  std::string field;                      ///< which parameter, if one
  std::optional<duration> retry_after;    ///< sent in whole seconds, rounded up
  std::optional<bool> should_retry;       ///< x-should-retry, which SDKs obey before their own rule
  std::vector<header> headers;

  // refused by moderation only
  std::string moderation_stage; ///< input | output
  std::vector<std::string> categories;

  std::optional<credits> monthly_cap; ///< of the key that has used it

  std::string generation;  ///< the id of the generation that this is about, if one exists
  std::string_view remedy; ///< a path of this host, of static storage, where a person can put it right
};

[[nodiscard]] problem describe(const actors::refusal& why);
/// For a generation that ended without an image.
[[nodiscard]] problem describe_failure(const persistence::generation_row& row);
[[nodiscard]] problem describe(const policies::field_error& mistake);

[[nodiscard]] problem still_running(generation_id id);
[[nodiscard]] problem interrupted(std::optional<generation_id> id);
[[nodiscard]] problem plain_problem(int status, std::string_view code, std::string message);
/// RFC 6750, section 3: nothing was presented, what was presented is no token, or nobody has it.
[[nodiscard]] problem missing_key();
[[nodiscard]] problem too_many_requests(std::string_view whose, duration wait);
[[nodiscard]] problem malformed_key();
[[nodiscard]] problem unknown_key();
[[nodiscard]] problem internal_error();

/// `{"error":{…}}`, with the request id in the message.
[[nodiscard]] std::string openai_envelope(const problem& what, std::string_view request_id);
/// The object inside that envelope, for error events in a stream.
[[nodiscard]] std::string openai_error_object(const problem& what, std::string_view request_id);
/// application/problem+json.
[[nodiscard]] std::string problem_document(const problem& what, std::string_view path, std::string_view request_id);

/// What a problem adds to the head of its answer: its own headers, Retry-After, x-should-retry.
[[nodiscard]] std::vector<header> problem_headers(const problem& what);
/// Answers in the envelope that the exchange speaks, or with a page.
void send_problem(exchange& asked, const problem& what);
/// Runs `build`, which answers; with an internal error where the answer cannot be built. For what runs on an actor's
/// thread, which must not die of that.
template <class Build>
void answer_or_fail(exchange& asked, Build build) {
  try {
    return build();
  } catch (const std::exception&) {
  }
  send_problem(asked, internal_error());
}

/// The standard phrase, empty for a status that this server never sends.
[[nodiscard]] std::string_view reason_phrase(int status);

} // namespace easel::server
