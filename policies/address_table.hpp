#pragma once

#include "policies/rate_limit.hpp"

#include <cstdint>
#include <vector>

namespace easel::policies {

/// What requests are counted by: an IPv4 address, or the /64 that an IPv6 address is in, since one line gets all of it.
struct address_block {
  std::uint64_t bits = 0;
  bool is_v6 = false;

  friend bool operator==(const address_block&, const address_block&) = default;
};

/// Token buckets for any number of addresses in memory that never grows: one allocation of `slots` buckets, in sets of
/// eight. A newcomer to a full set takes the place of an address whose buckets are full again, which loses nothing;
/// else of the first that the set's clock hand finds unused since it last came by. That one starts anew when it comes
/// back, so who sprays addresses buys a burst for each, and cannot push out an address that keeps calling.
class address_table {
public:
  static constexpr std::size_t ways = 8;

  /// `slots` is rounded up to whole sets. `secret` keeps outsiders from choosing addresses that share a set.
  address_table(std::size_t slots, const address_rates& limits, std::uint64_t secret);

  struct decision {
    std::optional<duration> wait; ///< not now
    quota left;
    bool forgot = false; ///< another address lost its count
  };
  /// Takes a token of this address and class.
  [[nodiscard]] decision take(address_block who, request_class what, moment now);

  [[nodiscard]] std::size_t slots() const { return slots_.size(); }
  [[nodiscard]] std::size_t bytes() const { return slots_.capacity() * sizeof(slot) + hands_.capacity(); }

private:
  struct slot {
    std::uint64_t bits = 0;
    std::uint8_t tag = 0; ///< 0: never used; else family and class
    bool used_lately = false;
    token_bucket bucket;
  };
  [[nodiscard]] std::size_t set_of(address_block who, std::uint8_t tag) const;
  /// Which slot of the set gives way; sets `forgot` when its count was worth something.
  [[nodiscard]] slot& victim(std::size_t set, moment now, bool& forgot);

  address_rates limits_;
  std::uint64_t secret_;
  std::vector<slot> slots_;
  std::vector<std::uint8_t> hands_; ///< of each set
};

} // namespace easel::policies
