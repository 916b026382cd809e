#include "tests/persistence/contract/world.hpp"

#include <algorithm>
#include <set>

namespace easel::persistence::contract {

namespace {

constexpr duration dead_after = std::chrono::seconds(10);

/// The world's node falls silent for longer than a lease lives.
void fall_silent(world& w) { w.advance(dead_after + std::chrono::seconds(5)); }

std::vector<resumable> take_over(world& w, node_id by, int limit = 100) {
  return w.db->take_over(by, dead_after, limit).value();
}

void joined_node_beats(world& w) {
  const auto id = w.new_node(false);
  BOOST_TEST(!w.db->heartbeat(id).value().has_value());
  const auto joined = w.db->join(id).value();
  const auto beat = w.db->heartbeat(id).value();
  BOOST_REQUIRE(beat.has_value());
  BOOST_TEST((*beat >= joined));
}

void the_clock_is_the_databases(world& w) {
  const auto before = w.db->heartbeat(w.node).value();
  w.advance(std::chrono::hours(5));
  const auto after = w.db->heartbeat(w.node).value();
  BOOST_REQUIRE((before && after));
  BOOST_TEST((*after - *before >= std::chrono::hours(5)));
}

void dead_node_is_taken_over(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto waiting = w.accepted(p, 5, 2);
  const auto running = w.dispatched(p, 7);
  const begin_call call{running.id, running.owner, 0, "first", w.new_digest()};
  BOOST_REQUIRE(w.try_write(call) == fenced::done);
  BOOST_REQUIRE(w.try_write(record_task{running.id, running.owner, 0, "task-a"}) == fenced::done);
  const auto ended = w.completed(p, 1);
  fall_silent(w);
  const auto heir = w.new_node();
  auto found = take_over(w, heir);
  BOOST_REQUIRE(found.size() == 2u);
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.row.id < b.row.id; });
  for (const auto& f : found) {
    BOOST_TEST(f.owner.node == heir);
    BOOST_TEST(f.owner.fence == 2);
    BOOST_TEST(f.row.id != ended);
    BOOST_TEST(!f.cancel_requested);
    BOOST_TEST((f.row.prompt == w.order(p).prompt));
  }
  BOOST_TEST(found[0].row.id == waiting.id);
  BOOST_TEST(found[0].row.plan.images == 2);
  BOOST_TEST(found[0].tasks.empty());
  BOOST_TEST(found[1].row.id == running.id);
  BOOST_TEST(found[1].row.state == generation_state::dispatched);
  BOOST_TEST(found[1].row.verdict.has_value());
  BOOST_REQUIRE(found[1].tasks.size() == 1u);
  BOOST_TEST(found[1].tasks[0].task == "task-a");
  BOOST_TEST((found[1].tasks[0].callback == call.callback));
}

void living_node_keeps_its_rows(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  const auto heir = w.new_node();
  BOOST_TEST(take_over(w, heir).empty());
  w.advance(dead_after - std::chrono::seconds(2));
  BOOST_REQUIRE(w.db->heartbeat(w.node).value().has_value());
  w.advance(dead_after - std::chrono::seconds(2));
  BOOST_TEST(take_over(w, heir).empty());
  BOOST_TEST(w.try_write(w.sending(g)) == fenced::done);
}

void node_that_left_is_taken_over_at_once(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  BOOST_TEST(w.db->leave(w.node).value());
  const auto found = take_over(w, w.new_node());
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].row.id == g.id);
}

void own_rows_are_not_taken_over(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  (void)w.accepted(p);
  fall_silent(w);
  BOOST_TEST(take_over(w, w.node).empty());
}

void every_old_write_is_stale(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto waiting = w.accepted(p);
  const auto running = w.dispatched(p);
  BOOST_REQUIRE(w.try_write(begin_call{running.id, running.owner, 0, "first", w.new_digest()}) == fenced::done);
  fall_silent(w);
  BOOST_REQUIRE(take_over(w, w.new_node()).size() == 2u);
  BOOST_TEST(w.try_write(w.sending(waiting, tier::paid)) == fenced::stale);
  BOOST_TEST(w.try_write(block{waiting.id, waiting.owner, blocking_verdict()}) == fenced::stale);
  BOOST_TEST(w.try_write(begin_call{running.id, running.owner, 1, "first", w.new_digest()}) == fenced::stale);
  BOOST_TEST(w.try_write(record_task{running.id, running.owner, 0, "late"}) == fenced::stale);
  BOOST_TEST(w.try_end(w.picture(running, 0, true)).result == fenced::stale);
  BOOST_TEST(w.try_end(finish{running.id, running.owner}).result == fenced::stale);
  BOOST_TEST(w.balance_of(p).held.value() == 10);
}

