#pragma once

#include "actors/billing_counts.hpp"
#include "actors/stripe_asker.hpp"
#include "persistence/billing.hpp"
#include "policies/billing_lines.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

/// Applies what Stripe says to the books (billing-identity-edge, section 1.6, stages 4 and 5). No CAF in sight: it
/// blocks, and runs on the thread of whoever calls it.
namespace easel::actors {

/// How one look at an object ended.
struct look_outcome {
  enum class kind {
    done,
    ignored,
    parked,
    later,       ///< Stripe did not answer
    limited,     ///< Stripe was asked too much: nothing was learned about the object
    of_another,  ///< the object is `owner`'s, in whose line it belongs: nothing was written
    no_database, ///< the books did not answer
  };
  kind what = kind::done;
  policies::ignored why_ignored = policies::ignored::of_no_concern;
  policies::parked why_parked = policies::parked::unavailable;
  bool changed = false; ///< the books were behind
  std::optional<billing_id> owner{};
};

/// Everything it does may be done twice, by two of them at once, or be cut off anywhere: each change is one
/// transaction, and is refused when the books of that customer changed after Stripe was asked.
class billing_clerk {
public:
  billing_clerk(const policies::billing_settings& settings, persistence::billing_store& books,
                const stripe_asker& stripe, billing_counts& counts)
      : settings_(settings), books_(books), stripe_(stripe), counts_(counts) {}

  /// Fetches the object and applies it; `events` end with that. `customer` is a hint, and may be empty.
  [[nodiscard]] look_outcome look_at(const policies::stripe_reference& what, const std::string& customer,
                                     std::span<const std::string> events);

  /// As `look_at`, for events of the inbox that are at their turn in a line; in the end they are over, put off, or as
  /// they were. Writes to no books but those of the line's owner, whom it finds out when there is none.
  [[nodiscard]] look_outcome look_in_line(const policies::line_look& what);

  /// Months of yearly plans that have come.
  std::optional<int> work_drips(int limit);
  /// What Stripe has to be told after an account's end.
  std::optional<int> work_outbox(int limit);

private:
  struct errand;
  struct sighting;
  using sighted = expected<sighting, look_outcome>;

  [[nodiscard]] look_outcome look(const errand& why, const policies::stripe_reference& what);
  [[nodiscard]] look_outcome look_at_payment(const errand& why, const std::string& payment);
  [[nodiscard]] look_outcome look_at_charge(const errand& why, const std::string& charge);
  [[nodiscard]] expected<std::optional<persistence::billing_account_row>, look_outcome>
  expected_owner(const errand& why, const policies::stripe_reference& what);
  [[nodiscard]] sighted see_session(const std::string& id);
  [[nodiscard]] sighted see_invoice(const std::string& id);
  [[nodiscard]] sighted see_subscription(const std::string& id);
  [[nodiscard]] look_outcome follow_session(const policies::stripe::checkout_session& session, look_outcome so_far);
  [[nodiscard]] expected<persistence::billing_account_row, look_outcome>
  owner_of(const policies::stripe::our_marks& ours, const std::string& customer);
  [[nodiscard]] expected<persistence::billing_change::settled_sale, look_outcome>
  with_money_back(policies::sale what, std::span<const std::string> payment_intents);
  [[nodiscard]] std::optional<persistence::billing_account_row> guess(const policies::stripe_reference& what,
                                                                      const std::string& customer);
  /// Whether the books answered.
  [[nodiscard]] bool settle(const policies::line_look& what, const look_outcome& outcome);
  [[nodiscard]] std::optional<persistence::billing_store::drip_step> step_of(const persistence::due_drip& drip);

  const policies::billing_settings& settings_;
  persistence::billing_store& books_;
  const stripe_asker& stripe_;
  billing_counts& counts_;
};

} // namespace easel::actors
