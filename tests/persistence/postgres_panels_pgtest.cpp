#include "persistence/billing.hpp"
#include "persistence/console.hpp"
#include "persistence/postgres_retention.hpp"
#include "persistence/process.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::persistence {

namespace the_panels {

using contract::world;
using namespace std::chrono_literals;

namespace {

struct fixture : postgres_fixture, world {
  fixture() : world(under_test()), console(make_console_store(settings())) {}

  void execute(const std::string& sql) const { database->execute(sql); }
  /// One event in the inbox, that came so long ago.
  void event(const std::string& id, const std::string& ago, const std::string& more) const {
    execute("insert into easel.billing_inbox (event_id, type, api_version, livemode, object, object_id, customer,"
            " subscription, invoice, payment_intent, charge, status, currency, instance, created_at, received_at,"
            " by_poll, amount, state, reason, due_at, ended_at, attempts) select '"
            + id + "', 'invoice.paid', '', false, 'invoice', 'in_" + id
            + "', 'cus_1', '', '', '', '', '', 'eur', '', now(), now() - interval '" + ago + "', false, 700, " + more);
  }

  std::unique_ptr<console_store> console;
};

std::int64_t of(const ledger_books& books, book which) {
  return balances_of(books.flows)[static_cast<std::size_t>(which)];
}

const ledger_flow& flow(const ledger_books& books, std::string_view name) {
  const auto found = std::find_if(books.flows.begin(), books.flows.end(),
                                  [&](const auto& one) { return name_of(one.from, one.to) == name; });
  BOOST_REQUIRE(found != books.flows.end());
  return *found;
}

} // namespace

} // namespace the_panels

BOOST_FIXTURE_TEST_SUITE(the_panels, fixture)

BOOST_AUTO_TEST_CASE(an_empty_house_has_books_that_balance) {
  const auto found = console->read_ledger().value();
  BOOST_REQUIRE(found.books.has_value());
  BOOST_TEST(found.books->flows.empty());
  BOOST_TEST(drift_of(*found.books).available == 0);
  BOOST_TEST(found.holds.size() == 5u);
  BOOST_TEST(!found.oldest_hold);
}

BOOST_AUTO_TEST_CASE(the_books_hold_what_was_granted_held_and_spent) {
  const auto who = newcomer(tier::free, 100);
  completed(who, 5, 3);
  (void)dispatched(who, 7, 2);
  const auto found = console->read_ledger().value();
  BOOST_REQUIRE(found.books.has_value());
  BOOST_TEST(of(*found.books, book::issued) == -100);
  BOOST_TEST(of(*found.books, book::available) == 71);
  BOOST_TEST(of(*found.books, book::held) == 14);
  BOOST_TEST(of(*found.books, book::spent) == 15);
  BOOST_TEST(drift_of(*found.books).available == 0);
  BOOST_TEST(drift_of(*found.books).held == 0);
  BOOST_TEST(found.holds[0].count == 1);
  BOOST_TEST(found.holds[0].amount == 14);
  BOOST_TEST(found.oldest_hold.has_value());
}

BOOST_AUTO_TEST_CASE(entries_are_summed_by_kind_since_today_and_in_thirty_days) {
  (void)newcomer(tier::free, 100);
  const auto later = make_console_store(settings(), 24h * 2)->read_ledger().value();
  const auto much_later = make_console_store(settings(), 24h * 31)->read_ledger().value();
  const auto now = flow(*console->read_ledger().value().books, "granted");
  BOOST_TEST(now.today.amount == 100);
  BOOST_TEST(now.today.entries == 1);
  BOOST_TEST(flow(*later.books, "granted").today.amount == 0);
  BOOST_TEST(flow(*later.books, "granted").month.amount == 100);
  BOOST_TEST(flow(*much_later.books, "granted").month.entries == 0);
  BOOST_TEST(flow(*much_later.books, "granted").ever.amount == 100);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_changed_behind_the_ledgers_back_is_drift) {
  const auto who = newcomer(tier::free, 100);
  (void)accepted(who, 5, 1);
  execute("update easel.credit_grant set remaining = remaining - 3");
  execute("update easel.account set held = held + 2");
  const auto found = console->read_ledger().value();
  BOOST_TEST(drift_of(*found.books).available == -3);
  BOOST_TEST(drift_of(*found.books).held == 2);
}

