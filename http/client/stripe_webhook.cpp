#include "http/client/stripe_webhook.hpp"

#include "http/client/stripe_event.hpp"
#include "http/client/stripe_signature.hpp"

namespace easel::client::stripe {

using policies::stripe::delivery;

expected<policies::stripe::event, delivery> judge_webhook(std::string_view body, std::string_view signature,
                                                          std::span<const secret_text> secrets, instant now) {
  if (body.size() > longest_event)
    return unexpected(delivery::malformed); // before a hash is made of it
  if (const auto genuine = verify_signature(body, signature, secrets, now); !genuine)
    return unexpected(genuine.error() == signature_fault::stale ? delivery::stale : delivery::bad_signature);
  return reduce_stripe_event(body);
}

} // namespace easel::client::stripe
