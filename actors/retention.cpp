#include "actors/retention.hpp"

#include "actors/observed.hpp"

#include <algorithm>
#include <set>

namespace easel::actors {

namespace {

struct work_on {
  std::uint64_t turn = 0; ///< another than the latest: it was overtaken
};
struct begin_round_now {};
struct look_for_backups {};

/// From one look whether the backups were looked after to the next.
constexpr auto backups_glance = std::chrono::milliseconds(250);
/// After a step that the database did not take, or that a file system holds up.
constexpr duration failure_pause = std::chrono::seconds(5);

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::work_on)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::begin_round_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::look_for_backups)

namespace easel::actors {

namespace {

using policies::clock_fault;
using policies::reaping_rule;
using policies::reaping_way;

/// One round under way: first the rules in their order, with the days where the first daily table stands.
struct round_under_way {
  moment began;
  persistence::retention_run record;
  std::vector<reaping_rule> rules;
  std::size_t at = 0; ///< in `rules`
  bool days_done = false;
  bool keys_done = false;
  std::set<std::string> left; ///< partitions whose step failed: for the next round
};

struct retention_state {
  static inline const char* name = "retention";
  retention_state() = default;
  retention_state(const retention_state&) = delete;
  retention_state& operator=(const retention_state&) = delete;
  ~retention_state() {
    if (figures)
      figures->leads = false;
  }

  std::shared_ptr<retention_figures> figures;
  std::unique_ptr<persistence::retention> database;
  std::optional<round_under_way> round;
  int batch = 100;
  std::string last_alarm; ///< not repeated while it lasts
  std::string last_backup_fault;
  std::optional<moment> backups_since; ///< the look at them that is awaited
  std::string last_key_fault;
  std::optional<instant> last_vain_wipe;
  std::uint64_t turn = 0; ///< of the message that is awaited
};

class retention_actor : public house_actor<retention_state> {
public:
  retention_actor(caf::actor_config& config, retention_parts parts)
      : house_actor<retention_state>(config), parts_(std::move(parts)) {
    runs_on_demand<begin_round_now>();
    is_kind("retention");
    state.figures = parts_.figures;
  }

  caf::behavior make_behavior() override {
    state.database = parts_.open();
    send(this, work_on{});
    return {
      [this](const work_on& message) {
        if (message.turn == state.turn)
          work();
      },
      [this](const begin_round_now&) {
        if (!state.round)
          work();
      },
      [this](const look_for_backups&) { look_for_the_backups(); },
    };
  }

private:
  [[nodiscard]] moment now() { return clock().now(); }

  void work() {
    const auto pause = state.round ? go_on() : begin();
    is_at(state.round                    ? "in a round"
          : !state.figures->leads.load() ? "another node does it"
          : state.figures->halted.load() ? retention_halted
                                         : "until the next round");
    delayed_send(this, pause, work_on{++state.turn});
  }

  // -------------------------------------------------------------- the beginning of a round

  /// How long to wait before the next message; so with every function below that returns a duration.
  duration begin() {
    const auto leads = state.database->lead();
    state.figures->leads = leads.value_or(false);
    if (!leads)
      return fail();
    if (!*leads) {
      // What it saw as the leader is for another to tell now: an old figure would be an alarm without an end.
      state.figures->halted = false;
      state.figures->backups = 0;
      state.figures->backups_past_due = 0;
      state.figures->destroyed_keys = 0;
      state.figures->destroyed_key_seconds = 0;
      return parts_.pace.every;
    }
    const auto cut = believed_time();
    if (!cut)
      return cut.error();
    state.round.emplace();
    state.round->began = now();
    state.round->record.cut = *cut;
    state.round->rules = policies::reaping_rules(parts_.windows);
    begin_backups(*cut);
    return duration::zero();
  }

  /// The database's time, if it may be believed; else how long to wait before it is asked again.
  expected<instant, duration> believed_time() {
    const auto record = state.database->find_clock();
    if (!record)
      return easel::unexpected(fail());
    policies::clock_reading reading;
    reading.node_before = parts_.wall_clock();
    const auto database = state.database->now();
    if (!database)
      return easel::unexpected(fail());
    reading.database = *database;
    reading.node_after = parts_.wall_clock();
    reading.host = parts_.uptime();
    auto fault = record->why;
    if (!record->halted_at) {
      state.last_alarm.clear();
      fault = policies::judge_clock(record->last, reading);
      const auto kept = fault == clock_fault::none
                          ? state.database->keep_clock(policies::mark_of(record->last, reading))
                          : state.database->halt(fault);
      if (!kept)
        return easel::unexpected(fail());
    }
    state.figures->halted = fault != clock_fault::none;
    if (fault == clock_fault::none)
      return reading.database;
    alarm("retention has stopped: " + std::string(to_string(fault))
          + "; when it is right, say so with easelctl retention confirm-clock");
    return easel::unexpected(parts_.pace.every);
  }

  // -------------------------------------------------------------- its steps

  duration go_on() {
    auto& round = *state.round;
    if (const auto leads = state.database->lead(); !leads || !*leads) {
      state.round.reset(); // the connection was lost, and with it the place
      return fail();
    }
    if (round.at == round.rules.size())
      return round.keys_done ? finish() : wipe_keys();
    const auto& rule = round.rules[round.at];
    if (rule.way == reaping_way::by_day && !round.days_done)
      return take_days();
    return reap(rule);
  }

