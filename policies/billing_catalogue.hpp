#pragma once

#include "policies/stripe_objects.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is for sale, as configured (`[[billing.plan]]`, `[[billing.pack]]`). A price that is not in it is refused.
namespace easel::policies {

enum class plan_interval : std::uint8_t { month, year };

struct billing_plan {
  std::string id; ///< ours, in the API: 1 to 40 of a-z, 0-9, - and _
  std::string name;
  std::string price; ///< Stripe's id of it
  std::int64_t amount = 0;
  std::string currency; ///< three small letters
  plan_interval interval = plan_interval::month;
  credits monthly; ///< granted for each month that is paid for, in a yearly plan too
  credits trial;   ///< granted once, when a trial begins
  int trial_days = 0;

  friend bool operator==(const billing_plan&, const billing_plan&) = default;
};

struct billing_pack {
  std::string id;
  std::string name;
  std::string price;
  std::int64_t amount = 0;
  std::string currency;
  credits amount_of_credits;

  friend bool operator==(const billing_pack&, const billing_pack&) = default;
};

struct billing_catalogue {
  std::vector<billing_plan> plans;
  std::vector<billing_pack> packs;

  [[nodiscard]] bool empty() const { return plans.empty() && packs.empty(); }
  [[nodiscard]] const billing_plan* find_plan(std::string_view id) const;
  [[nodiscard]] const billing_pack* find_pack(std::string_view id) const;
  [[nodiscard]] const billing_plan* plan_of_price(std::string_view price) const;
};

/// How one configured price differs from Stripe's, or that Stripe does not know it.
struct price_fault {
  std::string item; ///< our id
  std::string price;
  std::string what; ///< a sentence for operators
};

/// Compares one item with what Stripe says of its price; nothing when they agree. `found` is empty: unknown there.
[[nodiscard]] std::optional<price_fault> check_price(const billing_plan& item,
                                                     const std::optional<stripe::price>& found, bool livemode);
[[nodiscard]] std::optional<price_fault> check_price(const billing_pack& item,
                                                     const std::optional<stripe::price>& found, bool livemode);

/// How billing goes about its work (`[billing]`).
struct billing_settings {
  std::string instance; ///< in the metadata of all that we make at Stripe; empty: billing is off
  bool livemode = false;
  std::string api_version = "2026-10-28.endive"; ///< of our calls; events of another one are counted, and parked but
  std::vector<std::string> other_versions;       ///< those of these, which somebody found to be readable
  billing_catalogue catalogue;

  duration credit_grace = std::chrono::hours(72); ///< a month's credits stay that long after it, until the next is paid
  duration session_life = std::chrono::hours(1);  ///< of a Checkout Session: Stripe takes 30 min to 24 h
  bool past_due_access = true;                    ///< a yearly plan's monthly credits go on while a payment is retried
  bool inquiry_blocks = false;                    ///< a dispute's inquiry (warning_*), which moves no money, blocks too

  int batch = 64;                                      ///< events that are taken out of the inbox at a time
  int parallel_customers = 8;                          ///< that are worked on at a time, each in order
  int attempts = 8;                                    ///< of one event, then it is parked; and at one page of a list
  duration first_backoff = std::chrono::seconds(2);    ///< doubling
  duration longest_backoff = std::chrono::minutes(15); ///< also how often what is parked is tried again
  duration call_timeout = std::chrono::seconds(20);    ///< longest wait for one answer of Stripe
  duration poll = std::chrono::seconds(1);             ///< of the inbox, without a wake-up
  duration tail_every = std::chrono::minutes(2);       ///< events list with an overlapping window
  duration tail_overlap = std::chrono::minutes(15);
  duration failures_every = std::chrono::minutes(15); ///< events that were not delivered
  duration audit_every = std::chrono::hours(24);      ///< all objects
  int reads_per_second = 5;                           ///< of the reconciler (section 2.4)
  int desk_workers = 4;                               ///< Checkout and Portal sessions being made at a time
  int desk_queue = 200;                               ///< callers that wait for one, then 503
  duration event_life = std::chrono::hours(24 * 40);  ///< of an event that is over: repeats come for up to 30 days
  int record_years = 7;                               ///< of sales, after the end of their year (RET-3)
  int inbox_queue = 10'000;                           ///< deliveries that wait for their write, then 503
};

} // namespace easel::policies
