#include "actors/console_board.hpp"

#include <caf/system_messages.hpp>

#include <boost/test/unit_test.hpp>

using namespace easel;
using namespace easel::actors;
using namespace std::chrono_literals;

namespace easel::actors::test_messages {
struct something_wanted {};
} // namespace easel::actors::test_messages

namespace console_views {

namespace {

using std::chrono::milliseconds;

template <class T>
message_type type() {
  return reinterpret_cast<message_type>(&typeid(T));
}

struct fixture {
  directory live;
  steady_moment now = std::chrono::steady_clock::now();

  std::shared_ptr<vitals> enter(std::uint64_t id, std::uint64_t parent, const char* kind) {
    auto v = std::make_shared<vitals>();
    v->id = id;
    v->parent = parent;
    v->kind = kind;
    v->born = now - 10s;
    live.enter(v);
    return v;
  }
  /// Root, router and so many sessions below it, each with as many messages as its number says.
  void town(std::uint64_t sessions) {
    enter(1, 0, "root");
    enter(2, 1, "router");
    for (std::uint64_t i = 0; i < sessions; ++i)
      enter(100 + i, 2, "session")->arrived = i;
  }
};

void handle(vitals& v, message_type what, milliseconds at, std::chrono::microseconds took) {
  v.messages.begin(what, at);
  v.messages.end(at, took);
  ++v.arrived;
  ++v.handled;
}

} // namespace

} // namespace console_views

BOOST_FIXTURE_TEST_SUITE(console_views, fixture)

BOOST_AUTO_TEST_CASE(a_message_is_known_by_its_type_without_namespaces) {
  BOOST_TEST(label_of(type<test_messages::something_wanted>()) == "something_wanted");
  BOOST_TEST(label_of(type<std::vector<test_messages::something_wanted>>()).substr(0, 6) == "vector");
  BOOST_TEST(label_of(caf::type_nr<caf::exit_msg>::value) == "@exit");
  BOOST_TEST(label_of(0) == "(empty)");
}

BOOST_AUTO_TEST_CASE(the_ring_holds_the_latest_messages_newest_first) {
  message_ring ring;
  BOOST_TEST(ring.read().empty());
  for (int i = 0; i < 40; ++i) {
    ring.begin(type<int>(), milliseconds(i));
    ring.end(milliseconds(i), std::chrono::microseconds(i));
  }
  const auto all = ring.read();
  BOOST_REQUIRE(all.size() == message_ring::size - 1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    BOOST_TEST(all[i].after.count() == 39 - static_cast<int>(i));
    BOOST_TEST(all[i].took.count() == 39 - static_cast<int>(i));
    BOOST_TEST(!all[i].running);
  }
}

