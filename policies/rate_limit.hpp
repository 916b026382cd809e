#pragma once

#include "policies/token_bucket.hpp"
#include "policies/vocabulary/ids.hpp"

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace easel::policies {

/// What a request counts as. A creation costs moderation, credits and a place in a queue; a reading costs a query; a
/// step of a sign-in costs transactions, a call of the identity provider, and one of the few sign-ins that may be under
/// way in the whole service; an asset costs what it takes to send it, and a page wants many at once.
enum class request_class : std::uint8_t { creation, reading, sign_in, asset };
/// Accounts and keys have limits for the first two; addresses for all.
inline constexpr std::array caller_request_classes{request_class::creation, request_class::reading};
inline constexpr std::array all_request_classes{request_class::creation, request_class::reading, request_class::sign_in,
                                                request_class::asset};
[[nodiscard]] std::string_view to_string(request_class value);

/// So many requests a minute in the long run, so many at once.
struct rate {
  int per_minute = 60;
  int burst = 60; ///< at most `per_minute`, so that a minute without requests always brings all of it back
};

struct rate_limits {
  rate creations;
  rate readings;

  [[nodiscard]] const rate& of(request_class what) const {
    return what == request_class::creation ? creations : readings;
  }
};

/// Of one address.
struct address_rates {
  rate creations{120, 60};
  rate readings{3000, 600};
  rate sign_ins{30, 15};
  rate assets{6000, 1500};

  [[nodiscard]] const rate& of(request_class what) const;
};

[[nodiscard]] constexpr token_bucket_policy bucket_of(const rate& r) {
  return {r.burst, r.per_minute, std::chrono::minutes(1)};
}

/// How much of one limit is left, for the caller to see.
struct quota {
  std::string_view name; ///< of static storage: whose limit it is
  int per_minute = 0;
  int remaining = 0;
  duration until_full{};
};

[[nodiscard]] quota quota_of(std::string_view name, const rate& limit, const token_bucket& bucket, moment now);

/// The limit that binds first: the one with the fewest requests left. Null when there is none.
[[nodiscard]] const quota* tightest(std::span<const quota> quotas);

/// The buckets of one account and of the keys that it was called with lately. One key cannot use up what another has
/// left, and all together cannot exceed the account's. Of more keys than `most_keys` the one that has lost least is
/// forgotten.
class caller_limits {
public:
  static constexpr std::size_t most_keys = 16;

  struct decision {
    std::optional<duration> wait; ///< not now: until both buckets have a token
    std::array<quota, 2> quotas;  ///< the account's, the key's
  };

  /// Refers to both: a million of these share one setting, which outlives them.
  caller_limits(const rate_limits& of_account, const rate_limits& of_key, moment now);
  caller_limits(rate_limits&&, const rate_limits&, moment) = delete;
  caller_limits(const rate_limits&, rate_limits&&, moment) = delete;

  /// Takes a token from both buckets, or from neither.
  [[nodiscard]] decision take(key_id key, request_class what, moment now);

  /// Nothing would be lost by making it anew.
  [[nodiscard]] bool is_full(moment now) const;

private:
  struct pair {
    token_bucket creations;
    token_bucket readings;
    pair(const rate_limits& limits, moment now);
    [[nodiscard]] token_bucket& of(request_class what) {
      return what == request_class::creation ? creations : readings;
    }
    [[nodiscard]] duration until_full(moment now) const;
  };
  [[nodiscard]] pair& of_key(key_id key, moment now);

  const rate_limits* account_limits_;
  const rate_limits* key_limits_;
  pair account_;
  std::vector<std::pair<key_id, pair>> keys_;
};

} // namespace easel::policies