BOOST_AUTO_TEST_CASE(holds_are_told_by_their_age) {
  const auto who = newcomer(tier::free, 100);
  (void)accepted(who, 5, 1);
  const auto old = make_console_store(settings(), 2h)->read_ledger().value();
  BOOST_TEST(old.holds[0].count == 0);
  BOOST_TEST(old.holds[3].count == 1);
  BOOST_TEST(old.holds[3].amount == 5);
}

BOOST_AUTO_TEST_CASE(the_inbox_is_told_by_state_age_and_reason) {
  event("evt_1", "5 seconds", "0, '', now(), null, 0");
  event("evt_2", "2 hours", "3, 'wrong_amount', now(), null, 4");
  event("evt_3", "3 days", "3, 'wrong_amount', now(), null, 9");
  event("evt_4", "3 days", "3, 'gone', now(), null, 2");
  event("evt_5", "1 hour", "1, '', null, now(), 1");
  event("evt_6", "9 days", "1, '', null, now() - interval '8 days', 1");
  event("evt_7", "1 hour", "2, 'other_mode', null, now(), 1");
  const auto found = console->read_billing().value();
  BOOST_REQUIRE(found.inbox.size() == 4u);
  BOOST_TEST(found.inbox[0].state == "waiting");
  BOOST_TEST(found.inbox[0].ages[0].count == 1);
  BOOST_TEST(found.inbox[1].count == 3);
  BOOST_TEST(found.inbox[1].ages[3].count == 1);
  BOOST_TEST(found.inbox[1].ages[4].count == 2);
  BOOST_TEST((found.at - *found.inbox[1].oldest > 71h));
  BOOST_TEST(found.inbox[2].count == 1); // applied since yesterday
  BOOST_TEST(found.inbox[3].count == 1);
  BOOST_REQUIRE(found.parked.size() == 2u);
  BOOST_TEST(found.parked[0].reason == "wrong_amount");
  BOOST_TEST(found.parked[0].count == 2);
  BOOST_REQUIRE(found.differences.size() == 3u);
  BOOST_TEST(found.differences[2].event == "evt_2");
  BOOST_TEST(found.differences[2].object_id == "in_evt_2");
  BOOST_TEST((found.differences[2].amount == 700));
  BOOST_TEST(found.differences[2].attempts == 4);
}

BOOST_AUTO_TEST_CASE(open_differences_are_at_most_a_hundred_the_oldest_first) {
  for (int i = 0; i < most_differences + 5; ++i)
    event("evt_" + std::to_string(i), std::to_string(i) + " minutes", "3, 'gone', now(), null, 1");
  const auto found = console->read_billing().value();
  BOOST_REQUIRE(found.differences.size() == static_cast<std::size_t>(most_differences));
  BOOST_TEST(found.differences[0].event == "evt_104");
  BOOST_TEST(found.inbox[1].count == most_differences + 5);
}

BOOST_AUTO_TEST_CASE(a_sweep_is_told_with_how_long_it_took_and_what_it_repaired) {
  const auto books = make_postgres_billing_store(settings(), contract::test_keys(), commons);
  const auto at = books->now().value();
  BOOST_TEST(books->keep_sweep("events", {at, at, 12, 1, 250ms}).value());
  BOOST_TEST(books->keep_sweep("objects", {at, at, 3, 0, {}}).value());
  const auto kept = books->sweep_mark_of("events").value();
  BOOST_TEST((kept->took == duration(250ms)));
  const auto found = console->read_billing().value();
  BOOST_REQUIRE(found.sweeps.size() == 2u);
  BOOST_TEST(found.sweeps[0].found == 1);
  BOOST_TEST((found.sweeps[0].took == duration(250ms)));
  BOOST_TEST(!found.sweeps[1].took);
}

