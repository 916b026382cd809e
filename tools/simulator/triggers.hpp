#pragma once

#include "tools/simulator/behaviour.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

/// Words in a prompt that make the simulator misbehave without a control call:
/// `sim:KIND`, `sim:KIND=VALUE`, `sim:ROUTE/KIND=VALUE`, each ending at white space, comma or semicolon.
namespace easel::simulator {

struct trigger {
  std::string_view where; ///< a route's name, or empty
  std::string_view what;
  std::string_view value;
};

void for_each_trigger(std::string_view prompt, const std::function<void(const trigger&)>&);

struct asked_for {
  std::optional<milliseconds> delay;
  std::optional<fault> wrong;
};

/// `slow=MS` and every kind of fault; `fail=CODE` is `status`. Without a route, `slow`, `refuse`, `no_completion`
/// and `bad_image` are meant for the drawing itself (sub2api, kie.task), all others for the call (sub2api, kie.create).
[[nodiscard]] asked_for read_triggers(route, std::string_view prompt);

} // namespace easel::simulator
