#include "actors/rights.hpp"

#include "actors/call_messages.hpp"
#include "actors/entrance.hpp"
#include "actors/observed.hpp"
#include "actors/rights_messages.hpp"

#include <algorithm>
#include <set>

namespace easel::actors {

namespace {

struct look_around {};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::look_around)

namespace easel::actors {

namespace {

constexpr auto look_interval = std::chrono::minutes(1);
constexpr auto keep_interval = std::chrono::seconds(30); ///< well within rights_settings::export_alive
constexpr auto retry_pause = std::chrono::seconds(1);    ///< before what was unavailable is tried again
constexpr int most_attempts = 5;                         ///< while somebody waits

struct rights_state {
  static inline const char* name = "rights";

  std::unique_ptr<persistence::rights> database;
  std::set<persistence::erasure_id> erasing; ///< whose next step is on its way
};

class rights_actor : public house_actor<rights_state> {
public:
  rights_actor(caf::actor_config& config, context_ptr context, open_rights open, std::shared_ptr<entrance> way)
      : house_actor<rights_state>(config), context_(std::move(context)), open_(std::move(open)), way_(std::move(way)) {
    is_kind("rights");
  }

  caf::behavior make_behavior() override {
    send(this, look_around{});
    return {
      [this](const preview_wish& wish) {
        if (auto found = good(wish.waiter, database().preview_erasure(wish.who)))
          wish.waiter->succeed(*std::move(found));
      },
      [this](const erase_wish& wish) { on_erase(wish); },
      [this](const erasure_due& due) { on_step(due); },
      [this](const restrictions_wish& wish) { tell(wish.waiter, database().list_restrictions(wish.who)); },
      [this](const restrict_wish& wish) { on_restrict(wish); },
      [this](const lift_wish& wish) { on_lift(wish); },
      [this](const export_wish& wish) { on_export(wish); },
      [this](const exports_wish& wish) { tell(wish.waiter, database().list_exports(wish.who)); },
      [this](const portion_wish& wish) { on_portion(wish); },
      [this](const export_over& over) {
        (void)database().end_export(over.id); // else it ends by itself, minutes later
      },
      [this](const look_around&) { on_look(); },
    };
  }

private:
  static rights_refusal unavailable() { return {rights_refusal::why::unavailable, std::chrono::seconds(1)}; }
  static rights_refusal gone() { return {rights_refusal::why::gone, std::nullopt}; }

  persistence::rights& database() {
    if (!state.database)
      state.database = open_();
    return *state.database;
  }

  /// What was found of an account that is there; else the waiter is told why not.
  template <class Waiter, class T>
  std::optional<T> good(const Waiter& waiter, persistence::answer<std::optional<T>> found) {
    if (!found)
      waiter->fail(unavailable());
    else if (!*found)
      waiter->fail(gone());
    else
      return **std::move(found);
    return std::nullopt;
  }

  template <class Waiter, class T>
  void tell(const Waiter& waiter, persistence::answer<T> found) {
    if (found)
      waiter->succeed(*std::move(found));
    else
      waiter->fail(unavailable());
  }

  /// Nobody acts for the account on this node any more; other nodes hear it from the database (`easel_ended`).
  void forget(account_id who) {
    house_traces(home_system()).forget(who);
    if (auto router = way_->router())
      send(router, forget_callers{{who}});
  }

  /// Ends the rows, and then the actors of this node that work on them. Those of other nodes find out with their next
  /// write. False when the database could not do it now.
  bool stop_work(account_id who) {
    const auto work = database().work_of(who);
    if (!work || !database().end_work(who))
      return false;
    if (auto router = way_->router())
      for (const auto& id : *work)
        send(router, row_ended{id});
    return true;
  }

  // -------------------------------------------------------------- RIGHT-3

  void on_erase(const erase_wish& wish) {
    const auto begun =
      good(wish.waiter, database().begin_erasure(wish.who, persistence::erasure_clause::right_3, std::nullopt));
    forget(wish.who);
    if (!begun)
      return;                  // if it has begun all the same, `on_look` finds it
    (void)stop_work(wish.who); // else the first step does
    state.erasing.insert(*begun);
    send(this, erasure_due{*begun, wish.waiter, 0});
  }

