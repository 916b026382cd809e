#pragma once

#include "persistence/billing.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rows.hpp"

#include <memory>

/// The books of billing over one connection, in parts of one purpose each. What they promise is said in
/// persistence/billing.hpp.
namespace easel::persistence::postgres {

[[nodiscard]] std::unique_ptr<billing_store> make_billing_books(scope s);

// billing_inbox.cpp
[[nodiscard]] answer<std::vector<bool>> keep_events(scope& s, std::span<const policies::stripe::event> events,
                                                    bool by_poll);
[[nodiscard]] answer<std::vector<inbox_item>> due_events(scope& s, int limit, std::span<const std::string> but_of);
[[nodiscard]] answer<int> ignore_events(scope& s, std::span<const std::string> events, policies::ignored why);
[[nodiscard]] answer<int> put_off_events(scope& s, std::span<const std::string> events,
                                         std::optional<policies::parked> why, duration pause);
[[nodiscard]] answer<int> wake_events(scope& s, const std::string& customer);
[[nodiscard]] answer<std::vector<open_difference>> list_differences(scope& s, int limit);
/// Within the transaction that applies them.
void end_events(soci::session& sql, std::span<const std::string> events);

// billing_buying.cpp
extern const char* const billing_columns;  ///< of easel.billing_account b
extern const char* const purchase_columns; ///< of easel.purchase p
[[nodiscard]] billing_account_row read_billing(columns& from);
[[nodiscard]] purchase_row read_purchase(columns& from);
[[nodiscard]] answer<std::optional<billing_account_row>> find_billing(scope& s, const char* condition,
                                                                      const std::string& value);
[[nodiscard]] answer<std::optional<purchase_row>> find_purchase(scope& s, const char* condition,
                                                                const std::string& value);
[[nodiscard]] answer<purchase_outcome> begin_purchase(scope& s, const new_purchase& what);
[[nodiscard]] answer<std::string> keep_customer(scope& s, billing_id id, const std::string& customer);
[[nodiscard]] answer<bool> keep_session(scope& s, purchase_id id, const std::string& session);
[[nodiscard]] answer<bool> give_up_purchase(scope& s, purchase_id id);
[[nodiscard]] answer<billing_store::freed> switch_to_free(scope& s, account_id id);

// billing_reading.cpp
[[nodiscard]] answer<std::optional<sale_place>> sale_of_payment(scope& s, const std::string& payment);
[[nodiscard]] answer<std::optional<billing_overview>> overview(scope& s, account_id id, int most);
[[nodiscard]] answer<std::optional<purchase_seen>> see_purchase(scope& s, purchase_id id);
[[nodiscard]] answer<billing_health> billing_health_of(scope& s);

// billing_comparing.cpp
[[nodiscard]] answer<std::vector<bool>> agree(scope& s, std::span<const listed_object> objects);
[[nodiscard]] answer<std::vector<policies::stripe_reference>> unfinished(scope& s, const std::string& after, int limit);
[[nodiscard]] answer<std::vector<known_sale>> sales_after(scope& s, const known_sale& after, instant until, int limit);

// billing_applying.cpp
[[nodiscard]] answer<change_result> apply_change(scope& s, const billing_change& change);
[[nodiscard]] answer<int> forget_customer(scope& s, const std::string& customer, std::span<const std::string> events);
[[nodiscard]] answer<std::vector<due_drip>> due_drips(scope& s, int limit);
[[nodiscard]] answer<change_result> take_drip(scope& s, const due_drip& what, billing_store::drip_step step,
                                              duration grace);

} // namespace easel::persistence::postgres
