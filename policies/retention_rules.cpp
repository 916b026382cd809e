#include "policies/retention_rules.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace easel::policies {

namespace {

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
    {"generation_in_work", reaping_way::by_itself, reaping_mark::expires_at, "RET-1"},
    {"provider_call", reaping_way::by_row, reaping_mark::expires_at, "RET-1"},
    {"generation", reaping_way::by_day, reaping_mark::expires_at, "RET-1"},
    {"image", reaping_way::by_day, reaping_mark::expires_at, "RET-1"},
    {"disclosure", reaping_way::by_day, reaping_mark::expires_at, "RET-1"},
    {"access_log", reaping_way::by_day, reaping_mark::expires_at, "TECH-1"},
    {"idempotency_claim", reaping_way::by_row, reaping_mark::expires_at, "RET-1"},
    {"awaiting_answer", reaping_way::by_row, reaping_mark::age, "RET-1", lengths.retry_attach},
    {"sign_in", reaping_way::by_row, reaping_mark::expires_at, "ACCOUNT-1"},
    {"session", reaping_way::by_row, reaping_mark::expires_at, "COOKIE-1"},
    {"erased_subject", reaping_way::by_row, reaping_mark::expires_at, "RIGHT-3"},
    {"backup", reaping_way::by_row, reaping_mark::expires_at, "RIGHT-3"}, // its row, once its files are gone
    {"privacy_request", reaping_way::by_row, reaping_mark::expires_at, "RIGHT-5"},
    {"credit_transfer", reaping_way::by_folding, reaping_mark::age, "RET-3", usage_window},
    {"operator_session", reaping_way::by_row, reaping_mark::expires_at, ""},
    {"node", reaping_way::by_row, reaping_mark::age, "", node_window},
    {"retention_run", reaping_way::by_row, reaping_mark::age, "", run_window},
    {"self_report", reaping_way::by_row, reaping_mark::age, "", report_window},
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
    if (rule.mark == reaping_mark::age && rule.window <= duration::zero())
      complaints.push_back(std::string(rule.table) + " is reaped by its age, without a window.");
  }
  return complaints;
}

} // namespace easel::policies
