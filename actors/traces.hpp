#pragma once

#include "actors/directory.hpp"
#include "actors/traces_door.hpp"
#include "policies/traces.hpp"
#include "policies/vocabulary/ids.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

/// Live traces: what operators follow message by message, for a while. While none runs, a message costs two relaxed
/// loads, one where it arrives and one where it is handled.
namespace easel::actors {

using steady_moment = std::chrono::steady_clock::time_point;

/// When messages came that nobody has handled yet, known by where they lie in memory. Fixed in size: a later message
/// takes the place of an earlier one, of which it is then not known how long it waited. Any thread, never waits.
class arrival_table {
public:
  static constexpr std::size_t size = 2048;

  void note(const void* message, steady_moment at);
  /// Takes it out.
  [[nodiscard]] std::optional<steady_moment> take(const void* message);
  void clear();

private:
  struct entry {
    std::atomic_flag busy = ATOMIC_FLAG_INIT;
    const void* message = nullptr;
    steady_moment at;
  };
  [[nodiscard]] entry& entry_of(const void* message);

  std::vector<entry> entries_ = std::vector<entry>(size);
};

/// A message in the hands of its receiver. No content, ever.
struct traced_message {
  message_type type = 0;
  std::uint64_t sender = 0; ///< number of the actor that sent it; 0: none did
  steady_moment begun;
  std::optional<steady_moment> arrived; ///< nothing: before the trace, or it is not known any more
};

/// One message that was handled, as a trace keeps it.
struct trace_event {
  steady_moment at; ///< when its handler began
  std::uint64_t actor = 0;
  std::uint64_t sender = 0;
  const char* kind = "";
  const char* sender_kind = ""; ///< empty: no actor of the house, or one that has ended
  const char* state = "";       ///< of the receiver afterwards, in words
  message_type type = 0;
  std::optional<std::chrono::nanoseconds> waited;
  std::chrono::nanoseconds took{0};
  uuid generation; ///< that the receiver or the sender works on; zero: none
  bool failed = false;
};

struct trace_page {
  trace_summary of;
  steady_moment begun; ///< the same moment as `of.started`
  std::vector<trace_event> events;
};

/// All traces of one process. Actors write, operators begin, read and stop. Any thread.
class trace_desk {
public:
  explicit trace_desk(const directory& live) : live_(live) {}

  /// Before the first actor.
  void bound(const policies::trace_limits& limits) { limits_ = limits; }
  [[nodiscard]] const policies::trace_limits& limits() const { return limits_; }

  static constexpr std::size_t most_kept = 16;              ///< traces, those that have ended included
  static constexpr auto kept_for = std::chrono::minutes(5); ///< after their end
  static constexpr auto lingers = std::chrono::seconds(1);  ///< after its subject: what it sent last arrives

  // ------------------------------------------------------------ the message path

  [[nodiscard]] bool is_watching() const { return running_.load(std::memory_order_relaxed) != 0; }
  // Only while somebody watches.
  void arriving(const vitals& at, const void* message, std::uint64_t sender);
  /// `message`: where it lies, before its handler runs.
  [[nodiscard]] traced_message taken(message_type type, const void* message, std::uint64_t sender);
  void handled(const vitals& by, const traced_message& what, std::chrono::nanoseconds took, bool failed);
  /// What an actor is there for is known from now on.
  void entered(const vitals& actor);
  void left(const vitals& actor, bool failed, steady_moment now = std::chrono::steady_clock::now());

  // ------------------------------------------------------------ operators

  [[nodiscard]] trace_started begin(const trace_request& what, instant at,
                                    steady_moment now = std::chrono::steady_clock::now());
  [[nodiscard]] bool is_full() const;
  /// Newest first.
  [[nodiscard]] std::vector<trace_summary> all(steady_moment now = std::chrono::steady_clock::now()) const;
  /// Those after the first `after`, at most `most`; nothing when there is no such trace any more.
  [[nodiscard]] std::optional<trace_page> read(std::uint64_t id, std::size_t after, std::size_t most,
                                               steady_moment now = std::chrono::steady_clock::now()) const;
  /// One that has ended stays as it ended. Nothing: as of `read`.
  std::optional<trace_summary> stop(std::uint64_t id, steady_moment now = std::chrono::steady_clock::now());
  /// Once a second: ends what has had its time, and drops what has ended long ago.
  void look(steady_moment now = std::chrono::steady_clock::now());
  /// The account is deleted: traces of it end, and what they recorded is gone (RIGHT-3).
  void forget(const account_id& whom, steady_moment now = std::chrono::steady_clock::now());

private:
  /// One trace. What it is about never changes; `guard` protects the rest, but for what is atomic.
  struct trace {
    std::uint64_t id = 0;
    policies::trace_subject about;
    policies::trace_bounds bounds;
    std::string by_whom;
    instant started;
    steady_moment begun;
    std::atomic<policies::trace_end> ended{policies::trace_end::none};
    std::atomic<std::uint64_t> dropped{0};
    /// Numbers of the subject's actors, so that what they send is known; a later one may take an earlier one's place.
    std::array<std::atomic<std::uint64_t>, 64> members{};

    mutable std::mutex guard;
    steady_moment until;
    policies::trace_end then = policies::trace_end::time; ///< how it ends at `until`
    steady_moment over;                                   ///< when it ended
    std::vector<trace_event> events;                      ///< as many as it may hold were reserved

    [[nodiscard]] bool runs() const { return ended.load(std::memory_order_relaxed) == policies::trace_end::none; }
    void is_member(std::uint64_t actor) { members[actor % members.size()].store(actor, std::memory_order_relaxed); }
    [[nodiscard]] bool has_member(std::uint64_t actor) const {
      return actor != 0 && members[actor % members.size()].load(std::memory_order_relaxed) == actor;
    }
  };
  using trace_ptr = std::shared_ptr<trace>;

  [[nodiscard]] static policies::traced_actor party_of(const vitals& v);
  [[nodiscard]] static bool concerns(const trace& one, const policies::traced_actor& who, std::uint64_t sender);
  [[nodiscard]] expected<policies::trace_subject, trace_refusal> resolve(const trace_request& what) const;
  using trace_list = std::shared_ptr<const std::vector<trace_ptr>>;
  [[nodiscard]] trace_list list() const;
  [[nodiscard]] trace_ptr find(std::uint64_t id) const;
  [[nodiscard]] static int running_in(const std::vector<trace_ptr>& all);
  void write(trace& to, const trace_event& event);
  // With the trace's guard held.
  void end(trace& one, policies::trace_end why, steady_moment now);
  void end_if_due(trace& one, steady_moment now);
  [[nodiscard]] static trace_summary summary_of(const trace& one, steady_moment now);

  const directory& live_;
  policies::trace_limits limits_;
  alignas(64) std::atomic<int> running_{0};
  alignas(64) mutable std::mutex guard_; ///< of the pointer to the list, which is replaced, never changed
  trace_list traces_ = std::make_shared<const std::vector<trace_ptr>>(); ///< oldest first
  std::uint64_t latest_ = 0;                                             ///< id given
  arrival_table arrivals_;
};

} // namespace easel::actors
