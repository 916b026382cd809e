#include "tests/actors/action_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace console_interventions {

using namespace easel;
using namespace easel::actors;
using namespace easel::testing;

} // namespace console_interventions

BOOST_FIXTURE_TEST_SUITE(console_interventions, action_fixture)

// ---------------------------------------------------------------- drains, breakers, weights

BOOST_AUTO_TEST_CASE(a_drain_says_what_is_in_flight_what_waits_and_where_it_goes) {
  const auto one = upstream(recipient::kie, "main");
  upstream(recipient::kie, "second");
  upstream(recipient::sub2api, "relay-1");
  one->in_flight = 3;
  one->waiting = 2;
  const drain_upstream drain{"kie", "main", 20min};
  const auto found = look(drain);
  BOOST_TEST((found.how == result::previewed));
  BOOST_TEST(mentions(found, "for 20 min, then takes its share again by itself"));
  BOOST_TEST(mentions(found, "3 calls in flight finish there"));
  BOOST_TEST(mentions(found, "2 that wait there and the 17 in the queue of the paid tier go to kie/second, never"));
  BOOST_TEST(!mentions(found, "relay-1"));
  BOOST_TEST(!one->drains.load());
  BOOST_TEST(act(drain));
  BOOST_TEST(one->drains.load());
  BOOST_TEST(one->paused_until.load() > std::chrono::steady_clock::now().time_since_epoch().count());
  BOOST_TEST(poked == 1);
  BOOST_TEST((look(drain).how == result::refused));
  BOOST_TEST((look(resume_upstream{"kie", "main"}).how == result::previewed));
  BOOST_TEST(act(resume_upstream{"kie", "main"}));
  BOOST_TEST(!one->drains.load());
}

BOOST_AUTO_TEST_CASE(a_drain_needs_another_that_takes_calls_and_its_stamp_names_them) {
  upstream(recipient::kie, "main");
  const drain_upstream drain{"kie", "main", 5min};
  BOOST_TEST((look(drain).how == result::refused));
  const auto second = upstream(recipient::kie, "second");
  const auto stamp = look(drain).stamp;
  const auto third = upstream(recipient::kie, "third");
  BOOST_TEST(mentions(look(drain), "kie/second and kie/third"));
  BOOST_TEST(look(drain).stamp != stamp);
  third->breaker = upstream_vitals::health::open;
  BOOST_TEST(look(drain).stamp == stamp);
  second->weight = 0;
  BOOST_TEST((look(drain).how == result::refused));
  second->weight = 1;
  second->funded = false;
  BOOST_TEST((look(drain).how == result::refused));
}

BOOST_AUTO_TEST_CASE(a_pause_of_what_is_drained_is_a_pause) {
  const auto one = upstream(recipient::kie, "main");
  upstream(recipient::kie, "second");
  BOOST_TEST(act(drain_upstream{"kie", "main", 5min}));
  BOOST_TEST(act(pause_upstream{"kie", "main", 5min}));
  BOOST_TEST(!one->drains.load());
}

BOOST_AUTO_TEST_CASE(a_breaker_is_opened_once_and_reset_closes_it) {
  const auto one = upstream(recipient::kie, "main");
  const open_breaker open{"kie", "main", 10min};
  BOOST_TEST(mentions(look(open), "opens for 10 min"));
  BOOST_TEST(mentions(look(open), "No other credential"));
  upstream(recipient::kie, "second");
  BOOST_TEST(mentions(look(open), "kie/second takes what comes"));
  BOOST_TEST(act(open));
  BOOST_TEST(one->opened_until.load() > std::chrono::steady_clock::now().time_since_epoch().count());
  BOOST_TEST((look(open).how == result::refused));
  BOOST_TEST(act(reset_breaker{"kie", "main"}));
  BOOST_TEST(one->opened_until.load() == upstream_vitals::never);
}

