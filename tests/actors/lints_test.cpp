#include "actors/console_board.hpp"
#include "actors/metrics.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace lints_of_a_house {

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using policies::lint;

namespace {

/// A house, and actors beside it that do whatever a lint looks for. Time is what each look is told.
struct fixture {
  virtual_world world;
  virtual_house house{world, calm_settings()};
  actors::console_board board{[] { return std::unique_ptr<persistence::console_store>(); }};
  actors::steady_moment now = std::chrono::steady_clock::now();

  std::shared_ptr<actors::vitals> enter(std::uint64_t id, const char* kind = "session", std::uint64_t parent = 0) {
    auto v = std::make_shared<actors::vitals>();
    v->id = id;
    v->kind = kind;
    v->parent = parent;
    v->born = now;
    house.config().live.enter(v);
    guests.push_back(v);
    return v;
  }
  std::vector<std::shared_ptr<actors::vitals>> guests;
  ~fixture() {
    for (const auto& v : guests) // the house would try to end them
      house.config().live.leave(*v, false, "done");
  }
  /// The next sample, a second or so later; what was found about `about` by `which`.
  const actors::concern* look(lint which, const std::string& about, duration later = 1s) {
    now += later;
    board.sample(house.context(), house.config().live, house.config().upstreams, now);
    seen = board.latest();
    const auto& all = seen->concerns;
    const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.lint == which && one.about == about; });
    return found == all.end() ? nullptr : &*found;
  }
  actors::sample_ptr seen;
};

} // namespace

} // namespace lints_of_a_house

BOOST_FIXTURE_TEST_SUITE(lints_of_a_house, fixture)

