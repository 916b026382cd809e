#include "policies/unattended_rows.hpp"

#include <utility>

namespace easel::policies {

std::vector<generation_id> unattended_rows::look(const std::vector<generation_id>& owned,
                                                 const std::function<bool(generation_id)>& is_attended) {
  std::vector<generation_id> again;
  std::unordered_set<generation_id> missed;
  for (const auto& id : owned) {
    if (is_attended(id))
      continue;
    missed.insert(id);
    if (missed_.contains(id))
      again.push_back(id);
  }
  missed_ = std::move(missed);
  return again;
}

} // namespace easel::policies