BOOST_AUTO_TEST_CASE(a_change_of_weight_shows_the_shares_before_and_after) {
  const auto one = upstream(recipient::sub2api, "relay-1", 1);
  upstream(recipient::sub2api, "relay-2", 3);
  const change_weight change{"sub2api", "relay-1", 3};
  const auto found = look(change);
  BOOST_TEST(mentions(found, "from 1 to 3, until this process ends; configured: 1"));
  BOOST_TEST(mentions(found, "now: sub2api/relay-1 25 %, sub2api/relay-2 75 %"));
  BOOST_TEST(mentions(found, "after it: sub2api/relay-1 50 %, sub2api/relay-2 50 %"));
  BOOST_TEST(act(change));
  BOOST_TEST(one->weight.load() == 3);
  BOOST_TEST(poked == 1);
  BOOST_TEST((look(change).how == result::refused));
  BOOST_TEST(mentions(look(change_weight{"sub2api", "relay-1", 1}), "from 3 to 1, as configured"));
  BOOST_TEST(act(change_weight{"sub2api", "relay-1", 0}));
  BOOST_TEST((look(change_weight{"sub2api", "relay-2", 0}).how == result::refused)); // nothing would start
}

BOOST_AUTO_TEST_CASE(another_weight_elsewhere_is_another_preview_and_moderation_has_none) {
  upstream(recipient::kie, "main");
  const auto second = upstream(recipient::kie, "second");
  const auto before = look(change_weight{"kie", "main", 2}).stamp;
  second->weight = 5;
  BOOST_TEST(look(change_weight{"kie", "main", 2}).stamp != before);
  upstream(recipient::openai_moderation, "moderation");
  BOOST_TEST((look(change_weight{"openai_moderation", "moderation", 2}).how == result::refused));
}

// ---------------------------------------------------------------- the node, its actors

BOOST_AUTO_TEST_CASE(the_node_is_drained_once_and_resumed_once) {
  BOOST_TEST((look(resume_node{}).how == result::refused));
  const auto found = look(drain_node{20min});
  BOOST_TEST((found.how == result::previewed));
  BOOST_TEST(mentions(found, "4 generations are in work: what ends within 30 s"));
  BOOST_TEST(mentions(found, "Another node lives"));
  BOOST_TEST(mentions(found, "After 20 min it serves again by itself"));
  others = 0;
  BOOST_TEST(mentions(look(drain_node{20min}), "No other node lives"));
  BOOST_TEST(look(drain_node{20min}).stamp != found.stamp);
  others = std::nullopt;
  BOOST_TEST(mentions(look(drain_node{20min}), "does not say"));
  BOOST_TEST(act(drain_node{20min}));
  BOOST_TEST((wishes == std::vector<std::optional<std::chrono::minutes>>{20min}));
  node.at = node_control::phase::drained;
  node.resumes_at = 1;
  BOOST_TEST((look(drain_node{20min}).how == result::refused));
  BOOST_TEST(mentions(look(resume_node{}), "under a new lease"));
  BOOST_TEST(act(resume_node{}));
  BOOST_TEST(!wishes.back().has_value());
  node.at = node_control::phase::ending;
  BOOST_TEST((look(resume_node{}).how == result::refused));
  BOOST_TEST((look(drain_node{}).how == result::refused));
}

BOOST_AUTO_TEST_CASE(any_actor_but_the_root_is_killed_where_chaos_is_allowed) {
  std::uint64_t id = 0;
  for (const auto* kind : {"generation", "router", "node", "store", "console", "retention"}) {
    actor(++id, kind)->arrived = 4;
    const auto found = look(kill_actor{id});
    BOOST_TEST((found.how == result::previewed), kind);
    BOOST_TEST(mentions(found, "4 messages"));
    BOOST_TEST(act(kill_actor{id}));
  }
  BOOST_TEST(mentions(look(kill_actor{2}), "starts over under a new lease"));
  BOOST_TEST(failed == 6);
  BOOST_TEST(killed == 0);
  actor(++id, "root");
  BOOST_TEST((look(kill_actor{id}).how == result::refused));
  BOOST_TEST((look(kill_actor{99}).how == result::no_target));
  ground.allows_chaos = false;
  BOOST_TEST(mentions(look(kill_actor{1}), "operator.chaos is off"));
  BOOST_TEST(!act(kill_actor{1}));
  BOOST_TEST(failed == 6);
}

// ---------------------------------------------------------------- people

