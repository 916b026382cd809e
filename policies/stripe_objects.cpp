#include "policies/stripe_objects.hpp"

namespace easel::policies::stripe {

std::string_view to_string(delivery value) {
  switch (value) {
  case delivery::stored:
    return "stored";
  case delivery::repeated:
    return "repeated";
  case delivery::unsupported:
    return "unsupported";
  case delivery::bad_signature:
    return "bad_signature";
  case delivery::stale:
    return "stale";
  case delivery::malformed:
    return "malformed";
  case delivery::full:
    return "full";
  case delivery::unavailable:
    return "unavailable";
  case delivery::not_configured:
    return "not_configured";
  }
  return "unknown";
}

} // namespace easel::policies::stripe
