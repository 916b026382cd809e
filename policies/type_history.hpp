#pragma once

#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What each type of actor did lately, so that an operator can look back at the whole tree: each second for 15 minutes,
/// and each minute for a day. Memory is taken once and never grows. No clock: whoever adds says when. One thread at a
/// time.
namespace easel::policies {

/// One type at one moment.
struct type_figures {
  std::uint32_t live = 0;
  std::uint32_t waiting = 0;  ///< messages in all their mailboxes; of a minute the most
  float rate = 0;             ///< messages handled, per second
  float busy = 0;             ///< the sum of their shares of a thread
  std::uint32_t failures = 0; ///< handlers that threw and actors that failed, since the moment before
};

struct named_figures {
  std::string_view type;
  type_figures figures;
};

class type_history {
public:
  static constexpr std::size_t most_types = 48;
  static constexpr std::size_t seconds_kept = 15 * 60;
  static constexpr std::size_t minutes_kept = 24 * 60;
  static constexpr std::size_t seconds_in_minute = 60;
  /// What the two rings take, from the beginning on.
  static constexpr std::size_t bytes =
    (seconds_kept + minutes_kept) * (most_types * sizeof(type_figures) + sizeof(instant));

  type_history();

  /// A moment a second after the one before, or as late as it came. Types beyond `most_types` are left out and counted.
  void add(instant at, std::span<const named_figures> all);

  struct moment {
    instant at;
    std::chrono::seconds step{1}; ///< what it stands for: a second, or the minute that ended then
    std::vector<named_figures>
      types; ///< in the order in which they were first seen; those that were not there are zero
  };
  /// The latest moment that is not after `wanted`, by seconds where they are still kept. Nothing: it is too long ago.
  [[nodiscard]] std::optional<moment> find(instant wanted) const;
  /// The first moment that is still kept.
  [[nodiscard]] std::optional<instant> oldest() const;
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

private:
  using row = std::array<type_figures, most_types>;

  class moments {
  public:
    explicit moments(std::size_t kept) : times_(kept), rows_(kept) {}
    void push(instant at, const row& all);
    /// How many moments ago, counted from the latest.
    [[nodiscard]] std::optional<std::size_t> find(instant wanted) const;
    [[nodiscard]] instant time(std::size_t ago) const { return times_[place(ago)]; }
    [[nodiscard]] const row& figures(std::size_t ago) const { return rows_[place(ago)]; }
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    [[nodiscard]] std::size_t place(std::size_t ago) const { return (next_ + rows_.size() - 1 - ago) % rows_.size(); }
    std::vector<instant> times_;
    std::vector<row> rows_;
    std::size_t next_ = 0;
    std::size_t size_ = 0;
  };

  [[nodiscard]] std::optional<std::size_t> number_of(std::string_view type);
  void end_minute(instant at);
  [[nodiscard]] moment moment_of(const moments& from, std::size_t ago, std::chrono::seconds step) const;

  std::vector<std::string> types_; ///< by their place in a row; reserved, so that views of them last
  moments seconds_, minutes_;
  std::uint64_t left_out_ = 0;

  /// Of the minute that is not over.
  struct totals {
    double live = 0;
    double rate = 0;
    double busy = 0;
    std::uint32_t most_waiting = 0;
    std::uint32_t failures = 0;
  };
  std::array<totals, most_types> minute_{};
  std::size_t in_minute_ = 0;
};

} // namespace easel::policies