BOOST_AUTO_TEST_CASE(a_prompt_is_in_the_answer_of_the_action_and_nowhere_before) {
  const generation_id id{make_uuid_v7(instant(1s), {1})};
  const account_id author{make_uuid_v7(instant(1s), {2})};
  BOOST_TEST((look(reveal_prompt{id}).how == result::refused)); // it is gone
  BOOST_TEST(!act(reveal_prompt{id}));
  prompt = persistence::found_prompt{author, false, secret_text("a boat")};
  const reveal_prompt reveal{id, 30s};
  const auto found = look(reveal);
  BOOST_TEST((found.how == result::previewed));
  BOOST_TEST(!found.revealed.has_value());
  BOOST_TEST(!mentions(found, "boat"));
  BOOST_TEST(mentions(found, "once, for 30 s"));
  BOOST_TEST((account_of(reveal, ground) == author));
  const auto done = perform(reveal, ground);
  BOOST_TEST(done.was_done);
  BOOST_REQUIRE(done.revealed.has_value());
  BOOST_TEST(done.revealed->text.reveal() == "a boat");
  BOOST_TEST((done.revealed->span == 30s));
  BOOST_TEST(name_of(reveal) == "prompt.reveal " + to_string(id) + " for 30 s");
  database_fails = persistence::store_error::kind::unavailable; // nothing was shown, that is certain
  BOOST_TEST((came_of(reveal) == result::unanswered));
  BOOST_TEST((look(reveal).how == result::refused));
}

BOOST_AUTO_TEST_CASE(RIGHT_4_the_prompt_of_a_restricted_person_stays_unread) {
  prompt = persistence::found_prompt{account_id{}, true, secret_text("a boat")};
  BOOST_TEST(mentions(look(reveal_prompt{}), "RIGHT-4"));
  BOOST_TEST((look(reveal_prompt{}).how == result::refused));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_is_recorded_with_its_due_date) {
  record_request record;
  record.what.kind = policies::request_kind::erasure;
  record.what.received = day(std::chrono::year(2026) / 11 / 20);
  record.what.reference = "MAIL-1";
  const auto found = look(record);
  BOOST_TEST((found.how == result::previewed));
  BOOST_TEST(mentions(found, "erasure, received on 2026-11-20, to be answered by 2026-12-20"));
  BOOST_TEST(mentions(found, "Nothing is erased"));
  BOOST_TEST(recorded.empty());
  const auto done = perform(record, ground);
  BOOST_TEST(done.was_done);
  BOOST_REQUIRE(done.said.size() == 1u);
  BOOST_TEST(done.said[0].find("due on 2026-12-20") != std::string::npos);
  BOOST_REQUIRE(recorded.size() == 1u);
  BOOST_TEST(recorded[0].reference == "MAIL-1");
  record.what.account = account_id{};
  BOOST_TEST((account_of(record, ground) == account_id{}));
  standing.reset();
  BOOST_TEST((look(record).how == result::refused)); // there is no such account
  database_fails = persistence::store_error::kind::unavailable;
  BOOST_TEST(mentions(look(record), "nobody knows whether there is such an account"));
  BOOST_TEST((came_of(record) == result::unknown));
  database_fails = persistence::store_error::kind::refused;
  BOOST_TEST((came_of(record) == result::failed));
  database_fails.reset();
  record.what.account.reset();
  record.what.received = day(std::chrono::year(2026) / 11 / 27);
  BOOST_TEST(mentions(look(record), "in the future"));
}

BOOST_AUTO_TEST_CASE(who_may_do_what_touches_the_node_or_kills_is_an_admin) {
  using policies::operator_role;
  for (const operator_action& what :
       {operator_action(drain_node{}), operator_action(resume_node{}), operator_action(kill_actor{1})})
    BOOST_TEST((role_for(what) == operator_role::admin));
  for (const operator_action& what :
       {operator_action(drain_upstream{}), operator_action(open_breaker{}), operator_action(change_weight{}),
        operator_action(reveal_prompt{}), operator_action(record_request{})})
    BOOST_TEST((role_for(what) == operator_role::keeper));
}

BOOST_AUTO_TEST_SUITE_END()
