#include "policies/retention_rules.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace easel::policies {

namespace {

using way = reaping_way;
using mark = reaping_mark;

constexpr std::array<std::string_view, 4> days{"generation", "image", "disclosure", "access_log"};

/// Tables of our own upkeep: nobody's data but the operators'.
constexpr std::array<std::string_view, 4> upkeep{"operator_session", "node", "retention_run", "self_report"};
/// Its rows name files that hold everybody's data, and that have to go (RIGHT-3).
constexpr std::string_view registered_files = "backup";
constexpr duration usage_window = std::chrono::hours(24 * 90); ///< RET-3
constexpr duration node_window = std::chrono::hours(24);       ///< after it has left
constexpr duration report_window = std::chrono::hours(24);     ///< of a process that no longer renews it
constexpr duration run_window = std::chrono::hours(24 * 30);   ///< of the reaper's own record

} // namespace

std::vector<reaping_rule> reaping_rules(const retention_windows& lengths) {
  return {
    {"generation_in_work", way::by_itself, mark::expires_at, "RET-1"},
    {"provider_call", way::by_row, mark::expires_at, "RET-1"},
    {"generation", way::by_day, mark::expires_at, "RET-1"},
    {"image", way::by_day, mark::expires_at, "RET-1"},
    {"disclosure", way::by_day, mark::expires_at, "RET-1"},
    {"access_log", way::by_day, mark::expires_at, "TECH-1"},
    {"idempotency_claim", way::by_row, mark::expires_at, "RET-1"},
    {"awaiting_answer", way::by_row, mark::age, "RET-1", lengths.retry_attach},
    {"sign_in", way::by_row, mark::expires_at, "ACCOUNT-1"},
    {"session", way::by_row, mark::expires_at, "COOKIE-1"},
    {"erased_subject", way::by_row, mark::expires_at, "RIGHT-3"},
    {"backup", way::by_row, mark::expires_at, "RIGHT-3"}, // its row, once its files are gone
    {"privacy_request", way::by_row, mark::expires_at, "RIGHT-5"},
    {"credit_transfer", way::by_folding, mark::age, "RET-3", usage_window},
    {"operator_session", way::by_row, mark::expires_at, ""},
    {"node", way::by_row, mark::age, "", node_window},
    {"retention_run", way::by_row, mark::age, "", run_window},
    {"self_report", way::by_row, mark::age, "", report_window},
  };
}

std::vector<std::string_view> daily_tables() { return {days.begin(), days.end()}; }

duration daily_window(std::string_view table, const retention_windows& lengths) {
  return table == "access_log" ? lengths.access_log : lengths.content;
}

std::vector<std::string> check_reaping_rules(std::span<const personal_field> inventory,
                                             std::span<const reaping_rule> rules, const retention_windows& lengths) {
  std::set<std::string_view> timed{registered_files}, known{registered_files};
  for (const auto& field : inventory) {
    known.insert(field.table);
    const bool is_usage = field.window == retention_window::ledger && field.column == "generation_id";
    if (is_usage || length_of(field.window, lengths))
      timed.insert(field.table);
  }
  std::vector<std::string> complaints;
  for (const auto table : timed)
    if (std::none_of(rules.begin(), rules.end(), [&](const auto& r) { return r.table == table; }))
      complaints.push_back(std::string(table) + " has a window and no rule that ends it.");
  for (const auto& rule : rules) {
    const bool is_ours = std::find(upkeep.begin(), upkeep.end(), rule.table) != upkeep.end();
    if (!is_ours && !known.contains(rule.table))
      complaints.push_back(std::string(rule.table) + " has a rule and no place in the inventory.");
    if (rule.mark == mark::age && rule.window <= duration::zero())
      complaints.push_back(std::string(rule.table) + " is reaped by its age, without a window.");
  }
  return complaints;
}

} // namespace easel::policies
