#include "actors/traces.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <thread>

using namespace easel;
using namespace easel::actors;
using namespace easel::testing;
using namespace std::chrono_literals;
using policies::trace_by;
using policies::trace_end;

namespace {

constexpr std::size_t everything = 1'000'000;

trace_request of_type(std::string type, int events = 500, duration span = 30s) {
  trace_request out;
  out.by = trace_by::type;
  out.type = std::move(type);
  out.bounds = {events, span};
  out.by_whom = "operator:ada";
  return out;
}
trace_request of_id(trace_by by, const uuid& id) {
  auto out = of_type("");
  out.by = by;
  out.id = id;
  return out;
}
trace_request of_actor(std::uint64_t number) {
  auto out = of_type("");
  out.by = trace_by::actor;
  out.actor = number;
  return out;
}

uuid id_of(std::uint8_t last) {
  uuid out;
  out.bytes[15] = last;
  return out;
}

/// A desk over a directory of actors that the test moves by hand.
struct desk_fixture {
  directory live;
  trace_desk desk{live};
  steady_moment now = std::chrono::steady_clock::now();
  instant at{1h};

  std::shared_ptr<vitals> enter(std::uint64_t id, const char* kind, const uuid& subject = {}, const uuid& owner = {}) {
    auto v = std::make_shared<vitals>();
    v->id = id;
    v->kind = kind;
    v->state = "at work";
    v->set_subject(subject);
    v->set_owner(owner);
    live.enter(v);
    return v;
  }
  /// One message, from its arrival to the end of its handler.
  void pass(const vitals& to, std::uint64_t from = 0, steady_moment when = std::chrono::steady_clock::now()) {
    const int message = 0;
    desk.arriving(to, &message, from);
    auto what = desk.taken(1, &message, from);
    what.begun = std::max(when, what.begun);
    desk.handled(to, what, 5us, false);
  }
  std::uint64_t begin(const trace_request& what) {
    const auto begun = desk.begin(what, at, now);
    BOOST_REQUIRE(begun.has_value());
    return begun->id;
  }
  trace_page read(std::uint64_t id, std::size_t after = 0, std::size_t most = everything) {
    auto page = desk.read(id, after, most);
    BOOST_REQUIRE(page.has_value());
    return *page;
  }
};

struct house_fixture {
  virtual_world world;
  virtual_house house{world, calm_settings()};
  person someone = world.newcomer(tier::free, 100);
  person another = world.newcomer(tier::free, 100);

