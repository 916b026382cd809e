#include "policies/key_rotation.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

bool names(std::string_view master_keys, std::string_view one) {
  while (!master_keys.empty()) {
    const auto end = std::min(master_keys.find(' '), master_keys.size());
    if (master_keys.substr(0, end) == one)
      return true;
    master_keys.remove_prefix(std::min(end + 1, master_keys.size()));
  }
  return false;
}

} // namespace

expected<rotation_step, std::string> next_rotation_step(const master_key_state& found,
                                                        const master_key_names& configured) {
  if (found.in_force != configured.own && found.in_force != configured.previous)
    return unexpected("the master key in force is " + found.in_force + ", and it is not configured");
  for (const auto& [name, keys] : found.wrapped)
    if (name != configured.own && name != configured.previous)
      return unexpected(std::to_string(keys) + " content keys are wrapped by the master key " + name
                        + ", which is not configured");
  if (found.in_force == configured.own) {
    const bool all_ours =
      found.wrapped.empty() || (found.wrapped.size() == 1 && found.wrapped.contains(configured.own));
    return all_ours ? rotation_step::none : rotation_step::rewrap;
  }
  for (const auto& node : found.nodes)
    if (!names(node.master_keys, configured.own))
      return unexpected("node " + node.id + " runs without the new master key " + configured.own
                        + ": give every server keys.master and keys.previous, start it anew, then rotate");
  return rotation_step::begin;
}

} // namespace easel::policies