  duration reap(const reaping_rule& rule) {
    auto& round = *state.round;
    const auto began = now();
    const auto deleted = state.database->reap(rule, round.record.cut, state.batch);
    const auto took = std::chrono::ceil<duration>(now() - began);
    if (!deleted) {
      state.round.reset(); // what comes later in the order must not overtake it
      return fail();
    }
    if (*deleted < state.batch)
      ++round.at;
    if (*deleted == 0)
      return duration::zero();
    round.record.rows += *deleted;
    round.record.by_table[std::string(rule.table)] += *deleted;
    state.figures->count(std::string(rule.table), *deleted);
    const auto age = std::chrono::ceil<duration>(now() - round.began);
    state.batch = policies::next_batch(state.batch, took, age, parts_.pace);
    return policies::rest_after(took, age, parts_.pace);
  }

  /// Beside the round: a directory that is away or hangs must not keep rows from going. The row of a backup stays until
  /// its files are gone, whichever comes first.
  void begin_backups(instant cut) {
    if (!parts_.backups)
      return;
    const bool is_awaited = state.backups_since.has_value();
    if (!parts_.backups->begin(cut) && is_awaited)
      return;
    state.backups_since = now();
    if (!is_awaited)
      send(this, look_for_backups{});
  }

  void look_for_the_backups() {
    if (const auto found = parts_.backups->take()) {
      state.backups_since.reset();
      state.figures->backups_late = false;
      note_backups(*found);
      return;
    }
    const bool is_late = now() - *state.backups_since > parts_.backups->limit();
    if (is_late && !state.figures->backups_late.exchange(true))
      parts_.alarm("backups are not looked after: their directory does not answer");
    delayed_send(this, is_late ? failure_pause : duration(backups_glance), look_for_backups{});
  }

  void note_backups(const backup_watch::outcome& found) {
    if (!found) {
      state.figures->failed_steps.fetch_add(1);
      return;
    }
    state.figures->backups = found->held;
    state.figures->backups_past_due = found->past_due;
    state.figures->backups_removed.fetch_add(static_cast<std::uint64_t>(found->removed));
    if (!found->fault.empty() && found->fault != state.last_backup_fault)
      parts_.alarm("backups are not looked after: " + found->fault);
    state.last_backup_fault = found->fault;
  }

  /// One step, as long as the catalogue shows any that is due and was not tried in vain in this round.
  duration take_days() {
    auto& round = *state.round;
    const auto all = state.database->partitions();
    if (!all) {
      state.round.reset();
      return fail();
    }
    const auto plan = policies::plan_partitions(*all, round.record.cut, parts_.windows);
    const auto step =
      std::find_if(plan.begin(), plan.end(), [&](const auto& each) { return !round.left.contains(each.name); });
    if (step == plan.end()) {
      round.days_done = true;
      return duration::zero();
    }
    const auto taken = state.database->take(*step);
    if (!taken || !*taken) {
      state.figures->failed_steps.fetch_add(1);
      round.left.insert(step->name);
    } else if (step->what == policies::partition_step::drop) {
      ++round.record.partitions;
      state.figures->partitions.fetch_add(1);
    }
    return duration::zero();
  }

  /// One step, as long as one is due; last, because rows past due must not wait for it. What is in vain is left to a
  /// later round.
  duration wipe_keys() {
    auto& round = *state.round;
    round.keys_done = true;
    const auto found = state.database->find_key_remains();
    if (!found) {
      state.figures->failed_steps.fetch_add(1);
      return duration::zero();
    }
    tell_of_keys(*found);
    const auto step = policies::next_wipe_step(*found, parts_.pace, state.last_vain_wipe);
    if (step == policies::wipe_step::none)
      return duration::zero();
    const auto wiped = state.database->wipe_keys(step, parts_.pace.rewrite_limit);
    if (!wiped || !*wiped) {
      state.figures->failed_steps.fetch_add(1);
      state.last_vain_wipe = found->now;
      return duration::zero();
    }
    if (step == policies::wipe_step::rewrite_tables)
      state.figures->key_rewrites.fetch_add(1);
    round.keys_done = false;
    return duration::zero();
  }

  void tell_of_keys(const policies::key_remains& found) {
    using std::chrono::seconds;
    state.figures->destroyed_keys = found.keys;
    state.figures->destroyed_key_seconds =
      found.oldest ? std::max<std::int64_t>(0, std::chrono::floor<seconds>(found.now - *found.oldest).count()) : 0;
    std::string fault;
    for (const auto& word : found.missing)
      fault += (fault.empty() ? "" : "; ") + policies::explain_missing(word);
    if (!fault.empty() && fault != state.last_key_fault)
      parts_.alarm("keys that are destroyed cannot leave the disk: " + fault);
    state.last_key_fault = fault;
  }

  duration finish() {
    auto& round = *state.round;
    round.record.took = std::chrono::ceil<duration>(now() - round.began);
    round.record.ended_at = round.record.cut + round.record.took;
    const auto recorded = state.database->record(round.record);
    const auto next = policies::until_next_round(round.record.took, parts_.pace);
    if (!recorded) {
      state.round.reset();
      return fail();
    }
    state.figures->rounds.fetch_add(1);
    state.figures->finished(round.record);
    state.round.reset();
    return next;
  }

  // -------------------------------------------------------------- when something fails

  duration fail() {
    state.figures->failed_steps.fetch_add(1);
    return std::min(failure_pause, parts_.pace.every);
  }

  void alarm(std::string sentence) {
    if (sentence == state.last_alarm)
      return;
    parts_.alarm(sentence);
    state.last_alarm = std::move(sentence);
  }

  retention_parts parts_;
};

} // namespace

lone_actor make_retention(retention_parts parts) {
  return {[parts = std::move(parts)](caf::event_based_actor* root) -> caf::actor {
    if (parts.detached)
      return root->spawn<retention_actor, caf::detached + caf::monitored>(parts);
    return root->spawn<retention_actor, caf::monitored>(parts);
  }};
}

} // namespace easel::actors
