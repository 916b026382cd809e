#pragma once

#include "policies/inventory.hpp"

#include <span>
#include <string_view>
#include <vector>

/// What is deleted when: one rule for each table whose rows have their time, in the order in which they go.
namespace easel::policies {

enum class reaping_way {
  by_row,     ///< expired rows are deleted
  by_day,     ///< the same, and the emptied partition of the day is dropped
  by_folding, ///< what each generation moved in the ledger becomes one entry of its grant
  by_itself   ///< its rows move on within minutes, to a table that has a rule
};

/// Which moment of a row the rule looks at.
enum class reaping_mark {
  expires_at, ///< stamped when the row was made: later changes of the window do not touch it
  age,        ///< the row's own time, plus the window as it is configured now
};

struct reaping_rule {
  std::string_view table;
  reaping_way way = reaping_way::by_row;
  reaping_mark mark = reaping_mark::expires_at;
  std::string_view clause{}; ///< of the privacy policy; empty for what leads to nobody
  duration window{};         ///< of rules by age
};

/// Calls go before the generations that they were made for, generations before their images and disclosures: whoever
/// counts in between (`easelctl ledger check`) finds nothing that lacks its parts.
[[nodiscard]] std::vector<reaping_rule> reaping_rules(const retention_windows& lengths);

/// The tables that are partitioned by day, in that order.
[[nodiscard]] std::vector<std::string_view> daily_tables();

/// How long rows of a daily table live.
[[nodiscard]] duration daily_window(std::string_view table, const retention_windows& lengths);

/// One sentence for each table of the inventory that has a timed window and no rule, or a rule of no table.
[[nodiscard]] std::vector<std::string> check_reaping_rules(std::span<const personal_field> inventory,
                                                           std::span<const reaping_rule> rules,
                                                           const retention_windows& lengths);

} // namespace easel::policies
