#pragma once

#include "actors/log_ring.hpp"
#include "actors/node_control.hpp"
#include "actors/operator_actions.hpp"
#include "actors/panels_door.hpp"
#include "actors/traces_door.hpp"
#include "persistence/console.hpp"
#include "persistence/operators.hpp"
#include "policies/event_ring.hpp"
#include "policies/lints.hpp"
#include "policies/operators.hpp"
#include "policies/type_history.hpp"
#include "policies/upstream_failure.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What an operator may look at: the actors, upstreams, queues and generations of this node. Times, counts and types;
/// no prompt, no address, no account. No CAF in sight.
namespace easel::actors {

// ---------------------------------------------------------------- actors

struct message_view {
  std::string type;
  std::chrono::milliseconds ago{0}; ///< since its handler began
  duration took{0};
  bool running = false; ///< the handler has not returned yet: `took` is how long it has run
};

struct actor_view {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::string_view kind;
  std::string state; ///< in words: what the actor says, else what its mailbox tells
  std::optional<generation_id> generation;
  std::chrono::milliseconds age{0};
  std::uint64_t waiting = 0;            ///< messages in the mailbox
  std::chrono::milliseconds stalled{0}; ///< mail waits, or a handler runs, and nothing was finished for so long
  std::uint64_t handled = 0;
  double rate = 0;       ///< messages per second, over the last second or so
  double busy = 0;       ///< share of that time spent in handlers, 0 to 1
  duration busy_time{0}; ///< in handlers, since birth
  std::uint64_t failures = 0;
  std::optional<message_view> last;
};

enum class actor_order { mailbox, rate, busy, age, handled, failures, stalled };
inline constexpr std::array all_actor_orders{actor_order::mailbox, actor_order::rate,    actor_order::busy,
                                             actor_order::age,     actor_order::handled, actor_order::failures,
                                             actor_order::stalled};
[[nodiscard]] constexpr std::string_view to_string(actor_order by) {
  constexpr std::array<std::string_view, all_actor_orders.size()> names{"mailbox", "rate",     "busy",   "age",
                                                                        "handled", "failures", "stalled"};
  return names[static_cast<std::size_t>(by)];
}

struct actor_question {
  std::string kind; ///< empty: any
  std::optional<std::uint64_t> parent;
  /// Actors that are about this generation or account; whoever has the id of an account finds its session.
  std::optional<uuid> subject;
  actor_order by = actor_order::mailbox; ///< most first
  std::size_t offset = 0;
  std::size_t limit = 50;
};
inline constexpr std::size_t most_actors = 200;       ///< in one answer
inline constexpr std::size_t furthest_actor = 10'000; ///< how deep one may page

struct actor_page {
  std::vector<actor_view> actors;
  std::size_t matching = 0;
  std::size_t live = 0;
};

/// All actors of one type below one parent. Few of them are shown one by one; of many, those with the most of what was
/// asked for.
struct tree_group {
  std::string_view kind;
  std::size_t count = 0;
  std::uint64_t waiting = 0;
  double rate = 0;
  double busy = 0; ///< the sum of their shares
  std::uint64_t failures = 0;
  struct node {
    actor_view actor;
    std::vector<tree_group> children;
  };
  std::vector<node> shown;
};

struct actor_detail {
  actor_view actor;
  std::vector<message_view> messages; ///< newest first
  std::vector<tree_group> children;
  std::optional<actor_view> supervisor;
  std::size_t siblings_failed = 0; ///< in the graveyard: same type, same parent, did not end by themselves
};

struct grave_view {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::string_view kind;
  std::string_view state; ///< the last one
  std::string_view reason;
  bool failed = false;
  std::optional<generation_id> generation;
  std::chrono::milliseconds ago{0};
  std::chrono::milliseconds lived{0};
  std::uint64_t handled = 0;
  std::uint64_t unread = 0;
  duration busy_time{0};
  std::vector<message_view> messages; ///< newest first; `ago` is before the end
};

// ---------------------------------------------------------------- what is sampled each second

/// The series of the overview, in this order. "per second" is over the last second.
enum class series {
  messages, ///< handled, per second
  busy,     ///< threads' worth of time in handlers
  actors,
  waiting, ///< messages in all mailboxes
  live,    ///< generations
  queued_free,
  queued_paid,
  completed, ///< per second, as the next five
  failed,
  blocked,
  cancelled,
  images,
  refused,        ///< creations and calls turned away at the door
  upstream_calls, ///< ended, per second
  upstream_failures,
  p50_free, ///< seconds from acceptance to the end, over about the last minute; nothing without any
  p95_free,
  p50_paid,
  p95_paid,
};
inline constexpr std::size_t series_count = 19;
[[nodiscard]] constexpr std::string_view to_string(series which) {
  constexpr std::array<std::string_view, series_count> names{
    "messages",          "busy",     "actors",   "waiting",   "live",    "queued_free", "queued_paid",
    "completed",         "failed",   "blocked",  "cancelled", "images",  "refused",     "upstream_calls",
    "upstream_failures", "p50_free", "p95_free", "p50_paid",  "p95_paid"};
  return names[static_cast<std::size_t>(which)];
}
[[nodiscard]] constexpr std::array<series, series_count> all_series() {
  std::array<series, series_count> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<series>(i);
  return out;
}

/// NaN: there was nothing to measure.
using series_values = std::array<float, series_count>;

struct history_point {
  instant at;
  series_values values{};
};

/// The whole tree by type, as it was at one moment.
struct console_moment {
  instant at;
  std::chrono::seconds step{1}; ///< what the figures are over: that second, or the minute that ended then
  instant oldest;               ///< the first moment that is still kept
  series_values values{};       ///< of the overview
  std::vector<std::pair<std::string, policies::type_figures>> types;
  std::uint64_t types_left_out = 0;            ///< since the start, beyond `type_history::most_types`
  std::vector<policies::console_event> events; ///< up to the moment asked for, newest first
  std::uint64_t events_dropped = 0;            ///< since the start
};

struct kind_view {
  std::string kind;
  std::uint64_t live = 0;
  std::uint64_t waiting = 0;
  double rate = 0;
  double busy = 0;
  std::uint64_t handled = 0;
  std::uint64_t failures = 0;
  std::uint64_t ended = 0;
  std::uint64_t ended_failed = 0;
};

struct quantiles {
  std::uint64_t count = 0;               ///< since the start
  std::optional<duration> p50, p95, p99; ///< over about the last minute
};

struct stage_view {
  tier of_tier = tier::free;
  std::string_view stage;
  quantiles took;
};

struct upstream_view {
  std::string_view to;
  std::string label;
  std::string state;   ///< in words
  std::string breaker; ///< closed, open, half_open
  std::uint64_t actor = 0;
  std::optional<std::chrono::milliseconds> opens_in; ///< until a probe may start
  std::optional<std::chrono::milliseconds> paused_for;
  std::optional<std::chrono::milliseconds> drained_for;   ///< by an operator, who had its work go to the others
  std::optional<std::chrono::milliseconds> held_open_for; ///< the breaker, by an operator
  int weight = 1;
  int configured_weight = 1;
  int concurrency = 0;
  int in_flight = 0;
  int waiting = 0;
  int credit = 0;            ///< starts that the router may still assign
  int starts_per_window = 0; ///< 0: no limit
  int window_used = 0;
  duration window{0};
  bool funded = true;
  std::optional<std::int64_t> upstream_credit;
  std::uint64_t calls = 0;
  double rate = 0;    ///< calls that ended, per second
  double failing = 0; ///< share of failures among the calls of about the last minute
  struct failure_count {
    std::string_view what;
    std::uint64_t count = 0;
  };
  std::vector<failure_count> failures; ///< since the start, without those that never happened
  std::optional<std::string_view> last_failure;
  std::optional<std::chrono::milliseconds> last_failure_ago;
  struct call_times {
    std::string_view call;
    quantiles took;
  };
  std::vector<call_times> latency;
};

struct queue_view {
  std::string name;
  std::int64_t waiting = 0;
  std::optional<std::int64_t> bound;
  std::optional<duration> per_place; ///< how long one place took lately
  bool stalled = false;
};

/// An account that waits at a tier's queue, known by its session's number alone.
struct account_line {
  std::uint64_t session = 0; ///< 0: it has none on this node
  std::size_t images = 0;    ///< that wait for a slot
  std::size_t in_work = 0;   ///< its generations on this node
  std::uint64_t turns = 0;   ///< slots that it got since it began to wait
  duration waits{0};         ///< since it began to wait
  duration since_turn{0};    ///< since its last slot
};

/// How the accounts of a tier take turns.
struct tier_line {
  tier of_tier = tier::free;
  std::size_t accounts = 0;       ///< that wait
  duration longest_since_turn{0}; ///< of any of them
  std::vector<account_line> most; ///< those with the most images, at most ten
};

/// A finding of one of the lints (policies/lints.hpp) that run all the time.
struct concern {
  policies::lint lint = policies::lint::database_silent;
  std::string about; ///< what it is found at: the same from sample to sample
  std::string what;
  std::string evidence;
  std::string link; ///< a view of the console: "#/actor/17"
  instant since;    ///< when the first of the samples in a row found it