BOOST_AUTO_TEST_CASE(a_mailbox_that_grows_is_found_and_forgotten_once_it_drains) {
  const auto v = enter(900'001);
  for (int second = 0; second < 14; ++second) {
    v->arrived += 10;
    v->messages.begin(0, std::chrono::duration_cast<std::chrono::milliseconds>(now + 1s - v->born));
    v->messages.end(std::chrono::duration_cast<std::chrono::milliseconds>(now + 1s - v->born), 1ns);
    BOOST_TEST(!look(lint::mailbox_growing, "actor 900001"));
  }
  v->arrived += 10;
  const auto* first = look(lint::mailbox_growing, "actor 900001");
  BOOST_REQUIRE(first);
  BOOST_TEST(first->link == "#/actor/900001");
  const auto since = first->since;
  house.advance(1s);
  v->arrived += 10;
  const auto* second = look(lint::mailbox_growing, "actor 900001");
  BOOST_REQUIRE(second);
  BOOST_TEST((second->since == since));
  BOOST_TEST((seen->at > since));
  v->handled = v->arrived.load();
  BOOST_TEST(!look(lint::mailbox_growing, "actor 900001"));
}

BOOST_AUTO_TEST_CASE(handlers_over_their_budget_are_found_by_their_number) {
  const auto v = enter(900'002);
  look(lint::handler_over_budget, "actor 900002");
  v->overruns += 2;
  v->overrun_ns = 300'000'000;
  BOOST_TEST(!look(lint::handler_over_budget, "actor 900002"));
  v->overruns += 1;
  const auto* found = look(lint::handler_over_budget, "actor 900002");
  BOOST_REQUIRE(found);
  BOOST_TEST(found->evidence.find("took 300 ms") != std::string::npos);
  BOOST_TEST(!look(lint::handler_over_budget, "actor 900002", 60s));
}

BOOST_AUTO_TEST_CASE(an_actor_whose_parent_has_gone_is_found_after_a_while) {
  enter(900'003, "session", 900'004);
  const auto parent = enter(900'004, "router");
  BOOST_TEST(!look(lint::actor_without_owner, "actor 900003", 10s));
  house.config().live.leave(*parent, false, "done");
  BOOST_TEST(!look(lint::actor_without_owner, "actor 900003"));
  BOOST_TEST(!look(lint::actor_without_owner, "actor 900003", 5s));
  BOOST_TEST(look(lint::actor_without_owner, "actor 900003"));
  enter(900'004, "router");
  BOOST_TEST(!look(lint::actor_without_owner, "actor 900003"));
}

BOOST_AUTO_TEST_CASE(no_actor_of_a_house_at_work_is_without_an_owner) {
  house.create(world.newcomer(tier::free, 100), "a boat");
  house.advance(1s);
  for (int second = 0; second < 10; ++second)
    look(lint::actor_without_owner, "");
  BOOST_TEST(std::none_of(seen->concerns.begin(), seen->concerns.end(),
                          [](const auto& one) { return one.lint == lint::actor_without_owner; }));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed_is_found) {
  const auto v = enter(900'005, "generation");
  v->deadline = (now + 1s).time_since_epoch().count();
  BOOST_TEST(!look(lint::hold_overdue, "actor 900005"));
  BOOST_TEST(!look(lint::hold_overdue, "actor 900005", 10s));
  BOOST_TEST(look(lint::hold_overdue, "actor 900005", 1ms));
  v->deadline = actors::vitals::none;
  BOOST_TEST(!look(lint::hold_overdue, "actor 900005"));
}

BOOST_AUTO_TEST_CASE(a_generation_has_a_deadline_until_it_has_ended) {
  world.upstreams->drawing = [](const auto&) { return turn{10s, {}}; };
  house.create(world.newcomer(tier::free, 100), "a slow boat");
  house.advance(1s);
  int with_deadline = 0;
  house.config().live.for_each([&](const actors::vitals& v) {
    if (v.kind == std::string_view("generation")) {
      const auto due = std::chrono::nanoseconds(v.deadline.load());
      const auto left = due - std::chrono::nanoseconds(house.actor_clock().time_since_epoch());
      if (left > 0ns && left <= house.context().settings.limits.drawing)
        ++with_deadline;
    }
  });
  BOOST_TEST(with_deadline == 1);
}

BOOST_AUTO_TEST_CASE(a_series_must_be_missing_twice) {
  std::string page;
  for (const auto series : policies::lasting_series())
    page += std::string(series) + " 1\n";
  int asked = 0;
  const std::string without = page.substr(page.find('\n') + 1);
  board.look_at_metrics([&] {
    ++asked;
    return without;
  });
  const std::string lost(policies::lasting_series().front());
  BOOST_TEST(!look(lint::series_missing, lost));
  BOOST_TEST(!look(lint::series_missing, lost));
  BOOST_TEST(asked == 1); // not each second
  BOOST_TEST(look(lint::series_missing, lost, 30s));
  board.look_at_metrics([&] { return page; });
  BOOST_TEST(look(lint::series_missing, lost));
  BOOST_TEST(!look(lint::series_missing, lost, 30s));
  board.look_at_metrics({});
  BOOST_TEST(!look(lint::series_missing, lost, 60s));
}

BOOST_AUTO_TEST_CASE(promises_of_the_database_are_judged_with_the_rest) {
  policies::promise_figures figures;
  board.look_at_promises([&] { return figures; });
  BOOST_TEST(!look(lint::tier_breach, "disclosures"));
  figures.audited = true;
  figures.across_tiers = 2;
  const auto* found = look(lint::tier_breach, "disclosures");
  BOOST_REQUIRE(found);
  BOOST_TEST((found == &seen->concerns.front() || seen->concerns.front().rule().urgent));
}

BOOST_AUTO_TEST_CASE(findings_are_bounded_urgent_ones_first_and_the_others_counted) {
  for (std::uint64_t i = 0; i < 60; ++i)
    enter(910'000 + i)->deadline = 1; // long ago
  for (std::uint64_t i = 0; i < 60; ++i)
    enter(920'000 + i)->overruns += 9;
  look(lint::hold_overdue, "");
  BOOST_TEST(seen->concerns.size() == actors::most_concerns);
  BOOST_TEST(seen->more_concerns >= 70u);
  for (const auto& one : seen->concerns)
    BOOST_TEST(one.rule().urgent);
  const auto page = actors::render_metrics(seen.get());
  BOOST_TEST(page.find("easel_lint_findings{lint=\"hold-overdue\",urgent=\"true\"} 60\n") != std::string::npos);
  BOOST_TEST(page.find("easel_lint_findings{lint=\"handler-over-budget\",urgent=\"false\"} 60\n") != std::string::npos);
  BOOST_TEST(page.find("easel_lint_findings{lint=\"tier-breach\",urgent=\"true\"} 0\n") != std::string::npos);
  BOOST_TEST(actors::render_metrics(nullptr).find("} 0\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
