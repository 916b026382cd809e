#pragma once

#include "http/client/stripe_client.hpp"
#include "policies/billing_catalogue.hpp"

#include <iosfwd>
#include <string>

namespace easel::easelctl {

/// Compares what is for sale with Stripe's prices, and says what has to be set at Stripe's site: where events go,
/// which, and which e-mails to switch off (MAIL-1). Blocks until Stripe has answered. Returns the exit code: 0 all
/// agree, 1 not.
[[nodiscard]] int check_billing(const policies::billing_settings& billing, const std::string& public_url,
                                client::stripe_client& stripe, bool json, std::ostream& out, std::ostream& err);

} // namespace easel::easelctl
