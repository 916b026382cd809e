#pragma once

#include "actors/console_board.hpp"
#include "actors/context.hpp"
#include "actors/panels_door.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>

namespace easel::actors {

/// After a reading that failed, and twice as long after each that follows, up to the second.
inline constexpr std::chrono::steady_clock::duration first_panel_pause = std::chrono::seconds(4);
inline constexpr std::chrono::steady_clock::duration longest_panel_pause = std::chrono::minutes(1);

/// What was read for one panel lately, or that it could not be.
template <class T>
class remembered {
public:
  /// `read` is asked when nothing is known that is younger than `believed`, and not while the pause after a failure
  /// lasts: what takes too long would otherwise take it again for each that looks.
  template <class Read>
  [[nodiscard]] expected<T, panel_fault> ask(std::chrono::steady_clock::time_point now,
                                             std::chrono::steady_clock::duration believed, Read read) {
    if (found_ && now - at_ < believed)
      return *found_;
    if (now - failed_at_ < pause_)
      return easel::unexpected(fault(now - failed_at_));
    auto fresh = read();
    if (!fresh) {
      found_.reset();
      pause_ = std::clamp(2 * pause_, first_panel_pause, longest_panel_pause);
      failed_at_ = now;
      return easel::unexpected(fault({}));
    }
    pause_ = {};
    found_ = *fresh;
    at_ = now;
    return *std::move(fresh);
  }

private:
  [[nodiscard]] panel_fault fault(std::chrono::steady_clock::duration ago) const {
    return {console_fault::unavailable, std::chrono::floor<duration>(ago), std::chrono::ceil<duration>(pause_ - ago)};
  }

  std::optional<T> found_;
  std::chrono::steady_clock::time_point at_{};
  std::chrono::steady_clock::time_point failed_at_{}; ///< the latest
  std::chrono::steady_clock::duration pause_{};       ///< after it; none since one that did not fail
};

/// The reader's memory: however many look, the database is asked every few seconds.
struct panel_memory {
  remembered<persistence::ledger_state> ledger;
  remembered<persistence::billing_state> billing;
  remembered<persistence::retention_state> retention;
  remembered<persistence::cluster_state> cluster;
};

/// door → console reader: one question of a panel, which answers its waiter by itself.
struct read_panel {
  std::function<void(persistence::panel_store&, panel_memory&)> run;
};

/// What panels show that is not in the database or the context.
struct panel_ground {
  std::shared_ptr<const audit_board> audit; ///< null: nothing is audited from here
  duration audit_interval{};
  std::vector<setting_line> configuration;
};

/// Reads what the kernel counts of this process. Any thread.
[[nodiscard]] process_figures read_process();

/// The sessions that live, by what they serve.
[[nodiscard]] session_panel sessions_of(const directory& live);

[[nodiscard]] std::unique_ptr<panels_door> make_panels_door(context_ptr context, const directory& live,
                                                            panel_ground ground);

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::read_panel)
