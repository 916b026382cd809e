#include "persistence/database_check.hpp"
#include "persistence/postgres_retention.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"
#include "tests/persistence/sleeping_session.hpp"

#include <algorithm>
#include <optional>
#include <thread>

/// The reaper on a real database: what goes, what stays, who waits for whom, and what is left when it is cut off.
namespace easel::persistence {

namespace the_reaper {

using namespace std::chrono_literals;
using policies::partition_state;
using policies::partition_step;
using policies::planned_step;

namespace {

constexpr auto month = 24h * 30;

/// A database of its own: its partitions are taken apart.
struct fixture {
  std::shared_ptr<tests::fresh_database> database = std::make_shared<tests::fresh_database>();
  postgres_fixture pg{database};
  contract::world w{pg.under_test()};
  policies::retention_windows windows;
  std::unique_ptr<retention> reaper = another();

  [[nodiscard]] std::unique_ptr<retention> another() const {
    return make_postgres_retention(pg.settings(), 100ms, pg.commons);
  }

  [[nodiscard]] std::string count(const std::string& table) const {
    return database->value("select count(*) from easel." + table);
  }

  /// All rules to their end; the books must be in order after each batch.
  int reap_everything(int batch = 1000) {
    const auto cut = contract::must(reaper->now());
    int all = 0;
    for (const auto& rule : policies::reaping_rules(windows))
      for (int some = batch; some == batch; all += some) {
        some = contract::must(reaper->reap(rule, cut, batch));
        BOOST_REQUIRE(some <= batch);
        w.check_invariants();
      }
    return all;
  }

  [[nodiscard]] std::vector<planned_step> plan() {
    return policies::plan_partitions(contract::must(reaper->partitions()), contract::must(reaper->now()), windows);
  }

  /// Every step that is due, with the books in order after each; returns how many days were dropped.
  int drop_what_is_over() {
    int dropped = 0;
    for (auto steps = plan(); !steps.empty(); steps = plan()) {
      BOOST_REQUIRE(contract::must(reaper->take(steps.front())));
      dropped += steps.front().what == partition_step::drop ? 1 : 0;
      w.check_invariants();
    }
    return dropped;
  }

  [[nodiscard]] std::string image_day() {
    return database->value("select 'image_' || to_char(min(day), 'YYYYMMDD') from easel.image");
  }
  [[nodiscard]] std::optional<partition_state> state_of(const std::string& name) {
    for (const auto& p : contract::must(reaper->partitions()))
      if (p.name == name)
        return p.is;
    return std::nullopt;
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return !database->value("select to_regclass('easel." + name + "')").empty();
  }

  void end_other_sessions() const {
    database->execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                      " where datname = current_database() and pid <> pg_backend_pid()"
                      " and backend_type = 'client backend'");
  }
};

bool is_lock_timeout(const answer<bool>& taken) {
  return !taken && taken.error().sqlstate == "55P03" && taken.error().what == store_error::kind::unavailable;
}

} // namespace

} // namespace the_reaper

BOOST_FIXTURE_TEST_SUITE(the_reaper, fixture)

// ------------------------------------------------------------------ rows

BOOST_AUTO_TEST_CASE(RET_1_what_has_expired_is_deleted_and_nothing_else) {
  const auto p = w.newcomer(tier::free, 100);
  w.completed(p, 5, 2);
  w.strike(p); // a blocked one
  w.advance(month - 1h);
  w.completed(p, 5, 2);
  reap_everything();
  BOOST_TEST(count("generation") == "3");
  BOOST_TEST(count("image") == "4");
  w.advance(1h);
  reap_everything();
  BOOST_TEST(count("generation") == "1");
  BOOST_TEST(count("image") == "2");
  BOOST_TEST(count("disclosure") == "2"); // to moderation and to sub2api
  BOOST_TEST(contract::must(w.db->list_generations(p.account, {}, 10)).rows.size() == 1);
}

BOOST_AUTO_TEST_CASE(batches_are_bounded_and_the_books_are_in_order_after_each) {
  const auto p = w.newcomer(tier::free, 100);
  for (int i = 0; i < 5; ++i)
    w.completed(p, 2, 2);
  w.advance(month);
  BOOST_TEST(reap_everything(1) > 15);
  BOOST_TEST(count("generation") == "0");
  BOOST_TEST(count("image") == "0");
  BOOST_TEST(count("disclosure") == "0");
}

