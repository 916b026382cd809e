#pragma once

#include "tests/simulation/dice.hpp"
#include "tests/support/virtual_house.hpp"

#include <string_view>

/// How the outside behaves in one seed: upstreams that are slow, fail or fall silent, and a store that is away.
namespace easel::simulation {

class weather {
public:
  weather(testing::virtual_world& world, dice& chance);

  /// One call's fate, by the kind of call.
  testing::turn moderation();
  testing::turn drawing();
  testing::turn creating();
  testing::turn polling();
  testing::turn downloading();
  testing::turn task();

  /// From now on for `span`, operations of the store fail now and then, or all of them.
  void store_trouble(duration span);
  /// From now on for `span`, one node cannot keep its lease, though its writes go through: another takes its rows over
  /// while it goes on working.
  void lease_trouble(duration span, std::size_t home);
  /// From now on for `span`, no node hears what ends.
  void silence(duration span) { silent_until_ = world_.passed + span; }
  /// Whose messages run now.
  void runs_on(std::size_t home) { running_ = home; }
  /// From now on nothing fails and everything is fast.
  void clear_up();

  /// Reads and writes of the test itself are spared by the trouble.
  struct shelter {
    explicit shelter(weather& w) : of(w) { ++of.sheltered_; }
    ~shelter() { --of.sheltered_; }
    shelter(const shelter&) = delete;
    shelter& operator=(const shelter&) = delete;
    weather& of;
  };

  [[nodiscard]] bool store_was_troubled() const { return troubled_; }
  [[nodiscard]] bool store_has_refused() const { return has_refused_; }
  /// How often the store has failed so far.
  [[nodiscard]] std::uint64_t store_failures() const { return store_failures_; }

private:
  duration delay(duration usual);
  template <class Classes>
  testing::turn turn_of(duration usual, const Classes& failures);
  std::optional<persistence::store_error> fault(std::string_view operation, bool before);

  testing::virtual_world& world_;
  dice& chance_;
  bool clear_ = false;
  int failing_percent_ = 0; ///< of upstream calls
  int slow_percent_ = 0;
  duration troubled_until_{};
  int before_percent_ = 0;
  int after_percent_ = 0;
  bool refuses_ = false;
  duration lease_troubled_until_{};
  duration silent_until_{};
  std::size_t victim_ = 0;
  std::size_t running_ = 0;
  int sheltered_ = 0;
  bool troubled_ = false;
  bool has_refused_ = false;
  std::uint64_t store_failures_ = 0;
};

} // namespace easel::simulation
