#include "tools/easelctl/master_key_commands.hpp"

#include "tools/easelctl/refusal.hpp"
#include "tools/easelctl/results.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::ordered_json;
using policies::rotation_step;

/// Whatever was done so far stays done.
template <class T>
T need_or_repeat(persistence::answer<T> got) {
  if (got)
    return std::move(*got);
  const auto& e = got.error();
  refuse("the database did not do it: " + e.operation + " (SQLSTATE " + e.sqlstate
         + "); give the same command again, it goes on where it ended");
}

std::int64_t wrapped_by_others(const policies::master_key_state& found, const std::string& own) {
  std::int64_t keys = 0;
  for (const auto& [name, count] : found.wrapped)
    keys += name == own ? 0 : count;
  return keys;
}

struct master_key_performer {
  const master_key_desk& at;

  /// The previous key can be forgotten once nothing is wrapped by it, here and on the disk.
  ordered_json operator()(const show_master_keys&) const {
    const auto found = need_or_repeat(at.rotation.state());
    const auto remains = need_or_repeat(at.retention.find_key_remains());
    auto nodes = ordered_json::array();
    for (const auto& node : found.nodes)
      nodes.push_back({{"node", node.id}, {"master_keys", node.master_keys}});
    const auto next = policies::next_rotation_step(found, at.configured);
    const bool is_over = next && *next == rotation_step::none;
    return {{"in_force", found.in_force},
            {"configured", at.configured.own},
            {"previous", at.configured.previous ? ordered_json(*at.configured.previous) : ordered_json(nullptr)},
            {"content_keys", found.wrapped},
            {"nodes", std::move(nodes)},
            {"rotation", next ? (is_over                         ? "none is under way"
                                 : *next == rotation_step::begin ? "may begin"
                                                                 : "is under way: easelctl keys rotate")
                              : next.error()},
            {"gone_keys_on_disk", remains.keys},
            {"previous_may_be_forgotten", is_over && remains.keys == 0}};
  }

  ordered_json operator()(const rotate_master_key& c) const {
    auto step = next();
    if (step == rotation_step::begin) {
      (void)need_or_repeat(at.rotation.begin(at.actor));
      step = next();
    }
    std::int64_t rewrapped = 0;
    if (step == rotation_step::rewrap)
      rewrapped = rewrap(c.batch);
    const auto found = need_or_repeat(at.rotation.state());
    const bool ended = need_or_repeat(at.rotation.conclude(at.actor));
    return {{"in_force", found.in_force},
            {"rewrapped", rewrapped},
            {"wrapped_by_others", wrapped_by_others(found, at.configured.own)},
            {"ended", ended}};
  }

private:
  [[nodiscard]] rotation_step next() const {
    const auto step = policies::next_rotation_step(need_or_repeat(at.rotation.state()), at.configured);
    if (!step)
      refuse(step.error());
    return *step;
  }

  [[nodiscard]] std::int64_t rewrap(int batch) const {
    std::int64_t rewrapped = 0, unopened = 0;
    persistence::rewrapped_batch done;
    do {
      done = need_or_repeat(at.rotation.rewrap(done.last, batch));
      rewrapped += done.rewrapped;
      unopened += done.unopened;
    } while (done.any_left);
    if (unopened > 0)
      refuse(std::to_string(unopened)
             + " content keys are opened by no master key that is configured, and were left as "
               "they are; "
             + std::to_string(rewrapped) + " were wrapped anew");
    return rewrapped;
  }
};

} // namespace

int run_master_keys(const master_key_command& what, const master_key_desk& at, std::ostream& out,
                    std::ostream& err) try {
  const auto result = std::visit(master_key_performer{at}, what);
  if (at.json)
    out << result.dump() << '\n';
  else
    print_fields(out, result, 27);
  return 0;
} catch (const refusal& r) {
  err << "easelctl: " << r.sentence << '\n';
  return 1;
}

} // namespace easel::easelctl