BOOST_AUTO_TEST_CASE(each_small_table_is_reaped_by_its_own_window) {
  const auto p = w.newcomer(tier::paid, 100);
  auto command = w.order(p);
  command.idempotency_key = "once";
  const auto g = w.accepted(command);
  auto waiting = w.order(p);
  waiting.awaits_answer = true;
  const auto h = w.accepted(waiting);
  BOOST_TEST(w.try_write(w.sending(g, tier::paid)) == fenced::done);
  BOOST_TEST(w.try_write(begin_call{g.id, g.owner, 0, "kie-1", w.new_digest()}) == fenced::done);
  w.try_end(w.picture(g, 0, true));
  BOOST_TEST(w.try_write(w.sending(h, tier::paid)) == fenced::done);
  w.try_end(w.picture(h, 0, true));
  const auto person = contract::visit(w, contract::somebody());
  (void)contract::begun(w, w.new_digest());
  BOOST_TEST(count("awaiting_answer") + count("idempotency_claim") + count("provider_call") + count("session")
               + count("sign_in")
             == "11111");
  w.advance(11min);
  reap_everything();
  BOOST_TEST(count("sign_in") == "0");
  BOOST_TEST(count("awaiting_answer") == "1");
  w.advance(5min);
  reap_everything();
  BOOST_TEST(count("awaiting_answer") == "0");
  BOOST_TEST(count("idempotency_claim") == "1");
  w.advance(24h);
  reap_everything();
  BOOST_TEST(count("idempotency_claim") == "0");
  BOOST_TEST(count("session") == "1");
  w.advance(7 * 24h); // idle for too long
  reap_everything();
  BOOST_TEST(count("session") == "0");
  BOOST_TEST(count("provider_call") == "1");
  w.advance(month);
  reap_everything();
  BOOST_TEST(count("provider_call") == "0");
  BOOST_TEST(contract::must(w.db->find_person(person.account)).has_value()); // RET-2: the account stays
}

BOOST_AUTO_TEST_CASE(TECH_1_lines_of_the_access_log_go_by_the_window_they_were_written_with) {
  access_record line;
  line.at = w.now();
  line.ip = "203.0.113.7";
  line.route = "GET /healthz";
  line.status = 200;
  line.request_id = "req_1";
  contract::must(w.db->append_access({&line, 1}));
  w.advance(month - 10min);
  reap_everything();
  BOOST_TEST(count("access_log") == "1");
  w.advance(10min);
  reap_everything();
  BOOST_TEST(count("access_log") == "0");
}

BOOST_AUTO_TEST_CASE(leases_go_a_day_after_they_ended_unless_they_own_work) {
  const auto p = w.newcomer(tier::free, 100);
  (void)w.accepted(p);
  const auto idle = w.new_node();
  for (const auto node : {w.node, idle})
    BOOST_TEST(contract::must(w.db->leave(node)));
  const auto is_there = [&](node_id id) {
    return database->value("select count(*) from easel.node where id = '" + to_string(id.value) + "'") == "1";
  };
  reap_everything();
  BOOST_TEST(is_there(idle));
  w.advance(24h);
  reap_everything();
  BOOST_TEST(!is_there(idle));
  BOOST_TEST(is_there(w.node));
}

BOOST_AUTO_TEST_CASE(a_row_that_somebody_holds_is_left_for_the_next_time) {
  const auto p = w.newcomer(tier::free, 100);
  const auto first = w.completed(p);
  w.completed(p);
  w.advance(month);
  {
    const sleeping_session holder(*database, "select from easel.generation where id = '" + to_string(first.value)
                                               + "' for update");
    const policies::reaping_rule rule{"generation", policies::reaping_way::by_day};
    BOOST_TEST(contract::must(reaper->reap(rule, contract::must(reaper->now()), 10)) == 1);
  }
  reap_everything();
  BOOST_TEST(count("generation") == "0");
}

// ------------------------------------------------------------------ the ledger

