#include "actors/console_lines.hpp"

#include <unordered_map>

namespace easel::actors {

namespace {

/// What the live actors tell of an account.
struct presence {
  std::uint64_t session = 0;
  std::size_t in_work = 0;
};
using presences = std::unordered_map<uuid, presence>;

/// One walk over the live actors, for those alone that are asked about.
void find(presences& of, const directory& live) {
  if (of.empty())
    return;
  live.for_each([&](const vitals& v) {
    const std::string_view kind = v.kind;
    if (kind == "session") {
      if (const auto found = of.find(v.get_subject()); found != of.end())
        found->second.session = v.id;
    } else if (kind == "generation") {
      if (const auto found = of.find(v.get_owner()); found != of.end())
        ++found->second.in_work;
    }
  });
}

} // namespace

std::vector<tier_line> lines_of(const line_board& board, const directory& live) {
  std::vector<std::pair<tier, policies::watched_lines>> all;
  presences known;
  for (const auto t : all_tiers) {
    all.emplace_back(t, board.read(t));
    for (const auto& one : all.back().second.most)
      known.try_emplace(one.of.account.value);
  }
  find(known, live);
  std::vector<tier_line> out;
  for (const auto& [t, lines] : all) {
    auto& line = out.emplace_back(tier_line{t, lines.accounts, lines.longest_since_turn, {}});
    for (const auto& one : lines.most) {
      const auto& found = known.at(one.of.account.value);
      line.most.push_back({found.session, one.of.images, found.in_work, one.of.turns, one.waits, one.since_turn});
    }
  }
  return out;
}

} // namespace easel::actors
