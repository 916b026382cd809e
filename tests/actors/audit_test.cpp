#include "actors/audit.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

namespace audit {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using persistence::answer;
using persistence::store_error;

namespace {

/// What would be counted.
struct count_box {
  policies::live_facts facts;
  bool is_away = false;
  bool is_taken = false;
  int audits = 0;
  std::vector<policies::node_report> told;
};

class box_auditor final : public persistence::auditor {
public:
  box_auditor(std::shared_ptr<count_box> box, std::function<instant()> now)
      : box_(std::move(box)), now_(std::move(now)) {}

  answer<bool> lead() override {
    if (box_->is_away)
      return easel::unexpected(store_error{store_error::kind::unavailable, "lead", "08006"});
    return !box_->is_taken;
  }
  answer<bool> tell(const policies::node_report& report) override {
    box_->told.push_back(report);
    return true;
  }
  answer<policies::live_facts> collect() override {
    ++box_->audits;
    box_->facts.at = now_();
    return box_->facts;
  }

private:
  std::shared_ptr<count_box> box_;
  std::function<instant()> now_;
};

struct fixture {
  std::shared_ptr<count_box> box = std::make_shared<count_box>();
  std::shared_ptr<actors::audit_board> board = std::make_shared<actors::audit_board>();
  std::vector<std::string> alarms;
  bool serves = true;
  virtual_world world;
  std::optional<virtual_house> house;

  fixture() { box->facts.days_ahead = 14; }

  void open() {
    actors::audit_parts parts;
    parts.open = [this] { return std::make_unique<box_auditor>(box, [this] { return world.now(); }); };
    parts.terms.interval = 1min;
    parts.alarm = [this](const std::string& sentence) { alarms.push_back(sentence); };
    parts.board = board;
    parts.look_at_self = [this]() -> std::optional<policies::node_report> {
      if (!serves)
        return std::nullopt;
      policies::node_report report;
      report.build = "test";
      return report;
    };
    parts.detached = false;
    world.alone = {actors::make_auditor(parts)};
    house.emplace(world, calm_settings());
    house->advance(1min); // the first audit
  }
  [[nodiscard]] bool page_says(const std::string& line) const {
    return actors::render_metrics(*board, world.now(), 1min).find(line) != std::string::npos;
  }
  [[nodiscard]] int alarms_about(const std::string& what) const {
    int count = 0;
    for (const auto& each : alarms)
      count += each.find(what) != std::string::npos ? 1 : 0;
    return count;
  }
};

std::size_t first(std::size_t) { return 0; }

} // namespace

} // namespace audit

BOOST_FIXTURE_TEST_SUITE(audit, fixture)

BOOST_AUTO_TEST_CASE(each_clause_has_a_gauge_that_follows_what_is_counted) {
  open();
  house->advance(1s);
  BOOST_TEST(page_says("easel_clause_kept{clause=\"GEN-1\"} 1"));
  BOOST_TEST(page_says("easel_clause_kept{clause=\"RIGHT-1\"} 0")); // no copy was tried
  box->facts.completed_without_images = 1;
  house->advance(1min);
  BOOST_TEST(page_says("easel_clause_kept{clause=\"GEN-1\"} 0"));
  BOOST_TEST(box->audits == 2);
}

BOOST_AUTO_TEST_CASE(what_breaks_is_said_once_and_again_after_it_was_whole) {
  open();
  house->advance(1s);
  const auto at_first = alarms_about("GEN-1");
  BOOST_TEST(at_first == 0);
  for (int i = 0; i < 2; ++i) {
    box->facts.completed_without_images = 1;
    house->advance(5min);
    BOOST_TEST(alarms_about("GEN-1") == i + 1);
    box->facts.completed_without_images = 0;
    house->advance(5min);
  }
  BOOST_TEST(alarms_about("RIGHT-1") == 1); // broken all the time
}

BOOST_AUTO_TEST_CASE(few_days_ahead_are_an_alarm) {
  box->facts.days_ahead = 2;
  open();
  house->advance(1s);
  BOOST_TEST(alarms_about("partitions") == 1);
  BOOST_TEST(page_says("easel_partitions_ahead_seconds 172800"));
}

BOOST_AUTO_TEST_CASE(a_proof_that_nobody_renews_counts_for_nothing) {
  open();
  house->advance(1s);
  box->is_away = true;
  house->advance(119s);
  BOOST_TEST(page_says("easel_clause_kept{clause=\"GEN-1\"} 1"));
  house->advance(1min);
  BOOST_TEST(page_says("easel_clause_kept{clause=\"GEN-1\"} 0"));
  box->is_away = false;
  house->advance(1min);
  BOOST_TEST(page_says("easel_clause_kept{clause=\"GEN-1\"} 1"));
}

BOOST_AUTO_TEST_CASE(the_dead_mans_switch_is_told_in_seconds) {
  policies::relation_fact late;
  late.name = late.table = "image";
  late.past_due = 3;
  late.oldest_due = world.now() - 30s;
  box->facts.relations.push_back(late);
  open();
  BOOST_TEST(page_says("easel_past_due_rows 3"));
  BOOST_TEST(page_says("easel_longest_past_due_seconds 90"));
}

BOOST_AUTO_TEST_CASE(while_another_node_audits_nothing_is_told) {
  open();
  house->advance(1s);
  box->is_taken = true;
  house->advance(1min);
  BOOST_TEST(actors::render_metrics(*board, world.now(), 1min).empty());
  box->is_taken = false;
  house->advance(1min);
  BOOST_TEST(page_says("easel_clause_kept{clause=\"GEN-1\"} 1"));
}

BOOST_AUTO_TEST_CASE(each_node_tells_of_itself_whoever_audits) {
  box->is_taken = true;
  open();
  house->advance(1s);
  BOOST_TEST(box->audits == 0);
  BOOST_REQUIRE(box->told.size() == 2u); // at the start, and with the first audit
  BOOST_TEST(box->told.back().build == "test");
  serves = false; // it is ending
  house->advance(5min);
  BOOST_TEST(box->told.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_node_tells_of_itself_as_soon_as_it_serves) {
  serves = false;
  open();
  house->advance(1min);
  BOOST_TEST(box->told.empty());
  serves = true;
  house->advance(2s);
  BOOST_TEST(box->told.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_auditor_that_is_killed_is_replaced) {
  open();
  house->advance(1s);
  BOOST_REQUIRE(house->kill("auditor", first));
  house->advance(2min);
  BOOST_TEST(house->live("auditor") == 1);
  BOOST_TEST(box->audits == 2);
  BOOST_TEST(house->live("router") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
