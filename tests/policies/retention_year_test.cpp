#include "policies/retention_clock.hpp"
#include "policies/retention_rules.hpp"
#include "policies/retention_schedule.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(retention_year)

/// A year minute by minute, with whatever befalls clocks and hosts in one: nothing is deleted before its time, and once
/// the clock is right again and believed, nothing is left after it.
using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr instant first_of_september = std::chrono::sys_days{std::chrono::year{2027} / 9 / 1}; // 2028 has a leap day
constexpr auto a_day = 24h;

constexpr duration on(std::chrono::year_month_day date, duration time) {
  return instant(std::chrono::sys_days{date}) + time - first_of_september;
}

class year {
public:
  /// `slack`: by how much clocks are wrong at most while they are believed.
  explicit year(duration slack = duration::zero()) : slack_(slack) {}

  /// What the clocks say beyond the truth.
  duration database_error{}, node_error{};
  duration creep{}; ///< what all clocks gain in a minute
  bool service_is_down = false;

  void set_all_clocks(duration error) {
    database_error = node_error = error;
    creep = duration::zero();
  }
  void start_host_anew() {
    ++boot_;
    booted_ = truth_;
  }
  /// An operator who has looked at the clocks.
  void confirm() {
    mark_ = clock_mark{database(), std::nullopt};
    halted_ = false;
  }
  [[nodiscard]] bool is_halted() const { return halted_; }

  void minute() {
    truth_ += 1min;
    database_error += creep;
    node_error += creep;
    if (service_is_down)
      return;
    if (truth_ - last_made_ >= 10min)
      draw();
    round();
  }

  [[nodiscard]] duration passed() const { return truth_ - first_of_september; }
  [[nodiscard]] std::size_t kept() const { return rows_.size(); }
  int halts = 0, deleted = 0;

private:
  struct row {
    instant due;        ///< in truth
    instant expires_at; ///< as the database's clock had it
  };

  [[nodiscard]] instant database() const { return truth_ + database_error; }

  /// A clock that is days ahead stamps what is drawn meanwhile with a later end; whoever mends it learns of that from
  /// the alarm. Here nobody draws then.
  void draw() {
    if (std::chrono::abs(database_error) > 1h)
      return;
    last_made_ = truth_;
    rows_.push_back({content_expires_at({}, truth_), content_expires_at({}, database())});
    look_ahead(rows_.back());
  }

  void look_ahead(const row& r) {
    first_due_ = std::min(first_due_, r.due);
    first_expiry_ = std::min(first_expiry_, r.expires_at);
  }

  void round() {
    if (halted_)
      return;
    const auto node = truth_ + node_error;
    host_uptime host;
    host.boot.bytes[0] = boot_;
    host.up = truth_ - booted_;
    const clock_reading reading{node, database(), node, host};
    if (judge_clock(mark_, reading) != clock_fault::none) {
      halted_ = true;
      ++halts;
      return;
    }
    mark_ = mark_of(mark_, reading);
    if (first_expiry_ <= database())
      reap();
    if (first_due_ <= truth_ - slack_)
      BOOST_ERROR("a row was left after its time");
  }

  void reap() {
    std::erase_if(rows_, [&](const row& r) {
      if (r.expires_at > database())
        return false;
      ++deleted;
      if (r.due > truth_ + slack_)
        BOOST_ERROR("a row was deleted before its time");
      return true;
    });
    first_due_ = first_expiry_ = instant::max();
    for (const auto& r : rows_)
      look_ahead(r);
  }

  duration slack_;
  instant truth_ = first_of_september, booted_ = first_of_september - 5h, last_made_ = first_of_september;
  std::uint8_t boot_ = 1;
  std::optional<clock_mark> mark_;
  bool halted_ = false;
  std::deque<row> rows_;
  instant first_due_ = instant::max(), first_expiry_ = instant::max();
};

using event = std::pair<duration, std::function<void(year&)>>;

void live(year& y, std::vector<event> events) {
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  auto next = events.begin();
  while (y.passed() < 366 * a_day) {
    for (; next != events.end() && next->first <= y.passed(); ++next)
      next->second(y);
    y.minute();
  }
  BOOST_TEST((next == events.end()));
}

/// Set wrong at `from`; an operator mends it after `span` and confirms.
void add_wrong_clock(std::vector<event>& events, duration from, duration span, std::function<void(year&)> wrong) {
  events.emplace_back(from, std::move(wrong));
  events.emplace_back(from + span - 1min, [](year& y) { BOOST_TEST(y.is_halted()); });
  events.emplace_back(from + span, [](year& y) {
    y.set_all_clocks(0s);
    y.confirm();
  });
}

} // namespace

