#include "policies/ledger.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace easel::policies {

namespace {

bool is_live(const grant_balance& grant, instant now) { return !grant.expires_at || *grant.expires_at > now; }

bool is_spent_before(const grant_balance& a, const grant_balance& b) {
  const auto order = [](const grant_balance& grant) {
    return std::tuple(grant.expires_at.value_or(instant::max()), grant.created_at, grant.id);
  };
  return order(a) < order(b);
}

} // namespace

credits spendable(std::span<const grant_balance> grants, instant now) {
  credits sum;
  for (const auto& grant : grants)
    if (grant.remaining.is_negative() || is_live(grant, now))
      sum += grant.remaining;
  return sum;
}

expected<std::vector<allocation>, shortfall> allocate(std::vector<grant_balance> grants, credits amount, instant now) {
  const auto available = spendable(grants, now);
  if (amount.is_negative())
    return unexpected(shortfall{});
  if (available.is_negative() || available < amount)
    return unexpected(shortfall{amount - available});
  std::sort(grants.begin(), grants.end(), is_spent_before);
  std::vector<allocation> parts;
  for (const auto& grant : grants) {
    if (amount == credits())
      break;
    if (grant.remaining <= credits() || !is_live(grant, now))
      continue;
    parts.push_back({grant.id, std::min(grant.remaining, amount)});
    amount -= parts.back().amount;
  }
  return parts;
}

credits total(std::span<const allocation> parts) {
  credits sum;
  for (const auto& part : parts)
    sum += part.amount;
  return sum;
}

std::optional<split> split_share(std::span<const allocation> parts, credits amount) {
  if (amount.is_negative() || total(parts) < amount)
    return std::nullopt;
  split result;
  for (const auto& part : parts) {
    const auto taken = std::min(part.amount, amount);
    amount -= taken;
    if (taken > credits())
      result.share.push_back({part.grant, taken});
    if (part.amount > taken)
      result.rest.push_back({part.grant, part.amount - taken});
  }
  return result;
}

hold::hold(std::vector<allocation> parts, credits each, int images)
    : parts_(std::move(parts)), each_(each), settled_(static_cast<std::size_t>(std::max(images, 0)), false) {}

std::optional<std::vector<allocation>> hold::settle(int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= settled_.size() || settled_[static_cast<std::size_t>(index)])
    return std::nullopt;
  auto found = split_share(parts_, each_);
  if (!found)
    return std::nullopt;
  settled_[static_cast<std::size_t>(index)] = true;
  parts_ = std::move(found->rest);
  return std::move(found->share);
}

std::vector<allocation> hold::release() {
  settled_.clear(); // no share is left to settle, not even one that costs nothing
  return std::exchange(parts_, {});
}

} // namespace easel::policies