BOOST_AUTO_TEST_CASE(RET_3_usage_is_folded_after_90_days_and_the_books_stay_in_order) {
  const auto p = w.newcomer(tier::free, 100), q = w.newcomer(tier::free, 50);
  w.completed(p, 5, 2);
  w.completed(p, 3);
  w.completed(q, 7);
  const auto given_up = w.accepted(p, 4);
  w.try_end(finish{given_up.id, given_up.owner, generation_state::failed, failure::upstream_unavailable});
  w.advance(89 * 24h);
  w.completed(p, 2);
  const auto before = w.balance_of(p).available;
  reap_everything();
  BOOST_TEST(count("credit_transfer where generation_id is not null") == "11");
  w.advance(25h);
  reap_everything(1);
  // What was used of the gift is one entry; what was used lately is as it was.
  BOOST_TEST(count("credit_transfer where generation_id is not null") == "2");
  BOOST_TEST(database->value("select string_agg(amount::text, ' ' order by amount) from easel.credit_transfer"
                             " where from_book = 1 and to_book = 3")
             == "7 13");
  BOOST_TEST(w.balance_of(p).available == before);
  w.advance(90 * 24h);
  reap_everything();
  BOOST_TEST(count("credit_transfer where generation_id is not null") == "0");
  BOOST_TEST(database->value("select string_agg(amount::text, ' ' order by amount) from easel.credit_transfer"
                             " where from_book = 1 and to_book = 3")
             == "7 15");
  BOOST_TEST(w.balance_of(p).available == before);
  BOOST_TEST(w.entries_of(p).size() == 2u); // the gift, and what became of it
  w.completed(p, 1);
  w.check_invariants();
}

BOOST_AUTO_TEST_CASE(RET_3_usage_of_a_generation_that_is_still_there_is_not_folded) {
  const auto p = w.newcomer(tier::free, 100);
  (void)w.dispatched(p, 5);
  w.advance(100 * 24h);
  const policies::reaping_rule rule{"credit_transfer", policies::reaping_way::by_folding, policies::reaping_mark::age,
                                    "RET-3", 90 * 24h};
  BOOST_TEST(contract::must(reaper->reap(rule, contract::must(reaper->now()), 100)) == 0);
  w.check_invariants();
}

// ------------------------------------------------------------------ days

BOOST_AUTO_TEST_CASE(RET_1_a_day_that_is_over_is_dropped_with_all_that_it_holds) {
  const auto p = w.newcomer(tier::free, 100);
  w.completed(p, 5, 2);
  const auto name = image_day();
  w.advance(month);
  BOOST_TEST(drop_what_is_over() > 0); // days before the first picture
  BOOST_TEST(exists(name));
  w.advance(24h);
  BOOST_TEST(drop_what_is_over() == 4); // the picture's day, of each table
  BOOST_TEST(!exists(name));
  BOOST_TEST(count("image") == "0");
  BOOST_TEST(plan().empty());
}

BOOST_AUTO_TEST_CASE(missed_days_are_caught_up_and_days_ahead_are_untouched) {
  const auto p = w.newcomer(tier::free, 100);
  for (int i = 0; i < 7; ++i) {
    w.completed(p, 1);
    w.advance(24h);
  }
  w.advance(month + 24h);
  drop_what_is_over();
  BOOST_TEST(count("generation") == "0");
  w.completed(w.newcomer(tier::free, 100)); // today's day is there
}

BOOST_AUTO_TEST_CASE(a_day_whose_generation_is_still_in_work_is_kept_for_it) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  w.advance(month + 48h);
  const auto awaited = database->value("select to_char(day, 'YYYYMMDD') from easel.generation_in_work");
  for (const auto& step : plan())
    BOOST_TEST(!step.name.ends_with(awaited));
  drop_what_is_over();
  BOOST_TEST(w.try_end(w.picture(g, 0, true)).result == fenced::done);
  reap_everything();
  drop_what_is_over();
  BOOST_TEST(count("generation") == "0");
}