BOOST_AUTO_TEST_CASE(RET_1_a_quiet_year_has_no_row_past_due_at_any_minute) {
  year y;
  live(y, {});
  BOOST_TEST(y.halts == 0);
  BOOST_TEST(y.kept() <= 30u * 24 * 6 + 1);
  BOOST_TEST(y.deleted > 335 * 24 * 6);
}

BOOST_AUTO_TEST_CASE(RET_1_daylight_saving_a_leap_day_and_a_leap_second_delete_nothing_early_and_stop_nothing) {
  year y(1h + 1s);
  // Hosts that are set by the clock on the wall: an hour back in autumn, an hour ahead in spring, corrected a day
  // later.
  live(y, {{on(2027y / 10 / 31, 1h), [](year& at) { at.set_all_clocks(-1h); }},
           {on(2027y / 11 / 1, 1h), [](year& at) { at.set_all_clocks(0s); }},
           {on(2027y / 12 / 31, 23h + 59min), [](year& at) { at.set_all_clocks(1s); }},
           {on(2028y / 2 / 29, 0h), [](year& at) { at.set_all_clocks(0s); }},
           {on(2028y / 3 / 26, 1h), [](year& at) { at.set_all_clocks(1h); }},
           {on(2028y / 3 / 27, 1h), [](year& at) { at.set_all_clocks(0s); }}});
  BOOST_TEST(y.halts == 0);
}

BOOST_AUTO_TEST_CASE(RET_1_a_week_in_which_the_service_stood_still_is_made_up_for_at_once) {
  year y;
  live(y, {{100 * a_day, [](year& at) { at.service_is_down = true; }},
           {107 * a_day, [](year& at) { at.service_is_down = false; }}});
  BOOST_TEST(y.halts == 0);
}

BOOST_AUTO_TEST_CASE(RET_1_hosts_that_are_started_anew_or_replaced_are_believed_after_a_short_time_or_a_look) {
  year y;
  live(y, {{50 * a_day, [](year& at) { at.service_is_down = true; }},
           {50 * a_day + 30min,
            [](year& at) {
              at.start_host_anew();
              at.service_is_down = false;
            }},
           {150 * a_day, [](year& at) { at.service_is_down = true; }},
           {150 * a_day + 3h,
            [](year& at) {
              at.start_host_anew();
              at.service_is_down = false;
            }},
           {150 * a_day + 3h + 30min, [](year& at) {
              BOOST_TEST(at.is_halted());
              at.confirm();
            }}});
  BOOST_TEST(y.halts == 1);
}

BOOST_AUTO_TEST_CASE(RET_1_clocks_that_jump_delete_nothing_and_stop_the_reaper_until_they_are_right) {
  std::vector<event> events;
  add_wrong_clock(events, 60 * a_day, 5h, [](year& y) { y.set_all_clocks(40 * a_day); });
  add_wrong_clock(events, 120 * a_day, 1h, [](year& y) { y.set_all_clocks(-2h); });
  add_wrong_clock(events, 181 * a_day, 2h, [](year& y) { y.set_all_clocks(366 * a_day); }); // the leap day
  add_wrong_clock(events, 240 * a_day, 2h, [](year& y) { y.node_error = 61s; });
  add_wrong_clock(events, 300 * a_day, 10min, [](year& y) { y.database_error = 1h + 1min; });
  year y;
  live(y, events);
  BOOST_TEST(y.halts == 5);
}

BOOST_AUTO_TEST_CASE(RET_1_clocks_that_creep_stop_the_reaper_before_they_have_gained_or_lost_more_than_an_hour) {
  std::vector<event> events;
  add_wrong_clock(events, 60 * a_day, 5h, [](year& y) { y.creep = 59min; });
  add_wrong_clock(events, 120 * a_day, 10h, [](year& y) { y.creep = 10min; });
  add_wrong_clock(events, 180 * a_day, 4 * a_day, [](year& y) { y.creep = 1s; });
  add_wrong_clock(events, 240 * a_day, 4 * a_day, [](year& y) { y.creep = -1s; });
  year y(1h + 3min); // what is forgiven in two and a half days
  live(y, events);
  BOOST_TEST(y.halts == 4);
}

BOOST_AUTO_TEST_SUITE_END()