  [[nodiscard]] const policies::lint_rule& rule() const { return policies::rule_of(lint); }
};
inline constexpr std::size_t most_concerns = 50;

struct console_sample {
  instant at;
  duration uptime{0};
  bool ready = false;
  bool draining = false;
  node_control::phase node = node_control::phase::starting;
  std::optional<std::chrono::milliseconds> resumes_in; ///< until a drain by an operator undoes itself
  bool allows_chaos = false;
  std::chrono::milliseconds database_silent{0};
  series_values values{};
  std::vector<kind_view> kinds;
  std::vector<stage_view> stages;
  std::vector<upstream_view> upstreams;
  std::vector<queue_view> queues;
  std::vector<concern> concerns;                            ///< urgent ones first
  std::size_t more_concerns = 0;                            ///< beyond `most_concerns`
  std::array<std::size_t, policies::lint_count> findings{}; ///< how many each lint found, in their order
  duration cost{0};                                         ///< of taking this sample
  int watchers = 0;
};
using sample_ptr = std::shared_ptr<const console_sample>;

/// Told of each sample on an actor's thread; must not block. False: it wants no more.
class console_watcher {
public:
  virtual ~console_watcher() = default;
  virtual bool sampled(const sample_ptr& sample) = 0;
};
inline constexpr int most_watchers = 32;

// ---------------------------------------------------------------- the door

enum class console_fault {
  unavailable, ///< the database does not answer, or the server is starting or ending
  overloaded,  ///< as many questions are under way as may be
};

enum class history_span { minutes, day };

// ---------------------------------------------------------------- operators

/// Who asks, and what for the audit calls them: "operator:ada", or "operator token".
struct operator_caller {
  std::string name;
  policies::operator_role role = policies::operator_role::viewer;
};

struct operator_sign_in {
  std::string name;
  secret_text password;
  std::string code; ///< one-time, or empty
};

/// `token` and `longest` are for the cookie.
struct entered_operator {
  persistence::operator_entry entry;
  secret_text token; ///< when signed in
  std::chrono::seconds longest{0};
};

// ---------------------------------------------------------------- actions

/// What an operator may do; `role_for` says who.
struct pause_upstream {
  std::string to;
  std::string label;
  std::chrono::minutes span{15}; ///< 1 minute to a day; then it resumes by itself
};
struct resume_upstream {
  std::string to;
  std::string label;
};
struct reset_breaker {
  std::string to;
  std::string label;
};
struct restart_actor {
  std::uint64_t id = 0;
};
struct cancel_one {
  generation_id id;
};
struct suspend_account {
  account_id whom;
};
struct lift_account {
  account_id whom;
};
struct end_account_sessions {
  account_id whom;
};
/// A round of deletions, or of reconciling with Stripe, at once.
struct run_now {
  enum class what { retention, reconcile };
  what is = what::retention;
};
struct set_log_level {
  std::string level;             ///< of `log_levels`
  std::chrono::minutes span{15}; ///< 1 minute to a day; then it is as before
};
using operator_action =
  std::variant<pause_upstream, resume_upstream, reset_breaker, restart_actor, cancel_one, suspend_account, lift_account,
               end_account_sessions, run_now, set_log_level, drain_upstream, open_breaker, change_weight, drain_node,
               resume_node, kill_actor, reveal_prompt, record_request>;
inline constexpr std::chrono::minutes longest_pause = std::chrono::hours(24);

/// Which operators may do it.
[[nodiscard]] inline policies::operator_role role_for(const operator_action& what) {
  const bool is_of_node = std::holds_alternative<run_now>(what) || std::holds_alternative<set_log_level>(what)
                          || std::holds_alternative<drain_node>(what) || std::holds_alternative<resume_node>(what)
                          || std::holds_alternative<kill_actor>(what);
  return is_of_node ? policies::operator_role::admin : policies::operator_role::keeper;
}

struct action_request {
  operator_action what;
  operator_caller who;
  std::string reason; ///< 1 to 200 bytes
  /// What a preview gave: the action is refused when its effects would be others by now. Empty: only a preview is
  /// wanted.
  std::string stamp;
};

struct action_outcome {
  enum class result {
    previewed,
    done,
    changed, ///< the effects are not those that were previewed: look again
    no_target,
    refused,    ///< this one cannot be done to that target: `effects` says why
    unanswered, ///< not done: the database did not answer
    failed,     ///< not done: the database refused it
    unknown,    ///< the database did not answer, and may have done it all the same
  };
  result how = result::no_target;
  std::vector<std::string> effects; ///< sentences: exactly what is touched
  std::string stamp;
  std::optional<revealed_prompt> revealed = std::nullopt;
};

/// Any thread may call; nothing blocks for longer than a walk over the live actors.
class console_door {
public:
  virtual ~console_door() = default;

