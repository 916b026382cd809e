#include "actors/panels.hpp"

#include "actors/billing_office.hpp"
#include "actors/console_messages.hpp"
#include "actors/session.hpp"

#include <caf/send.hpp>

namespace easel::actors {

namespace {

using std::chrono::steady_clock;

/// The ledger is counted from its first entry on: that may take seconds.
constexpr auto ledger_believed = std::chrono::seconds(15);
constexpr auto panel_believed = std::chrono::seconds(2);

class door_of_panels final : public panels_door {
public:
  door_of_panels(context_ptr context, const directory& live, panel_ground ground)
      : context_(std::move(context)), board_(context_->console), live_(live), ground_(std::move(ground)) {}

  void ledger(panel_reply<persistence::ledger_state> done) override {
    ask<persistence::ledger_state>(std::move(done), [](auto& store, auto& memory) {
      return memory.ledger.ask(steady_clock::now(), ledger_believed, [&] { return store.read_ledger(); });
    });
  }

  void billing(panel_reply<billing_panel> done) override {
    ask<billing_panel>(std::move(done), [context = context_](auto& store, auto& memory) {
      return with(memory.billing.ask(steady_clock::now(), panel_believed, [&] { return store.read_billing(); }),
                  [&](auto state) {
                    billing_panel out;
                    out.sells = context->billing && context->billing->parts.enabled();
                    if (context->billing) {
                      const auto& counts = *context->billing->counts;
                      out.leads = counts.leads;
                      out.can_buy = counts.can_buy;
                      out.price_faults = counts.price_faults;
                      out.open_lines = counts.open_lines;
                      out.most_lines = context->settings.billing.parallel_customers;
                    }
                    out.state = std::move(state);
                    return out;
                  });
    });
  }

  void privacy(panel_reply<privacy_panel> done) override {
    ask<privacy_panel>(std::move(done), [context = context_, audit = ground_.audit,
                                         interval = ground_.audit_interval](auto& store, auto& memory) {
      return with(memory.retention.ask(steady_clock::now(), panel_believed, [&] { return store.read_retention(); }),
                  [&](auto state) {
                    privacy_panel out;
                    out.now = context->wall_clock();
                    out.interval = interval;
                    if (audit)
                      out.audit = audit->latest();
                    out.retention = std::move(state);
                    return out;
                  });
    });
  }

  void cluster(panel_reply<cluster_panel> done) override {
    ask<cluster_panel>(std::move(done), [context = context_](auto& store, auto& memory) {
      return with(
        memory.cluster.ask(steady_clock::now(), panel_believed, [&] { return store.read_cluster(); }), [&](auto state) {
          cluster_panel out;
          out.state = std::move(state);
          out.dead_after = context->settings.dead_after;
          const auto until = std::chrono::nanoseconds(context->counts->lease_until.load());
          out.lease_left = std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(
                                                                    until - steady_clock::now().time_since_epoch()));
          out.here = read_process();
          out.here.uptime = board_age(*context);
          return out;
        });
    });
  }

  [[nodiscard]] session_panel sessions() const override { return sessions_of(live_); }
  [[nodiscard]] const std::vector<setting_line>& configuration() const override { return ground_.configuration; }

private:
  static std::chrono::milliseconds board_age(const house_context& context) {
    const auto sample = context.console->latest();
    return sample ? std::chrono::duration_cast<std::chrono::milliseconds>(sample->uptime)
                  : std::chrono::milliseconds(0);
  }

  template <class State, class Make>
  static auto with(expected<State, panel_fault> found, Make make) -> expected<decltype(make(*found)), panel_fault> {
    if (!found)
      return easel::unexpected(found.error());
    return make(std::move(*found));
  }

  /// `find(store, memory)` runs on the reader's thread. Dropped when nobody reads: then the waiter answers.
  template <class T, class Find>
  void ask(panel_reply<T> done, Find find) {
    const auto waiter = std::make_shared<console_waiter<T, panel_fault>>(board_, std::move(done));
    if (board_->questions.load() > console_board::most_questions)
      return waiter->answer(easel::unexpected(panel_fault(console_fault::overloaded)));
    const auto reader = board_->reader();
    if (!reader)
      return;
    caf::anon_send(reader, read_panel{[waiter, find](persistence::panel_store& store, panel_memory& memory) {
                     waiter->answer(find(store, memory));
                   }});
  }

  context_ptr context_;
  std::shared_ptr<console_board> board_;
  const directory& live_;
  panel_ground ground_;
};

} // namespace

session_panel sessions_of(const directory& live) {
  session_panel out;
  out.tiers = {{"free", 0, 0, 0}, {"paid", 0, 0, 0}, {"not known yet", 0, 0, 0}};
  live.for_each([&](const vitals& v) {
    if (std::string_view(v.kind) != "session")
      return;
    const std::string_view state = v.state.load(std::memory_order_relaxed);
    auto& group = out.tiers[state == session_state_of(tier::free) ? 0 : state == session_state_of(tier::paid) ? 1 : 2];
    ++group.count;
    group.waiting += v.depth();
    group.rate += static_cast<double>(v.rate_milli.load(std::memory_order_relaxed)) / 1000;
  });
  return out;
}

std::unique_ptr<panels_door> make_panels_door(context_ptr context, const directory& live, panel_ground ground) {
  return std::make_unique<door_of_panels>(std::move(context), live, std::move(ground));
}

} // namespace easel::actors
