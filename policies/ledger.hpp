#pragma once

#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/time.hpp"

#include <optional>
#include <span>
#include <vector>

/// The arithmetic of credits: which grants pay, what a share costs, what goes back. Stores make it durable.
namespace easel::policies {

/// What is left of one grant. Negative where a claw-back took more than was left.
struct grant_balance {
  grant_id id;
  credits remaining;
  std::optional<instant> expires_at;
  instant created_at;

  friend bool operator==(const grant_balance&, const grant_balance&) = default;
};

/// An amount that comes from one grant, and goes back to it alone.
struct allocation {
  grant_id grant;
  credits amount;

  friend bool operator==(const allocation&, const allocation&) = default;
};

/// How much more it would take.
struct shortfall {
  credits missing;

  friend bool operator==(const shortfall&, const shortfall&) = default;
};

/// What may be spent at `now`: live grants, less what is owed. Debts do not expire with their grant.
[[nodiscard]] credits spendable(std::span<const grant_balance> grants, instant now);

/// Finds `amount`, soonest-to-expire first; grants without an expiry come last, ties are broken by age, then id. A
/// grant is gone from the very instant it expires at. A negative total blocks everything, even what costs nothing.
/// A negative amount is no amount: it is refused with nothing missing.
[[nodiscard]] expected<std::vector<allocation>, shortfall> allocate(std::vector<grant_balance> grants, credits amount,
                                                                    instant now);

[[nodiscard]] credits total(std::span<const allocation> parts);

struct split {
  std::vector<allocation> share;
  std::vector<allocation> rest;

  friend bool operator==(const split&, const split&) = default;
};

/// Takes `amount` off the front of `parts`. Nothing when it is negative or more than there is.
[[nodiscard]] std::optional<split> split_share(std::span<const allocation> parts, credits amount);

/// What one generation has set aside: equal shares, each settled at most once, the rest released once.
class hold {
public:
  /// `parts` come from `allocate` with `each * images`.
  hold(std::vector<allocation> parts, credits each, int images);

  /// The share of image `index`, which is spent now. Nothing when it was settled before, there is no such image, or
  /// the rest was released.
  [[nodiscard]] std::optional<std::vector<allocation>> settle(int index);

  /// Whatever is left goes back to its grants; nothing the second time.
  [[nodiscard]] std::vector<allocation> release();

  [[nodiscard]] credits held() const { return total(parts_); }

private:
  std::vector<allocation> parts_;
  credits each_;
  std::vector<bool> settled_; ///< by image
};

} // namespace easel::policies
