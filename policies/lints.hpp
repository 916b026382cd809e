#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is looked for in a running node all the time, and from which figures it is thought to be wrong. Pure: figures
/// in, findings out.
namespace easel::policies {

enum class lint : std::uint8_t {
  database_silent,
  tier_breach,
  clause_broken,
  promise_overdue,
  hold_overdue,
  queue_stalled,
  upstream_unfunded,
  upstream_cooling,
  upstream_failing,
  upstream_paused,
  store_worker_stuck,
  handler_stuck,
  actor_starved,
  mailbox_growing,
  mailbox_deep,
  handler_over_budget,
  actor_without_owner,
  actors_failed,
  series_missing,
};

inline constexpr std::size_t lint_count = 19;

/// What is the same for all findings of one lint.
struct lint_rule {
  lint which;
  std::string_view id; ///< stable: "mailbox-growing"
  bool urgent;
  std::string_view fires; ///< under which condition, with its bound
  std::string_view why;   ///< why that is bad
  std::string_view next;  ///< what to do
};

/// In the order of `lint`.
[[nodiscard]] const std::array<lint_rule, lint_count>& lint_rules();
[[nodiscard]] const lint_rule& rule_of(lint which);

struct lint_finding {
  lint which;
  std::string about;    ///< what it is found at, the same from look to look: "actor 17"
  std::string what;     ///< a headline
  std::string evidence; ///< the figures, as a sentence
};
using lint_findings = std::vector<lint_finding>;

// ---------------------------------------------------------------- actors

/// How long the handlers of a type of actor may take. `budget`: beyond, it is counted; `patience`: beyond, the actor is
/// thought to be stuck.
struct handler_pace {
  duration budget;
  duration patience;
};
[[nodiscard]] handler_pace pace_of(std::string_view kind);
inline constexpr duration shortest_patience = std::chrono::seconds(5);

/// Whether a mailbox grows, from its length at each look. A mailbox that drains is short at some time; so of each five
/// looks the least counts, and each time that it is more than the time before is a rise.
class mailbox_trend {
public:
  static constexpr int looks_in_span = 5;

  void look(std::uint64_t waiting);
  /// Rises in a row.
  [[nodiscard]] int rises() const { return rises_; }
  /// What waited at the least in the span before those that rose.
  [[nodiscard]] std::uint64_t from() const { return from_; }

private:
  std::uint32_t least_ = 0;
  std::uint32_t before_ = 0;
  std::uint32_t from_ = 0;
  std::uint8_t looks_ = 0;
  std::uint8_t rises_ = 0;
};

/// How often something happened lately: half of it is forgotten in half a minute.
class fading_count {
public:
  void add(double count, double keep) { lately_ = lately_ * keep + count; }
  [[nodiscard]] double lately() const { return lately_; }

private:
  double lately_ = 0;
};

struct actor_figures {
  std::uint64_t id = 0;
  std::string_view kind;
  std::string_view message; ///< the type of the one under way, else of the last; may be empty
  bool running = false;     ///< its handler has not returned
  duration stalled{};       ///< mail waits, or a handler runs, and nothing was finished for so long
  std::uint64_t waiting = 0;
  int rises = 0; ///< of its mailbox, in a row
  std::uint64_t risen_from = 0;
  double overruns = 0; ///< handlers beyond their budget lately
  std::string_view overrun_message;
  duration overrun{};                  ///< the latest of them
  std::optional<duration> ownerless{}; ///< its parent has been gone for so long
  std::optional<duration> overdue{};   ///< its deadline has passed for so long
};

inline constexpr std::uint64_t deep_mailbox = 1000;   ///< more is deep
inline constexpr std::uint64_t growing_mailbox = 100; ///< fewer may rise
inline constexpr int growing_rises = 3;               ///< so many are growth
inline constexpr double many_overruns = 2.5;          ///< three within a few seconds, or one every 15 s
inline constexpr duration orphan_patience = std::chrono::seconds(5);
inline constexpr duration hold_patience = std::chrono::seconds(10);

[[nodiscard]] lint_findings judge(const actor_figures& a);

// ---------------------------------------------------------------- upstreams, queues, the database

struct upstream_figures {
  std::string name; ///< "kie “main”"
  bool funded = true;
  bool open = false; ///< its breaker
  std::optional<duration> probes_in;
  std::optional<std::string_view> last_failure;
  std::optional<duration> paused_for;    ///< by an operator, as the next two
  bool is_drained = false;               ///< the pause is a drain
  std::optional<duration> held_open_for; ///< its breaker
  double failing = 0;                    ///< share of the calls of about the last minute
  std::uint64_t calls = 0;
};
[[nodiscard]] lint_findings judge(const upstream_figures& u);

inline constexpr duration database_patience = std::chrono::seconds(3);
[[nodiscard]] lint_findings judge_database(duration silent);
/// Of a line in which work waits and nothing may leave.
[[nodiscard]] lint_finding judge_stalled_queue(const std::string& name);
/// `failed`: actors of a type that failed lately, a count that fades.
[[nodiscard]] lint_findings judge_ends(std::string_view kind, double failed);

// ---------------------------------------------------------------- promises

/// What the auditor and the billing office have counted in the database.
struct promise_figures {
  bool audited = false;       ///< this node's auditor has looked; else the next four say nothing
  duration longest_overdue{}; ///< of the rows that had their time
  std::int64_t rows_past_due = 0;
  std::int64_t across_tiers = 0;      ///< disclosures to the provider of the other tier
  std::vector<std::string> broken;    ///< clauses of the policy whose evidence says so
  duration oldest_billing_event{};    ///< that waits to be applied
  duration oldest_billing_deletion{}; ///< that Stripe has not confirmed
};
inline constexpr duration row_patience = std::chrono::minutes(5); ///< RET-1
inline constexpr duration billing_event_patience = std::chrono::minutes(5);
inline constexpr duration billing_deletion_patience = std::chrono::hours(24); ///< RIGHT-3
[[nodiscard]] lint_findings judge(const promise_figures& p);

// ---------------------------------------------------------------- metrics

/// Series that the metrics page has at all times while the node serves: a name, or a name with its labels.
[[nodiscard]] const std::vector<std::string_view>& lasting_series();
/// Those of them that Prometheus' text lacks.
[[nodiscard]] std::vector<std::string_view> missing_series(std::string_view page);
[[nodiscard]] lint_findings judge_series(const std::vector<std::string_view>& missing);

} // namespace easel::policies
