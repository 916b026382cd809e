#include "policies/address_table.hpp"

#include <algorithm>
#include <utility>

namespace easel::policies {

namespace {

std::uint8_t tag_of(address_block who, request_class what) {
  constexpr int classes = static_cast<int>(all_request_classes.size());
  return static_cast<std::uint8_t>(1 + (who.is_v6 ? classes : 0) + static_cast<int>(what));
}

/// Finalizer of MurmurHash3: every bit of the input moves half of those of the output.
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ x >> 33;
}

} // namespace

address_table::address_table(std::size_t slots, const address_rates& limits, std::uint64_t secret)
    : limits_(limits), secret_(secret) {
  const auto sets = std::max<std::size_t>(1, (slots + ways - 1) / ways);
  slots_.resize(sets * ways, slot{0, 0, false, token_bucket({}, {})});
  hands_.resize(sets);
}

address_table::decision address_table::take(address_block who, request_class what, moment now) {
  const auto tag = tag_of(who, what);
  const auto set = set_of(who, tag);
  const auto begin = slots_.begin() + static_cast<std::ptrdiff_t>(set * ways);
  const auto known =
    std::find_if(begin, begin + ways, [&](const slot& s) { return s.bits == who.bits && s.tag == tag; });
  decision d;
  const bool is_known = known != begin + ways;
  auto& place = is_known ? *known : victim(set, now, d.forgot);
  if (!is_known)
    place = {who.bits, tag, false, token_bucket(bucket_of(limits_.of(what)), now)};
  place.used_lately = is_known;
  if (const auto taken = place.bucket.take(now); !taken)
    d.wait = taken.error();
  d.left = quota_of("address", limits_.of(what), place.bucket, now);
  return d;
}

std::size_t address_table::set_of(address_block who, std::uint8_t tag) const {
  return mix(mix(who.bits ^ secret_) + tag * 0x9e3779b97f4a7c15ULL + secret_) % hands_.size();
}

address_table::slot& address_table::victim(std::size_t set, moment now, bool& forgot) {
  const auto begin = slots_.begin() + static_cast<std::ptrdiff_t>(set * ways);
  const auto spare = std::find_if(
    begin, begin + ways, [&](const slot& s) { return s.tag == 0 || s.bucket.until_full(now) == duration::zero(); });
  if (spare != begin + ways)
    return *spare;
  forgot = true;
  auto& hand = hands_[set];
  while (std::exchange(begin[hand].used_lately, false))
    hand = static_cast<std::uint8_t>((hand + 1) % ways);
  auto& found = begin[hand];
  hand = static_cast<std::uint8_t>((hand + 1) % ways);
  return found;
}

} // namespace easel::policies
