#include "tests/simulation/weather.hpp"

#include <array>

namespace easel::simulation {

using namespace std::chrono_literals;
using policies::failure_class;
using testing::turn;

weather::weather(testing::virtual_world& world, dice& chance) : world_(world), chance_(chance) {
  constexpr std::array failing{0, 0, 5, 15, 40, 90};
  constexpr std::array slow{0, 0, 3, 20};
  failing_percent_ = chance_.one_of(failing);
  slow_percent_ = chance_.one_of(slow);
  world_.faults = [this](auto operation, bool before) { return fault(operation, before); };
  world_.deaf = [this] { return world_.passed < silent_until_; };
}

duration weather::delay(duration usual) {
  if (clear_)
    return 20ms;
  if (chance_.percent(slow_percent_))
    return chance_.between<std::int64_t>(5, 120) * duration(1s); // past most limits: as good as silent
  return chance_.between<std::int64_t>(1, 200) * usual / 100;
}

template <class Classes>
turn weather::turn_of(duration usual, const Classes& failures) {
  turn t{delay(usual), std::nullopt};
  if (clear_ || !chance_.percent(failing_percent_))
    return t;
  policies::upstream_failure why{chance_.one_of(failures), std::nullopt, "simulated"};
  if (why.what == failure_class::busy && chance_.one_in(2))
    why.retry_after = chance_.between<std::int64_t>(1, 8) * duration(1s);
  t.fails = why;
  return t;
}

turn weather::moderation() {
  return turn_of(100ms, std::array{failure_class::busy, failure_class::unavailable, failure_class::ambiguous,
                                   failure_class::timed_out, failure_class::not_sent, failure_class::incomplete});
}

turn weather::drawing() {
  return turn_of(3s, std::array{failure_class::busy, failure_class::unavailable, failure_class::ambiguous,
                                failure_class::refused, failure_class::failed, failure_class::bad_result,
                                failure_class::timed_out, failure_class::not_sent, failure_class::incomplete,
                                failure_class::our_account, failure_class::our_request});
}

turn weather::creating() {
  return turn_of(200ms, std::array{failure_class::busy, failure_class::unavailable, failure_class::ambiguous,
                                   failure_class::ambiguous, failure_class::refused, failure_class::timed_out,
                                   failure_class::bad_result, failure_class::not_sent, failure_class::incomplete,
                                   failure_class::our_account});
}

turn weather::polling() {
  return turn_of(100ms, std::array{failure_class::busy, failure_class::unavailable, failure_class::ambiguous,
                                   failure_class::timed_out, failure_class::not_sent});
}

turn weather::downloading() {
  return turn_of(300ms, std::array{failure_class::unavailable, failure_class::ambiguous, failure_class::incomplete,
                                   failure_class::bad_result, failure_class::timed_out});
}

turn weather::task() { return turn_of(6s, std::array{failure_class::refused, failure_class::failed}); }

void weather::store_trouble(duration span) {
  constexpr std::array chances{1, 10, 40};
  troubled_until_ = world_.passed + span;
  before_percent_ = chance_.one_in(4) ? 100 : chance_.one_of(chances);
  after_percent_ = chance_.one_of(chances);
  refuses_ = chance_.one_in(8);
  troubled_ = true;
}

void weather::lease_trouble(duration span, std::size_t home) {
  lease_troubled_until_ = world_.passed + span;
  victim_ = home;
  troubled_ = true;
}

void weather::clear_up() {
  clear_ = true;
  lease_troubled_until_ = duration{};
  silent_until_ = duration{};
  troubled_until_ = duration{};
}

// A fault before the effect is a lost connection; one after it is the lost answer of a commit.
std::optional<persistence::store_error> weather::fault(std::string_view operation, bool before) {
  if (sheltered_ == 0 && operation == "heartbeat" && running_ == victim_ && world_.passed < lease_troubled_until_) {
    ++store_failures_;
    return persistence::store_error{persistence::store_error::kind::unavailable, std::string(operation), "08006"};
  }
  if (sheltered_ > 0 || world_.passed >= troubled_until_ || !chance_.percent(before ? before_percent_ : after_percent_))
    return std::nullopt;
  ++store_failures_;
  using kind = persistence::store_error::kind;
  if (refuses_ && before && operation != "apply" && chance_.one_in(4)) {
    has_refused_ = true;
    return persistence::store_error{kind::refused, std::string(operation), "23514"};
  }
  return persistence::store_error{kind::unavailable, std::string(operation), "08006"};
}

} // namespace easel::simulation
