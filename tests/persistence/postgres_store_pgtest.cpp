#include "tests/persistence/postgres_fixture.hpp"

#include "persistence/migrate.hpp"

#include <atomic>
#include <thread>

/// What only a real database can do to a store: refuse, go away, be shared, keep what it should not.
namespace easel::persistence {

namespace the_postgres_store {

using contract::work;
using contract::world;

namespace {

struct fixture : postgres_fixture, world {
  fixture() : world(under_test()) {}

  [[nodiscard]] std::vector<write> orders(const contract::person& by, int count) {
    std::vector<write> commands;
    for (int i = 0; i < count; ++i)
      commands.emplace_back(order(by, 1));
    return commands;
  }
};

/// A command that only the database finds impossible: more images than any generation may have.
admit impossible(fixture& f, const contract::person& by) {
  auto command = f.order(by, 1);
  command.plan.images = 31;
  return command;
}

void end_other_sessions(const tests::fresh_database& database) {
  database.execute(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'");
}

std::string big_image() {
  std::string bytes(1'500'000, '\0');
  fill_random(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
  return bytes;
}

/// How many rows of all tables print as something that holds `text`.
int rows_with(const tests::fresh_database& database, const std::string& text) {
  return std::stoi(database.value("select count(*) from (select unnest(xpath('//text()', query_to_xml(format("
                                  "'select t::text as row from easel.%I t', tablename), false, false, '')))::text"
                                  " as row from pg_tables where schemaname = 'easel') all_rows where row like '%"
                                  + text + "%'"));
}

bool was_admitted(const answer<write_outcome>& outcome) {
  return outcome.has_value() && std::get<admitted>(*outcome).result == admission::admitted;
}

} // namespace

} // namespace the_postgres_store

BOOST_FIXTURE_TEST_SUITE(the_postgres_store, fixture)

BOOST_AUTO_TEST_CASE(a_command_that_the_database_refuses_fails_without_its_neighbours) {
  const auto p = newcomer(tier::free, 100);
  const auto q = newcomer(tier::free, 100);
  for (const std::size_t bad : {0u, 4u, 9u}) {
    auto batch = orders(p, 5);
    for (auto& other : orders(q, 5))
      batch.push_back(std::move(other));
    batch[bad] = impossible(*this, bad < 5 ? p : q);
    const auto outcomes = db->apply(batch);
    BOOST_REQUIRE(outcomes.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i)
      BOOST_TEST(was_admitted(outcomes[i]) == (i != bad));
    BOOST_REQUIRE(!outcomes[bad].has_value());
    BOOST_TEST((outcomes[bad].error() == store_error{store_error::kind::refused, "admit", "23514"}));
  }
  BOOST_TEST(balance_of(p).held.value() + balance_of(q).held.value() == 27);
}

BOOST_AUTO_TEST_CASE(several_refusals_in_one_batch_are_all_split_off) {
  const auto p = newcomer(tier::free, 100);
  auto batch = orders(p, 6);
  for (const std::size_t bad : {1u, 2u, 5u})
    batch[bad] = impossible(*this, p);
  const auto outcomes = db->apply(batch);
  for (std::size_t i = 0; i < batch.size(); ++i)
    BOOST_TEST(outcomes[i].has_value() == (i != 1 && i != 2 && i != 5));
  BOOST_TEST(balance_of(p).held.value() == 3);
}

BOOST_AUTO_TEST_CASE(more_commands_than_one_transaction_takes_are_all_answered_in_place) {
  const auto p = newcomer(tier::free, 1000);
  auto batch = orders(p, 600);
  for (auto& command : batch)
    std::get<admit>(command).max_active = 1000;
  const auto outcomes = db->apply(batch);
  BOOST_REQUIRE(outcomes.size() == batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    BOOST_REQUIRE(was_admitted(outcomes[i]));
    BOOST_TEST((std::get<admitted>(*outcomes[i]).id == std::get<admit>(batch[i]).id));
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_ended_while_idle_is_opened_again) {
  const auto p = newcomer(tier::free, 100);
  end_other_sessions(*database);
  BOOST_TEST(was_admitted(write_one(order(p))));
  end_other_sessions(*database);
  BOOST_TEST(db->find_account(p.account).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_lost_under_way_fails_what_it_carried_and_then_recovers) {
  const auto p = newcomer(tier::free, 100);
  const auto command = order(p);
  // The transaction waits for this lock; whoever holds it ends the waiting session.
  const tests::fresh_database& beside = *database;
  std::atomic<bool> waits{false};
  std::thread ender([&] {
    beside.execute("begin; select from easel.account where id = '" + to_string(p.account.value)
                   + "' for update; do $$ begin"
                     " for i in 1 .. 1000000 loop"
                     "   perform pg_stat_clear_snapshot();"
                     "   perform pg_terminate_backend(pid, 5000) from pg_stat_activity"
                     "    where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock';"
                     "   exit when found;"
                     " end loop; end $$; commit");
    waits = true;
  });
  auto outcome = write_one(command);
  while (outcome.has_value() && !waits) // the lock was not taken yet: that write just happened
    outcome = write_one(order(p));
  ender.join();
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error().what == store_error::kind::unavailable));
  BOOST_TEST(was_admitted(write_one(order(p))));
}

BOOST_AUTO_TEST_CASE(an_admit_asked_again_after_a_lost_answer_holds_once) {
  const auto p = newcomer(tier::free, 100);
  const auto command = order(p, 10);
  BOOST_TEST(was_admitted(write_one(command)));
  BOOST_TEST(was_admitted(write_one(command)));
  BOOST_TEST(balance_of(p).held.value() == 10);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(without_a_database_every_operation_is_unavailable) {
  auto nowhere = settings();
  nowhere.database_url = "postgresql:///easel?host=/nonexistent";
  const auto lost = make_postgres_store(nowhere, contract::test_keys());
  const write command = order(newcomer());
  const auto outcomes = lost->apply({&command, 1});
  BOOST_REQUIRE(!outcomes.front().has_value());
  BOOST_TEST((outcomes.front().error().what == store_error::kind::unavailable));
  BOOST_TEST((lost->heartbeat(node).error().what == store_error::kind::unavailable));
  BOOST_TEST((lost->find_image({}, {}, 0).error().what == store_error::kind::unavailable));
}

BOOST_AUTO_TEST_CASE(connections_that_race_for_one_account_never_overdraw_it) {
  const auto p = newcomer(tier::free, 150);
  constexpr std::size_t threads = 8;
  std::vector<write> commands = orders(p, 400);
  for (auto& command : commands)
    std::get<admit>(command).max_active = 1000;
  const auto first = under.open();
  std::atomic<int> count{0};
  std::vector<std::thread> racers;
  for (std::size_t t = 0; t < threads; ++t)
    racers.emplace_back([&, t] {
      const auto own = t % 2 == 0 ? under.open() : open_elsewhere();
      const std::span part = std::span(commands).subspan(t * 50, 50);
      for (std::size_t i = 0; i < part.size(); i += 5)
        for (const auto& outcome : own->apply(part.subspan(i, 5)))
          count += was_admitted(outcome);
    });
  for (auto& racer : racers)
    racer.join();
  BOOST_TEST(count == 150);
  BOOST_TEST(balance_of(p).available.value() == 0);
  BOOST_TEST(balance_of(p).held.value() == 150);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(batches_that_meet_the_same_accounts_in_opposite_orders_all_succeed) {
  std::vector<contract::person> people;
  for (int i = 0; i < 6; ++i)
    people.push_back(newcomer(tier::free, 1000));
  std::vector<std::vector<write>> batches(8);
  for (std::size_t b = 0; b < batches.size(); ++b)
    for (std::size_t i = 0; i < 60; ++i)
      batches[b].emplace_back(order(people[b % 2 == 0 ? i % 6 : 5 - i % 6], 1));
  std::atomic<int> count{0};
  std::vector<std::thread> racers;
  for (auto& batch : batches)
    racers.emplace_back([&] {
      const auto own = under.open();
      for (const auto& outcome : own->apply(batch))
        count += was_admitted(outcome);
    });
  for (auto& racer : racers)
    racer.join();
  BOOST_TEST(count == 480);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_key_that_the_cache_forgets_under_way_is_still_that_of_the_batch) {
  const auto p = newcomer(tier::free, 1000);
  std::vector<write> pictures;
  for (int i = 0; i < 40; ++i) // sealed one after the other, each when the one before has left
    pictures.emplace_back(picture(dispatched(p, 1), 0, true, std::string(100'000, 'x')));
  (void)accepted(p, 1);       // the cache knows its key
  std::thread forgetful([&] { // any change of an account makes its nodes forget
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      commons->forget(p.account);
    }
  });
  int finished = 0;
  for (const auto& outcome : db->apply(pictures))
    finished += outcome && std::get<persistence::finished>(*outcome).result == fenced::done;
  forgetful.join();
  BOOST_TEST(finished == 40);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(another_nodes_store_takes_over_and_finishes_what_the_first_began) {
  const auto p = newcomer(tier::free, 100);
  const auto g = dispatched(p, 10);
  BOOST_REQUIRE(db->leave(node).value());
  const auto elsewhere = open_elsewhere(); // knows nothing of the first one's caches
  const auto other = new_node();
  const auto adopted = elsewhere->take_over(other, std::chrono::seconds(10), 10).value();
  BOOST_REQUIRE(adopted.size() == 1u);
  BOOST_TEST((adopted[0].row.prompt.reveal() == "a lighthouse in the rain"));
  const write late = picture(g, 0, true);
  BOOST_TEST(std::get<finished>(db->apply({&late, 1}).front().value()).result == fenced::stale);
  const write mine = picture({g.id, adopted[0].owner}, 0, true, "the picture");
  BOOST_TEST(std::get<finished>(elsewhere->apply({&mine, 1}).front().value()).charged.value() == 10);
  BOOST_TEST(*db->find_image(p.account, g.id, 0).value() == "the picture");
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_image_of_a_megabyte_and_a_half_comes_back_byte_for_byte) {
  const auto p = newcomer(tier::free, 100);
  const auto g = dispatched(p);
  const auto bytes = big_image();
  BOOST_REQUIRE(try_end(picture(g, 0, true, bytes)).result == fenced::done);
  const auto back = db->find_image(p.account, g.id, 0).value();
  BOOST_REQUIRE(back);
  BOOST_TEST((*back == bytes));
  BOOST_TEST(row_of(p, g.id).images.front().bytes == 1'500'000);
}

BOOST_AUTO_TEST_CASE(content_moved_to_another_row_does_not_open) {
  const auto p = newcomer(tier::free, 100);
  const auto first = completed(p);
  const auto second = completed(p);
  database->execute("update easel.image i set bytes_sealed = o.bytes_sealed from easel.image o"
                    " where i.generation_id = '"
                    + to_string(first.value) + "' and o.generation_id = '" + to_string(second.value) + "'");
  BOOST_TEST(!db->find_image(p.account, first, 0).value());
  BOOST_TEST(db->find_image(p.account, second, 0).value());
}

BOOST_AUTO_TEST_CASE(without_the_accounts_key_nothing_of_it_can_be_read_or_written) {
  const auto p = newcomer(tier::free, 100);
  const auto done = completed(p);
  const auto g = dispatched(p);
  database->execute("delete from easel.account_key");
  commons->forget(p.account);
  BOOST_TEST(row_of(p, done).prompt.empty());
  BOOST_TEST(!db->find_image(p.account, done, 0).value());
  BOOST_TEST(!write_one(picture(g, 0, true)).has_value());
  BOOST_TEST(try_admit(order(p)).result == admission::account_gone);
}

BOOST_AUTO_TEST_CASE(the_audit_can_only_grow) {
  (void)newcomer();
  BOOST_CHECK_THROW(database->execute("update easel.operator_audit set reason = 'other'"), std::runtime_error);
  BOOST_CHECK_THROW(database->execute("delete from easel.operator_audit"), std::runtime_error);
  BOOST_CHECK_THROW(database->execute("truncate easel.operator_audit"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(transfers_are_never_changed) {
  (void)newcomer(tier::free, 5);
  BOOST_CHECK_THROW(database->execute("update easel.credit_transfer set amount = 6"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_prompt_is_nowhere_in_plain_not_even_after_a_refusal) {
  const std::string canary = "canary-prompt-7f3a";
  const auto p = newcomer(tier::free, 100);
  auto kept = order(p);
  kept.prompt = secret_text(canary);
  kept.fingerprint_source = canary;
  kept.idempotency_key = canary;
  auto refused = impossible(*this, p);
  refused.prompt = secret_text(canary);
  const std::vector<write> batch{kept, refused};
  BOOST_REQUIRE(db->apply(batch)[0].has_value());
  BOOST_TEST(rows_with(*database, "upstream/gpt-image-1") > 0); // the search does find what is in plain
  BOOST_TEST(rows_with(*database, canary) == 0);
  BOOST_TEST(rows_with(*database, "63616e6172792d70726f6d70742d37663361") == 0); // the same in hex, as bytea prints
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
