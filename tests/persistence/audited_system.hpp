#pragma once

#include "persistence/postgres_auditor.hpp"
#include "persistence/postgres_retention.hpp"
#include "policies/retention_rules.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

/// A database with some history, its reaper and its auditor, for tests to tamper with.
namespace easel::persistence {

using namespace std::chrono_literals;
using policies::finding;

struct audited_system {
  std::shared_ptr<tests::fresh_database> database = std::make_shared<tests::fresh_database>();
  postgres_fixture pg{database};
  contract::world w{pg.under_test()};
  policies::evidence_terms terms;
  std::unique_ptr<retention> reaper = make_postgres_retention(pg.settings(), 100ms, pg.commons);
  contract::work under_way; ///< dispatched, not ended
  policies::node_report own_report = honest_report();
  std::unique_ptr<auditor> counting = make_postgres_auditor(pg.settings(), 10s, pg.commons);

  audited_system() {
    const auto free = w.newcomer(tier::free, 100), paid = w.newcomer(tier::paid, 100);
    w.completed(free, 5, 2);
    w.strike(free);
    const auto g = w.accepted(paid);
    BOOST_TEST(w.try_write(w.sending(g, tier::paid)) == fenced::done);
    w.try_end(w.picture(g, 0, true));
    under_way = w.dispatched(free);
    (void)contract::visit(w, contract::somebody());
    log("GET /v1/generations/{id}");
    reap();
  }

  void log(const std::string& route, const std::string& agent = "curl/8") {
    access_record line;
    line.at = w.now();
    line.ip = "203.0.113.7";
    line.user_agent = agent;
    line.route = route;
    line.status = 200;
    line.request_id = "req_1";
    contract::must(w.db->append_access({&line, 1}));
  }

  /// A whole round, as its actor makes it, but for the rule of one table if somebody switched that off.
  void reap(std::string_view left_out = {}) {
    retention_run run;
    run.cut = contract::must(reaper->now());
    for (const auto& rule : policies::reaping_rules(terms.windows)) {
      if (rule.table == left_out)
        continue;
      run.rows += contract::must(reaper->reap(rule, run.cut, 1000));
      if (rule.table != "provider_call")
        continue;
      for (;;) {
        const auto steps = policies::plan_partitions(contract::must(reaper->partitions()), run.cut, terms.windows);
        if (steps.empty())
          break;
        BOOST_REQUIRE(contract::must(reaper->take(steps.front())));
      }
    }
    contract::must(reaper->record(run));
  }

  /// What a server would tell of itself.
  void tell(const policies::node_report& report) { contract::must(counting->tell(report)); }
  [[nodiscard]] static policies::node_report honest_report() {
    policies::node_report report;
    report.process = uuid{{1, 2, 3}};
    report.build = "test";
    report.declared.hosts = {{recipient::kie, {"api.kie.ai"}}};
    report.called = {{recipient::kie, "api.kie.ai", 3, 1}};
    report.pages = {{"/sign-in", 200, "default-src 'self'", {2, 0, 0}}};
    report.cookies = {{"__Host-lang", 0}, {"__Host-sid", 1}};
    return report;
  }

  /// After its server has told of itself, as it does with each audit.
  [[nodiscard]] policies::live_facts facts() {
    tell(own_report);
    return contract::must(counting->collect());
  }

  [[nodiscard]] std::vector<std::string> broken() {
    std::vector<std::string> names;
    for (const auto& p : policies::judge(facts(), terms))
      if (p.what == finding::broken)
        names.emplace_back(p.clause);
    return names;
  }
  [[nodiscard]] std::string complaint_about(std::string_view clause) {
    for (const auto& p : policies::judge(facts(), terms))
      if (p.clause == clause && !p.complaints.empty())
        return p.complaints.front();
    return {};
  }

  /// Of a daily table, and with them those of its partitions.
  void drop_checks(const std::string& table) const {
    database->execute("do $$ declare c name; begin for c in select conname from pg_constraint where contype = 'c'"
                      " and conrelid = 'easel."
                      + table + "'::regclass loop execute format('alter table easel." + table
                      + " drop constraint %I', c); end loop; end $$");
  }

  /// As the auditor's role, on a connection of its own.
  [[nodiscard]] bool may(const std::string& statement) const {
    try {
      database->execute("set role easel_auditor; " + statement);
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }
};

using names = std::vector<std::string>;

} // namespace easel::persistence
