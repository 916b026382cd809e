#include "config/checks.hpp"

#include "config/address.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace easel::config {
namespace {

using findings = std::vector<finding>;

constexpr std::size_t smallest_body = 512u << 10; // twice that is read, and an event may have 1 MiB

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_key(std::string_view text) {
  const auto begins = [&](std::string_view with) { return text.substr(0, with.size()) == with; };
  return is_printable(text) && (begins("sk_test_") || begins("sk_live_") || begins("rk_test_") || begins("rk_live_"));
}

bool sells(const settings& all) { return !all.house.billing.catalogue.empty(); }

/// All of it or nothing: half of it would take money that nobody notices.
void check_together(const settings& all, findings& out) {
  const auto& stripe = all.stripe;
  if (!stripe.enabled() && (sells(all) || !stripe.webhook_secret.empty()))
    out.push_back({"stripe.key", "is required to sell anything"});
  if (!stripe.enabled())
    return;
  if (stripe.webhook_secret.empty())
    out.push_back({"stripe.webhook_secret", "is required with a key: Stripe tells by /webhooks/stripe what was paid"});
  if (!sells(all))
    out.push_back({"billing.plan", "is required with a key of Stripe, or a billing.pack: something must be for sale"});
  if (all.house.billing.instance.empty())
    out.push_back({"billing.instance", "is required to sell: it tells our objects at Stripe from those of others"});
  if (all.house.sign_in.public_url.empty())
    out.push_back({"server.public_url", "is required to sell: Stripe sends browsers back to it"});
  if (all.public_listener.soft_body < smallest_body)
    out.push_back({"server.max_body", "must be at least 512 KiB to sell: one delivery of Stripe may have 1 MiB"});
}

void check_stripe_secrets(const settings& all, findings& out) {
  const auto& key = all.stripe.key.reveal();
  if (!key.empty() && !is_key(key))
    out.push_back({"stripe.key", "must be a secret or restricted key: sk_… or rk_…, test or live"});
  const auto check = [&](const char* path, const secret_text& secret) {
    const auto& text = secret.reveal();
    if (!text.empty() && (!is_printable(text) || text.substr(0, 6) != "whsec_" || text.size() < 12))
      out.push_back({path, "must be the endpoint's signing secret as Stripe shows it, whsec_…, without white space"});
  };
  check("stripe.webhook_secret", all.stripe.webhook_secret);
  check("stripe.old_webhook_secret", all.stripe.old_webhook_secret);
}

bool is_stripes_own(const settings& all) { return all.stripe.base_url == stripe_section{}.base_url; }

void check_address(const settings& all, findings& out) {
  const auto url = parse_base_url(all.stripe.base_url);
  if (!url)
    out.push_back({"stripe.base_url", "must be http:// or https://, a host name or IPv4 address, perhaps a port and a "
                                      "path, without a slash at the end"});
  else if ((!url->https || is_loopback(url->host)) && !all.upstreams.allow_loopback
           && all.deployed == deployment::development)
    out.push_back({"stripe.base_url", "needs upstream.allow_loopback for http:// and for this machine"});
}

template <class Item>
void check_items(const char* list, const std::vector<Item>& items, std::set<std::string>& seen, findings& out) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& item = items[i];
    const auto path = std::string("billing.") + list + '[' + std::to_string(i) + "].";
    if (!is_name(item.id))
      out.push_back({path + "id", "is required: a-z, 0-9, dash and underscore"});
    else if (!seen.insert("id " + item.id).second)
      out.push_back({path + "id", "names another plan or pack already"});
    if (item.name.empty())
      out.push_back({path + "name", "is required"});
    if (!policies::stripe::is_id(item.price))
      out.push_back({path + "price", "is required: the price's id at Stripe"});
    else if (!seen.insert("price " + item.price).second)
      out.push_back({path + "price", "is the price of another plan or pack already"});
    if (item.amount == 0)
      out.push_back({path + "amount", "is required, in the currency's smallest unit"});
    const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
    if (item.currency.size() != 3 || !std::all_of(item.currency.begin(), item.currency.end(), small))
      out.push_back({path + "currency", "is required: three small letters"});
  }
}

void check_offers(const settings& all, findings& out) {
  const auto& [plans, packs] = all.house.billing.catalogue;
  std::set<std::string> seen;
  check_items("plan", plans, seen, out);
  check_items("pack", packs, seen, out);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto path = "billing.plan[" + std::to_string(i) + "].";
    if (plans[i].monthly == credits())
      out.push_back({path + "credits_per_month", "is required"});
    if (plans[i].trial_days == 0 && plans[i].trial != credits())
      out.push_back({path + "trial_credits", "needs trial_days"});
  }
  for (std::size_t i = 0; i < packs.size(); ++i)
    if (packs[i].amount_of_credits == credits())
      out.push_back({"billing.pack[" + std::to_string(i) + "].credits", "is required"});
}

void check_workings(const settings& all, findings& out) {
  const auto& billing = all.house.billing;
  if (!billing.instance.empty() && !is_name(billing.instance))
    out.push_back({"billing.instance", "must be of a-z, 0-9, dash and underscore"});
  if (billing.first_backoff > billing.longest_backoff)
    out.push_back({"billing.first_backoff", "must not exceed billing.longest_backoff"});
  if (billing.call_timeout < all.stripe.timeout)
    out.push_back({"billing.call_timeout", "must not be shorter than stripe.timeout"});
}

void refuse_stand_in_for_stripe(const settings& all, findings& out) {
  if (!is_stripes_own(all))
    out.push_back({"stripe.base_url", "production refuses stand-ins for Stripe: only " + stripe_section{}.base_url});
  if (all.stripe.enabled() && !all.stripe.live())
    out.push_back({"stripe.key", "production refuses test keys: with them nobody pays"});
}

} // namespace

std::vector<finding> check_stripe(const settings& all) {
  findings out;
  check_together(all, out);
  check_stripe_secrets(all, out);
  check_address(all, out);
  check_offers(all, out);
  check_workings(all, out);
  if (all.deployed == deployment::production)
    refuse_stand_in_for_stripe(all, out);
  return out;
}

} // namespace easel::config
