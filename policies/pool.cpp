#include "policies/pool.hpp"

#include <cstdint>

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

} // namespace easel::policies
