#pragma once

#include "tests/simulation/history.hpp"
#include "tests/simulation/weather.hpp"
#include "tests/support/virtual_house.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What must hold in every history, whatever failed in it: asked at each upstream call, and of the whole at the end.
namespace easel::simulation {

/// A person of the simulation and what was done to their account.
struct resident {
  testing::person person;
  tier first_tier = tier::free;
  std::int64_t gifts = 0;
  bool closed = false;
  bool restricted = false;
  bool revoked = false;
  std::optional<duration> ended_at; ///< closed or revoked, in the world's time
  bool changed_tier = false;
  std::optional<credits> key_cap; ///< in a month
};

class oracle {
public:
  oracle(testing::virtual_world& world, weather& outside, history& log);

  void add(resident* one) { residents_.push_back(one); }
  /// Every prompt is one wish of one person: what leaves can be traced back.
  void expect(const std::string& prompt, resident* of) { wisher_[prompt] = of; }
  /// Somebody was told that it was accepted.
  void accepted(generation_id id) { accepted_.insert(id); }
  /// Its owner asked for a cancel or delete, whatever became of that.
  void may_go(generation_id id) { may_go_.insert(id); }
  /// The same, of what was accepted for this prompt.
  void may_vanish(const std::string& prompt) { may_vanish_.insert(prompt); }
  [[nodiscard]] bool may_be_gone(generation_id id) const { return may_go_.contains(id); }
  /// The prompt may belong to several rows, because one of them was deleted or failed.
  void may_come_again(const std::string& prompt) { sent_anew_.insert(prompt); }
  /// A cancel or delete was confirmed for it: nothing may be left to see.
  void gone(generation_id id) { gone_.insert(id); }

  /// Wraps the scripts of the upstreams.
  void watch_upstreams();

  /// At any moment: the books of the store agree with themselves. More must hold when all is at rest.
  void check_books(bool at_rest = false);
  /// At the end, when all is quiet.
  void check_everything();
  [[nodiscard]] bool anything_in_work();

private:
  void before_moderation(const std::string& prompt, const testing::turn& t);
  void before_generation(const std::string& prompt, recipient to);
  void check_tables(bool at_rest);
  void check_calls(const resident& one, const persistence::generation_row& row);
  void check_tasks();
  void check_row(const resident& one, const persistence::generation_row& row);
  void check_account(const resident& one);
  std::vector<persistence::generation_row> rows_of(const resident& one);
  std::vector<persistence::entry_row> entries_of(const resident& one);
  void violated(std::string_view what, std::string_view about = {}) { log_.violated(world_.passed, what, about); }

  testing::virtual_world& world_;
  weather& outside_;
  history& log_;
  std::vector<resident*> residents_;
  std::map<std::string, resident*> wisher_;
  std::map<std::string, duration> judged_at_; ///< by prompt: when its first verdict arrived
  std::set<generation_id> accepted_;
  std::set<generation_id> may_go_;
  std::set<std::string> may_vanish_;
  std::set<std::string> sent_anew_;
  std::set<generation_id> gone_;
};

} // namespace easel::simulation