  void on_step(const erasure_due& due) {
    const auto receipt = database().continue_erasure(due.which);
    if (!receipt && (!due.waiter || due.failures >= most_attempts)) {
      state.erasing.erase(due.which); // found again by `on_look`
      return;
    }
    if (!receipt) {
      delayed_send(this, retry_pause, erasure_due{due.which, due.waiter, due.failures + 1});
    } else if (!*receipt) {
      send(this, erasure_due{due.which, due.waiter, 0}); // behind whatever came meanwhile
    } else {
      state.erasing.erase(due.which);
      context_->counts->erasures.fetch_add(1, std::memory_order_relaxed);
      if (due.waiter)
        due.waiter->succeed(**receipt);
    }
  }

  void on_look() {
    delayed_send(this, look_interval, look_around{});
    if (const auto left = database().unfinished_erasures())
      for (const auto& each : *left)
        if (state.erasing.insert(each).second)
          send(this, erasure_due{each, nullptr, 0});
  }

  // -------------------------------------------------------------- RIGHT-4

  void on_restrict(const restrict_wish& wish) {
    auto begun = good(wish.waiter, database().restrict(wish.who, wish.objection));
    if (!begun)
      return;
    if (!stop_work(wish.who)) {
      wish.waiter->fail(unavailable()); // nothing new begins, and asking again ends what has
      return;
    }
    context_->counts->restrictions.fetch_add(1, std::memory_order_relaxed);
    wish.waiter->succeed(*std::move(begun));
  }

  void on_lift(const lift_wish& wish) {
    const auto lifted = database().lift_restriction(wish.who);
    if (!lifted)
      wish.waiter->fail(unavailable());
    else if (!*lifted)
      wish.waiter->fail(gone());
    else
      wish.waiter->succeed();
  }

  // -------------------------------------------------------------- RIGHT-1

  void on_export(const export_wish& wish) {
    auto begun = wish.volume ? database().open_volume(wish.who, wish.volume->of, wish.volume->number)
                             : database().begin_export(wish.who);
    if (!begun)
      return wish.waiter->fail(unavailable());
    const auto wait = std::max<duration>(begun->until - context_->wall_clock(), std::chrono::seconds(1));
    switch (begun->result) {
    case persistence::export_claim::begun:
      if (!wish.volume)
        context_->counts->exports.fetch_add(1, std::memory_order_relaxed);
      return wish.waiter->succeed(
        export_file{{begun->id, std::move(begun->plan)}, wish.volume ? wish.volume->number : 1});
    case persistence::export_claim::running:
      return wish.waiter->fail({rights_refusal::why::export_running, wait});
    case persistence::export_claim::spent:
      return wish.waiter->fail({rights_refusal::why::exports_spent, wait});
    case persistence::export_claim::no_such_volume:
      return wish.waiter->fail({rights_refusal::why::no_such_volume, std::nullopt});
    case persistence::export_claim::account_gone:
      return wish.waiter->fail(gone());
    }
  }

  void on_portion(const portion_wish& wish) {
    auto& progress = *wish.of;
    const auto now = clock().now();
    if (!progress.kept || (now - *progress.kept >= keep_interval && database().keep_export(progress.id)))
      progress.kept = now;
    auto portion = database().next_portion(progress.who, progress.cursor);
    if (portion)
      return wish.waiter->succeed(*std::move(portion));
    const bool may_pass = portion.error().what == persistence::store_error::kind::unavailable;
    if (may_pass && wish.attempt < most_attempts)
      delayed_send(this, retry_pause, portion_wish{wish.of, wish.waiter, wish.attempt + 1});
    else
      wish.waiter->fail(may_pass ? unavailable() : gone());
  }

  context_ptr context_;
  open_rights open_;
  std::shared_ptr<entrance> way_;
};

} // namespace

lone_actor make_rights(context_ptr context, open_rights open, std::shared_ptr<entrance> way) {
  const auto spawn = [context, open = std::move(open), way](caf::event_based_actor* root) -> caf::actor {
    if (context->settings.detached_stores)
      return root->spawn<rights_actor, caf::detached + caf::monitored>(context, open, way);
    return root->spawn<rights_actor, caf::monitored>(context, open, way);
  };
  return {spawn, [way](caf::actor rights) { way->serve_rights(std::move(rights)); }};
}

} // namespace easel::actors