BOOST_AUTO_TEST_CASE(rounds_of_the_reaper_are_summed_over_a_day) {
  const auto reaper = make_postgres_retention(settings(), 1s, commons);
  const auto at = reaper->now().value();
  for (const auto age : {0h, 1h, 30h}) {
    retention_run run;
    run.cut = run.ended_at = at - age;
    run.took = 20ms;
    run.rows = 4;
    run.partitions = 1;
    run.by_table = {{"image", 3}, {"sign_in", 1}};
    BOOST_TEST(reaper->record(run).value());
  }
  const auto found = console->read_retention().value();
  BOOST_TEST(found.rounds == 2);
  BOOST_TEST(found.rows == 8);
  BOOST_TEST(found.partitions == 2);
  BOOST_TEST(found.by_table.at("image") == 6);
  BOOST_REQUIRE(found.last.has_value());
  BOOST_TEST(found.last->by_table.at("sign_in") == 1);
  BOOST_TEST(!found.clock.halted_at);
  BOOST_TEST(reaper->halt(policies::clock_fault::leapt).value());
  const auto halted = console->read_retention().value();
  BOOST_TEST(halted.clock.halted_at.has_value());
  BOOST_TEST((halted.clock.why == policies::clock_fault::leapt));
}

BOOST_AUTO_TEST_CASE(nodes_are_told_with_their_version_process_and_work) {
  const auto who = newcomer(tier::free, 100);
  (void)accepted(who, 5, 1);
  const auto left = new_node();
  BOOST_TEST(db->leave(left).value());
  auto nodes = console->read_cluster().value().nodes;
  std::erase_if(nodes, [&](const auto& one) { return one.id != node && one.id != left; }); // of tests before
  BOOST_REQUIRE(nodes.size() == 2u);
  for (const auto& one : nodes) {
    BOOST_TEST(one.process == process_name());
    BOOST_TEST(one.version == program_version());
    BOOST_TEST(one.left_at.has_value() == (one.id == left));
    BOOST_TEST(one.in_work == (one.id == node ? 1 : 0));
  }
}

BOOST_AUTO_TEST_CASE(who_does_what_is_done_once_is_who_holds_its_lock) {
  const auto holder = [&](singleton what) {
    const auto cluster = console->read_cluster().value();
    for (const auto& one : cluster.singletons)
      if (one.what == what)
        return one.process;
    return std::string("not listed");
  };
  BOOST_TEST(holder(singleton::reaper).empty());
  {
    const auto reaper = make_postgres_retention(settings(), 1s, commons);
    const auto books = make_postgres_billing_store(settings(), contract::test_keys(), commons);
    BOOST_TEST(reaper->lead().value());
    BOOST_TEST(books->lead(billing_store::role::reconciler).value());
    BOOST_TEST(holder(singleton::reaper) == process_name());
    BOOST_TEST(holder(singleton::billing_reconciler) == process_name());
    BOOST_TEST(holder(singleton::billing_clerk).empty());
    BOOST_TEST(holder(singleton::auditor).empty());
  }
}

BOOST_AUTO_TEST_CASE(books_that_take_too_long_to_count_leave_the_rest_to_be_seen) {
  const auto who = newcomer(tier::free, 100);
  (void)accepted(who, 5, 1);
  // A view that sleeps, in the place of the table that grows for ever.
  execute("alter table easel.credit_transfer rename to credit_transfer_hidden;"
          " create view easel.credit_transfer as select t.* from easel.credit_transfer_hidden t, pg_sleep(10)");
  const auto found = console->read_ledger();
  execute("drop view easel.credit_transfer; alter table easel.credit_transfer_hidden rename to credit_transfer");
  BOOST_REQUIRE(found);
  BOOST_TEST(!found->books);
  BOOST_TEST(found->holds[0].count == 1);
}

BOOST_AUTO_TEST_CASE(a_panel_of_a_database_that_cannot_be_reached_is_unavailable) {
  auto nowhere = settings();
  nowhere.database_url = "host=/nowhere dbname=easel";
  const auto away = make_console_store(nowhere);
  BOOST_TEST((away->read_ledger().error().what == store_error::kind::unavailable));
  BOOST_TEST((away->read_billing().error().what == store_error::kind::unavailable));
  BOOST_TEST((away->read_retention().error().what == store_error::kind::unavailable));
  BOOST_TEST((away->read_cluster().error().what == store_error::kind::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
