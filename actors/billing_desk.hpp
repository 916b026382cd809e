#pragma once

#include "actors/billing_clerk.hpp"
#include "actors/billing_door.hpp"

namespace easel::actors {

/// What people do: buy, look, manage. Blocks, on the thread of whoever calls it; what each call promises is said in
/// billing_door.hpp.
class billing_desk {
public:
  billing_desk(const policies::billing_settings& settings, persistence::billing_store& books,
               const stripe_asker& stripe, billing_counts& counts)
      : settings_(settings), books_(books), stripe_(stripe), counts_(counts), clerk_(settings, books, stripe, counts) {}

  template <class T>
  using outcome = expected<T, billing_refusal>;

  /// Whose session this is.
  [[nodiscard]] outcome<account_id> recognise(const digest& session);
  [[nodiscard]] outcome<std::string> checkout(account_id who, const checkout_start& what);
  [[nodiscard]] outcome<std::string> portal(account_id who, const std::string& return_url, const std::string& locale);
  [[nodiscard]] outcome<billing_view> overview(account_id who);
  [[nodiscard]] outcome<purchase_view> returned(account_id who, const std::string& session);
  [[nodiscard]] outcome<void> switch_to_free(account_id who);

private:
  [[nodiscard]] outcome<std::string> open_session(const persistence::purchase_outcome& begun,
                                                  const checkout_start& what, int trial_days);
  [[nodiscard]] outcome<std::string> customer_of(const persistence::billing_account_row& who);
  [[nodiscard]] outcome<void> close_session(const persistence::purchase_row& purchase, bool expire);

  const policies::billing_settings& settings_;
  persistence::billing_store& books_;
  const stripe_asker& stripe_;
  billing_counts& counts_;
  billing_clerk clerk_;
};

} // namespace easel::actors
