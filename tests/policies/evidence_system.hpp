#pragma once

#include "policies/documents.hpp"
#include "policies/evidence.hpp"
#include "policies/retention_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

/// A system in order, for the tests of the audit to break.
namespace easel::tests {

using namespace easel::policies;
using namespace std::chrono_literals;

inline constexpr instant noon = instant(std::chrono::sys_days{std::chrono::year{2026} / 11 / 27} + 12h);

inline relation_fact relation(std::string table, std::optional<day> of = {}) {
  relation_fact fact;
  fact.name = of ? table + '_' + easel::to_string(*of) : table;
  fact.table = std::move(table);
  fact.of = of;
  fact.has_live_rows = true;
  return fact;
}

inline node_report healthy_report() {
  node_report report;
  report.since = noon - 1h;
  report.at = noon - 30s;
  report.build = "0123456789abcdef0123456789abcdef01234567";
  report.declared.hosts = {{recipient::kie, {"api.kie.ai", "file.kie.ai"}},
                           {recipient::openai_moderation, {"api.openai.com"}}};
  report.called = {{recipient::kie, "api.kie.ai", 12, 2}, {recipient::openai_moderation, "api.openai.com", 7, 1}};
  report.pages = {
    {"/sign-in", 200, "default-src 'self'; img-src 'self' blob:; form-action 'self' https://other.example", {3, 0, 0}}};
  report.cookies = {{"__Host-sid", 4}, {"__Host-lang", 0}};
  return report;
}

/// A system on which every probe finds what it should.
inline live_facts healthy() {
  live_facts facts;
  facts.at = noon;
  const auto daily = daily_tables();
  for (const auto& rule : reaping_rules({}))
    if (rule.mark == reaping_mark::expires_at) {
      const bool by_day = std::find(daily.begin(), daily.end(), rule.table) != daily.end();
      facts.relations.push_back(relation(std::string(rule.table), by_day ? std::optional(day_of(noon)) : std::nullopt));
    }
  facts.oldest.emplace("generation", noon - 29 * 24h);
  for (const auto& field : data_inventory())
    facts.columns.emplace_back(field.table, field.column);
  for (const auto& column : non_personal_columns())
    facts.columns.emplace_back(column.table, column.column);
  facts.disclosures = {{recipient::sub2api, tier::free, 7, 0}, {recipient::kie, tier::paid, 3, 0}};
  facts.completed = 9;
  facts.dispatched = 10;
  facts.log_lines = 100;
  facts.days_ahead = 14;
  facts.last_round = round_fact{noon - 30s, 20ms, 5, 0};
  for (const auto& field : data_inventory())
    if (field.column == "account_id")
      facts.left_over.push_back({std::string(field.table), 0});
  facts.oldest_payments = {{"sale", {noon - 24h * 300, noon - 24h * 9}},
                           {"event of Stripe", {noon - 24h * 39, noon - 24h * 9}}};
  facts.receipts = {5, 0, 1, noon - 1min};
  facts.people = 3;
  for (const auto& edition : documents_in_force())
    facts.acknowledged.push_back({std::string(to_string(edition.what)), std::string(edition.updated), 3});
  facts.requests = {{"access", 2, 0, 5}, {"child", 1, 0, 1}};
  facts.erasures = {{"CHILD-1", 1, 1, noon - 1min}, {"RIGHT-3", 4, 0, std::nullopt}};
  facts.rights = {3, 2, 0, 25, {}, 4, true};
  facts.nodes = {{noon - 1h, noon - 1s}};
  facts.reports = {healthy_report()};
  return facts;
}

inline proof proof_of(std::string_view clause, const live_facts& facts) {
  const auto all = judge(facts, {});
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.clause == clause; });
  BOOST_REQUIRE(found != all.end());
  return *found;
}

/// The clauses that are broken, by name.
inline std::vector<std::string_view> broken(const live_facts& facts) {
  std::vector<std::string_view> names;
  for (const auto& p : judge(facts, {}))
    if (p.what == finding::broken)
      names.push_back(p.clause);
  return names;
}

using clauses_named = std::vector<std::string_view>;

} // namespace easel::tests
