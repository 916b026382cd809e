#include "actors/retention.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

namespace retention {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using persistence::answer;
using persistence::store_error;
using policies::partition_state;
using policies::partition_step;

namespace {

/// What a database would hold, and what was asked of it. Rows are instants at which they expire.
struct table_box {
  std::map<std::string, std::vector<instant>, std::less<>> rows;
  std::vector<policies::day_partition> days;
  std::vector<std::string> asked; ///< rules and steps, in order
  std::vector<persistence::retention_run> runs;
  persistence::clock_record clock;
  duration clock_error{}; ///< of the database
  bool is_away = false;
  bool is_taken = false;              ///< another node leads
  std::vector<std::string> used_days; ///< somebody reads them
  std::function<void()> on_step;
  policies::key_remains keys;
  bool keys_are_held = false; ///< some transaction sees them, or their files are kept
};

class box_retention final : public persistence::retention {
public:
  box_retention(std::shared_ptr<table_box> box, std::function<instant()> now)
      : box_(std::move(box)), now_(std::move(now)) {}

  answer<bool> lead() override { return say(!box_->is_taken); }
  answer<instant> now() override { return say(now_() + box_->clock_error); }
  answer<persistence::clock_record> find_clock() override { return say(box_->clock); }
  answer<bool> keep_clock(const policies::clock_mark& mark) override {
    if (!box_->clock.halted_at)
      box_->clock.last = mark;
    return say(true);
  }
  answer<bool> halt(policies::clock_fault why) override {
    box_->clock.halted_at = now_();
    box_->clock.why = why;
    return say(true);
  }
  answer<bool> confirm_clock(std::string, std::string) override {
    box_->clock = {policies::clock_mark{now_() + box_->clock_error, std::nullopt}, std::nullopt,
                   policies::clock_fault::none};
    return say(true);
  }
  answer<int> reap(const policies::reaping_rule& rule, instant cut, int limit) override {
    if (box_->on_step)
      box_->on_step();
    if (box_->is_away)
      return say(0);
    box_->asked.emplace_back(rule.table);
    auto& rows = box_->rows[std::string(rule.table)];
    int deleted = 0;
    for (auto it = rows.begin(); it != rows.end() && deleted < limit;) {
      if (*it <= cut) {
        it = rows.erase(it);
        ++deleted;
      } else {
        ++it;
      }
    }
    return deleted;
  }
  answer<std::vector<policies::day_partition>> partitions() override { return say(box_->days); }
  answer<bool> take(const policies::planned_step& step) override {
    static constexpr const char* words[] = {"finalize ", "detach ", "drop "};
    box_->asked.push_back(words[static_cast<int>(step.what)] + step.name);
    const auto it =
      std::find_if(box_->days.begin(), box_->days.end(), [&](const auto& d) { return d.name == step.name; });
    const bool used = std::find(box_->used_days.begin(), box_->used_days.end(), step.name) != box_->used_days.end();
    if (used && step.what != partition_step::drop) {
      it->is = partition_state::pending;
      return easel::unexpected(store_error{store_error::kind::unavailable, "take_step", "55P03"});
    }
    if (step.what == partition_step::drop)
      box_->days.erase(it);
    else
      it->is = partition_state::detached;
    return say(true);
  }
  answer<policies::key_remains> find_key_remains() override {
    box_->keys.now = now_() + box_->clock_error;
    return say(box_->keys);
  }
  answer<bool> wipe_keys(policies::wipe_step step, duration) override {
    box_->asked.emplace_back(step == policies::wipe_step::rewrite_tables ? "rewrite" : "recycle");
    if (box_->is_away || box_->keys_are_held)
      return say(false);
    if (step == policies::wipe_step::rewrite_tables)
      box_->keys.oldest_in_log = std::exchange(box_->keys.oldest_in_table, std::nullopt);
    else
      box_->keys = {};
    return say(true);
  }
  answer<std::optional<policies::key_wipe>> last_key_wipe() override {
    return say(std::optional<policies::key_wipe>());
  }
  answer<bool> record(const persistence::retention_run& run) override {
    if (!box_->is_away)
      box_->runs.push_back(run);
    return say(true);
  }
  answer<std::optional<persistence::retention_run>> last_run() override {
    return say(box_->runs.empty() ? std::nullopt : std::optional(box_->runs.back()));
  }

private:
  template <class T>
  answer<T> say(T value) {
    if (box_->is_away)
      return easel::unexpected(store_error{store_error::kind::unavailable, "test", "08006"});
    return value;
  }
  std::shared_ptr<table_box> box_;
  std::function<instant()> now_;
};

struct fixture {
  std::shared_ptr<table_box> box = std::make_shared<table_box>();
  std::shared_ptr<actors::retention_figures> figures = std::make_shared<actors::retention_figures>();
  std::vector<std::string> alarms;
  actors::backup_watch::look reap_backups;
  bool backups_apart = false; ///< looked at in a thread, as on a server
  policies::host_uptime host{uuid{}, 0s};
  duration node_error{}; ///< of the node's clock
  virtual_world world;
  std::optional<virtual_house> house;

