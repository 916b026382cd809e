#include "policies/recipients.hpp"

#include <array>

namespace easel::policies {

namespace {

constexpr std::array<recipient_facts, 6> known{{
  {"OpenAI", "Checks every prompt against the acceptable use policy before it is drawn (THIRD-3).",
   "The text of each prompt, without account, name or address.",
   "How long is for OpenAI's own terms to say; nothing that this service could verify."},
  {"sub2api", "Draws the prompts of the free tier and forwards them upstream for that (THIRD-1).",
   "The text of each prompt of the free tier, and what size and quality were asked for.",
   "Not known: neither sub2api nor whom it forwards to states a period."},
  {"kie.ai", "Draws the prompts of the paid tier (THIRD-2).",
   "The text of each prompt of the paid tier, and what size and quality were asked for.",
   "By its own documentation, images for 14 days and logs for two months."},
  {"Google", "Confirms who signs in (ACCOUNT-1, THIRD-4).",
   "That you signed in to this service with your Google account, and when.",
   "As Google's own policy says; your Google account shows it, and can withdraw the connection."},
  {"Stripe", "Takes payments (BILL-1, THIRD-4).",
   "What you enter on its own pages when you pay, and the amount. This service sends it no name and no address.",
   "As Stripe's own policy and the law on payments say."},
  {"Cloudflare", "Carries the traffic between your browser and this service, where the operator uses it (THIRD-4).",
   "Your IP address and what your browser sends and receives, while it passes.",
   "As Cloudflare's own policy says; nothing that this service could verify."},
}};

} // namespace

std::span<const recipient_facts> known_recipients() { return known; }

} // namespace easel::policies
