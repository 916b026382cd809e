#pragma once

#include "actors/console_door.hpp"
#include "actors/console_memory.hpp"
#include "actors/context.hpp"
#include "actors/directory.hpp"
#include "actors/log_control.hpp"
#include "actors/measures.hpp"

#include <caf/actor.hpp>

#include <deque>
#include <map>
#include <mutex>

namespace easel::actors {

using steady_moment = std::chrono::steady_clock::time_point;

/// Opens the console's own way to the database; called on the reader's thread.
using open_console_store = std::function<std::unique_ptr<persistence::console_store>()>;
using open_operator_store = std::function<std::unique_ptr<persistence::operator_store>()>;
using open_request_store = std::function<std::unique_ptr<persistence::privacy_requests>()>;

/// What the console knows between two looks: the latest sample, two rings of history, those who watch. The console's
/// actor writes it once a second, HTTP threads read; it outlives an actor that is replaced.
class console_board {
public:
  explicit console_board(open_console_store open, open_operator_store open_operators = {},
                         policies::operator_session_limits sessions = {}, log_parts way_to_log = {})
      : session_limits(sessions),
        log(std::move(way_to_log)),
        open_(std::move(open)),
        open_operators_(std::move(open_operators)),
        born_(std::chrono::steady_clock::now()) {}

  const policies::operator_session_limits session_limits;
  log_control log;
  console_memory memory;

  // Before the console's actor runs.
  open_request_store open_requests; ///< called on the reader's thread; empty: none are recorded from here
  bool allows_chaos = false;        ///< whether an admin may have an actor fail

  static constexpr std::size_t seconds_kept = 15 * 60;
  static constexpr std::size_t minutes_kept = 24 * 60;
  static constexpr int most_questions = 32; ///< to the database, under way or waiting

  [[nodiscard]] sample_ptr latest() const;
  [[nodiscard]] std::vector<history_point> history(history_span span) const;
  [[nodiscard]] std::optional<console_moment> moment(instant wanted) const;
  [[nodiscard]] bool watch(std::shared_ptr<console_watcher> watcher);
  [[nodiscard]] int watchers() const;

  /// Where the lints look beyond actors and upstreams. Before the first sample.
  void look_at_promises(std::function<policies::promise_figures()> figures) { promises_ = std::move(figures); }
  /// The text of the metrics page; empty: it is not looked at. Returns once nobody reads the one before any more.
  void look_at_metrics(std::function<std::string()> page);

  /// By the console's actor alone: takes the sample and tells those who watch.
  void sample(const house_context& context, const directory& live, const upstream_board& upstreams,
              steady_moment now = std::chrono::steady_clock::now());

  [[nodiscard]] std::unique_ptr<persistence::console_store> open() const { return open_(); }
  [[nodiscard]] std::unique_ptr<persistence::operator_store> open_operators() const { return open_operators_(); }
  void attach(caf::actor reader);
  [[nodiscard]] caf::actor reader() const;
  std::atomic<int> questions{0};

  // Whose session a token is, as it was found lately.
  static constexpr auto caller_believed = std::chrono::seconds(30);
  static constexpr std::size_t most_callers = 1000;
  void remember_caller(const digest& token, operator_caller who, duration longest);
  void forget_caller(const digest& token);
  /// Found within `caller_believed`.
  [[nodiscard]] std::optional<operator_caller> caller_known(const digest& token) const;
  /// Found at any time, as long as the session may last.
  [[nodiscard]] std::optional<operator_caller> caller_known_before(const digest& token) const;

private:
  using steady = steady_moment;
  using buckets = std::array<std::uint64_t, policies::histogram_buckets>;

