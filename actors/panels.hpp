#pragma once

#include "actors/console_board.hpp"
#include "actors/context.hpp"
#include "actors/panels_door.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <tuple>

namespace easel::actors {

/// What was read for one panel lately.
template <class T>
class remembered {
public:
  /// `read` is asked when nothing is known that is younger than `believed`; errors are not remembered.
  template <class Read>
  [[nodiscard]] persistence::answer<T> ask(std::chrono::steady_clock::time_point now,
                                           std::chrono::steady_clock::duration believed, Read read) {
    if (found_ && now - at_ < believed)
      return *found_;
    auto fresh = read();
    if (fresh) {
      found_ = *fresh;
      at_ = now;
    }
    return fresh;
  }

private:
  std::optional<T> found_;
  std::chrono::steady_clock::time_point at_{};
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
