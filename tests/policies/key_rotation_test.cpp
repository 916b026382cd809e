#include "policies/key_rotation.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(rotation_of_the_master_key)

using namespace easel::policies;

namespace {

const master_key_names both{"new", "old"};

master_key_state before() {
  master_key_state found;
  found.in_force = "old";
  found.wrapped = {{"old", 7}};
  found.nodes = {{"node-1", "new old"}, {"node-2", "new old"}};
  return found;
}

std::string complaint(const master_key_state& found, const master_key_names& configured = both) {
  const auto next = next_rotation_step(found, configured);
  return next ? "" : next.error();
}

} // namespace

BOOST_AUTO_TEST_CASE(it_begins_when_every_node_can_read_both) {
  BOOST_TEST((next_rotation_step(before(), both) == rotation_step::begin));
  auto alone = before();
  alone.nodes.clear();
  BOOST_TEST((next_rotation_step(alone, both) == rotation_step::begin));
}

BOOST_AUTO_TEST_CASE(a_node_without_the_new_key_keeps_it_from_beginning_and_is_named) {
  for (const auto* has : {"old", "", "older newer", "newold"}) {
    auto found = before();
    found.nodes[1].master_keys = has;
    BOOST_TEST(complaint(found).find("node-2") != std::string::npos, has);
  }
}

BOOST_AUTO_TEST_CASE(what_has_begun_goes_on_until_nothing_of_the_old_key_is_left) {
  auto found = before();
  found.in_force = "new";
  found.wrapped = {{"new", 3}, {"old", 4}};
  found.nodes[0].master_keys = "old";
  BOOST_TEST((next_rotation_step(found, both) == rotation_step::rewrap));
  found.wrapped = {{"new", 7}};
  BOOST_TEST((next_rotation_step(found, both) == rotation_step::none));
  found.wrapped.clear();
  BOOST_TEST((next_rotation_step(found, both) == rotation_step::none));
}

BOOST_AUTO_TEST_CASE(keys_that_nobody_configured_are_named) {
  auto found = before();
  BOOST_TEST(complaint(found, {"new", std::nullopt}).find("in force is old") != std::string::npos);
  found.wrapped["lost"] = 2;
  BOOST_TEST(complaint(found).find("2 content keys are wrapped by the master key lost") != std::string::npos);
  found.in_force = "lost";
  BOOST_TEST(complaint(found).find("in force is lost") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_key_that_is_in_force_has_nothing_to_rotate) {
  master_key_state found;
  found.in_force = "new";
  found.wrapped = {{"new", 7}};
  BOOST_TEST((next_rotation_step(found, {"new", std::nullopt}) == rotation_step::none));
}

BOOST_AUTO_TEST_SUITE_END()
