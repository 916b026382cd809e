#pragma once

#include "actors/console_door.hpp"

#include <vector>

namespace easel::tests {

/// One trace of an actor, begun by ada, that has seen three messages; what it is asked for is remembered.
class fake_traces_door final : public actors::traces_door {
public:
  policies::trace_limits bounds{4, 2000, std::chrono::minutes(5)};
  std::optional<actors::console_fault> fault;
  std::optional<actors::trace_refusal> refusal;
  actors::trace_summary one = some_trace();
  std::vector<actors::trace_wanted> begun;
  int stopped = 0;

  static actors::trace_summary some_trace() {
    actors::trace_summary out;
    out.id = 7;
    out.by = policies::trace_by::actor;
    out.actor = 17;
    out.by_whom = "operator:ada";
    out.started = instant(std::chrono::seconds(1'795'000'000));
    out.left = std::chrono::seconds(12);
    out.recorded = 3;
    out.dropped = 1;
    return out;
  }

  [[nodiscard]] const policies::trace_limits& limits() const override { return bounds; }
  [[nodiscard]] std::vector<actors::trace_summary> all() const override { return {one}; }
  void begin(actors::trace_wanted what, actors::console_reply<actors::trace_started> done) override {
    begun.push_back(what);
    if (fault)
      return done(unexpected(*fault));
    if (refusal)
      return done(actors::trace_started(unexpected(*refusal)));
    auto out = one;
    out.by = what.trace.by;
    out.by_whom = what.trace.by_whom;
    out.bounds = what.trace.bounds;
    done(actors::trace_started(out));
  }
  [[nodiscard]] std::optional<actors::trace_reading> read(std::uint64_t id, std::size_t after) const override {
    if (id != one.id)
      return std::nullopt;
    actors::trace_reading out{one, {}};
    for (auto i = after; i < one.recorded; ++i) {
      actors::traced_view e;
      e.number = i + 1;
      e.at = one.started + std::chrono::seconds(i);
      e.after = std::chrono::seconds(i);
      e.actor = 17;
      e.kind = "session";
      e.state = "idle";
      e.message = "enter";
      e.sender = i == 0 ? 0 : 2;
      e.sender_kind = i == 1 ? "router" : "";
      if (i > 0)
        e.waited = std::chrono::microseconds(1500);
      e.took = std::chrono::nanoseconds(34'200);
      e.failed = i == 2;
      out.events.push_back(std::move(e));
    }
    return out;
  }
  std::optional<actors::trace_summary> stop(std::uint64_t id) override {
    if (id != one.id)
      return std::nullopt;
    ++stopped;
    one.ended = policies::trace_end::stopped;
    one.left = {};
    return one;
  }
};

} // namespace easel::tests
