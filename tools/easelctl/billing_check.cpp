#include "tools/easelctl/billing_check.hpp"

#include "http/client/stripe_event.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <future>
#include <ostream>

namespace easel::easelctl {
namespace {

using nlohmann::ordered_json;
using policies::price_fault;

using found_price = expected<std::optional<policies::stripe::price>, policies::upstream_failure>;

/// Under Settings > Customer emails and Settings > Billing > Subscriptions and emails. With any of them on, Stripe
/// would write to people in our name.
constexpr std::array<const char*, 7> mails_to_switch_off{
  "Customer emails: successful payments",
  "Customer emails: refunds",
  "Subscriptions and emails: upcoming renewals",
  "Subscriptions and emails: expiring cards",
  "Subscriptions and emails: failed payments, and payments that need a confirmation",
  "Subscriptions and emails: end of a trial",
  "Invoices: finalized invoices and credit notes",
};

found_price ask(client::stripe_client& stripe, const std::string& price) {
  std::promise<found_price> answer;
  stripe.find_price(price, [&](found_price got) { answer.set_value(std::move(got)); });
  return answer.get_future().get();
}

template <class Item>
std::optional<price_fault> compare(const Item& item, const policies::billing_settings& billing,
                                   client::stripe_client& stripe) {
  const auto found = ask(stripe, item.price);
  if (!found)
    return price_fault{item.id, item.price, "Stripe did not say: " + found.error().code};
  return check_price(item, *found, billing.livemode);
}

std::vector<price_fault> all_faults(const policies::billing_settings& billing, client::stripe_client& stripe) {
  std::vector<price_fault> out;
  const auto look = [&](const auto& item) {
    if (auto fault = compare(item, billing, stripe))
      out.push_back(*std::move(fault));
  };
  for (const auto& plan : billing.catalogue.plans)
    look(plan);
  for (const auto& pack : billing.catalogue.packs)
    look(pack);
  return out;
}

ordered_json to_json(const policies::billing_settings& billing, const std::string& endpoint,
                     const std::vector<price_fault>& faults) {
  auto wrong = ordered_json::array();
  for (const auto& fault : faults)
    wrong.push_back({{"item", fault.item}, {"price", fault.price}, {"fault", fault.what}});
  auto events = ordered_json::array();
  for (const int group : {0, 1})
    for (const auto type : client::stripe::event_types(group))
      events.push_back(type);
  return {{"checked", billing.catalogue.plans.size() + billing.catalogue.packs.size()},
          {"faults", std::move(wrong)},
          {"endpoint", endpoint},
          {"api_version", billing.api_version},
          {"events", std::move(events)},
          {"mails_to_switch_off", mails_to_switch_off}};
}

void print_catalogue_check(std::ostream& out, const ordered_json& found) {
  out << found["checked"] << " prices compared, " << found["faults"].size() << " differ\n";
  for (const auto& fault : found["faults"])
    out << "  " << fault["item"].get<std::string>() << " (" << fault["price"].get<std::string>()
        << "): " << fault["fault"].get<std::string>() << '\n';
  out << "\nTo be set at Stripe:\n  endpoint " << found["endpoint"].get<std::string>() << ", API version "
      << found["api_version"].get<std::string>() << ", with these events and no others:\n";
  for (const auto& type : found["events"])
    out << "    " << type.get<std::string>() << '\n';
  out << "  e-mails to be switched off, as this service sends none:\n";
  for (const auto& mail : found["mails_to_switch_off"])
    out << "    " << mail.get<std::string>() << '\n';
}

} // namespace

int check_billing(const policies::billing_settings& billing, const std::string& public_url,
                  client::stripe_client& stripe, bool json, std::ostream& out, std::ostream& err) {
  const auto faults = all_faults(billing, stripe);
  const auto found = to_json(billing, public_url + "/webhooks/stripe", faults);
  if (json)
    out << found.dump() << '\n';
  else
    print_catalogue_check(out, found);
  if (!faults.empty())
    err << "easelctl: what is for sale and Stripe's prices differ: the server sells nothing until they agree\n";
  return faults.empty() ? 0 : 1;
}

} // namespace easel::easelctl
