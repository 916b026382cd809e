#include "policies/rate_limit.hpp"

#include <algorithm>

namespace easel::policies {

std::string_view to_string(request_class value) {
  constexpr std::array<std::string_view, all_request_classes.size()> names{"creation", "reading", "sign_in", "asset"};
  return names[static_cast<std::size_t>(value)];
}

const rate& address_rates::of(request_class what) const {
  switch (what) {
  case request_class::creation:
    return creations;
  case request_class::sign_in:
    return sign_ins;
  case request_class::asset:
    return assets;
  case request_class::reading:
    break;
  }
  return readings;
}

quota quota_of(std::string_view name, const rate& limit, const token_bucket& bucket, moment now) {
  return {name, limit.per_minute, bucket.remaining(now), bucket.until_full(now)};
}

const quota* tightest(std::span<const quota> quotas) {
  const auto least = std::min_element(quotas.begin(), quotas.end(),
                                      [](const auto& a, const auto& b) { return a.remaining < b.remaining; });
  return least == quotas.end() ? nullptr : &*least;
}

caller_limits::pair::pair(const rate_limits& limits, moment now)
    : creations(bucket_of(limits.creations), now), readings(bucket_of(limits.readings), now) {}

duration caller_limits::pair::until_full(moment now) const {
  return std::max(creations.until_full(now), readings.until_full(now));
}

caller_limits::caller_limits(const rate_limits& of_account, const rate_limits& of_key, moment now)
    : account_limits_(&of_account), key_limits_(&of_key), account_(of_account, now) {}

caller_limits::decision caller_limits::take(key_id key, request_class what, moment now) {
  auto& account = account_.of(what);
  auto& one = of_key(key, now).of(what);
  decision d;
  if (account.remaining(now) > 0 && one.remaining(now) > 0) {
    (void)account.take(now);
    (void)one.take(now);
  } else {
    d.wait = duration::zero();
    for (auto* bucket : {&account, &one})
      if (bucket->remaining(now) == 0)
        d.wait = std::max(*d.wait, bucket->take(now).error()); // empty: nothing is taken
  }
  d.quotas = {quota_of("account", account_limits_->of(what), account, now),
              quota_of("key", key_limits_->of(what), one, now)};
  return d;
}

bool caller_limits::is_full(moment now) const {
  return account_.until_full(now) == duration::zero() && std::all_of(keys_.begin(), keys_.end(), [&](const auto& k) {
           return k.second.until_full(now) == duration::zero();
         });
}

caller_limits::pair& caller_limits::of_key(key_id key, moment now) {
  const auto known = std::find_if(keys_.begin(), keys_.end(), [&](const auto& k) { return k.first == key; });
  if (known != keys_.end())
    return known->second;
  if (keys_.size() >= most_keys)
    keys_.erase(std::min_element(keys_.begin(), keys_.end(), [&](const auto& a, const auto& b) {
      return a.second.until_full(now) < b.second.until_full(now);
    }));
  return keys_.emplace_back(key, pair(*key_limits_, now)).second;
}

} // namespace easel::policies
