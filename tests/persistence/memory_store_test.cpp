#include "tests/persistence/memory_fixture.hpp"

#include <atomic>
#include <thread>

namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(the_memory_store)

using contract::world;

namespace {

const bool contract_registered =
  contract::register_contract("memory_store_keeps_the_contract", [] { return memory_fixture().under_test(); });

} // namespace

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
