#pragma once

#include "actors/console_actions.hpp"

#include <string_view>
#include <vector>

/// What operators may do, over a directory and upstreams of a few entries, without a single actor.
namespace easel::testing {

using namespace easel::actors;
using namespace std::chrono_literals;
using result = action_outcome::result;

struct action_fixture {
  directory live;
  upstream_board upstreams;
  std::vector<generation_id> cancelled;
  std::optional<bool> in_work = true;
  int poked = 0;
  int killed = 0;
  int nudged = 0;
  std::optional<persistence::store_error::kind> database_fails; ///< with this, whatever it is asked
  std::optional<persistence::account_standing> standing = persistence::account_standing{};
  int suspended = 0, lifted = 0, signed_out = 0;
  std::string level = "info";
  std::vector<std::string> said;
  int failed = 0;
  node_control node;
  std::vector<std::optional<std::chrono::minutes>> wishes;
  std::optional<int> others = 1;
  std::optional<persistence::found_prompt> prompt;
  std::vector<persistence::new_privacy_request> recorded;
  log_control log{{[this] { return level; }, [this](const std::string& to) { level = to; },
                   [this](const std::string& sentence) { said.push_back(sentence); }, nullptr}};
  action_ground ground{live,
                       upstreams,
                       [this](generation_id id) {
                         cancelled.push_back(id);
                         return told(true);
                       },
                       [this](generation_id) { return in_work; },
                       [this](account_id) { return told(standing); },
                       [this](account_id) { return told(++suspended > 0); },
                       [this](account_id) { return told(++lifted > 0); },
                       [this](account_id) { return told(++signed_out > 0); },
                       log};

  action_fixture() {
    ground.queued = [](tier of) { return of == tier::paid ? 17 : 5; };
    ground.node = &node;
    ground.drain_limit = 30s;
    ground.work = [] { return 4; };
    ground.other_nodes = [this] { return others; };
    ground.allows_chaos = true;
    ground.prompt = [this](generation_id, bool with_text) {
      auto found = prompt;
      if (found && !with_text)
        found->text.reset();
      return told(std::move(found));
    };
    ground.today = [] { return day(std::chrono::year(2026) / 11 / 26); };
    ground.record = [this](const persistence::new_privacy_request& what) {
      recorded.push_back(what);
      persistence::privacy_request_row row;
      row.due = policies::due_on(what.received, false);
      return told(std::optional(std::move(row)));
    };
    node.on_wish([this](auto span) { wishes.push_back(span); });
    node.at = node_control::phase::serving;
  }

  std::shared_ptr<upstream_vitals> upstream(recipient to, const std::string& label, int weight = 1) {
    connection_settings settings;
    settings.label = label;
    settings.weight = weight;
    auto one = upstreams.of(to, settings);
    one->on_intervention([this] { ++poked; });
    return one;
  }
  std::shared_ptr<vitals> actor(std::uint64_t id, const char* kind) {
    auto v = std::make_shared<vitals>();
    v->id = id;
    v->kind = kind;
    v->kill = [this] { ++killed; };
    v->fail = [this] { ++failed; };
    live.enter(v);
    return v;
  }
  std::shared_ptr<vitals> runner(std::uint64_t id, const char* kind, const char* state) {
    auto v = std::make_shared<vitals>();
    v->id = id;
    v->kind = kind;
    v->state = state;
    v->nudge = [this] { ++nudged; };
    live.enter(v);
    return v;
  }
  /// As a store says it.
  template <class T>
  persistence::answer<T> told(T value) const {
    if (database_fails)
      return easel::unexpected(persistence::store_error{*database_fails, "a test", ""});
    return value;
  }
  action_outcome look(operator_action what) { return preview(what, ground); }
  bool act(operator_action what) { return perform(what, ground).was_done; }
  result came_of(operator_action what) { return outcome_of(what, perform(what, ground)); }
};

inline bool mentions(const action_outcome& outcome, std::string_view part) {
  for (const auto& effect : outcome.effects)
    if (effect.find(part) != std::string::npos)
      return true;
  return false;
}

} // namespace easel::testing
