#include "actors/console_lines.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace queue_positions {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;

namespace {

struct crowd {
  static constexpr std::size_t size = 700; ///< more than one look at the line takes in

  virtual_world world;
  actors::house_settings settings = calm_settings();
  std::unique_ptr<virtual_house> house;
  std::vector<person> people;
  std::vector<record_ptr> answers;

  void arrive() {
    world.upstreams->drawing = [](const auto&) { return turn{60s, {}}; };
    settings.daily_allowance = credits::unchecked(10'000);
    house = std::make_unique<virtual_house>(world, settings);
    for (int i = 0; i < 10; ++i)
      people.push_back(world.newcomer(tier::free));
    for (std::size_t i = 0; i < size; ++i)
      answers.push_back(house->create(people[i % people.size()], "number " + std::to_string(i)));
  }
  actors::generation_view look_at(std::size_t i) {
    const auto found = house->ask(people[i % people.size()], actors::find_generation{answers[i]->id.value()});
    return std::get<actors::generation_view>(found.value());
  }
};

} // namespace

} // namespace queue_positions

BOOST_FIXTURE_TEST_SUITE(queue_positions, crowd)

BOOST_AUTO_TEST_CASE(each_of_a_line_of_hundreds_learns_its_place) {
  arrive();
  house->advance(20s);
  std::set<int> places;
  std::size_t queued = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto view = look_at(i);
    if (view.row.state != generation_state::queued)
      continue;
    ++queued;
    if (view.queue_position)
      places.insert(*view.queue_position);
  }
  BOOST_TEST(queued == size - 2 * static_cast<std::size_t>(world.concurrency)); // two relays draw
  BOOST_REQUIRE(places.size() == queued);
  BOOST_TEST(*places.begin() == 0);
  BOOST_TEST(*places.rbegin() == static_cast<int>(queued) - 1);
}

BOOST_AUTO_TEST_CASE(who_waits_is_told_by_their_sessions_and_each_gets_as_many_turns) {
  arrive();
  house->advance(20s);
  const auto look = [&] { return actors::lines_of(*house->context().lines, house->config().live); };
  BOOST_REQUIRE(look().size() == all_tiers.size());
  BOOST_TEST(look()[1].accounts == 0u);
  BOOST_TEST(look()[1].most.empty());
  house->advance(60s); // whoever drew is done, and as many follow
  const auto line = look()[0];
  BOOST_TEST(line.accounts == people.size());
  BOOST_REQUIRE(line.most.size() == people.size());
  std::set<std::uint64_t> turns, sessions;
  for (const auto& one : line.most) {
    turns.insert(one.turns);
    sessions.insert(one.session);
    BOOST_TEST(one.in_work >= one.images);
    BOOST_TEST((one.waits > 60s && one.since_turn < one.waits));
    BOOST_TEST((one.since_turn <= line.longest_since_turn));
  }
  BOOST_TEST(*turns.begin() > 0u);
  BOOST_TEST(*turns.rbegin() - *turns.begin() <= 1u);
  BOOST_TEST(sessions.size() == people.size());
  BOOST_TEST(!sessions.contains(0));
}

BOOST_AUTO_TEST_SUITE_END()
