#pragma once

#include "policies/lints.hpp"
#include "policies/vocabulary/uuid.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace easel::actors {

/// The type of a message: a number of CAF's for its own types, else the address of a std::type_info. 0: an empty one.
using message_type = std::uintptr_t;

/// The type's name without namespaces: "slot_granted". No content of the message is part of it. Any thread.
[[nodiscard]] std::string label_of(message_type type);

/// The last messages of one actor: types, times and durations, never contents. Written by the actor alone, read by
/// anyone; a reader that comes while an entry is replaced may see the new type with the old time.
class message_ring {
public:
  static constexpr std::size_t size = 16;

  struct entry {
    message_type type = 0;
    std::chrono::milliseconds after{0}; ///< since the actor was born
    std::chrono::microseconds took{0};  ///< at most `longest`
    bool running = false;               ///< its handler has not returned yet
  };
  static constexpr std::chrono::microseconds longest{(1 << 24) - 2}; ///< a longer handler counts as this: 16.7 s

  void begin(message_type type, std::chrono::milliseconds after) {
    const auto at = next_.load(std::memory_order_relaxed) % size;
    types_[at].store(type, std::memory_order_relaxed);
    times_[at].store(pack(after, still_running), std::memory_order_release);
  }
  void end(std::chrono::milliseconds began_after, std::chrono::nanoseconds took) {
    const auto n = next_.load(std::memory_order_relaxed);
    const auto us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    const auto most = static_cast<std::uint64_t>(longest.count());
    times_[n % size].store(pack(began_after, us < most ? us : most), std::memory_order_relaxed);
    next_.store(n + 1, std::memory_order_release);
  }

  /// Newest first.
  [[nodiscard]] std::vector<entry> read() const;
  /// The newest alone: what a long list needs.
  [[nodiscard]] entry newest() const;

private:
  // 40 bits of milliseconds last for 34 years; 24 bits hold microseconds.
  static constexpr std::uint64_t still_running = (1u << 24) - 1;
  static constexpr std::uint64_t pack(std::chrono::milliseconds after, std::uint64_t us) {
    return (static_cast<std::uint64_t>(after.count()) << 24) | us;
  }
  [[nodiscard]] static entry unpack(message_type type, std::uint64_t times);

  std::array<std::atomic<message_type>, size> types_{};
  std::array<std::atomic<std::uint64_t>, size> times_{};
  std::atomic<std::uint64_t> next_{0};
};

/// What can be known of an actor from outside without asking it. Written by senders and by the actor, read by
/// anyone; no field is personal data but `subject` and `owner`, which the console compares and never shows for a
/// person.
struct vitals {
  std::uint64_t id = 0;
  std::uint64_t parent = 0; ///< 0: the root
  const char* kind = "";
  std::function<void()> kill; ///< ends the actor ahead of its mail, on behalf of an operator or a test; any thread
  /// Has its next handler fail, ahead of its mail, as by an exception of its own: for trying what becomes of that.
  std::function<void()> fail;
  /// Has the actor do at once what it else does at its times, on behalf of an operator; empty: it has no such times.
  /// Any thread. Written before the actor is listed.
  std::function<void()> nudge;
  std::chrono::steady_clock::time_point born;
  std::atomic<std::uint64_t> arrived{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> busy_ns{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<const char*> state{""}; ///< in words, from a closed set: a string literal
  message_ring messages;

  static constexpr std::int64_t none = 0;
  std::atomic<std::int64_t> deadline{
    none}; ///< actor clock nanoseconds: by when what it holds must have been given back

  // Handlers that took longer than they may.
  std::chrono::nanoseconds budget{0}; ///< of one; written before the actor is listed
  std::atomic<std::uint64_t> overruns{0};
  std::atomic<message_type> overrun_message{0}; ///< of the latest
  std::atomic<std::uint64_t> overrun_ns{0};

  /// What the actor is about: a generation's id, or a session's account; zero for the others.
  std::array<std::atomic<std::uint64_t>, 2> subject{};
  /// Whose work it does, when `subject` is not that account; zero for the others.
  std::array<std::atomic<std::uint64_t>, 2> owner{};

  // Between two samples of the console, which alone writes them.
  mutable std::atomic<std::uint32_t> rate_milli{0};    ///< messages handled in a thousand seconds
  mutable std::atomic<std::uint32_t> busy_permille{0}; ///< share of the time spent in handlers
  mutable std::uint64_t handled_before = 0;
  mutable std::uint64_t busy_before = 0;
  mutable std::uint64_t overruns_before = 0;
  mutable policies::fading_count overruns_lately;
  mutable policies::mailbox_trend trend;

  /// Messages waiting; a snapshot that may lag by one.
  [[nodiscard]] std::uint64_t depth() const {
    const auto done = handled.load(std::memory_order_relaxed);
    const auto in = arrived.load(std::memory_order_relaxed);
    return in > done ? in - done : 0;
  }

  void set_subject(const uuid& id_of_subject);
  [[nodiscard]] uuid get_subject() const;
  void set_owner(const uuid& account);
  [[nodiscard]] uuid get_owner() const;
};

} // namespace easel::actors
