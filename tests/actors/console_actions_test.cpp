#include "actors/retention_parts.hpp"
#include "tests/actors/action_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace console_actions {

using namespace easel;
using namespace easel::actors;
using namespace easel::testing;

} // namespace console_actions

BOOST_FIXTURE_TEST_SUITE(console_actions, action_fixture)

BOOST_AUTO_TEST_CASE(a_preview_touches_nothing_and_says_what_would_be_touched) {
  const auto one = upstream(recipient::sub2api, "relay-1");
  one->in_flight = 3;
  const auto found = look(pause_upstream{"sub2api", "relay-1", 30min});
  BOOST_TEST((found.how == result::previewed));
  BOOST_TEST(mentions(found, "for 30 min"));
  BOOST_TEST(mentions(found, "3 calls in flight"));
  BOOST_TEST(!found.stamp.empty());
  BOOST_TEST(one->paused_until.load() == upstream_vitals::never);
  BOOST_TEST(poked == 0);
}

BOOST_AUTO_TEST_CASE(the_last_of_its_tier_is_named_as_such_and_then_the_stamp_is_another) {
  upstream(recipient::sub2api, "relay-1");
  const auto other = upstream(recipient::sub2api, "relay-2");
  const pause_upstream pause{"sub2api", "relay-1", 5min};
  const auto with_other = look(pause);
  BOOST_TEST(!mentions(with_other, "No other credential"));
  BOOST_TEST(act(pause_upstream{"sub2api", "relay-2", 5min}));
  const auto alone = look(pause);
  BOOST_TEST(mentions(alone, "No other credential"));
  BOOST_TEST(alone.stamp != with_other.stamp);
  BOOST_TEST(poked == 1);
}

BOOST_AUTO_TEST_CASE(a_pause_of_moderation_says_what_that_means) {
  upstream(recipient::openai_moderation, "moderation");
  BOOST_TEST(mentions(look(pause_upstream{"openai_moderation", "moderation", 5min}), "nothing is drawn"));
}

BOOST_AUTO_TEST_CASE(a_pause_of_one_credential_of_moderation_says_who_goes_on) {
  upstream(recipient::openai_moderation, "first")->waiting = 2;
  upstream(recipient::openai_moderation, "second");
  const auto found = look(pause_upstream{"openai_moderation", "first", 5min});
  BOOST_TEST(!mentions(found, "nothing is drawn"));
  BOOST_TEST(mentions(found, "Meanwhile openai_moderation/second takes what comes"));
  BOOST_TEST(mentions(found, "2 that wait there are refused, and ask again"));
}

BOOST_AUTO_TEST_CASE(what_was_agreed_to_for_a_while_is_not_agreed_to_for_longer) {
  upstream(recipient::kie, "main");
  upstream(recipient::kie, "second");
  const auto differ = [&](const operator_action& one, const operator_action& other) {
    const auto first = look(one), second = look(other);
    BOOST_TEST((first.how == result::previewed && second.how == result::previewed));
    BOOST_TEST(first.stamp != second.stamp);
    BOOST_TEST(first.stamp == look(one).stamp);
  };
  differ(pause_upstream{"kie", "main", 1min}, pause_upstream{"kie", "main", 24h});
  differ(drain_upstream{"kie", "main", 1min}, drain_upstream{"kie", "main", 24h});
  differ(open_breaker{"kie", "main", 1min}, open_breaker{"kie", "main", 24h});
  differ(set_log_level{"debug", 1min}, set_log_level{"debug", 24h});
  differ(drain_node{1min}, drain_node{24h});
  prompt = persistence::found_prompt{};
  differ(reveal_prompt{{}, 10s}, reveal_prompt{{}, 300s});
}

BOOST_AUTO_TEST_CASE(only_what_is_paused_resumes_and_only_an_open_breaker_is_reset) {
  const auto one = upstream(recipient::kie, "main");
  BOOST_TEST((look(resume_upstream{"kie", "main"}).how == result::refused));
  BOOST_TEST(act(pause_upstream{"kie", "main", 5min}));
  BOOST_TEST((look(resume_upstream{"kie", "main"}).how == result::previewed));
  BOOST_TEST(act(resume_upstream{"kie", "main"}));
  BOOST_TEST(one->paused_until.load() == upstream_vitals::never);
  BOOST_TEST((look(reset_breaker{"kie", "main"}).how == result::refused));
  one->breaker = upstream_vitals::health::open;
  BOOST_TEST((look(reset_breaker{"kie", "main"}).how == result::previewed));
  BOOST_TEST(act(reset_breaker{"kie", "main"}));
  BOOST_TEST(one->reset_wanted.load());
  BOOST_TEST(poked == 3);
}

