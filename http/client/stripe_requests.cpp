#include "http/client/stripe_requests.hpp"

#include "http/client/form.hpp"
#include "http/client/stripe_event.hpp"

namespace easel::client::stripe {
namespace {

constexpr auto page_size = "100"; // the most that Stripe takes

std::string seconds(instant at) { return std::to_string(unix_seconds(at)); }

void add_window(form& fields, const stripe_window& when) {
  fields.emplace_back("limit", page_size);
  fields.emplace_back("created[gte]", seconds(when.from));
  fields.emplace_back("created[lte]", seconds(when.to));
  if (!when.starting_after.empty())
    fields.emplace_back("starting_after", when.starting_after);
}

/// Session, payment and subscription carry the same words: Stripe copies none of them (section 1.8).
struct marked {
  std::string_view instance, purchase, account;
};
constexpr marked session_marks{"metadata[easel_instance]", "metadata[easel_purchase]", "metadata[easel_account]"};
constexpr marked payment_marks{"payment_intent_data[metadata][easel_instance]",
                               "payment_intent_data[metadata][easel_purchase]",
                               "payment_intent_data[metadata][easel_account]"};
constexpr marked subscription_marks{"subscription_data[metadata][easel_instance]",
                                    "subscription_data[metadata][easel_purchase]",
                                    "subscription_data[metadata][easel_account]"};

void add_marks(form& fields, const marked& names, const new_session& what, const std::string& instance) {
  fields.emplace_back(names.instance, instance);
  fields.emplace_back(names.purchase, what.purchase);
  fields.emplace_back(names.account, what.account);
}

} // namespace

std::string encode_customer(const std::string& account, const std::string& instance) {
  return encode_form({{"metadata[easel_instance]", instance}, {"metadata[easel_account]", account}});
}

std::string encode_session(const new_session& what, const std::string& instance) {
  form fields{{"mode", what.subscription ? "subscription" : "payment"},
              {"line_items[0][price]", what.price},
              {"line_items[0][quantity]", "1"},
              {"customer", what.customer},
              {"client_reference_id", what.purchase},
              {"success_url", what.success_url},
              {"cancel_url", what.cancel_url},
              {"expires_at", seconds(what.expires_at)},
              {"allow_promotion_codes", "true"}};
  add_marks(fields, session_marks, what, instance);
  add_marks(fields, what.subscription ? subscription_marks : payment_marks, what, instance);
  if (what.subscription && what.trial_days > 0)
    fields.emplace_back("subscription_data[trial_period_days]", std::to_string(what.trial_days));
  if (!what.locale.empty())
    fields.emplace_back("locale", what.locale);
  return encode_form(fields);
}

std::string encode_portal(const std::string& customer, const std::string& return_url, const std::string& locale) {
  form fields{{"customer", customer}, {"return_url", return_url}};
  if (!locale.empty())
    fields.emplace_back("locale", locale);
  return encode_form(fields);
}

std::string encode_window(const stripe_window& when) {
  form fields;
  add_window(fields, when);
  return encode_form(fields);
}

std::string encode_events(int group, const stripe_window& when, bool failed_only) {
  form fields;
  add_window(fields, when);
  if (failed_only)
    fields.emplace_back("delivery_success", "false");
  for (const auto type : event_types(group))
    fields.emplace_back("types[]", std::string(type));
  return encode_form(fields);
}

std::string encode_children(std::string_view filter, const std::string& of, const std::string& starting_after) {
  form fields{{"limit", page_size}};
  if (!filter.empty())
    fields.emplace_back(filter, of);
  if (!starting_after.empty())
    fields.emplace_back("starting_after", starting_after);
  return encode_form(fields);
}

} // namespace easel::client::stripe
