#include "policies/queue_lines.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

duration span_between(moment then, moment now) {
  return std::max(std::chrono::duration_cast<duration>(now - then), duration(0));
}

/// Of equals, whoever has gone without a turn for longer; then by id, so that a list stays as it is.
bool weighs_more(const watched_line& a, const watched_line& b) {
  if (a.of.images != b.of.images)
    return a.of.images > b.of.images;
  return a.since_turn != b.since_turn ? a.since_turn > b.since_turn : a.of.account < b.of.account;
}

} // namespace

line_watch::seen line_watch::look_at(const waiting_line& line, moment now) const {
  const auto found = seen_.find(line.account);
  // Fewer turns than before: it had left and came again between two looks.
  if (found == seen_.end() || line.turns < found->second.turns)
    return {now, now, line.turns};
  auto out = found->second;
  if (line.turns > out.turns)
    out.turned = now;
  out.turns = line.turns;
  return out;
}

watched_lines line_watch::look(std::span<const waiting_line> lines, moment now) {
  watched_lines out;
  out.accounts = lines.size();
  std::unordered_map<account_id, seen> next;
  next.reserve(lines.size());
  for (const auto& line : lines) {
    const auto known = look_at(line, now);
    next.emplace(line.account, known);
    out.most.push_back({line, span_between(known.since, now), span_between(known.turned, now)});
    out.longest_since_turn = std::max(out.longest_since_turn, out.most.back().since_turn);
  }
  seen_ = std::move(next);
  const auto told = std::min(out.most.size(), lines_told);
  std::partial_sort(out.most.begin(), out.most.begin() + static_cast<std::ptrdiff_t>(told), out.most.end(),
                    weighs_more);
  out.most.resize(told);
  return out;
}

} // namespace easel::policies
