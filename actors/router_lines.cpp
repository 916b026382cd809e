#include "actors/router_actor.hpp"

namespace easel::actors {

void router_actor::publish_lines() {
  state.told_lines = context_->lines;
  for (const auto t : all_tiers) {
    std::vector<policies::waiting_line> lines;
    pool(t).for_each_line([&](const account_id& account, std::size_t images, std::uint64_t turns) {
      lines.push_back({account, images, turns});
    });
    context_->lines->put(t, state.lines[static_cast<std::size_t>(t)].look(lines, now()));
  }
}

} // namespace easel::actors
