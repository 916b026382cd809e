#include "http/server/stripe_webhook.hpp"

#include "http/server/answers.hpp"
#include "http/server/fields.hpp"

namespace easel::server {

namespace {

using policies::stripe::delivery;

/// What is wrong is said in one word, of our own list: nobody but Stripe should ask here.
problem refused_delivery(delivery what) {
  const auto code = "webhook_" + std::string(to_string(what));
  if (what == delivery::full || what == delivery::unavailable || what == delivery::not_configured) {
    auto out = plain_problem(503, code, "The delivery was not taken. It may come again.");
    out.retry_after = std::chrono::seconds(5);
    return out;
  }
  return plain_problem(400, code, "The delivery was refused.");
}

void answer_delivery(exchange& asked, delivery what) {
  switch (what) {
  case delivery::stored:
  case delivery::repeated:
  case delivery::unsupported:
    return asked.send({200, "", {}}, std::string());
  case delivery::bad_signature:
  case delivery::stale:
  case delivery::malformed:
  case delivery::full:
  case delivery::unavailable:
  case delivery::not_configured:
    break;
  }
  send_problem(asked, refused_delivery(what));
}

} // namespace

void stripe_webhook::called(const exchange_ptr& asked) const {
  const auto signatures = values_of(*asked, "stripe-signature");
  // Of two nobody could say which one counts: neither.
  const std::string signature(signatures.size() == 1 ? signatures.front() : std::string_view());
  billing_.deliver(std::string(asked->body()), signature, [asked](delivery what) {
    // Runs on an actor's thread, which must not die of an answer that cannot be built.
    try {
      return answer_delivery(*asked, what);
    } catch (const std::exception&) {
    }
    send_problem(*asked, internal_error());
  });
}

} // namespace easel::server
