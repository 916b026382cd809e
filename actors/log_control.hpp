#pragma once

#include "actors/log_ring.hpp"
#include "policies/vocabulary/time.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace easel::actors {

/// How the process' log is reached from here. Any thread.
struct log_parts {
  std::function<std::string()> level; ///< of `log_levels`
  std::function<void(const std::string&)> set_level;
  std::function<void(const std::string& sentence)> say;    ///< nothing personal
  std::function<void(const std::string& sentence)> detail; ///< the same, at the level "debug"
  std::shared_ptr<const log_ring> newest = nullptr;        ///< its newest lines
};

/// The level of the log, which an operator may change for a while. Any thread.
class log_control {
public:
  using steady_moment = std::chrono::steady_clock::time_point;

  /// Parts that are not there change and say nothing.
  explicit log_control(log_parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::string level() const { return parts_.level ? parts_.level() : std::string("info"); }
  /// The level to which it returns.
  [[nodiscard]] std::string usual() const {
    std::lock_guard lock(guard_);
    return usual_.value_or(level());
  }
  [[nodiscard]] log_page newest(const log_question& q) const {
    return parts_.newest ? parts_.newest->find(q) : log_page();
  }
  void change(const std::string& to, steady_moment until);
  /// Undoes a change whose time is over. Called each second.
  void look(steady_moment now);
  void detail(const std::string& sentence) const {
    if (parts_.detail)
      parts_.detail(sentence);
  }

private:
  const log_parts parts_;
  mutable std::mutex guard_;
  std::optional<std::string> usual_; ///< while it is changed
  steady_moment until_{};
};

} // namespace easel::actors
