#pragma once

#include "http/client/stripe_client.hpp"
#include "persistence/billing.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace easel::actors {

/// Opens one connection to the books of billing. Called on an actor's own thread.
using open_billing_store = std::function<std::unique_ptr<persistence::billing_store>()>;

/// Stripe as configured. Without a client nothing is sold, and nothing else changes.
struct stripe_parts {
  std::vector<secret_text> webhook_secrets; ///< two while one is being replaced
  std::shared_ptr<client::stripe_client> client;
  open_billing_store open_books;

  [[nodiscard]] bool enabled() const { return client != nullptr && open_books != nullptr; }
};

} // namespace easel::actors
