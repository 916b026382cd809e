#pragma once

#include "actors/billing_office.hpp"
#include "actors/stripe_asker.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace easel::actors {

/// Between attempts to lead.
inline constexpr auto stand_by = std::chrono::seconds(2);

/// What each actor of the office has that blocks: a connection of its own, opened when first used, and Stripe.
class billing_worker {
public:
  billing_worker(context_ptr context, billing_entrance_ptr way)
      : context_(std::move(context)),
        way_(std::move(way)),
        stripe_(way_->parts.client, settings().call_timeout, way_->stop),
        books_(way_->parts.open_books()) {}

  [[nodiscard]] const policies::billing_settings& settings() const { return context_->settings.billing; }
  [[nodiscard]] persistence::billing_store& books() { return *books_; }
  [[nodiscard]] const stripe_asker& stripe() const { return stripe_; }
  [[nodiscard]] billing_counts& counts() { return *way_->counts; }
  [[nodiscard]] bool is_stopped() const { return *way_->stop; }

private:
  context_ptr context_;
  billing_entrance_ptr way_;
  stripe_asker stripe_;
  std::unique_ptr<persistence::billing_store> books_;
};

} // namespace easel::actors
