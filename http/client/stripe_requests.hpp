#pragma once

#include "http/client/stripe_client.hpp"

#include <string>
#include <string_view>

/// What is sent to Stripe, as its forms want it (billing-identity-edge, sections 2.1 and 2.5). Nothing of a person is
/// in any of it: Checkout asks the buyer itself. Pure.
namespace easel::client::stripe {

[[nodiscard]] std::string encode_customer(const std::string& account, const std::string& instance);
[[nodiscard]] std::string encode_session(const new_session& what, const std::string& instance);
[[nodiscard]] std::string encode_portal(const std::string& customer, const std::string& return_url,
                                        const std::string& locale);

/// One page of a list: what was created within `when`.
[[nodiscard]] std::string encode_window(const stripe_window& when);
/// The same of events of one group.
[[nodiscard]] std::string encode_events(int group, const stripe_window& when, bool failed_only);
/// One page of a list of children: `filter` is "payment_intent", `of` its id; empty where
/// the path says it already.
[[nodiscard]] std::string encode_children(std::string_view filter, const std::string& of,
                                          const std::string& starting_after);

} // namespace easel::client::stripe
