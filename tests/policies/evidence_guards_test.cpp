#include "evidence_system.hpp"

BOOST_AUTO_TEST_SUITE(evidence_of_guards)

using namespace easel;
using namespace easel::tests;

BOOST_AUTO_TEST_CASE(RET_1_a_way_to_read_that_gives_what_has_expired_breaks_it) {
  auto facts = healthy();
  facts.serving.tried = 3;
  BOOST_TEST(broken(facts).empty());
  facts.serving.failed = true;
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
  facts.serving.failed = false;
  facts.serving.give_expired = {"an image"};
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
  BOOST_TEST(proof_of("RET-1", facts).complaints.front() == "an image is given to people after its time.");
}

BOOST_AUTO_TEST_CASE(RET_1_rows_that_expire_and_that_no_rule_deletes_break_it) {
  auto facts = healthy();
  facts.relations.push_back(relation("image_default"));
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
  facts.relations.back().has_live_rows = false; // empty today
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
}

BOOST_AUTO_TEST_CASE(RET_1_an_auditor_that_may_do_more_than_count_breaks_it) {
  auto facts = healthy();
  facts.auditor.writable = 1;
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
  facts.auditor = {0, 1};
  BOOST_TEST(broken(facts) == clauses_named{"RET-1"});
}

BOOST_AUTO_TEST_SUITE_END()