void old_writes_stay_stale_after_the_end(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  fall_silent(w);
  const auto found = take_over(w, w.new_node());
  BOOST_REQUIRE(found.size() == 1u);
  const work adopted{g.id, found[0].owner};
  BOOST_REQUIRE(w.try_end(w.picture(adopted, 0, true)).result == fenced::done);
  BOOST_TEST(w.try_end(w.picture(g, 0, true)).result == fenced::stale);
  BOOST_TEST(w.try_end(finish{g.id, g.owner}).result == fenced::stale);
  BOOST_TEST(w.balance_of(p).available.value() == 95);
}

void lost_lease_is_told(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  (void)w.accepted(p);
  fall_silent(w);
  BOOST_REQUIRE(take_over(w, w.new_node()).size() == 1u);
  BOOST_TEST(!w.db->heartbeat(w.node).value().has_value());
}

void taken_over_in_portions(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  for (int i = 0; i < 5; ++i)
    (void)w.accepted(p);
  fall_silent(w);
  const auto heir = w.new_node();
  std::set<generation_id> seen;
  for (const std::size_t expected : {2u, 2u, 1u, 0u}) {
    const auto found = take_over(w, heir, 2);
    BOOST_TEST(found.size() == expected);
    for (const auto& f : found)
      seen.insert(f.row.id);
  }
  BOOST_TEST(seen.size() == 5u);
}

void two_heirs_share(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  for (int i = 0; i < 4; ++i)
    (void)w.accepted(p);
  fall_silent(w);
  const auto a = w.new_node();
  const auto b = w.new_node();
  BOOST_TEST(take_over(w, a, 3).size() == 3u);
  BOOST_TEST(take_over(w, b, 3).size() == 1u);
  BOOST_TEST(take_over(w, a, 3).empty());
}

void restarts_are_counted(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  for (int before = 0; before < 3; ++before) {
    const auto resumed = w.db->resume(w.node, g.id).value();
    BOOST_REQUIRE(resumed.has_value());
    BOOST_TEST(resumed->restarts == before);
    BOOST_TEST(resumed->owner.fence == before + 2);
    BOOST_TEST(resumed->owner.node == w.node);
  }
  fall_silent(w);
  const auto found = take_over(w, w.new_node());
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].restarts == 3);
  BOOST_TEST(found[0].owner.fence == 5);
}

void resumed_fence_holds(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  const auto resumed = w.db->resume(w.node, g.id).value();
  BOOST_REQUIRE(resumed.has_value());
  BOOST_TEST(w.try_write(w.sending(g)) == fenced::stale);
  BOOST_TEST(w.try_write(w.sending({g.id, resumed->owner})) == fenced::done);
}

void only_own_work_is_resumed(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  BOOST_TEST(!w.db->resume(w.new_node(), g.id).value().has_value());
  BOOST_TEST(!w.db->resume(w.node, w.new_generation_id()).value().has_value());
  BOOST_TEST(!w.db->resume(w.node, w.completed(p)).value().has_value());
  BOOST_TEST(w.try_write(w.sending(g)) == fenced::done); // none of it raised this fence
}

void dispatch_again_after_take_over(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  fall_silent(w);
  const auto found = take_over(w, w.new_node());
  BOOST_REQUIRE(found.size() == 1u);
  const work adopted{g.id, found[0].owner};
  BOOST_TEST(w.try_write(w.sending(adopted)) == fenced::done);
  const auto row = w.row_of(p, g.id);
  BOOST_TEST(row.state == generation_state::dispatched);
  BOOST_TEST(row.disclosures.size() == 3u); // what leaves again is disclosed again
  BOOST_TEST(w.try_write(w.sending(adopted)) == fenced::not_in_state);
}

void no_dispatch_again_after_a_call(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  BOOST_REQUIRE(w.try_write(begin_call{g.id, g.owner, 0, "first", w.new_digest()}) == fenced::done);
  fall_silent(w);
  const auto found = take_over(w, w.new_node());
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].tasks.size() == 1u);
  BOOST_TEST(w.try_write(w.sending({g.id, found[0].owner}, tier::paid)) == fenced::not_in_state);
  BOOST_TEST(w.row_of(p, g.id).disclosures.size() == 2u);
}