BOOST_AUTO_TEST_CASE(a_target_that_is_not_there_is_nothing_to_act_on) {
  for (const operator_action& what :
       {operator_action(pause_upstream{"kie", "x", 5min}), operator_action(resume_upstream{"kie", "x"}),
        operator_action(reset_breaker{"kie", "x"}), operator_action(restart_actor{7})}) {
    BOOST_TEST((look(what).how == result::no_target));
    BOOST_TEST(!act(what));
  }
  in_work = false;
  BOOST_TEST((look(cancel_one{}).how == result::no_target));
}

BOOST_AUTO_TEST_CASE(without_the_database_nobody_says_that_a_target_is_gone) {
  in_work = std::nullopt;
  database_fails = persistence::store_error::kind::unavailable;
  for (const operator_action& what : {operator_action(suspend_account{}), operator_action(lift_account{}),
                                      operator_action(end_account_sessions{}), operator_action(cancel_one{})}) {
    const auto found = look(what);
    BOOST_TEST((found.how == result::refused));
    BOOST_TEST(mentions(found, "The database does not answer, so nobody knows whether"));
  }
}

BOOST_AUTO_TEST_CASE(what_the_database_did_not_answer_or_refused_is_told_apart_from_a_target_that_is_gone) {
  using kind = persistence::store_error::kind;
  for (const operator_action& what : {operator_action(suspend_account{}), operator_action(lift_account{}),
                                      operator_action(end_account_sessions{}), operator_action(cancel_one{})}) {
    database_fails = kind::unavailable; // the answer may have been lost behind the change
    BOOST_TEST((came_of(what) == result::unknown));
    database_fails = kind::refused;
    BOOST_TEST((came_of(what) == result::failed));
    database_fails.reset();
    BOOST_TEST((came_of(what) == result::done));
  }
  BOOST_TEST((came_of(restart_actor{7}) == result::no_target));
  BOOST_TEST(words_for(result::done) == "done");
  BOOST_TEST(words_for(result::no_target) == "its target was gone");
  BOOST_TEST(words_for(result::unknown) == "not known to be done: the database did not answer");
  BOOST_TEST(words_for(result::unanswered) == "not done: the database did not answer");
  BOOST_TEST(words_for(result::failed) == "not done: the database refused it");
}

BOOST_AUTO_TEST_CASE(actors_that_are_replaced_alone_restart_and_no_others) {
  std::uint64_t id = 0;
  for (const auto* kind :
       {"generation", "session", "provider connection", "store worker", "sign-in", "access log", "console reader"}) {
    actor(++id, kind)->arrived = 4;
    const auto found = look(restart_actor{id});
    BOOST_TEST((found.how == result::previewed), kind);
    BOOST_TEST(mentions(found, "4 messages"));
    BOOST_TEST(found.effects.size() == 2u);
    BOOST_TEST(act(restart_actor{id}));
  }
  BOOST_TEST(killed == 7);
  for (const auto* kind : {"root", "node", "store", "router", "console"}) {
    actor(++id, kind);
    BOOST_TEST((look(restart_actor{id}).how == result::refused), kind);
  }
}

BOOST_AUTO_TEST_CASE(a_generation_in_work_is_asked_to_cancel) {
  const generation_id id{make_uuid_v7(instant(1s), {1})};
  BOOST_TEST(mentions(look(cancel_one{id}), to_string(id)));
  BOOST_TEST(cancelled.empty());
  BOOST_TEST(act(cancel_one{id}));
  BOOST_REQUIRE(cancelled.size() == 1u);
  BOOST_TEST((cancelled[0] == id));
}

BOOST_AUTO_TEST_CASE(each_action_has_a_name_and_a_target_for_the_audit) {
  BOOST_TEST(name_of(pause_upstream{"kie", "main", 5min}) == "upstream.pause kie/main for 5 min");
  BOOST_TEST(name_of(resume_upstream{"kie", "main"}) == "upstream.resume kie/main");
  BOOST_TEST(name_of(reset_breaker{"kie", "main"}) == "upstream.reset kie/main");
  BOOST_TEST(name_of(restart_actor{7}) == "actor.restart #7");
  BOOST_TEST(name_of(cancel_one{}) == "generation.cancel " + to_string(generation_id{}));
}

