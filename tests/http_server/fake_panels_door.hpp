#pragma once

#include "actors/console_door.hpp"

namespace easel::tests {

/// Panels of a small house that was looked at at `at`.
class fake_panels_door final : public actors::panels_door {
public:
  static constexpr instant at{std::chrono::seconds(1'795'000'000)};

  std::optional<actors::panel_fault> fault;
  bool audits = true;
  persistence::ledger_state books = some_books();

  static persistence::ledger_state some_books() {
    using persistence::book;
    persistence::ledger_state out;
    out.at = at;
    persistence::ledger_books books;
    books.flows = {{book::issued, book::available, {2, 100}, {1, 40}, {2, 100}},
                   {book::available, book::held, {3, 30}, {3, 30}, {3, 30}},
                   {book::held, book::spent, {2, 20}, {2, 20}, {2, 20}}};
    books.remaining = 70;
    books.held = 10;
    out.books = books;
    out.holds = {{"under a minute", 1, 10}, {"a day or more", 0, 0}};
    out.oldest_hold = at - std::chrono::seconds(5);
    return out;
  }

  void ledger(actors::panel_reply<persistence::ledger_state> done) override {
    give(done, [&] { return books; });
  }
  void billing(actors::panel_reply<actors::billing_panel> done) override {
    give(done, [] {
      actors::billing_panel out;
      out.sells = out.leads = true;
      out.price_faults = 1;
      out.state.at = at;
      out.state.inbox = {{"waiting", 0, {}, {}},
                         {"parked", 1, at - std::chrono::minutes(2), {{"under an hour", 1, 0}}}};
      out.state.parked = {{"wrong_amount", 1, at - std::chrono::minutes(2)}};
      out.state.sweeps = {{"events", at - std::chrono::seconds(9), std::chrono::milliseconds(250), 12, 1},
                          {"objects", at - std::chrono::hours(9), {}, 3, 0}};
      persistence::difference_line line;
      line.event = "evt_1";
      line.object_id = "in_1";
      line.amount = 700;
      line.currency = "eur";
      line.reason = "wrong_amount";
      line.since = at - std::chrono::minutes(2);
      out.state.differences = {line};
      return out;
    });
  }
  void privacy(actors::panel_reply<actors::privacy_panel> done) override {
    give(done, [&] {
      actors::privacy_panel out;
      out.now = at;
      out.interval = std::chrono::minutes(1);
      out.retention.at = at;
      out.retention.clock.last = policies::clock_mark{at - std::chrono::seconds(3), {}};
      out.retention.rounds = 4;
      out.retention.by_table = {{"image", 9}};
      if (!audits)
        return out;
      actors::audit_board::findings found;
      found.at = at - std::chrono::seconds(30);
      policies::proof kept{"GEN-1", policies::finding::kept, {{"completed generations", "7"}}, {}, found.at};
      auto old = kept;
      old.clause = "RET-1";
      old.at = at - std::chrono::minutes(3);
      found.proofs = {kept, old};
      found.due = {{"image", 15, 2, at - std::chrono::minutes(1)}};
      out.audit = found;
      return out;
    });
  }
  void cluster(actors::panel_reply<actors::cluster_panel> done) override {
    give(done, [] {
      actors::cluster_panel out;
      out.state.at = at;
      out.dead_after = std::chrono::seconds(10);
      out.here.name = "easel house:7";
      out.here.threads = 12;
      const auto node = [](const char* process, std::chrono::seconds silent) {
        persistence::node_line line;
        line.process = process;
        line.version = "0.1.0";
        line.joined_at = at - std::chrono::hours(1);
        line.heartbeat_at = at - silent;
        return line;
      };
      out.state.nodes = {node("easel house:7", std::chrono::seconds(1)),
                         node("easel other:8", std::chrono::seconds(11)),
                         node("easel old:9", std::chrono::seconds(99))};
      out.state.nodes[2].taken_over_at = at - std::chrono::seconds(80);
      out.state.singletons = {{persistence::singleton::reaper, "easel house:7", at - std::chrono::minutes(4)},
                              {persistence::singleton::auditor, "", {}}};
      return out;
    });
  }
  [[nodiscard]] actors::session_panel sessions() const override { return {{{"free", 3, 1, 0.5}, {"paid", 1, 0, 2}}}; }
  [[nodiscard]] const std::vector<actors::setting_line>& configuration() const override {
    static const std::vector<actors::setting_line> all{{"operator.token", "set", true, false},
                                                       {"server.port", "8080", false, true}};
    return all;
  }

private:
  template <class T, class Make>
  void give(const actors::panel_reply<T>& done, Make make) {
    if (fault)
      return done(unexpected(*fault));
    done(make());
  }
};

} // namespace easel::tests
