#include "policies/lints.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

BOOST_AUTO_TEST_SUITE(lints)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr auto one_us = std::chrono::microseconds(1);

actor_figures calm_actor(std::string_view kind = "session") {
  actor_figures out;
  out.id = 17;
  out.kind = kind;
  out.message = "enter";
  return out;
}

std::vector<lint> found(const lint_findings& all) {
  std::vector<lint> out;
  for (const auto& one : all)
    out.push_back(one.which);
  return out;
}

bool is(const lint_findings& all, lint wanted) { return found(all) == std::vector{wanted}; }

upstream_figures well_upstream() {
  upstream_figures out;
  out.name = "kie “main”";
  out.calls = 100;
  return out;
}

promise_figures kept_promises() {
  promise_figures out;
  out.audited = true;
  return out;
}

/// Prometheus' text with all series that last, but one.
std::string page_without(std::string_view series) {
  std::string page;
  for (const auto one : lasting_series())
    if (one != series) {
      page += "# HELP and TYPE, which name it too: ";
      page += std::string(one) + '\n' + std::string(one)
              + (one.find('{') == std::string_view::npos ? "{tier=\"free\"} 1\n" : " 1\n");
    }
  return page;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_rule_has_an_id_of_its_own_and_says_when_why_and_what_next) {
  std::set<std::string_view> ids;
  for (const auto& rule : lint_rules()) {
    BOOST_TEST_CONTEXT(rule.id) {
      BOOST_TEST((&rule_of(rule.which) == &rule));
      BOOST_TEST(ids.insert(rule.id).second);
      BOOST_TEST(
        std::all_of(rule.id.begin(), rule.id.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }));
      for (const auto text : {rule.fires, rule.why, rule.next})
        BOOST_TEST((!text.empty() && text.back() == '.'));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_calm_is_left_alone) {
  BOOST_TEST(judge(calm_actor()).empty());
  auto old = calm_actor();
  old.stalled = 24h; // neither a handler nor mail: nothing is late
  BOOST_TEST(judge(old).empty());
}

BOOST_AUTO_TEST_CASE(a_handler_is_stuck_beyond_the_patience_of_its_type) {
  for (const auto& [kind, bound, which] : {std::tuple("session", duration(5s), lint::handler_stuck),
                                           std::tuple("store worker", duration(15s), lint::store_worker_stuck),
                                           std::tuple("access log", duration(15s), lint::handler_stuck),
                                           std::tuple("retention", duration(5min), lint::handler_stuck)}) {
    auto a = calm_actor(kind);
    a.running = true;
    a.stalled = bound;
    BOOST_TEST(judge(a).empty());
    a.stalled = bound + one_us;
    BOOST_TEST(is(judge(a), which));
    BOOST_TEST(judge(a)[0].about == "actor 17");
    BOOST_TEST(judge(a)[0].evidence.find("enter") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_actor_whose_mail_waits_without_a_thread_is_starved) {
  auto a = calm_actor();
  a.waiting = 1;
  a.stalled = 5s;
  BOOST_TEST(judge(a).empty());
  a.stalled = 5s + one_us;
  BOOST_TEST(is(judge(a), lint::actor_starved));
}

BOOST_AUTO_TEST_CASE(a_mailbox_is_deep_beyond_a_thousand) {
  auto a = calm_actor();
  a.waiting = 1000;
  BOOST_TEST(judge(a).empty());
  a.waiting = 1001;
  BOOST_TEST(is(judge(a), lint::mailbox_deep));
}

BOOST_AUTO_TEST_CASE(a_mailbox_that_rises_three_times_grows) {
  auto a = calm_actor();
  a.waiting = 100;
  a.rises = 2;
  BOOST_TEST(judge(a).empty());
  a.rises = 3;
  BOOST_TEST(is(judge(a), lint::mailbox_growing));
  a.waiting = 99;
  BOOST_TEST(judge(a).empty());
  a.waiting = 5000; // one word about one mailbox
  BOOST_TEST(is(judge(a), lint::mailbox_growing));
}

BOOST_AUTO_TEST_CASE(a_trend_rises_with_the_least_of_each_five_looks) {
  mailbox_trend trend;
  const auto span = [&](std::initializer_list<std::uint64_t> looks) {
    for (const auto one : looks)
      trend.look(one);
    return trend.rises();
  };
  BOOST_TEST(span({10, 20, 30, 40, 50}) == 1);
  BOOST_TEST(span({60, 70, 80, 90}) == 1); // the span is not over
  BOOST_TEST(span({100}) == 2);
  BOOST_TEST(span({110, 120, 130, 140, 150}) == 3);
  BOOST_TEST(trend.from() == 0u);
  BOOST_TEST(span({500, 500, 0, 500, 500}) == 0); // it drained once
  BOOST_TEST(span({500, 500, 500, 500, 500}) == 1);
  BOOST_TEST(span({500, 500, 500, 500, 500}) == 0); // as long as before is no growth
  BOOST_TEST(span({600, 600, 600, 600, 600}) == 1);
  BOOST_TEST(trend.from() == 500u);
}

BOOST_AUTO_TEST_CASE(a_burst_that_drains_is_no_growth) {
  mailbox_trend trend;
  for (int burst = 0; burst < 100; ++burst)
    for (const std::uint64_t waiting : {5000, 4000, 3000, 2000, 0}) {
      trend.look(waiting);
      BOOST_TEST(trend.rises() < growing_rises);
    }
}

BOOST_AUTO_TEST_CASE(a_trend_holds_for_as_long_as_the_growth) {
  mailbox_trend trend;
  for (std::uint64_t i = 1; i <= 5000; ++i)
    trend.look(i);
  BOOST_TEST(trend.rises() >= growing_rises);
}

BOOST_AUTO_TEST_CASE(a_few_handlers_beyond_their_budget_are_a_finding_and_two_are_none) {
  const double keep = 0.977; // a second's worth of half a minute
  auto a = calm_actor();
  a.overrun_message = "enter";
  a.overrun = 300ms;
  fading_count overruns;
  overruns.add(2, keep);
  a.overruns = overruns.lately();
  BOOST_TEST(judge(a).empty());
  overruns.add(1, keep);
  a.overruns = overruns.lately();
  BOOST_TEST(is(judge(a), lint::handler_over_budget));
  BOOST_TEST(judge(a)[0].evidence == "The latest, enter, took 300 ms; it may take 250 ms.");
  for (int second = 0; second < 60; ++second)
    overruns.add(0, keep);
  a.overruns = overruns.lately();
  BOOST_TEST(judge(a).empty());
}

BOOST_AUTO_TEST_CASE(budgets_are_below_patience_and_wider_where_the_database_is_waited_for) {
  for (const auto kind : {"session", "router", "store worker", "access log", "retention", "billing clerk"})
    BOOST_TEST((pace_of(kind).budget < pace_of(kind).patience && pace_of(kind).patience >= shortest_patience));
  BOOST_TEST((pace_of("session").budget < pace_of("store worker").budget));
  BOOST_TEST((pace_of("store worker").budget < pace_of("retention").budget));
}

BOOST_AUTO_TEST_CASE(an_actor_without_a_parent_is_a_finding_after_a_while) {
  auto a = calm_actor("generation");
  a.ownerless = 5s;
  BOOST_TEST(judge(a).empty());
  *a.ownerless += one_us;
  BOOST_TEST(is(judge(a), lint::actor_without_owner));
}

BOOST_AUTO_TEST_CASE(a_hold_is_overdue_some_time_after_its_deadline) {
  auto a = calm_actor("generation");
  a.overdue = 10s;
  BOOST_TEST(judge(a).empty());
  *a.overdue += one_us;
  BOOST_TEST(is(judge(a), lint::hold_overdue));
}

BOOST_AUTO_TEST_CASE(an_upstream_has_one_fault_at_a_time_beside_its_pause) {
  auto u = well_upstream();
  BOOST_TEST(judge(u).empty());
  u.failing = 0.49;
  BOOST_TEST(judge(u).empty());
  u.failing = 0.5;
  BOOST_TEST(is(judge(u), lint::upstream_failing));
  u.calls = 4;
  BOOST_TEST(judge(u).empty());
  u.open = true;
  u.last_failure = "our account";
  BOOST_TEST(is(judge(u), lint::upstream_cooling));
  BOOST_TEST(judge(u)[0].what == "kie “main” is cooling down");
  u.paused_for = 1min;
  BOOST_TEST(is(judge(u), lint::upstream_paused));
  u.is_drained = true;
  BOOST_TEST(judge(u)[0].what == "kie “main” is drained");
  u.funded = false;
  BOOST_TEST((found(judge(u)) == std::vector{lint::upstream_unfunded, lint::upstream_paused}));
  u = well_upstream();
  u.open = true;
  u.held_open_for = 1min;
  BOOST_TEST(is(judge(u), lint::upstream_paused));
  BOOST_TEST(judge(u)[0].what == "kie “main” is held open");
}

BOOST_AUTO_TEST_CASE(the_database_is_silent_from_three_seconds_on) {
  BOOST_TEST(judge_database(duration(3s) - one_us).empty());
  BOOST_TEST(is(judge_database(3s), lint::database_silent));
}

BOOST_AUTO_TEST_CASE(ends_are_told_until_they_have_faded) {
  BOOST_TEST(judge_ends("session", 0.49).empty());
  BOOST_TEST(is(judge_ends("session", 0.5), lint::actors_failed));
  BOOST_TEST((judge_stalled_queue("free tier").which == lint::queue_stalled));
}

BOOST_AUTO_TEST_CASE(promises_that_are_kept_are_no_findings) {
  BOOST_TEST(judge(kept_promises()).empty());
  auto at_their_bounds = kept_promises();
  at_their_bounds.longest_overdue = 5min;
  at_their_bounds.oldest_billing_event = 5min;
  at_their_bounds.oldest_billing_deletion = 24h;
  BOOST_TEST(judge(at_their_bounds).empty());
}

BOOST_AUTO_TEST_CASE(each_promise_that_is_past_its_time_is_a_finding) {
  const auto just_beyond = [](duration promise_figures::*which, duration bound) {
    auto p = kept_promises();
    p.*which = bound + one_us;
    return judge(p);
  };
  BOOST_TEST(is(just_beyond(&promise_figures::longest_overdue, 5min), lint::promise_overdue));
  BOOST_TEST(is(just_beyond(&promise_figures::oldest_billing_event, 5min), lint::promise_overdue));
  BOOST_TEST(is(just_beyond(&promise_figures::oldest_billing_deletion, 24h), lint::promise_overdue));
}

BOOST_AUTO_TEST_CASE(one_disclosure_across_tiers_is_a_breach) {
  auto p = kept_promises();
  p.across_tiers = 1;
  BOOST_TEST(is(judge(p), lint::tier_breach));
  BOOST_TEST(rule_of(lint::tier_breach).urgent);
}

BOOST_AUTO_TEST_CASE(each_broken_clause_is_a_finding_of_its_own) {
  auto p = kept_promises();
  p.broken = {"RET-1", "THIRD-2"};
  const auto all = judge(p);
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].about == "RET-1");
  BOOST_TEST((all[1].which == lint::clause_broken));
}

BOOST_AUTO_TEST_CASE(what_was_not_audited_here_is_not_judged) {
  promise_figures p;
  p.across_tiers = 1;
  p.longest_overdue = 1h;
  p.broken = {"RET-1"};
  BOOST_TEST(judge(p).empty());
}

BOOST_AUTO_TEST_CASE(a_page_of_metrics_with_all_series_lacks_none) {
  BOOST_TEST(missing_series(page_without("")).empty());
}

BOOST_AUTO_TEST_CASE(each_series_is_missed_that_the_page_lacks) {
  for (const auto series : lasting_series()) {
    const auto missing = missing_series(page_without(series));
    BOOST_TEST_CONTEXT(series) {
      BOOST_REQUIRE(missing.size() == 1u);
      BOOST_TEST(missing[0] == series);
      BOOST_TEST(is(judge_series(missing), lint::series_missing));
    }
  }
  BOOST_TEST(missing_series("").size() == lasting_series().size());
}

BOOST_AUTO_TEST_SUITE_END()