  void open() {
    actors::retention_parts parts;
    parts.open = [this] { return std::make_unique<box_retention>(box, [this] { return world.now(); }); };
    parts.wall_clock = [this] { return world.now() + node_error; };
    parts.uptime = [this] { return policies::host_uptime{host.boot, host.up + world.passed}; };
    parts.alarm = [this](const std::string& sentence) { alarms.push_back(sentence); };
    parts.figures = figures;
    if (reap_backups)
      parts.backups = std::make_shared<actors::backup_watch>(reap_backups, 1min, backups_apart);
    parts.detached = false;
    world.alone = {actors::make_retention(parts)};
    house.emplace(world, calm_settings());
  }
  void add_day(const std::string& table, int days_ago, bool live = false) {
    policies::day_partition p;
    p.of = day_of(world.now()) - std::chrono::days(days_ago);
    p.table = table;
    p.name = table + '_' + std::to_string(days_ago);
    p.has_live_rows = live;
    box->days.push_back(p);
  }
  [[nodiscard]] std::size_t left(const char* table) const {
    const auto found = box->rows.find(table);
    return found == box->rows.end() ? 0 : found->second.size();
  }
  [[nodiscard]] bool was_asked(const std::string& what) const {
    return std::find(box->asked.begin(), box->asked.end(), what) != box->asked.end();
  }
};

std::size_t first(std::size_t) { return 0; }

} // namespace

} // namespace retention

BOOST_FIXTURE_TEST_SUITE(retention, fixture)

BOOST_AUTO_TEST_CASE(RET_1_whatever_expires_is_gone_within_the_next_round) {
  const auto begun = world.now();
  for (int i = 0; i < 500; ++i)
    box->rows["image"].push_back(begun + i * 7s);
  open();
  for (int minute = 0; minute < 70; ++minute) {
    house->advance(1min);
    for (const auto expires_at : box->rows["image"])
      BOOST_REQUIRE((expires_at > world.now() - 1min - 5s));
  }
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(figures->rows_by_table().at("image") == 500u);
  BOOST_TEST(alarms.empty());
}

BOOST_AUTO_TEST_CASE(a_round_takes_the_rules_in_order_and_is_recorded) {
  box->rows["session"] = {world.now() - 1h, world.now() + 1h};
  box->rows["image"].assign(3, world.now() - 1h);
  add_day("generation", 32);
  open();
  house->advance(10s);
  std::vector<std::string> wanted;
  for (const auto& rule : policies::reaping_rules({})) {
    if (rule.table == "generation")
      wanted.insert(wanted.end(), {"detach generation_32", "drop generation_32"});
    wanted.emplace_back(rule.table);
  }
  BOOST_TEST(box->asked == wanted, boost::test_tools::per_element());
  BOOST_REQUIRE(box->runs.size() == 1u);
  BOOST_TEST((box->runs[0].by_table == std::map<std::string, std::int64_t>{{"image", 3}, {"session", 1}}));
  BOOST_TEST(box->runs[0].rows == 4);
  BOOST_TEST(box->runs[0].partitions == 1);
  BOOST_TEST(figures->leads);
  house->advance(10min);
  BOOST_TEST(box->runs.size() == 11u);
}

