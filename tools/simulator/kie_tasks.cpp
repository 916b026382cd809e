#include "tools/simulator/kie_tasks.hpp"

#include <array>
#include <random>

namespace easel::simulator {
namespace {

constexpr std::size_t most_tasks = 100'000;

bool ends_in_failure(const kie_task& t) {
  return t.wrong && (t.wrong->kind == fault_kind::refuse || t.wrong->kind == fault_kind::status);
}

kie_stage at_fraction(double done) {
  return done < 0.2 ? kie_stage::waiting : done < 0.4 ? kie_stage::queuing : kie_stage::generating;
}

} // namespace

std::string_view to_string(kie_stage s) {
  static constexpr std::array<std::string_view, 5> names{"waiting", "queuing", "generating", "success", "fail"};
  return names[std::size_t(s)];
}

kie_stage stage_of(const kie_task& t, int polls, std::chrono::steady_clock::time_point now) {
  auto last = ends_in_failure(t) ? kie_stage::fail : kie_stage::success;
  bool never = t.wrong && t.wrong->kind == fault_kind::hang;
  if (t.polls_until_done > 0) {
    int seen = polls - t.no_record_polls;
    return seen >= t.polls_until_done && !never ? last : at_fraction(double(seen - 1) / t.polls_until_done);
  }
  auto elapsed = now - t.started;
  if (elapsed >= t.takes)
    return never ? kie_stage::generating : last;
  return at_fraction(std::chrono::duration<double, std::milli>(elapsed).count() / double(t.takes.count()));
}

kie_tasks::kie_tasks() {
  std::random_device seed;
  salt_ = (std::uint64_t(seed()) << 32) | seed();
}

std::string kie_tasks::new_id() {
  std::lock_guard lock(mutex_);
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string id = "task_";
  auto word = mix(salt_);
  for (int i = 0; i < 16; ++i, word >>= 4)
    id += digits[word & 15];
  return id;
}

bool kie_tasks::add(const std::shared_ptr<kie_task>& t) {
  std::lock_guard lock(mutex_);
  if (balance_ < t->cost)
    return false;
  if (!ends_in_failure(*t))
    balance_ -= t->cost;
  by_id_[t->id] = t;
  in_order_.push_back(t->id);
  if (in_order_.size() > most_tasks) {
    by_id_.erase(in_order_.front());
    in_order_.pop_front();
  }
  return true;
}

task_ptr kie_tasks::find(const std::string& id) const {
  std::lock_guard lock(mutex_);
  auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

std::size_t kie_tasks::size() const {
  std::lock_guard lock(mutex_);
  return by_id_.size();
}

std::int64_t kie_tasks::balance() const {
  std::lock_guard lock(mutex_);
  return balance_;
}

void kie_tasks::set_balance(std::int64_t credits) {
  std::lock_guard lock(mutex_);
  balance_ = credits;
}

void kie_tasks::clear() {
  std::lock_guard lock(mutex_);
  by_id_.clear();
  in_order_.clear();
  balance_ = 100'000;
}

} // namespace easel::simulator
