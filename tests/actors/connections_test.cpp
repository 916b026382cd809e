#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace connections {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;

namespace {

struct paid_house {
  virtual_world world;
  std::unique_ptr<virtual_house> house;
  person payer = world.newcomer(tier::paid, 1000);

  virtual_house& at_home() {
    if (!house)
      house = std::make_unique<virtual_house>(world, calm_settings());
    return *house;
  }
  /// As an operator may: each is replaced a second later.
  void kill_connections() {
    const auto live = house->live("provider connection");
    for (std::size_t i = 0; i < static_cast<std::size_t>(live); ++i)
      house->kill("provider connection", [i](std::size_t) { return i; });
  }
  /// kie.ai tells that the task of this prompt has ended.
  void call_back(const std::string& prompt) {
    for (const auto& [task, url] : world.upstreams->callback_of)
      if (world.upstreams->prompt_of.at(task) == prompt)
        house->provider_called(url.substr(url.rfind('/') + 1), task);
  }
  std::uint64_t calls_of(const std::string& label) const {
    for (const auto& one : house->config().upstreams.all())
      if (one->settings.label == label)
        return one->calls.load();
    return 0;
  }
  static bool is_completed(const record_ptr& answer) {
    return answer->final && answer->final->row.state == generation_state::completed;
  }
};

} // namespace

} // namespace connections

BOOST_FIXTURE_TEST_SUITE(connections, paid_house)

BOOST_AUTO_TEST_CASE(a_callback_counts_for_tasks_of_the_account_that_it_comes_from_and_for_no_others) {
  world.upstreams->creating = [](const auto&) {
    return turn{20ms, policies::upstream_failure{policies::failure_class::ambiguous, std::nullopt, "test"}};
  };
  const auto answer = at_home().create(payer, "a castle");
  house->advance(500ms); // the create's answer is lost: only a callback can tell of the task
  BOOST_REQUIRE(world.upstreams->callback_of.size() == 1u);
  const auto [task, url] = *world.upstreams->callback_of.begin();
  const auto token = url.substr(url.rfind('/') + 1);
  auto others = task_accounts();
  const auto own =
    std::find_if(others.begin(), others.end(), [this](const auto& label) { return calls_of(label) > 0; });
  BOOST_REQUIRE((own != others.end()));
  const auto creator = *own;
  others.erase(own);
  BOOST_REQUIRE(!others.empty());
  house->provider_called(token, task, others);
  house->advance(10s);
  BOOST_TEST(!is_completed(answer));
  house->provider_called(token, task, {creator});
  house->advance(10s);
  BOOST_TEST(is_completed(answer));
  BOOST_TEST(world.upstreams->created.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_task_is_asked_about_by_whoever_took_the_place_of_its_connection) {
  const auto answer = at_home().create(payer, "a castle");
  house->advance(2500ms); // it runs, and was asked about once
  kill_connections();
  house->advance(30s);
  BOOST_TEST(is_completed(answer));
  BOOST_TEST(world.upstreams->created.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_waits_in_a_connection_for_its_start_window_waits_again_when_it_dies) {
  world.starts_per_window = 1;
  std::vector<record_ptr> answers;
  for (int i = 0; i < 6; ++i)
    answers.push_back(at_home().create(payer, "castle " + std::to_string(i)));
  house->advance(500ms);
  BOOST_TEST(world.upstreams->created.size() == 2u);
  kill_connections();
  house->advance(2min); // less than they may wait for a slot
  for (const auto& answer : answers)
    BOOST_TEST(is_completed(answer));
  BOOST_TEST(world.upstreams->created.size() == 6u);
}

BOOST_AUTO_TEST_CASE(a_task_whose_credential_is_being_replaced_waits_for_it) {
  const auto answer = at_home().create(payer, "a castle");
  house->advance(1s);
  kill_connections();
  BOOST_REQUIRE(house->kill("generation", [](std::size_t) { return std::size_t{0}; }));
  house->advance(30s);
  BOOST_TEST(is_completed(answer));
  BOOST_TEST(world.upstreams->created.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_task_known_by_its_callback_alone_is_asked_about_at_the_account_that_created_it) {
  world.upstreams->creating = [](const std::string& prompt) {
    if (prompt == "a lost castle")
      return turn{20ms, policies::upstream_failure{policies::failure_class::ambiguous, std::nullopt, "test"}};
    return turn{};
  };
  const auto other = at_home().create(payer, "a castle"); // at kie-1, so that the next goes to kie-2
  const auto answer = house->create(payer, "a lost castle");
  house->advance(15s);
  BOOST_REQUIRE(is_completed(other));
  const auto before = calls_of("kie-1");
  BOOST_TEST(before > 0u);
  call_back("a lost castle");
  house->advance(30s);
  BOOST_TEST(is_completed(answer));
  BOOST_TEST(calls_of("kie-1") == before);
  BOOST_TEST(calls_of("kie-2") > 1u);
}

BOOST_AUTO_TEST_SUITE_END()