BOOST_AUTO_TEST_CASE(a_backlog_is_worked_off_in_batches) {
  box->rows["image"].assign(100'000, world.now() - 24h);
  open();
  house->advance(1min);
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(std::count(box->asked.begin(), box->asked.end(), "image") > 20);
  BOOST_TEST(box->runs.at(0).rows == 100'000);
}

BOOST_AUTO_TEST_CASE(another_node_leads_until_it_is_gone) {
  box->rows["image"] = {world.now() - 1h};
  box->is_taken = true;
  open();
  house->advance(10min);
  BOOST_TEST(left("image") == 1u);
  BOOST_TEST(!figures->leads);
  box->is_taken = false;
  house->advance(1min + 1s);
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(figures->leads);
}

BOOST_AUTO_TEST_CASE(a_place_that_is_lost_in_a_round_ends_it) {
  box->rows["session"] = {world.now() - 1h};
  box->on_step = [this] { box->is_taken = true; };
  open();
  house->advance(30s);
  BOOST_TEST(box->asked.size() == 1u);
  BOOST_TEST(box->runs.empty());
  BOOST_TEST(left("session") == 1u);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_asked_again) {
  box->rows["image"] = {world.now() - 1h};
  box->is_away = true;
  open();
  house->advance(10min);
  BOOST_TEST(figures->failed_steps > 100u);
  box->is_away = false;
  house->advance(6s);
  BOOST_TEST(left("image") == 0u);
}

BOOST_AUTO_TEST_CASE(a_database_that_goes_away_in_a_round_does_not_let_parts_overtake_their_generations) {
  box->rows["generation"] = {world.now() - 1h};
  box->rows["image"] = {world.now() - 1h};
  int steps = 0;
  box->on_step = [&] { box->is_away = ++steps == 2; };
  open();
  house->advance(3s);
  BOOST_TEST(left("generation") == 1u);
  BOOST_TEST(left("image") == 1u);
  box->on_step = {};
  box->is_away = false;
  house->advance(6s);
  BOOST_TEST(left("generation") + left("image") == 0u);
}

BOOST_AUTO_TEST_CASE(a_day_that_somebody_reads_is_tried_once_a_round_and_holds_no_other_up) {
  add_day("access_log", 40);
  add_day("access_log", 39);
  add_day("generation", 40);
  box->used_days = {"access_log_40"};
  open();
  house->advance(10s);
  BOOST_TEST(box->days.size() == 1u);
  BOOST_TEST(std::count(box->asked.begin(), box->asked.end(), "detach access_log_40") == 1);
  BOOST_TEST(figures->failed_steps == 1u);
  BOOST_TEST(box->runs.size() == 1u); // rows were reaped all the same
  house->advance(3min);
  BOOST_TEST(std::count(box->asked.begin(), box->asked.end(), "finalize access_log_40") == 3);
  box->used_days.clear();
  house->advance(1min);
  BOOST_TEST(box->days.empty());
  BOOST_TEST(figures->partitions == 3u);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_destroyed_key_leaves_the_tables_and_then_the_log) {
  const auto destroyed_at = world.now();
  box->keys.keys = 1;
  box->keys.oldest = box->keys.oldest_in_table = destroyed_at;
  open();
  house->advance(6h - 1min);
  BOOST_TEST(!was_asked("rewrite"));
  BOOST_TEST(figures->destroyed_keys == 1);
  BOOST_TEST(figures->destroyed_key_seconds > 21'000);
  house->advance(2min);
  BOOST_TEST(was_asked("rewrite"));
  BOOST_TEST(was_asked("recycle"));
  BOOST_TEST(figures->key_rewrites == 1u);
  house->advance(1min);
  BOOST_TEST(figures->destroyed_keys == 0);
  BOOST_TEST(figures->destroyed_key_seconds == 0);
  house->advance(24h);
  BOOST_TEST(std::count(box->asked.begin(), box->asked.end(), "rewrite") == 1);
  BOOST_TEST(alarms.empty());
}

BOOST_AUTO_TEST_CASE(keys_that_are_held_are_tried_again_after_a_pause_and_hold_nothing_up) {
  box->keys.keys = 1;
  box->keys.oldest = box->keys.oldest_in_table = world.now() - 7h;
  box->keys_are_held = true;
  box->rows["image"] = {world.now() - 1h};
  open();
  house->advance(21min);
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(box->runs.size() > 20u);
  const auto attempts = std::count(box->asked.begin(), box->asked.end(), "rewrite");
  BOOST_TEST((attempts == 4 || attempts == 5)); // every five minutes
  BOOST_TEST(figures->failed_steps == static_cast<std::uint64_t>(attempts));
  box->keys_are_held = false;
  house->advance(6min);
  BOOST_TEST(was_asked("recycle"));
}

BOOST_AUTO_TEST_CASE(a_cluster_that_keeps_old_log_is_an_alarm_once) {
  box->keys.missing = {"pg_checkpoint", "wal_recycle"};
  open();
  house->advance(10min);
  BOOST_REQUIRE(alarms.size() == 1u);
  BOOST_TEST(alarms[0].find("grant pg_checkpoint") != std::string::npos);
  BOOST_TEST(alarms[0].find("wal_recycle = off") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reaper_that_is_killed_is_replaced_and_goes_on) {
  box->rows["image"].assign(50'000, world.now() - 24h);
  open();
  house->advance(200ms);
  BOOST_REQUIRE(house->kill("retention", first));
  house->run();
  BOOST_TEST(house->live("retention") == 0);
  BOOST_TEST(!figures->leads);
  house->advance(1min);
  BOOST_TEST(house->live("retention") == 1);
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(house->live("router") == 1); // nobody else fell
}

BOOST_AUTO_TEST_CASE(the_reaper_goes_on_when_the_house_falls_and_ends_with_it) {
  open();
  house->advance(1s);
  BOOST_REQUIRE(house->kill("router", first));
  house->run();
  BOOST_TEST(house->live("retention") == 1);
  house->advance(1min);
  house->shut_down();
  house->advance(2min);
  BOOST_TEST(house->live("retention") == 0);
  BOOST_TEST(house->finished());
}

// ------------------------------------------------------------------ the clock

BOOST_AUTO_TEST_CASE(RET_1_clocks_that_disagree_stop_the_reaper_until_an_operator_confirms) {
  open();
  house->advance(2min);
  box->rows["image"] = {world.now() + 24h};
  box->clock_error = 31 * 24h;
  house->advance(1h);
  BOOST_TEST(left("image") == 1u);
  BOOST_TEST(figures->halted);
  BOOST_REQUIRE(alarms.size() == 1u); // said once
  BOOST_TEST(alarms[0].find("apart") != std::string::npos);
  BOOST_TEST(alarms[0].find("confirm-clock") != std::string::npos);
  box->clock_error = 0s; // mended, but nobody has said so
  house->advance(1h);
  BOOST_TEST(figures->halted);
  const auto rounds = box->runs.size();
  box_retention(box, [this] { return world.now(); }).confirm_clock("ada", "mended").value();
  house->advance(2min);
  BOOST_TEST(!figures->halted);
  BOOST_TEST(box->runs.size() > rounds);
  BOOST_TEST(left("image") == 1u);
}

BOOST_AUTO_TEST_CASE(RET_1_a_clock_that_leaps_stops_the_reaper_though_node_and_database_agree) {
  box->clock.last = policies::clock_mark{world.now() - 31 * 24h, policies::host_uptime{uuid{}, -1min}};
  box->rows["image"] = {world.now() - 1h};
  open();
  house->advance(10min);
  BOOST_TEST(left("image") == 1u);
  BOOST_TEST(figures->halted);
  BOOST_TEST((box->clock.why == policies::clock_fault::leapt));
}

BOOST_AUTO_TEST_CASE(RET_1_clocks_that_creep_together_stop_the_reaper_after_an_hour_in_all) {
  open();
  house->advance(2min);
  box->rows["image"] = {world.now() + 2h};
  for (int i = 0; i < 30; ++i) {
    box->clock_error += 20min;
    node_error += 20min;
    house->advance(1min);
  }
  BOOST_TEST(left("image") == 1u);
  BOOST_TEST(figures->halted);
  BOOST_TEST((box->clock.why == policies::clock_fault::leapt));
}

BOOST_AUTO_TEST_CASE(a_confirmation_without_a_cure_stops_it_again_with_another_alarm) {
  box->clock_error = 2min;
  open();
  house->advance(2min);
  box_retention(box, [this] { return world.now(); }).confirm_clock("ada", "in a hurry").value();
  house->advance(2min);
  BOOST_TEST(figures->halted);
  BOOST_TEST(alarms.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_week_in_which_the_service_stood_still_is_caught_up) {
  box->clock.last = policies::clock_mark{world.now() - 7 * 24h, policies::host_uptime{uuid{}, -7 * 24h}};
  for (int i = 0; i < 7; ++i)
    add_day("generation", 31 + i);
  box->rows["image"].assign(1000, world.now() - 24h);
  open();
  house->advance(1min);
  BOOST_TEST(box->days.empty());
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(alarms.empty());
}

BOOST_AUTO_TEST_CASE(figures_are_told_without_a_name_of_anybody) {
  box->rows["image"] = {world.now() - 1h};
  open();
  house->advance(2min);
  const auto text = actors::render_metrics(*figures);
  for (const auto* line :
       {"easel_retention_leads 1", "easel_retention_halted 0", "easel_retention_rows_deleted_total{table=\"image\"} 1"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
  BOOST_TEST(text.find("easel_retention_last_round_timestamp_seconds") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_host_tells_its_boot_and_how_long_it_lasts) {
  const auto once = actors::read_host_uptime(), again = actors::read_host_uptime();
  BOOST_TEST((once.boot != uuid{}));
  BOOST_TEST((once.boot == again.boot));
  BOOST_TEST((once.up > 0s && again.up >= once.up));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_each_round_removes_backups_before_it_forgets_their_rows) {
  reap_backups = [this](instant cut) -> persistence::answer<persistence::backup_round> {
    box->asked.emplace_back("the files of backups");
    BOOST_TEST((cut <= world.now()));
    return persistence::backup_round{3, 1, 2, ""};
  };
  open();
  house->advance(30s);
  const auto files = std::find(box->asked.begin(), box->asked.end(), "the files of backups");
  const auto rows = std::find(box->asked.begin(), box->asked.end(), "backup");
  BOOST_TEST((files < rows && rows != box->asked.end()));
  const auto page = actors::render_metrics(*figures);
  BOOST_TEST(page.find("easel_backups 3") != std::string::npos);
  BOOST_TEST(page.find("easel_backups_past_due 1") != std::string::npos);
  BOOST_TEST(page.find("easel_backups_removed_total 2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_directory_of_backups_that_is_away_is_told_once_and_stops_nothing) {
  reap_backups = [](instant) { return persistence::backup_round{1, 1, 0, "/backups: is no directory"}; };
  box->rows["image"] = {world.now()};
  open();
  house->advance(10min);
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(alarms == std::vector<std::string>{"backups are not looked after: /backups: is no directory"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_directory_of_backups_that_hangs_is_told_of_and_keeps_no_row) {
  std::promise<void> mended;
  const auto looks = std::make_shared<std::atomic<int>>(0); // outlives this test along with a thread
  reap_backups = [looks, until = mended.get_future().share()](instant) {
    ++*looks;
    until.wait();
    return persistence::backup_round{2, 0, 1, ""};
  };
  backups_apart = true;
  box->rows["image"] = {world.now() - 1h, world.now() + 8min};
  open();
  house->advance(30s);
  BOOST_TEST(left("image") == 1u);
  BOOST_TEST(!figures->backups_late);
  house->advance(10min);
  BOOST_TEST(left("image") == 0u);
  BOOST_TEST(figures->rounds.load() > 8u);
  BOOST_TEST(figures->backups_late);
  BOOST_TEST(actors::render_metrics(*figures).find("easel_backups_late 1") != std::string::npos);
  BOOST_TEST(alarms == std::vector<std::string>{"backups are not looked after: their directory does not answer"},
             boost::test_tools::per_element());
  BOOST_TEST(*looks <= 1); // no second thread beside the one that hangs
  mended.set_value();
  // Its thread ends in its own time; what it found is taken at the next glance.
  for (int i = 0; i < 1000 && figures->backups_late; ++i) {
    std::this_thread::yield();
    house->advance(5s);
  }
  BOOST_TEST(!figures->backups_late);
  BOOST_TEST(figures->backups_removed.load() > 0u);
}

BOOST_AUTO_TEST_CASE(an_operator_has_a_round_begin_at_once_and_the_next_is_in_its_time) {
  open();
  house->advance(10s);
  const auto rounds = figures->rounds.load();
  const auto nudge = [&] {
    house->config().live.for_each([](const actors::vitals& v) {
      if (v.kind == std::string_view("retention"))
        v.nudge();
    });
    house->run();
  };
  box->rows["image"].push_back(world.now());
  nudge();
  house->advance(1s);
  BOOST_TEST(figures->rounds.load() == rounds + 1);
  BOOST_TEST(left("image") == 0u);
  // It goes on at one pace: the turn that was awaited before is no second one.
  const auto after = figures->rounds.load();
  house->advance(10min);
  const auto in_ten_minutes = figures->rounds.load() - after;
  for (int i = 0; i < 5; ++i)
    nudge();
  const auto again = figures->rounds.load();
  house->advance(10min);
  BOOST_TEST(figures->rounds.load() - again <= in_ten_minutes + 5);
}

BOOST_AUTO_TEST_CASE(a_look_for_backups_that_throws_has_failed_and_ends_nothing_else) {
  actors::backup_watch watch([](instant) -> actors::backup_watch::outcome { throw std::runtime_error("out of luck"); },
                             1min, false);
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(watch.begin(world.now()));
    const auto found = watch.take();
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(!found->has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