  trace_desk& desk() { return house.config().traces; }
  std::uint64_t begin(const trace_request& what) {
    const auto begun = desk().begin(what, world.now());
    BOOST_REQUIRE(begun.has_value());
    return begun->id;
  }
  std::vector<trace_event> events(std::uint64_t id) { return desk().read(id, 0, everything)->events; }
  static std::set<std::string> kinds_of(const std::vector<trace_event>& events) {
    std::set<std::string> out;
    for (const auto& e : events)
      out.insert(e.kind);
    return out;
  }
  static std::set<std::string> labels_of(const std::vector<trace_event>& events) {
    std::set<std::string> out;
    for (const auto& e : events)
      out.insert(label_of(e.type));
    return out;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(arrivals)

BOOST_AUTO_TEST_CASE(a_message_is_found_once_by_where_it_lies) {
  arrival_table table;
  const int one = 1, other = 2;
  const steady_moment at{5s};
  BOOST_TEST(!table.take(&one).has_value());
  table.note(&one, at);
  BOOST_TEST(!table.take(&other).has_value());
  BOOST_TEST((table.take(&one) == at));
  BOOST_TEST(!table.take(&one).has_value());
}

BOOST_AUTO_TEST_CASE(more_than_it_holds_cost_the_times_of_earlier_ones_and_never_give_a_wrong_one) {
  arrival_table table;
  const std::vector<int> messages(4 * arrival_table::size);
  for (std::size_t i = 0; i < messages.size(); ++i)
    table.note(&messages[i], steady_moment(std::chrono::seconds(i)));
  std::size_t known = 0;
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (const auto at = table.take(&messages[i])) {
      ++known;
      BOOST_TEST((*at == steady_moment(std::chrono::seconds(i))));
    }
  BOOST_TEST(known > 0u);
  BOOST_TEST(known <= arrival_table::size);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(trace_desks, desk_fixture)

BOOST_AUTO_TEST_CASE(while_nothing_is_followed_nobody_is_watching) {
  const auto router = enter(1, "router");
  BOOST_TEST(!desk.is_watching());
  const auto id = begin(of_type("router"));
  BOOST_TEST(desk.is_watching());
  BOOST_TEST(desk.stop(id, now).has_value());
  BOOST_TEST(!desk.is_watching());
}

BOOST_AUTO_TEST_CASE(it_records_what_its_type_handles_and_nothing_else) {
  const auto router = enter(1, "router");
  const auto session = enter(2, "session");
  const auto id = begin(of_type("session"));
  pass(*router, 2);
  pass(*session, 1);
  pass(*session);
  const auto page = read(id);
  BOOST_REQUIRE(page.events.size() == 2u);
  const auto& e = page.events[0];
  BOOST_TEST(e.actor == 2u);
  BOOST_TEST(e.sender == 1u);
  BOOST_TEST(e.sender_kind == std::string("router"));
  BOOST_TEST(e.state == std::string("at work"));
  BOOST_TEST((e.took == 5us));
  BOOST_TEST(e.waited.has_value());
  BOOST_TEST(page.events[1].sender == 0u);
}

BOOST_AUTO_TEST_CASE(an_actor_is_followed_into_what_it_sends) {
  const auto router = enter(2, "router");
  const auto store = enter(3, "store worker");
  const auto id = begin(of_actor(2));
  pass(*store, 2); // known from the beginning on
  pass(*store, 1);
  const auto page = read(id);
  BOOST_REQUIRE(page.events.size() == 1u);
  BOOST_TEST(page.events[0].actor == 3u);
}

BOOST_AUTO_TEST_CASE(an_account_is_followed_through_its_session_and_its_generations_and_shown_by_the_latter_alone) {
  const auto session = enter(2, "session", id_of(1));
  const auto other = enter(3, "session", id_of(9));
  const auto id = begin(of_id(trace_by::account, id_of(1)));
  const auto generation = enter(4, "generation", id_of(5), id_of(1)); // begun later
  const auto store = enter(6, "store worker");
  pass(*session);
  pass(*other);
  pass(*generation, 2);
  pass(*store, 4);
  const auto page = read(id);
  BOOST_REQUIRE(page.events.size() == 3u);
  BOOST_TEST((page.events[0].generation == uuid{}));
  BOOST_TEST((page.events[1].generation == id_of(5)));
  BOOST_TEST((page.events[2].generation == id_of(5)));
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_last_message) {
  const auto router = enter(1, "router");
  const auto id = begin(of_type("router", 3));
  for (int i = 0; i < 10; ++i)
    if (desk.is_watching())
      pass(*router);
  const auto page = read(id);
  BOOST_TEST(page.events.size() == 3u);
  BOOST_TEST((page.of.ended == trace_end::count));
  BOOST_TEST(!desk.is_watching());
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_time_whether_messages_come_or_not) {
  const auto router = enter(1, "router");
  const auto quiet = begin(of_type("router", 500, 10s));
  desk.look(now + 9s);
  BOOST_TEST((read(quiet).of.ended == trace_end::none));
  desk.look(now + 10s);
  BOOST_TEST((read(quiet).of.ended == trace_end::time));
  BOOST_TEST(!desk.is_watching());
  const auto busy = begin(of_type("router", 500, 10s));
  pass(*router, 0, now + 9s);
  pass(*router, 0, now + 11s);
  BOOST_TEST((read(busy).of.ended == trace_end::time));
  BOOST_TEST(read(busy).events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(it_ends_a_moment_after_its_actor) {
  const auto connection = enter(2, "provider connection");
  const auto store = enter(3, "store worker");
  const auto id = begin(of_actor(2));
  live.leave(*connection, false, "done");
  desk.left(*connection, false, now + 10s);
  pass(*store, 2); // what it sent last
  BOOST_TEST((read(id).of.ended == trace_end::none));
  BOOST_TEST(read(id).events.size() == 1u);
  desk.look(now + 10s + trace_desk::lingers);
  BOOST_TEST((read(id).of.ended == trace_end::subject_ended));
}

BOOST_AUTO_TEST_CASE(a_generation_that_failed_is_awaited_and_one_that_is_done_is_not) {
  const auto first = enter(2, "generation", id_of(5));
  const auto id = begin(of_id(trace_by::generation, id_of(5)));
  live.leave(*first, true, "killed");
  desk.left(*first, true);
  desk.look(std::chrono::steady_clock::now() + 2s);
  BOOST_TEST((read(id).of.ended == trace_end::none));
  const auto second = enter(3, "generation", id_of(5));
  pass(*second);
  BOOST_TEST(read(id).events.size() == 1u);
  desk.left(*second, false);
  desk.look(std::chrono::steady_clock::now() + 2s);
  BOOST_TEST((read(id).of.ended == trace_end::subject_ended));
}

BOOST_AUTO_TEST_CASE(who_is_not_there_cannot_be_followed_but_an_account_can) {
  enter(1, "router");
  for (const auto& what : {of_type("session"), of_type(""), of_actor(2), of_id(trace_by::generation, id_of(5))}) {
    const auto got = desk.begin(what, at, now);
    BOOST_REQUIRE(!got.has_value());
    BOOST_TEST((got.error() == trace_refusal::no_target));
  }
  BOOST_TEST(desk.begin(of_id(trace_by::account, id_of(1)), at, now).has_value());
}

BOOST_AUTO_TEST_CASE(a_session_is_followed_as_its_account_alone) {
  enter(2, "session", id_of(1));
  const auto got = desk.begin(of_actor(2), at, now);
  BOOST_REQUIRE(!got.has_value());
  BOOST_TEST((got.error() == trace_refusal::one_person));
  BOOST_TEST(desk.all().empty());
  begin(of_type("session"));
}

BOOST_AUTO_TEST_CASE(as_many_run_as_may_and_no_more) {
  enter(1, "router");
  desk.bound({2, 500, 30s});
  const auto first = begin(of_type("router"));
  BOOST_TEST(!desk.is_full());
  begin(of_type("router"));
  BOOST_TEST(desk.is_full());
  const auto third = desk.begin(of_type("router"), at, now);
  BOOST_REQUIRE(!third.has_value());
  BOOST_TEST((third.error() == trace_refusal::full));
  BOOST_TEST(desk.stop(first, now).has_value());
  BOOST_TEST(begin(of_type("router")) == 3u);
  desk.bound({0, 500, 30s});
  BOOST_TEST(desk.is_full());
}

BOOST_AUTO_TEST_CASE(what_has_ended_is_kept_for_a_while_and_in_bounded_number) {
  enter(1, "router");
  const auto id = begin(of_type("router"));
  BOOST_TEST(desk.stop(id, now).has_value());
  desk.look(now + trace_desk::kept_for - 1ms);
  BOOST_TEST(desk.read(id, 0, 1).has_value());
  desk.look(now + trace_desk::kept_for);
  BOOST_TEST(!desk.read(id, 0, 1).has_value());
  BOOST_TEST(!desk.stop(id, now).has_value());
  for (std::size_t i = 0; i < 2 * trace_desk::most_kept; ++i)
    BOOST_TEST(desk.stop(begin(of_type("router")), now).has_value());
  BOOST_TEST(desk.all().size() == trace_desk::most_kept);
  BOOST_TEST(desk.all().front().id == 2 * trace_desk::most_kept + 1); // newest first
}

BOOST_AUTO_TEST_CASE(it_is_read_in_portions) {
  const auto router = enter(1, "router");
  const auto id = begin(of_type("router"));
  for (int i = 0; i < 5; ++i)
    pass(*router);
  BOOST_TEST(read(id, 0, 2).events.size() == 2u);
  BOOST_TEST(read(id, 4, 2).events.size() == 1u);
  BOOST_TEST(read(id, 5, 2).events.empty());
  BOOST_TEST(read(id, 50, 2).events.empty());
  BOOST_TEST(read(id, 50, 2).of.recorded == 5u);
}

BOOST_AUTO_TEST_CASE(one_that_ended_stays_as_it_ended) {
  const auto router = enter(1, "router");
  const auto id = begin(of_type("router", 1));
  pass(*router);
  const auto stopped = desk.stop(id, now);
  BOOST_REQUIRE(stopped.has_value());
  BOOST_TEST((stopped->ended == trace_end::count));
  BOOST_TEST(stopped->left.count() == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_deleted_account_is_followed_no_more_and_nothing_is_left) {
  const auto session = enter(2, "session", id_of(1));
  enter(3, "session", id_of(2));
  const auto id = begin(of_id(trace_by::account, id_of(1)));
  const auto other = begin(of_id(trace_by::account, id_of(2)));
  pass(*session);
  BOOST_TEST(read(id).events.size() == 1u);
  desk.forget(account_id{id_of(1)}, now);
  BOOST_TEST((read(id).of.ended == trace_end::account_deleted));
  BOOST_TEST(read(id).events.empty());
  BOOST_TEST(read(id).of.recorded == 0u);
  BOOST_TEST(desk.is_watching()); // the other one
  pass(*session);
  BOOST_TEST(read(id).events.empty());
  BOOST_TEST((read(other).of.ended == trace_end::none));
  BOOST_TEST(desk.stop(id, now).has_value());
  BOOST_TEST((read(id).of.ended == trace_end::account_deleted));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_of_one_that_had_ended_before_nothing_is_left_either) {
  const auto session = enter(2, "session", id_of(1));
  const auto id = begin(of_id(trace_by::account, id_of(1)));
  pass(*session);
  BOOST_TEST(desk.stop(id, now).has_value());
  desk.forget(account_id{id_of(1)}, now);
  BOOST_TEST((read(id).of.ended == trace_end::account_deleted));
  BOOST_TEST(read(id).events.empty());
  BOOST_TEST(!desk.is_watching());
}

BOOST_AUTO_TEST_CASE(RIGHT_3_the_graveyard_knows_no_account) {
  const auto session = enter(2, "session", id_of(1));
  const auto generation = enter(3, "generation", id_of(5), id_of(1));
  live.leave(*session, false, "done");
  live.leave(*generation, true, "killed");
  for (const auto& grave : live.graveyard())
    BOOST_TEST((grave.subject == (grave.id == 3 ? id_of(5) : uuid{})));
}

BOOST_AUTO_TEST_CASE(threads_that_write_while_it_is_read_lose_nothing_that_is_not_counted) {
  constexpr int threads = 4, each = 2000;
  desk.bound({1, threads * each, 30s});
  const auto id = begin(of_type(std::string(enter(1, "router")->kind), threads * each));
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([this, v = enter(static_cast<std::uint64_t>(10 + t), "router")] {
      for (int i = 0; i < each; ++i)
        pass(*v);
    });
  for (int i = 0; i < 200; ++i)
    (void)desk.read(id, 0, 500);
  for (auto& one : writers)
    one.join();
  const auto page = read(id);
  BOOST_TEST(page.events.size() == page.of.recorded);
  BOOST_TEST(page.events.size() + page.of.dropped == static_cast<std::size_t>(threads * each));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(traces_of_a_house, house_fixture)

BOOST_AUTO_TEST_CASE(a_generation_is_followed_from_one_actor_to_the_next_until_its_work_is_done) {
  world.upstreams->drawing = [](const auto&) { return turn{10s, {}}; };
  const auto answer = house.create(someone, "a slow boat", 1, false);
  house.advance(1s);
  BOOST_REQUIRE(answer->id);
  const auto id = begin(of_id(trace_by::generation, answer->id->value));
  house.create(another, "a boat of another");
  house.advance(20s);
  const auto seen = events(id);
  BOOST_TEST(labels_of(seen).contains("drawn"));
  const auto kinds = kinds_of(seen);
  BOOST_TEST(kinds.contains("generation"));
  BOOST_TEST(kinds.contains("session"));
  BOOST_TEST(kinds.contains("store"));
  for (const auto& e : seen)
    BOOST_TEST((e.generation == answer->id->value || e.generation == uuid{}));
  for (std::size_t i = 1; i < seen.size(); ++i)
    BOOST_TEST((seen[i - 1].at <= seen[i].at));
  desk().look(std::chrono::steady_clock::now() + 2s);
  BOOST_TEST((desk().read(id, 0, 1)->of.ended == trace_end::subject_ended));
}

BOOST_AUTO_TEST_CASE(an_account_is_followed_alone_and_messages_say_how_long_they_waited) {
  const auto id = begin(of_id(trace_by::account, someone.account.value));
  house.create(another, "a boat of another");
  house.advance(1s);
  BOOST_TEST(events(id).empty());
  house.create(someone, "a boat");
  house.advance(1s);
  const auto seen = events(id);
  BOOST_TEST(kinds_of(seen).contains("session"));
  BOOST_TEST(kinds_of(seen).contains("generation"));
  BOOST_TEST(labels_of(seen).contains("enter"));
  std::size_t timed = 0;
  for (const auto& e : seen)
    timed += e.waited ? 1 : 0;
  BOOST_TEST(timed > seen.size() / 2); // two that lie in the same place of the table cost one its time
}

BOOST_AUTO_TEST_CASE(a_type_is_followed_within_its_bounds_whatever_the_load) {
  auto wanted = of_type("store worker", 5);
  const auto id = begin(wanted);
  for (int i = 0; i < 5; ++i)
    house.create(someone, "a boat");
  house.advance(5s);
  BOOST_TEST(events(id).size() == 5u);
  BOOST_TEST((desk().read(id, 0, 1)->of.ended == trace_end::count));
  for (const auto& e : events(id))
    BOOST_TEST(e.kind == std::string("store worker"));
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_killed_ends_its_trace) {
  std::uint64_t number = 0;
  house.config().live.for_each([&](const vitals& v) {
    if (std::string_view(v.kind) == "sign-in")
      number = v.id;
  });
  const auto id = begin(of_actor(number));
  BOOST_TEST(house.kill("sign-in", [](std::size_t) { return 0; }));
  house.run();
  desk().look(std::chrono::steady_clock::now() + 2s);
  BOOST_TEST((desk().read(id, 0, 1)->of.ended == trace_end::subject_ended));
}

BOOST_AUTO_TEST_SUITE_END()