  [[nodiscard]] virtual panels_door& panels() = 0;
  [[nodiscard]] virtual traces_door& traces() = 0;

  /// The latest; null in the first moments of a process.
  [[nodiscard]] virtual sample_ptr latest() const = 0;
  /// Oldest first: a point each second for 15 minutes, or each minute (its mean) for a day.
  [[nodiscard]] virtual std::vector<history_point> history(history_span span) const = 0;
  /// As it was at the latest moment that is kept and not after `wanted`; nothing when none is. Before a quarter of an
  /// hour ago there are minutes.
  [[nodiscard]] virtual std::optional<console_moment> moment(instant wanted) const = 0;
  /// False: there are `most_watchers` already.
  [[nodiscard]] virtual bool watch(std::shared_ptr<console_watcher> watcher) = 0;

  [[nodiscard]] virtual actor_page find_actors(const actor_question& q) const = 0;
  [[nodiscard]] virtual std::vector<tree_group> tree(actor_order by) const = 0;
  /// Each tier's, as of the last second or so.
  [[nodiscard]] virtual std::vector<tier_line> lines() const = 0;
  [[nodiscard]] virtual std::optional<actor_detail> find_actor(std::uint64_t id) const = 0;
  /// Newest first; `kind` empty: any.
  [[nodiscard]] virtual std::vector<grave_view> graveyard(std::string_view kind) const = 0;
  /// Of this process.
  [[nodiscard]] virtual log_page log(const log_question& q) const = 0;

  virtual void generation(generation_id id, console_reply<std::optional<persistence::generation_story>> done) = 0;
  virtual void generations(bool in_work, int limit, console_reply<std::vector<persistence::generation_line>> done) = 0;

  virtual void sign_in(operator_sign_in what, console_reply<entered_operator> done) = 0;
  /// Who holds this session's token; nothing when nobody does. What was found lately is believed for half a minute,
  /// and while the database is away for as long as the session may last.
  virtual void who(secret_text token, console_reply<std::optional<operator_caller>> done) = 0;
  virtual void sign_out(secret_text token, console_reply<bool> done) = 0;

  /// Previews an action, or does it: then its row is in the audit before the effect, and another one after it.
  virtual void act(action_request what, console_reply<action_outcome> done) = 0;
  /// Newest first.
  virtual void audit(int limit, console_reply<std::vector<persistence::audit_row>> done) = 0;
};

} // namespace easel::actors