BOOST_AUTO_TEST_CASE(an_account_is_suspended_once_and_lifted_once) {
  const account_id whom;
  standing->in_work = 3;
  const auto found = look(suspend_account{whom});
  BOOST_TEST((found.how == result::previewed));
  BOOST_TEST(mentions(found, "3 generations are in work"));
  BOOST_TEST(suspended == 0);
  BOOST_TEST(act(suspend_account{whom}));
  BOOST_TEST(suspended == 1);
  BOOST_TEST((look(lift_account{whom}).how == result::refused));
  standing->suspended = true;
  BOOST_TEST((look(suspend_account{whom}).how == result::refused));
  BOOST_TEST((look(lift_account{whom}).how == result::previewed));
  BOOST_TEST(act(lift_account{whom}));
  BOOST_TEST(lifted == 1);
}

BOOST_AUTO_TEST_CASE(a_cool_down_is_lifted_and_is_no_suspension) {
  standing->cools_until = instant{};
  BOOST_TEST(mentions(look(lift_account{}), "cool-down ends"));
  const auto cooling = look(lift_account{}).stamp;
  standing->suspended = true;
  BOOST_TEST(look(lift_account{}).stamp != cooling);
}

BOOST_AUTO_TEST_CASE(an_account_that_is_not_there_is_no_target) {
  standing.reset();
  for (const operator_action& what :
       {operator_action(suspend_account{}), operator_action(lift_account{}), operator_action(end_account_sessions{})})
    BOOST_TEST((look(what).how == result::no_target));
}

BOOST_AUTO_TEST_CASE(sessions_are_ended_as_many_as_were_previewed) {
  BOOST_TEST((look(end_account_sessions{}).how == result::refused));
  standing->sessions = 2;
  const auto two = look(end_account_sessions{});
  BOOST_TEST(mentions(two, "2 browsers are signed out"));
  standing->sessions = 3;
  BOOST_TEST(look(end_account_sessions{}).stamp != two.stamp);
  BOOST_TEST(act(end_account_sessions{}));
  BOOST_TEST(signed_out == 1);
}

BOOST_AUTO_TEST_CASE(whose_account_it_is_is_not_in_the_name) {
  const account_id whom{make_uuid_v7(instant(std::chrono::seconds(1)), {})};
  for (const operator_action& what : {operator_action(suspend_account{whom}), operator_action(lift_account{whom}),
                                      operator_action(end_account_sessions{whom})}) {
    BOOST_TEST(name_of(what).find(to_string(whom)) == std::string::npos);
    BOOST_TEST((account_of(what, ground) == whom));
  }
  BOOST_TEST(!account_of(restart_actor{7}, ground));
}

BOOST_AUTO_TEST_CASE(a_round_begins_on_the_node_that_leads_and_not_within_another) {
  const run_now retention{run_now::what::retention};
  BOOST_TEST((look(retention).how == result::no_target));
  BOOST_TEST(!act(retention));
  const auto v = runner(5, "retention", "until the next round");
  BOOST_TEST((look(retention).how == result::previewed));
  BOOST_TEST((look(run_now{run_now::what::reconcile}).how == result::no_target));
  BOOST_TEST(nudged == 0);
  BOOST_TEST(act(retention));
  BOOST_TEST(nudged == 1);
  v->state = "in a round";
  BOOST_TEST((look(retention).how == result::refused));
  v->state = "another node does it";
  BOOST_TEST((look(retention).how == result::refused));
  v->state = retention_halted; // a round would begin and delete nothing
  BOOST_TEST((look(retention).how == result::refused));
  BOOST_TEST(mentions(look(retention), "confirm-clock"));
}

BOOST_AUTO_TEST_CASE(another_level_of_the_log_undoes_itself) {
  const auto found = look(set_log_level{"debug", 5min});
  BOOST_TEST((found.how == result::previewed));
  BOOST_TEST(mentions(found, "for 5 min, then info again by itself"));
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(act(set_log_level{"debug", 5min}));
  BOOST_TEST(level == "debug");
  BOOST_TEST((look(set_log_level{"debug", 5min}).how == result::refused));
  BOOST_TEST(act(set_log_level{"error", 10min})); // it returns to what it was at first
  BOOST_TEST(log.usual() == "info");
  log.look(before + 9min);
  BOOST_TEST(level == "error");
  log.look(before + 11min);
  BOOST_TEST(level == "info");
  BOOST_TEST(said.size() == 1u);
  log.look(before + 20min);
  BOOST_TEST(said.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_about_the_node_is_for_admins) {
  using policies::operator_role;
  BOOST_TEST((role_for(suspend_account{}) == operator_role::keeper));
  BOOST_TEST((role_for(end_account_sessions{}) == operator_role::keeper));
  BOOST_TEST((role_for(run_now{}) == operator_role::admin));
  BOOST_TEST((role_for(set_log_level{"debug", 5min}) == operator_role::admin));
}

BOOST_AUTO_TEST_SUITE_END()
