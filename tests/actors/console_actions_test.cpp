#include "actors/console_actions.hpp"

#include <boost/test/unit_test.hpp>

using namespace easel;
using namespace easel::actors;
using namespace std::chrono_literals;
using result = action_outcome::result;

namespace {

struct fixture {
  directory live;
  upstream_board upstreams;
  std::vector<generation_id> cancelled;
  std::optional<bool> in_work = true;
  int poked = 0;
  int killed = 0;
  action_ground ground{live, upstreams,
                       [this](generation_id id) {
                         cancelled.push_back(id);
                         return true;
                       },
                       [this](generation_id) { return in_work; }};

  std::shared_ptr<upstream_vitals> upstream(recipient to, const std::string& label) {
    connection_settings settings;
    settings.label = label;
    auto one = upstreams.of(to, settings);
    one->on_intervention([this] { ++poked; });
    return one;
  }
  std::shared_ptr<vitals> actor(std::uint64_t id, const char* kind) {
    auto v = std::make_shared<vitals>();
    v->id = id;
    v->kind = kind;
    v->kill = [this] { ++killed; };
    live.enter(v);
    return v;
  }
  action_outcome look(operator_action what) { return preview(what, ground); }
  bool act(operator_action what) { return perform(what, ground); }
};

bool mentions(const action_outcome& outcome, std::string_view part) {
  for (const auto& effect : outcome.effects)
    if (effect.find(part) != std::string::npos)
      return true;
  return false;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(console_actions, fixture)

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
  in_work = std::nullopt;
  BOOST_TEST((look(cancel_one{}).how == result::no_target));
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

BOOST_AUTO_TEST_SUITE_END()