void adopted_work_completes(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  BOOST_REQUIRE(w.try_end(w.picture(g, 0)).result == fenced::done);
  fall_silent(w);
  const auto found = take_over(w, w.new_node());
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_REQUIRE(found[0].row.images.size() == 1u);
  const work adopted{g.id, found[0].owner};
  BOOST_TEST(w.try_end(w.picture(adopted, 0)).result == fenced::not_in_state);
  BOOST_TEST(w.try_end(w.picture(adopted, 1, true)).charged.value() == 14);
  BOOST_TEST(w.balance_of(p).available.value() == 86);
}

void cancel_reaches_the_owner(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  const auto other = w.accepted(p);
  BOOST_TEST(w.db->cancel_requests(w.node).value().empty());
  BOOST_TEST(w.db->request_cancel(p.account, g.id).value());
  const auto found = w.db->cancel_requests(w.node).value();
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0] == g.id);
  BOOST_TEST(w.db->cancel_requests(w.new_node()).value().empty());
  BOOST_REQUIRE(w.try_end(finish{g.id, g.owner, generation_state::cancelled, failure::cancelled}).result
                == fenced::done);
  BOOST_TEST(w.db->cancel_requests(w.node).value().empty());
  BOOST_TEST(w.row_of(p, other.id).state == generation_state::accepted);
}

void a_node_finds_what_it_owns(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  const auto other = w.dispatched(p, 7, 1);
  w.completed(p);
  BOOST_TEST((w.db->in_work(w.node).value() == std::vector{g.id, other.id}));
  const auto heir = w.new_node();
  BOOST_TEST(w.db->in_work(heir).value().empty());
  fall_silent(w);
  BOOST_REQUIRE(take_over(w, heir).size() == 2u);
  BOOST_TEST(w.db->in_work(w.node).value().empty());
  BOOST_TEST((w.db->in_work(heir).value() == std::vector{g.id, other.id}));
}

void cancel_follows_a_take_over(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  BOOST_REQUIRE(w.db->request_cancel(p.account, g.id).value());
  fall_silent(w);
  const auto found = take_over(w, w.new_node());
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].cancel_requested);
}

void nothing_to_cancel(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto q = w.newcomer();
  const auto g = w.accepted(p);
  BOOST_TEST(!w.db->request_cancel(q.account, g.id).value());
  BOOST_TEST(!w.db->request_cancel(p.account, w.new_generation_id()).value());
  BOOST_TEST(!w.db->request_cancel(p.account, w.completed(p)).value());
  BOOST_TEST(w.db->cancel_requests(w.node).value().empty());
}

} // namespace

std::vector<contract_case> lease_cases() {
  return {
    {"a_node_beats_once_it_has_joined", joined_node_beats},
    {"time_is_the_databases", the_clock_is_the_databases},
    {"a_dead_nodes_work_is_taken_over_with_all_that_is_needed", dead_node_is_taken_over},
    {"a_living_node_keeps_its_work", living_node_keeps_its_rows},
    {"a_node_that_left_is_taken_over_at_once", node_that_left_is_taken_over_at_once},
    {"a_node_does_not_take_over_its_own_work", own_rows_are_not_taken_over},
    {"after_a_take_over_every_write_of_the_old_owner_is_stale", every_old_write_is_stale},
    {"the_old_owner_stays_stale_after_the_end", old_writes_stay_stale_after_the_end},
    {"a_lost_lease_is_told_with_the_next_heartbeat", lost_lease_is_told},
    {"a_take_over_keeps_to_its_limit_and_goes_on", taken_over_in_portions},
    {"two_heirs_never_take_the_same_row", two_heirs_share},
    {"resumptions_and_take_overs_are_counted", restarts_are_counted},
    {"a_resumption_raises_the_fence", resumed_fence_holds},
    {"only_own_work_that_has_not_ended_is_resumed", only_own_work_is_resumed},
    {"adopted_work_without_a_call_is_dispatched_again_and_disclosed_again", dispatch_again_after_take_over},
    {"adopted_work_with_a_call_is_not_dispatched_again", no_dispatch_again_after_a_call},
    {"adopted_work_goes_on_where_it_was", adopted_work_completes},
    {"a_cancel_request_reaches_the_owner_until_the_end", cancel_reaches_the_owner},
    {"a_node_finds_what_is_its_own_by_the_rows", a_node_finds_what_it_owns},
    {"a_cancel_request_follows_a_take_over", cancel_follows_a_take_over},
    {"only_own_work_can_be_cancelled", nothing_to_cancel},
  };
}

} // namespace easel::persistence::contract
