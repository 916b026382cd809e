#include "persistence/memory_store.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

namespace access_log {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using persistence::store_error;

namespace {

actors::house_settings small_log() {
  auto s = calm_settings();
  s.access_log = {20, 5, 1s};
  return s;
}

/// In memory, with its rows at hand.
class open_database final : public virtual_database {
public:
  open_database(std::shared_ptr<persistence::memory_database> rows, std::shared_ptr<const persistence::keyring> keys)
      : rows_(std::move(rows)), keys_(std::move(keys)) {}

  std::function<std::unique_ptr<persistence::store>()> node(persistence::store_settings settings) override {
    return [rows = rows_, keys = keys_, settings] { return persistence::make_memory_store(rows, settings, keys); };
  }
  void restrict_account(account_id id) override { rows_->restrict_account(id, true); }
  void close_account(account_id id) override { rows_->close_account(id); }
  account_id make_repeatable(account_id minted, std::mt19937_64&) override { return minted; }
  bool is_quick() const override { return true; }
  std::vector<std::string> offences(const moment&) override { return {}; }

private:
  std::shared_ptr<persistence::memory_database> rows_;
  std::shared_ptr<const persistence::keyring> keys_;
};

struct fixture {
  std::shared_ptr<persistence::memory_database> rows;
  virtual_world world{1, [this](std::function<instant()> clock, std::shared_ptr<const persistence::keyring> keys) {
                        rows = std::make_shared<persistence::memory_database>(std::move(clock));
                        return std::make_unique<open_database>(rows, std::move(keys));
                      }};
  virtual_house house{world, small_log()};

  persistence::access_record line(int n) {
    persistence::access_record r;
    r.at = world.now();
    r.ip = "203.0.113.7";
    r.route = "GET /healthz";
    r.status = 200;
    r.request_id = "req_" + std::to_string(n);
    return r;
  }
  void put(int from, int to) {
    for (int i = from; i < to; ++i)
      house.log_access(line(i));
    house.run();
  }
  std::size_t written() { return rows->access_log().size(); }

  void fail_appending(store_error::kind what) {
    world.faults = [what](std::string_view operation, bool before) -> std::optional<store_error> {
      if (operation != "append_access" || !before)
        return std::nullopt;
      return store_error{what, std::string(operation), "08006"};
    };
  }
};

std::size_t first(std::size_t) { return 0; }

} // namespace

} // namespace access_log

BOOST_FIXTURE_TEST_SUITE(access_log, fixture)

BOOST_AUTO_TEST_CASE(a_line_waits_for_others_no_longer_than_the_flush_interval) {
  put(0, 3);
  house.advance(900ms);
  BOOST_TEST(written() == 0u);
  house.advance(200ms);
  BOOST_TEST(written() == 3u);
  BOOST_TEST(house.counts().access_written == 3u);
}

BOOST_AUTO_TEST_CASE(a_full_batch_does_not_wait) {
  put(0, 5);
  BOOST_TEST(written() == 5u);
  put(5, 17); // two batches and a rest
  BOOST_TEST(written() == 15u);
  house.advance(1100ms);
  BOOST_TEST(written() == 17u);
  for (std::size_t i = 0; i < 17; ++i)
    BOOST_TEST(rows->access_log()[i].what.request_id == "req_" + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_lines_wait_up_to_the_bound_and_the_rest_is_counted) {
  fail_appending(store_error::kind::unavailable);
  put(0, 30);
  house.advance(5s);
  BOOST_TEST(written() == 0u);
  BOOST_TEST(house.counts().access_dropped == 10u);
  world.faults = {};
  house.advance(3s);
  BOOST_TEST(written() == 20u);
  BOOST_TEST(house.counts().access_written == 20u);
}

BOOST_AUTO_TEST_CASE(a_batch_that_the_database_refuses_is_counted_and_holds_nobody_up) {
  auto bad = line(0);
  bad.ip = "nowhere";
  house.log_access(bad);
  house.advance(2s);
  BOOST_TEST(house.counts().access_refused == 1u);
  put(1, 2);
  house.advance(2s);
  BOOST_TEST(written() == 1u);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_killed_is_replaced_and_loses_nothing_that_waits) {
  fail_appending(store_error::kind::unavailable);
  put(0, 7);
  house.advance(2s); // a batch is in its hands
  BOOST_REQUIRE(house.kill("access log", first));
  house.run();
  BOOST_TEST(house.live("access log") == 0);
  world.faults = {};
  house.advance(3s);
  BOOST_TEST(house.live("access log") == 1);
  BOOST_TEST(written() == 7u);
  BOOST_TEST(house.live("router") == 1); // nobody else fell
}

BOOST_AUTO_TEST_CASE(the_log_outlives_the_house_and_writes_the_last_lines_when_told_to) {
  house.shut_down();
  house.advance(40s);
  BOOST_TEST(house.finished());
  put(0, 13);
  house.close_access_log();
  BOOST_TEST(written() == 13u);
  BOOST_TEST(house.live("access log") == 0);
  BOOST_TEST(house.live("root") == 0);
}

BOOST_AUTO_TEST_CASE(closing_gives_up_when_the_database_is_away) {
  house.shut_down();
  house.advance(40s);
  fail_appending(store_error::kind::unavailable);
  put(0, 3);
  house.close_access_log();
  BOOST_TEST(written() == 0u);
  BOOST_TEST(house.live("access log") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
