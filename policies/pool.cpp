#include "policies/pool.hpp"

#include <cstdint>
#include <numeric>

namespace easel::policies {

namespace {

bool may_start(const pool_member& member) {
  return member.admits && member.weight > 0 && member.in_flight < member.concurrency;
}

/// a.in_flight / a.weight < b.in_flight / b.weight, without dividing.
bool less_loaded(const pool_member& a, const pool_member& b) {
  return std::int64_t{a.in_flight} * b.weight < std::int64_t{b.in_flight} * a.weight;
}

} // namespace

std::optional<std::size_t> choose_member(std::span<const pool_member> members) {
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (may_start(members[i]) && (!chosen || less_loaded(members[i], members[*chosen])))
      chosen = i;
  return chosen;
}

std::vector<int> shares_of(std::span<const int> weights) {
  const auto all = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  std::vector<int> out;
  out.reserve(weights.size());
  for (const int weight : weights)
    out.push_back(all == 0 ? 0 : static_cast<int>(std::int64_t{weight} * 100 / all));
  return out;
}

} // namespace easel::policies
