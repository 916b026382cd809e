#pragma once

#include "tools/easelctl/command_line.hpp"
#include "tools/easelctl/words.hpp"

#include <optional>
#include <string>

/// The first word of a command says what it is about; each of these reads the words after it. What is left over is
/// for `parse_command_line` to complain about.
namespace easel::easelctl {

// subjects_people.cpp: those whose data is kept
[[nodiscard]] command account_command(taker& t);
[[nodiscard]] command key_command(taker& t);
[[nodiscard]] command command_about_requests(taker& t);

// subjects_upkeep.cpp: what the service is kept with
[[nodiscard]] command check_command(taker& t, const std::string& subject); ///< of "db", "ledger", "billing"
[[nodiscard]] command retention_command(taker& t);
[[nodiscard]] command command_about_master_keys(taker& t);
[[nodiscard]] command erasures_command(taker& t);
[[nodiscard]] command policy_command(taker& t);
[[nodiscard]] command command_about_backups(taker& t);
[[nodiscard]] command command_about_operators(taker& t);

// subjects_live.cpp: the running server
[[nodiscard]] std::optional<look::at> look_named(const std::string& word);
[[nodiscard]] command look_command(taker& t, look::at what);
[[nodiscard]] command act_command(taker& t);
[[nodiscard]] command trace_command(taker& t);

} // namespace easel::easelctl
