#pragma once

#include "actors/settings.hpp"
#include "policies/histogram.hpp"
#include "policies/upstream_failure.hpp"
#include "policies/vocabulary/names.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// What actors count about stages and upstreams. Atomics alone on their side; the console reads.
namespace easel::actors {

/// Durations that only ever grow in number. Any thread.
class duration_counts {
public:
  void add(duration took) { buckets_[policies::bucket_of(took)].fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::array<std::uint64_t, policies::histogram_buckets> read() const {
    std::array<std::uint64_t, policies::histogram_buckets> out{};
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = buckets_[i].load(std::memory_order_relaxed);
    return out;
  }

private:
  std::array<std::atomic<std::uint64_t>, policies::histogram_buckets> buckets_{};
};

/// The parts of a generation's life that are timed, in their order; `whole` is from acceptance to its end.
enum class stage { moderating, queued, dispatching, drawing, storing, whole };
inline constexpr std::array all_stages{stage::moderating, stage::queued,  stage::dispatching,
                                       stage::drawing,    stage::storing, stage::whole};
[[nodiscard]] constexpr std::string_view to_string(stage s) {
  constexpr std::array<std::string_view, all_stages.size()> names{"moderating", "queued",  "dispatching",
                                                                  "drawing",    "storing", "whole"};
  return names[static_cast<std::size_t>(s)];
}

/// By tier and stage.
using stage_counts = std::array<std::array<duration_counts, all_stages.size()>, all_tiers.size()>;

/// One upstream credential as its connection knows it: written by the connection, read by anyone. It outlives the
/// connection's actor, so that a restart loses no figure, and no pause.
struct upstream_vitals {
  enum class health : std::uint8_t { closed, open, half_open };
  static constexpr std::int64_t never = 0;

  upstream_vitals(recipient of, connection_settings with)
      : to(of), settings(std::move(with)), weight(settings.weight) {}

  const recipient to;
  const connection_settings settings;

  // An operator's wishes; `intervened` tells the connection to look at them.
  std::atomic<std::int64_t> paused_until{never}; ///< steady clock nanoseconds: no call starts before
  std::atomic<bool> drains{false};               ///< the pause is a drain: what waits goes to the others of its tier
  std::atomic<bool> reset_wanted{false};         ///< the breaker is to forget what it knows
  std::atomic<std::int64_t> opened_until{never}; ///< steady clock nanoseconds: the breaker is open at least until then
  std::atomic<int> weight;                       ///< its share of the work; as configured until somebody changes it
  void intervened() const {
    std::lock_guard lock(guard_);
    if (poke_)
      poke_();
  }
  void on_intervention(std::function<void()> poke) {
    std::lock_guard lock(guard_);
    poke_ = std::move(poke);
  }

  std::atomic<std::uint64_t> actor{0};
  std::atomic<health> breaker{health::closed};
  std::atomic<std::int64_t> open_until{never}; ///< steady clock nanoseconds
  std::atomic<int> in_flight{0};
  std::atomic<int> waiting{0}; ///< taken, and not started: for the start window, or for a place in moderation
  std::atomic<int> credit{0};  ///< starts that the router may still assign
  std::atomic<int> window_used{0};
  std::atomic<bool> funded{true};
  std::atomic<std::int64_t> upstream_credit{-1}; ///< as last polled; -1: never
  std::atomic<std::uint64_t> calls{0};           ///< ended, well or not
  std::array<std::atomic<std::uint64_t>, policies::all_failure_classes.size()> failures{};
  std::atomic<int> last_failure{-1};                ///< a policies::failure_class
  std::atomic<std::int64_t> last_failure_at{never}; ///< steady clock nanoseconds
  std::array<duration_counts, policies::all_call_kinds.size()> latency;

private:
  mutable std::mutex guard_;
  std::function<void()> poke_;
};

/// Every credential of the node. Entries are made when a connection starts and stay.
class upstream_board {
public:
  /// The entry of this credential, made if it is not there.
  [[nodiscard]] std::shared_ptr<upstream_vitals> of(recipient to, const connection_settings& settings) {
    std::lock_guard lock(guard_);
    for (const auto& one : all_)
      if (one->to == to && one->settings.label == settings.label)
        return one;
    return all_.emplace_back(std::make_shared<upstream_vitals>(to, settings));
  }
  [[nodiscard]] std::vector<std::shared_ptr<upstream_vitals>> all() const {
    std::lock_guard lock(guard_);
    return all_;
  }

private:
  mutable std::mutex guard_;
  std::vector<std::shared_ptr<upstream_vitals>> all_;
};

} // namespace easel::actors
