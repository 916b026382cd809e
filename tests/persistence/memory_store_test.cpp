#include "persistence/memory_store.hpp"

#include "tests/persistence/contract/world.hpp"

#include <atomic>
#include <thread>

namespace easel::persistence {

using contract::world;

namespace {

/// A database whose time only moves when told to.
struct memory_fixture {
  std::shared_ptr<std::atomic<std::int64_t>> time =
    std::make_shared<std::atomic<std::int64_t>>(1'795'413'600'000'000); // 2026-11-23T06:00:00Z
  std::shared_ptr<memory_database> database =
    std::make_shared<memory_database>([t = time] { return instant(duration(t->load())); });

  [[nodiscard]] contract::store_under_test under_test() const {
    contract::store_under_test under;
    under.keys = contract::test_keys();
    under.open = [db = database, keys = under.keys] { return make_memory_store(db, {}, keys); };
    under.advance_clock = [t = time](duration span) { t->fetch_add(span.count()); };
    under.restrict_account = [db = database](account_id id, bool on) { db->restrict_account(id, on); };
    under.close_account = [db = database](account_id id) { db->close_account(id); };
    under.count_audit_rows = [db = database] { return static_cast<std::int64_t>(db->audit().size()); };
    return under;
  }
};

const bool contract_registered =
  contract::register_contract("memory_store_keeps_the_contract", [] { return memory_fixture().under_test(); });

/// Fails one operation once, before or after its effect.
memory_database::fault_hook fail_once(std::string operation, bool before, store_error::kind what) {
  auto used = std::make_shared<bool>(false);
  return [=](std::string_view name, bool is_before) -> std::optional<store_error> {
    if (*used || name != operation || is_before != before)
      return std::nullopt;
    *used = true;
    return store_error{what, operation, "08006"};
  };
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_memory_store)

BOOST_AUTO_TEST_CASE(a_fault_before_the_effect_leaves_nothing_behind) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::free, 100);
  const auto command = w.order(p);
  fixture.database->set_fault(fail_once("admit", true, store_error::kind::unavailable));
  const auto outcome = w.write_one(command);
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error() == store_error{store_error::kind::unavailable, "admit", "08006"}));
  BOOST_TEST(w.balance_of(p).held.value() == 0);
  BOOST_TEST(w.try_admit(command).result == admission::admitted);
}

BOOST_AUTO_TEST_CASE(a_fault_after_the_effect_loses_only_the_answer) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  fixture.database->set_fault(fail_once("store_image", false, store_error::kind::unavailable));
  BOOST_TEST(!w.write_one(w.picture(g, 0, true)).has_value());
  BOOST_TEST(w.row_of(p, g.id).state == generation_state::completed);
  BOOST_TEST(w.try_end(w.picture(g, 0, true)).result == fenced::not_in_state);
  w.check_invariants();
}

BOOST_AUTO_TEST_CASE(a_fault_of_a_batch_fails_all_of_it) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::free, 100);
  const std::vector<write> batch{w.order(p), w.order(p)};
  for (const bool before : {true, false}) {
    fixture.database->set_fault(fail_once("apply", before, store_error::kind::unavailable));
    for (const auto& outcome : w.db->apply(batch))
      BOOST_TEST(!outcome.has_value());
    BOOST_TEST(w.balance_of(p).held.value() == (before ? 0 : 10));
  }
}

BOOST_AUTO_TEST_CASE(a_refused_command_fails_without_its_neighbours) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::free, 100);
  fixture.database->set_fault(fail_once("admit", true, store_error::kind::refused));
  const std::vector<write> batch{w.order(p), w.order(p)};
  const auto outcomes = w.db->apply(batch);
  BOOST_TEST(!outcomes[0].has_value());
  BOOST_TEST(outcomes[1].has_value());
}

BOOST_AUTO_TEST_CASE(queries_can_fail_too_and_faults_can_end) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  fixture.database->set_fault([](std::string_view operation, bool) {
    return std::optional(store_error{store_error::kind::unavailable, std::string(operation), ""});
  });
  const auto beat = w.db->heartbeat(w.node);
  BOOST_REQUIRE(!beat.has_value());
  BOOST_TEST(beat.error().operation == "heartbeat");
  fixture.database->set_fault({});
  BOOST_TEST(w.db->heartbeat(w.node).value().has_value());
}

BOOST_AUTO_TEST_CASE(the_audit_names_who_did_what_and_why) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer();
  BOOST_REQUIRE(w.db->set_tier(p.account, tier::paid, "alice", "bought a pack").value());
  const auto last = fixture.database->audit().back();
  BOOST_TEST(last.actor == "alice");
  BOOST_TEST(last.action == "set_tier");
  BOOST_TEST(last.reason == "bought a pack");
  BOOST_TEST((last.account == p.account));
}

BOOST_AUTO_TEST_CASE(expired_credits_move_to_their_book_with_the_next_admission) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::paid);
  w.give(p, 10, w.now() + std::chrono::hours(1));
  w.advance(std::chrono::hours(2));
  BOOST_TEST(w.try_admit(w.order(p, 1)).result == admission::insufficient_credits);
  const auto newest = w.entries_of(p).front();
  BOOST_TEST((newest.from == book::available && newest.to == book::expired));
  BOOST_TEST(newest.amount.value() == 10);
  w.check_invariants();
}

BOOST_AUTO_TEST_CASE(one_history_of_calls_mints_one_sequence_of_ids) {
  const auto mint = [] {
    const memory_fixture fixture;
    const auto db = fixture.under_test().open();
    const auto account = db->create_account(tier::free, "test", "why").value();
    const auto key = db->create_key(account, "k", {}, "abcd", "test").value();
    return std::pair(account, key.id);
  };
  BOOST_TEST((mint() == mint()));
}

BOOST_AUTO_TEST_CASE(connections_in_several_threads_keep_the_books) {
  const memory_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::free, 150);
  std::vector<admit> commands;
  for (int i = 0; i < 400; ++i)
    commands.push_back(w.order(p, 1));
  for (auto& command : commands)
    command.max_active = 1000;
  std::atomic<int> admitted_count{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const auto connection = w.under.open();
      for (std::size_t i = t; i < commands.size(); i += 4) {
        const write command = commands[i];
        const auto outcomes = connection->apply({&command, 1});
        admitted_count += std::get<admitted>(*outcomes.front()).result == admission::admitted;
      }
    });
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(admitted_count == 150);
  BOOST_TEST(w.balance_of(p).held.value() == 150);
  w.check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
