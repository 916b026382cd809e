#include "policies/unattended_rows.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <vector>

BOOST_AUTO_TEST_SUITE(rows_without_anybody)

using namespace easel;
using policies::unattended_rows;

namespace {

generation_id row(std::uint8_t n) {
  generation_id id;
  id.value.bytes.back() = n;
  return id;
}

using ids = std::vector<generation_id>;

/// What is at work while the inventories are taken.
struct node {
  unattended_rows rows;
  std::set<generation_id> at_work;
  ids look(const ids& owned) {
    return rows.look(owned, [this](generation_id id) { return at_work.contains(id); });
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(what_is_missed_once_may_be_on_its_way) {
  node n;
  BOOST_TEST(n.look({row(1), row(2)}).empty());
  n.at_work = {row(1), row(2)};
  BOOST_TEST(n.look({row(1), row(2)}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_missed_twice_in_a_row_is_recovered_in_the_order_of_the_inventory) {
  node n;
  n.at_work = {row(2)};
  BOOST_TEST(n.look({row(3), row(2), row(1)}).empty());
  BOOST_TEST((n.look({row(3), row(2), row(1)}) == ids{row(3), row(1)}));
}

BOOST_AUTO_TEST_CASE(what_ends_between_is_forgotten_and_counts_from_the_beginning) {
  node n;
  BOOST_TEST(n.look({row(1)}).empty());
  BOOST_TEST(n.look({}).empty());
  BOOST_TEST(n.look({row(1)}).empty());
  BOOST_TEST((n.look({row(1)}) == ids{row(1)}));
}

BOOST_AUTO_TEST_CASE(what_is_at_work_for_a_while_counts_from_the_beginning) {
  node n;
  BOOST_TEST(n.look({row(1)}).empty());
  n.at_work = {row(1)};
  BOOST_TEST(n.look({row(1)}).empty());
  n.at_work.clear();
  BOOST_TEST(n.look({row(1)}).empty());
}

BOOST_AUTO_TEST_CASE(a_recovery_that_fails_is_tried_again_at_each_inventory) {
  node n;
  BOOST_TEST(n.look({row(1)}).empty());
  for (int i = 0; i < 3; ++i)
    BOOST_TEST((n.look({row(1)}) == ids{row(1)}));
}

BOOST_AUTO_TEST_SUITE_END()
