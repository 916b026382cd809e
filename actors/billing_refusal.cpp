#include "actors/billing_door.hpp"

namespace easel::actors {

std::string_view to_string(billing_refusal value) {
  switch (value) {
  case billing_refusal::not_configured:
    return "not_configured";
  case billing_refusal::not_signed_in:
    return "not_signed_in";
  case billing_refusal::unavailable:
    return "unavailable";
  case billing_refusal::overloaded:
    return "overloaded";
  case billing_refusal::stripe_away:
    return "stripe_away";
  case billing_refusal::misconfigured:
    return "misconfigured";
  case billing_refusal::unknown_item:
    return "unknown_item";
  case billing_refusal::not_found:
    return "not_found";
  case billing_refusal::already_subscribed:
    return "already_subscribed";
  case billing_refusal::nothing_bought:
    return "nothing_bought";
  case billing_refusal::blocked:
    return "blocked";
  case billing_refusal::suspended:
    return "suspended";
  case billing_refusal::still_subscribed:
    return "still_subscribed";
  case billing_refusal::credits_left:
    return "credits_left";
  }
  return "unknown";
}

} // namespace easel::actors
