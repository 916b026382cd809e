#pragma once

#include "actors/call_messages.hpp"
#include "actors/context.hpp"
#include "actors/rights.hpp"
#include "actors/root.hpp"
#include "actors/sign_in.hpp"
#include "actors/system_config.hpp"
#include "tests/support/fake_upstreams.hpp"
#include "tests/support/interposed_store.hpp"
#include "tests/support/virtual_database.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

/// The whole actor tree without threads and without a wall clock, over any store and fake upstreams: nothing
/// happens until a test says so, and with one seed always the same.
namespace easel::testing {

/// A caller that remembers what it was told.
class recording_watcher final : public actors::watcher {
public:
  struct record {
    int accepted = 0;
    bool attached = false;
    int ends = 0;         ///< refused + ended + expired; must become exactly one when nobody leaves early
    int out_of_turn = 0;  ///< told anything before `accepted`, or after its end
    bool dropped = false; ///< destroyed before its end: a real caller would have answered 500
    bool left = false;    ///< seen enough once it was accepted
    std::optional<actors::refusal> refused;
    std::optional<generation_id> id;
    std::vector<generation_state> states;
    int partials = 0;
    std::vector<blob> images;
    std::optional<actors::generation_view> final;
    bool expired = false;
  };

  explicit recording_watcher(std::shared_ptr<record> into, bool leave_when_accepted = false)
      : into_(std::move(into)), leave_(leave_when_accepted) {}
  ~recording_watcher() override;
  void refused(const actors::refusal& why) override;
  bool accepted(const actors::generation_view& view, bool attached) override;
  bool event(const actors::generation_event& event) override;
  void expired(const actors::generation_view& view) override;

private:
  void expect(bool in_turn) { into_->out_of_turn += in_turn && into_->ends == 0 && !into_->left ? 0 : 1; }

  std::shared_ptr<record> into_;
  bool leave_;
};
using record_ptr = std::shared_ptr<recording_watcher::record>;

/// A question that may be answered later.
struct asked {
  int answers = 0;
  std::optional<expected<actors::query_answer, actors::refusal>> answer;
};
using asked_ptr = std::shared_ptr<asked>;

struct person {
  account_id account;
  key_id key;
  digest hash{}; ///< of the key, or of a session's token
  actors::credential::kind is = actors::credential::kind::api_key;
};

[[nodiscard]] policies::catalogue small_catalogue();
[[nodiscard]] actors::house_settings calm_settings();

/// What the houses of a cluster share: time, chance, one database and the upstreams.
struct virtual_world {
  explicit virtual_world(std::uint64_t seed = 1, const make_virtual_database& make = in_memory);

  std::mt19937_64 chance;
  std::shared_ptr<const persistence::keyring> keys;
  duration passed{};
  instant begun{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours(9)};
  std::unique_ptr<virtual_database> database;
  interposer faults; ///< of the stores, now; those of the test too
  std::shared_ptr<fake_upstreams> upstreams;
  persistence::store_settings store_settings;
  /// Google for a house that starts, answering through its clock; without it nobody can sign in.
  std::function<actors::google_parts(const fake_upstreams::post&)> google;
  std::function<bool()> deaf;            ///< whether the connections that hear what ends are lost now; may be empty
  std::vector<actors::lone_actor> alone; ///< of a house that starts
  actors::open_rights rights;            ///< for a house that starts; without it everything of the kind is unavailable
  int concurrency = 8;                   ///< of each drawing credential
  int starts_per_window = 20;            ///< of each task credential

  [[nodiscard]] instant now() const { return begun + passed; }
  /// A way to open stores as one node would.
  [[nodiscard]] actors::open_store node();
  /// What its node hears of endings; nothing while `deaf`.
  [[nodiscard]] actors::open_revocations revocations();
  /// The store of the test itself: opened once, a node of its own.
  [[nodiscard]] persistence::store& store();
  [[nodiscard]] person newcomer(tier t, std::int64_t gift = 0, std::optional<credits> key_cap = {});

private:
  std::unique_ptr<persistence::store> store_;
};

class virtual_house {
public:
  virtual_house(virtual_world& world, actors::house_settings settings, bool shuffle = false);
  ~virtual_house();

  /// Runs every message that is due now; in shuffled order when the house was made so.
  void run();
  /// Lets time pass, from alarm to alarm.
  void advance(duration span);

  record_ptr create(const person& who, std::string prompt, int n = 1, bool synchronous = true);
  /// `leaves`: does not wait for the end, as a caller that gets 202.
  record_ptr create(const person& who, actors::create_request request, actors::watch_options how = {},
                    bool leaves = false);
  record_ptr watch(const person& who, generation_id id, actors::watch_options how = {});
  /// Runs until the answer is there.
  expected<actors::query_answer, actors::refusal> ask(const person& who, actors::query what);
  /// Runs nothing; the answer comes when it comes.
  asked_ptr ask_later(const person& who, actors::query what);
  void answered(generation_id id);
  /// Whoever signs in or out; run the house to hear the answer.
  [[nodiscard]] actors::sign_in_door& sign_in() { return *sign_in_; }
  /// Run the house to hear an answer.
  [[nodiscard]] actors::rights_door& rights() { return *rights_; }
  /// `senders`: the accounts whose callback it may be.
  void provider_called(std::string token, std::string task, std::vector<std::string> senders = task_accounts());

  // For several houses in step: each turns its own clock to the world's time.
  /// When the next alarm is due, in the world's time.
  std::optional<duration> next_alarm();
  /// Turns the clock to the world's time; what is due is delivered, and nothing runs yet.
  void ring();
  /// Runs one message, any of those that could be next; false when there is none.
  bool run_one();
  /// Tells one life of the router from the next; 0 while the door is shut.
  [[nodiscard]] std::uint64_t life() const;

  /// Ends live actors of a kind as an operator would; `pick` chooses among their number.
  bool kill(std::string_view kind, const std::function<std::size_t(std::size_t)>& pick);
  [[nodiscard]] int live(std::string_view kind) const;
  [[nodiscard]] const actors::gauges& counts() const { return *context_->counts; }
  [[nodiscard]] const actors::house_context& context() const { return *context_; }
  /// Its directory of actors and board of upstreams.
  [[nodiscard]] const actors::system_config& config() const { return config_; }
  [[nodiscard]] moment actor_clock() { return system_.clock().now(); }
  void log_access(persistence::access_record line);
  void close_access_log();
  void shut_down();
  [[nodiscard]] bool finished() const;

private:
  void knock(const person& who, actors::any_call what);
  caf::scheduler::test_coordinator& scheduler();

  virtual_world& world_;
  bool shuffle_;
  duration born_;
  std::shared_ptr<actors::house_context> context_;
  actors::system_config config_{actors::system_config::virtual_time};
  caf::actor_system system_{config_};
  std::shared_ptr<actors::entrance> way_ = std::make_shared<actors::entrance>();
  caf::actor_clock::time_point clock_at_birth_;
  caf::actor root_;
  caf::actor transport_thread_; ///< stands for the thread that completes upstream calls
  fake_upstreams::post post_;
  std::unique_ptr<actors::sign_in_door> sign_in_;
  std::unique_ptr<actors::rights_door> rights_;
};

} // namespace easel::testing