BOOST_AUTO_TEST_CASE(a_handler_that_has_not_returned_is_seen_running) {
  message_ring ring;
  ring.begin(type<test_messages::something_wanted>(), 5ms);
  BOOST_TEST(ring.newest().running);
  BOOST_REQUIRE(ring.read().size() == 1u);
  BOOST_TEST(ring.read()[0].running);
  ring.end(5ms, 3us);
  BOOST_TEST(!ring.newest().running);
  BOOST_TEST(ring.newest().took.count() == 3);
  BOOST_TEST(ring.read().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_takes_longer_than_can_be_written_counts_as_the_longest) {
  message_ring ring;
  ring.begin(type<int>(), std::chrono::hours(24 * 365 * 30));
  ring.end(std::chrono::hours(24 * 365 * 30), 1h);
  BOOST_TEST(ring.newest().took.count() == message_ring::longest.count());
  BOOST_TEST(ring.newest().after.count() == milliseconds(std::chrono::hours(24 * 365 * 30)).count());
  BOOST_TEST(!ring.newest().running);
}

BOOST_AUTO_TEST_CASE(a_large_group_collapses_to_those_with_the_most) {
  town(1000);
  const auto tree = tree_of(live, actor_order::mailbox, now);
  BOOST_REQUIRE(tree.size() == 1u);
  const auto& router = tree[0].shown[0].children[0];
  BOOST_TEST(router.kind == "router");
  const auto& sessions = router.shown[0].children[0];
  BOOST_TEST(sessions.count == 1000u);
  BOOST_TEST(sessions.waiting == 999u * 1000 / 2);
  BOOST_REQUIRE(sessions.shown.size() == 5u);
  for (std::size_t i = 0; i < 5; ++i)
    BOOST_TEST(sessions.shown[i].actor.waiting == 999 - i);
}

BOOST_AUTO_TEST_CASE(a_small_group_is_shown_whole_and_an_orphan_at_the_top) {
  town(12);
  enter(7, 12345, "generation");
  const auto tree = tree_of(live, actor_order::age, now);
  BOOST_REQUIRE(tree.size() == 2u);
  for (const auto& group : tree) {
    if (group.kind == "generation")
      BOOST_TEST(group.shown[0].actor.id == 7u);
    else
      BOOST_TEST(group.shown[0].children[0].shown[0].children[0].shown.size() == 12u);
  }
}

BOOST_AUTO_TEST_CASE(a_tree_of_a_hundred_thousand_is_told_in_a_few_nodes) {
  town(100'000);
  const auto tree = tree_of(live, actor_order::mailbox, now);
  const auto& sessions = tree[0].shown[0].children[0].shown[0].children[0];
  BOOST_TEST(sessions.count == 100'000u);
  BOOST_TEST(sessions.shown.size() == 5u);
}

BOOST_AUTO_TEST_CASE(a_list_is_ordered_filtered_and_paged) {
  town(100);
  actor_question q;
  q.kind = "session";
  q.limit = 10;
  q.offset = 20;
  const auto page = find_actors(live, q, now);
  BOOST_TEST(page.live == 102u);
  BOOST_TEST(page.matching == 100u);
  BOOST_REQUIRE(page.actors.size() == 10u);
  BOOST_TEST(page.actors.front().waiting == 79u);
  BOOST_TEST(page.actors.back().waiting == 70u);
  q.offset = 95;
  BOOST_TEST(find_actors(live, q, now).actors.size() == 5u);
  q.offset = 1000;
  BOOST_TEST(find_actors(live, q, now).actors.empty());
  q = {};
  q.parent = 1;
  BOOST_TEST(find_actors(live, q, now).matching == 1u);
  q = {};
  q.limit = 10'000;
  BOOST_TEST(find_actors(live, q, now).actors.size() == 102u);
}

BOOST_AUTO_TEST_CASE(no_answer_holds_more_actors_than_the_bound) {
  town(500);
  actor_question q;
  q.limit = 10'000;
  BOOST_TEST(find_actors(live, q, now).actors.size() == most_actors);
}

BOOST_AUTO_TEST_CASE(a_session_is_found_by_its_account_and_does_not_tell_it) {
  town(3);
  const account_id account{make_uuid_v7(instant(1s), {1, 2, 3})};
  const generation_id generation{make_uuid_v7(instant(2s), {4, 5, 6})};
  auto session = enter(50, 2, "session");
  session->set_subject(account.value);
  enter(51, 2, "generation")->set_subject(generation.value);
  actor_question q;
  q.subject = account.value;
  auto page = find_actors(live, q, now);
  BOOST_REQUIRE(page.actors.size() == 1u);
  BOOST_TEST(page.actors[0].id == 50u);
  BOOST_TEST(!page.actors[0].generation);
  q.subject = generation.value;
  page = find_actors(live, q, now);
  BOOST_REQUIRE(page.actors.size() == 1u);
  BOOST_TEST((page.actors[0].generation == generation));
}

BOOST_AUTO_TEST_CASE(an_actor_says_what_it_does_or_its_mailbox_does) {
  auto v = enter(1, 0, "router");
  BOOST_TEST(view_of(*v, now).state == "idle");
  ++v->arrived;
  BOOST_TEST(view_of(*v, now).state == "has mail");
  v->messages.begin(type<test_messages::something_wanted>(), 4s);
  const auto at_work = view_of(*v, now);
  BOOST_TEST(at_work.state == "at work");
  BOOST_TEST(at_work.stalled.count() == 6000);
  BOOST_REQUIRE(at_work.last);
  BOOST_TEST(at_work.last->type == "something_wanted");
  BOOST_TEST((at_work.last->took == 6s));
  v->state = "looking for somebody";
  BOOST_TEST(view_of(*v, now).state == "looking for somebody");
}

BOOST_AUTO_TEST_CASE(mail_that_waits_behind_a_finished_message_has_stalled_since_then) {
  auto v = enter(1, 0, "router");
  handle(*v, type<int>(), 2s, 500ms);
  BOOST_TEST(view_of(*v, now).stalled.count() == 0);
  ++v->arrived;
  BOOST_TEST(view_of(*v, now).stalled.count() == 7500);
}

BOOST_AUTO_TEST_CASE(an_actor_is_shown_with_its_messages_children_and_supervisor) {
  town(30);
  for (int i = 0; i < 3; ++i)
    handle(*enter(200 + static_cast<std::uint64_t>(i), 2, "generation"), type<int>(), 1s, 1ms);
  const auto dead = enter(300, 2, "generation");
  live.leave(*dead, true, "killed");
  const auto router = find_actor(live, 2, now);
  BOOST_REQUIRE(router);
  BOOST_TEST(router->supervisor->kind == "root");
  BOOST_REQUIRE(router->children.size() == 2u);
  BOOST_TEST(router->children[0].count == 3u); // the smaller group first
  BOOST_TEST(router->children[1].count == 30u);
  const auto generation = find_actor(live, 200, now);
  BOOST_TEST(generation->messages.size() == 1u);
  BOOST_TEST(generation->siblings_failed == 1u);
  BOOST_TEST(!find_actor(live, 300, now));
}

BOOST_AUTO_TEST_CASE(the_graveyard_keeps_failures_apart_and_forgets_the_oldest) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    auto v = enter(i, 0, "generation");
    handle(*v, type<test_messages::something_wanted>(), 9s, 1ms);
    v->state = "being drawn";
    live.leave(*v, true, "a handler failed");
    live.leave(*v, true, "a handler failed"); // CAF cleans up twice
  }
  for (std::uint64_t i = 10; i < 10 + 2 * directory::most_graves; ++i)
    live.leave(*enter(i, 0, "session"), false, "done");
  const auto graves = graveyard_of(live, "", std::chrono::steady_clock::now());
  BOOST_TEST(graves.size() == directory::most_graves + 3);
  const auto failed = graveyard_of(live, "generation", std::chrono::steady_clock::now());
  BOOST_REQUIRE(failed.size() == 3u);
  BOOST_TEST(failed[0].failed);
  BOOST_TEST(failed[0].reason == "a handler failed");
  BOOST_TEST(failed[0].state == "being drawn");
  BOOST_TEST(failed[0].messages.at(0).type == "something_wanted");
  BOOST_TEST(live.ended_so_far().failed == 3u);
}

BOOST_AUTO_TEST_CASE(totals_never_shrink_when_an_actor_ends) {
  auto v = enter(1, 0, "session");
  handle(*v, type<int>(), 1s, 1ms);
  handle(*enter(2, 0, "session"), type<int>(), 1s, 1ms);
  BOOST_TEST(live.totals()["session"].handled == 2u);
  live.leave(*v, false, "done");
  const auto after = live.totals()["session"];
  BOOST_TEST(after.handled == 2u);
  BOOST_TEST(after.live == 1u);
  BOOST_TEST(after.ended_normally == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