BOOST_AUTO_TEST_CASE(a_reader_holds_up_the_reaper_but_nobody_waits_and_the_day_goes_when_it_is_let_go) {
  const auto p = w.newcomer(tier::free, 100);
  w.completed(p);
  const auto name = image_day();
  w.advance(month + 24h);
  reap_everything();
  planned_step step{partition_step::detach, name, "image"};
  {
    const sleeping_session reader(*database, "select count(*) from easel.image");
    BOOST_TEST(is_lock_timeout(reaper->take(step)));
    BOOST_TEST((state_of(name) == partition_state::pending));
    // While the detach is pending and the reader reads: pictures are made, stored and read.
    const auto g = w.completed(p);
    BOOST_TEST(contract::must(w.db->find_image(p.account, g, 0)) != nullptr);
    // No other day can be detached before this one is finished: it comes first.
    BOOST_TEST(plan().front().name == name);
    BOOST_TEST((plan().front().what == partition_step::finalize));
  }
  step.what = partition_step::finalize;
  BOOST_TEST(contract::must(reaper->take(step)));
  BOOST_TEST((state_of(name) == partition_state::detached));
  step.what = partition_step::drop;
  BOOST_TEST(contract::must(reaper->take(step)));
  BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(rows_of_a_pending_or_detached_day_are_reaped_like_others) {
  const auto p = w.newcomer(tier::free, 100);
  w.completed(p);
  const auto name = image_day();
  {
    const sleeping_session reader(*database, "select count(*) from easel.image");
    BOOST_TEST(is_lock_timeout(reaper->take({partition_step::detach, name, "image"}))); // by hand, while it lives
  }
  BOOST_TEST((state_of(name) == partition_state::pending));
  w.advance(month);
  const policies::reaping_rule rule{"image", policies::reaping_way::by_day};
  BOOST_TEST(contract::must(reaper->reap(rule, contract::must(reaper->now()), 10)) == 1);
  BOOST_TEST(count(name) == "0");
}

BOOST_AUTO_TEST_CASE(a_detached_day_that_holds_a_live_row_is_not_dropped) {
  const auto p = w.newcomer(tier::free, 100);
  w.completed(p);
  const auto name = image_day();
  BOOST_TEST(contract::must(reaper->take({partition_step::detach, name, "image"})));
  BOOST_TEST(!contract::must(reaper->take({partition_step::drop, name, "image"})));
  BOOST_TEST(count(name) == "1");
  // A server that starts in between finds the schema that it knows.
  for (const auto& column : schema_columns(database->url()))
    BOOST_TEST(column.table != name);
  BOOST_TEST(!contract::must(reaper->take({partition_step::drop, "image_20200101", "image"}))); // there is none
}

BOOST_AUTO_TEST_CASE(an_attached_day_is_not_dropped) {
  const auto today = database->value("select max(name) from easel.day_relation where parent = 'image'");
  BOOST_TEST(!contract::must(reaper->take({partition_step::drop, today, "image"})));
  BOOST_TEST(exists(today));
}

BOOST_AUTO_TEST_CASE(no_name_but_that_of_a_day_reaches_a_command) {
  for (const auto& step : {planned_step{partition_step::detach, "account", "image"},
                           planned_step{partition_step::detach, "image_2026112x", "image"},
                           planned_step{partition_step::detach, "account_20261123", "account"},
                           planned_step{partition_step::drop, "image_20261123; drop table easel.account", "image"}}) {
    const auto taken = reaper->take(step);
    BOOST_REQUIRE(!taken.has_value());
    BOOST_TEST(taken.error().sqlstate == "42602");
  }
}

// ------------------------------------------------------------------ cut off

BOOST_AUTO_TEST_CASE(a_reaper_that_is_cut_off_after_any_step_is_followed_by_one_that_goes_on) {
  const auto p = w.newcomer(tier::free, 100);
  w.completed(p, 5, 2);
  const auto name = image_day();
  w.advance(month + 24h);
  const auto cut = contract::must(reaper->now());
  for (const auto& rule : policies::reaping_rules(windows)) {
    contract::must(reaper->reap(rule, cut, 1));
    end_other_sessions();
    reaper = another();
  }
  w.check_invariants();
  while (!plan().empty()) {
    BOOST_TEST(contract::must(reaper->take(plan().front())));
    end_other_sessions();
    reaper = another();
  }
  w.check_invariants();
  BOOST_TEST(!exists(name));
  BOOST_TEST(count("generation") == "0");
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_lost_in_the_middle_of_a_detach_leaves_what_the_next_one_finishes) {
  const auto p = w.newcomer(tier::free, 100);
  w.completed(p);
  const auto name = image_day();
  w.advance(month + 24h);
  reap_everything();
  {
    const sleeping_session reader(*database, "select count(*) from easel.image");
    auto patient = make_postgres_retention(pg.settings(), 60s, pg.commons);
    bool was_detached = true;
    std::thread waiting([&] { was_detached = patient->take({partition_step::detach, name, "image"}).has_value(); });
    const std::string waits = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                              " and query like '%concurrently%' and pid <> pg_backend_pid()";
    eventually([&] { return !database->value("select pid " + waits).empty(); });
    database->execute("select pg_terminate_backend(pid, 5000) " + waits);
    waiting.join();
    BOOST_TEST(!was_detached);
    BOOST_TEST((state_of(name) == partition_state::pending));
  }
  reaper = another();
  BOOST_TEST(drop_what_is_over() > 0);
  BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(one_reaper_leads_and_another_takes_its_place_when_it_is_gone) {
  auto second = another();
  BOOST_TEST(contract::must(reaper->lead()));
  BOOST_TEST(contract::must(reaper->lead()));
  BOOST_TEST(!contract::must(second->lead()));
  reaper.reset();
  eventually([&] { return contract::must(second->lead()); }); // the server notices the end of a session a moment later
  end_other_sessions();
  auto third = another();
  BOOST_TEST(contract::must(third->lead()));
  BOOST_TEST(!contract::must(second->lead())); // connected again, without its place
}

// ------------------------------------------------------------------ the clock, the record

BOOST_AUTO_TEST_CASE(the_clock_is_remembered_and_a_halt_lasts_until_an_operator_confirms) {
  BOOST_TEST(!contract::must(reaper->find_clock()).last.has_value());
  BOOST_TEST(!contract::must(reaper->confirm_clock("easelctl:ada", "nothing to confirm")));
  const policies::clock_mark mark{w.now(), policies::host_uptime{w.node.value, 5h}};
  contract::must(reaper->keep_clock(mark));
  auto found = contract::must(reaper->find_clock());
  BOOST_REQUIRE(found.last.has_value());
  BOOST_TEST((found.last->database == mark.database && found.last->host == mark.host));
  BOOST_TEST(!found.halted_at.has_value());

  contract::must(reaper->halt(policies::clock_fault::leapt));
  contract::must(reaper->halt(policies::clock_fault::apart)); // the first reason stays
  contract::must(reaper->keep_clock({w.now() + 1h, mark.host}));
  found = contract::must(another()->find_clock());
  BOOST_TEST(found.halted_at.has_value());
  BOOST_TEST((found.why == policies::clock_fault::leapt));
  BOOST_TEST((found.last->database == mark.database));

  BOOST_TEST(contract::must(reaper->confirm_clock("easelctl:ada", "looked at both clocks")));
  found = contract::must(reaper->find_clock());
  BOOST_TEST(!found.halted_at.has_value());
  BOOST_TEST(!found.last->host.has_value());
  BOOST_TEST((found.last->database > mark.database));
  BOOST_TEST(database->value("select actor || ': ' || reason from easel.operator_audit where action = 'confirm_clock'")
             == "easelctl:ada: looked at both clocks");
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_never_right_can_halt_too) {
  contract::must(reaper->halt(policies::clock_fault::apart));
  BOOST_TEST((contract::must(reaper->find_clock()).why == policies::clock_fault::apart));
  BOOST_TEST(contract::must(reaper->confirm_clock("easelctl:ada", "mended")));
}

BOOST_AUTO_TEST_CASE(rounds_are_recorded_for_a_month) {
  BOOST_TEST(!contract::must(reaper->last_run()).has_value());
  retention_run run;
  run.cut = w.now();
  run.took = 1500ms;
  run.rows = 7;
  run.partitions = 2;
  run.by_table = {{"image", 4}, {"generation", 3}};
  contract::must(reaper->record(run));
  const auto found = contract::must(reaper->last_run());
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->cut == run.cut && found->took == run.took && found->by_table == run.by_table));
  BOOST_TEST((found->ended_at >= run.cut));
  BOOST_TEST(found->rows == 7);
  BOOST_TEST(found->partitions == 2);
  w.advance(month);
  reap_everything();
  BOOST_TEST(count("retention_run") == "0");
}

BOOST_AUTO_TEST_CASE(a_reaper_without_a_database_says_so) {
  auto settings = pg.settings();
  settings.database_url = "postgresql:///easel?host=/nonexistent";
  const auto lost = make_postgres_retention(settings, 100ms);
  BOOST_TEST((lost->lead().error().what == store_error::kind::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