  /// Counts that fade: half of them is forgotten in half a minute.
  struct fading {
    std::array<double, policies::histogram_buckets> recent{};
    buckets before{};
    void fold(const buckets& now, double keep);
    [[nodiscard]] quantiles read() const;
  };
  struct fading_upstream {
    std::uint64_t calls_before = 0;
    std::uint64_t failures_before = 0;
    double calls = 0;
    double failures = 0;
    double rate = 0;
    std::array<fading, policies::all_call_kinds.size()> latency;
  };

  // console_sample.cpp
  /// Keeps each actor's rates with it; what the lints say of actors.
  [[nodiscard]] std::vector<concern> rate_actors(const directory& live, steady_moment now, double seconds, double keep);
  void count_kinds(console_sample& out, const directory& live, double seconds, double keep);
  void count_stages(console_sample& out, const gauges& counts, double keep);
  void count_upstreams(console_sample& out, const upstream_board& upstreams, double seconds, double keep);
  void count_flow(console_sample& out, const gauges& counts, double seconds);
  void remember(const console_sample& sample);

  // console_concerns.cpp
  void find_concerns(console_sample& out, std::vector<concern> of_actors, steady_moment now);
  /// Looks at the metrics page each half minute; series that two looks in a row lacked.
  [[nodiscard]] std::vector<std::string_view> missing_for_long(steady_moment now);
  void date(std::vector<concern>& all, instant at);

  open_console_store open_;
  open_operator_store open_operators_;
  const steady born_;

  std::mutex page_guard_;
  std::function<std::string()> page_;

  mutable std::mutex guard_;
  sample_ptr latest_;
  std::deque<history_point> seconds_;
  std::deque<history_point> minutes_;
  std::vector<std::shared_ptr<console_watcher>> watchers_;
  caf::actor reader_;
  struct known_operator {
    operator_caller who;
    steady found;
    steady until;
  };
  std::map<digest, known_operator> callers_;

  // The sampler's own.
  std::optional<steady> last_;
  std::map<std::string_view, kind_totals> kinds_before_;
  std::map<std::string_view, double> failed_lately_;
  std::array<std::array<fading, all_stages.size()>, all_tiers.size()> stages_;
  std::map<const upstream_vitals*, fading_upstream> upstreams_;
  std::array<std::uint64_t, 8> flow_before_{};
  std::function<policies::promise_figures()> promises_;
  std::map<std::uint64_t, steady> parents_gone_;                          ///< since when, while it has children
  std::map<std::pair<policies::lint, std::string>, instant> found_since_; ///< of the sample before
  std::vector<std::string_view> missing_;                                 ///< of the latest look at the page
  std::vector<std::string_view> missing_twice_;
  std::optional<steady> page_seen_;
  std::vector<history_point> minute_; ///< of the minute that is not over
};

/// The lines of work that wait somewhere. `sample` has its types and upstreams.
[[nodiscard]] std::vector<queue_view> queues_of(const house_context& context, const console_sample& sample);

/// What the lints say of one upstream.
[[nodiscard]] std::vector<concern> concerns_of(const upstream_view& u);

/// What the lints say of one actor. `ownerless`: for how long its parent has been gone.
[[nodiscard]] std::vector<concern> concerns_of(const vitals& v, std::optional<duration> ownerless, steady_moment now);

// console_views.cpp: one look at the directory. Any thread.
/// How long mail has waited, or a handler has run, without anything being finished.
[[nodiscard]] std::chrono::milliseconds stall_of(const vitals& v, std::uint64_t waiting, steady_moment now);
[[nodiscard]] actor_view view_of(const vitals& v, steady_moment now);
[[nodiscard]] actor_page find_actors(const directory& live, const actor_question& q, steady_moment now);
[[nodiscard]] std::vector<tree_group> tree_of(const directory& live, actor_order by, steady_moment now);
[[nodiscard]] std::optional<actor_detail> find_actor(const directory& live, std::uint64_t id, steady_moment now);
[[nodiscard]] std::vector<grave_view> graveyard_of(const directory& live, std::string_view kind, steady_moment now);

} // namespace easel::actors
