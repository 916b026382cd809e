#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What may follow on a command line, as the usage text has it, and a script that tells a shell.
namespace easel::easelctl {

/// One command of the usage text.
struct usage_command {
  std::vector<std::string> words;   ///< "account", "create"
  std::vector<std::string> choices; ///< words that may stand where a value is wanted: "free", "paid"
  std::vector<std::string> fields;  ///< of an act: "account", "minutes"
  std::vector<std::string> options; ///< "--tier"
};

struct usage_table {
  std::vector<usage_command> commands;
  std::map<std::string, std::string> values;               ///< option or field that takes a value → its name: "TEXT"
  std::map<std::string, std::vector<std::string>> choices; ///< option or field → the words that it takes
};

/// A line that begins with two spaces and a small letter is a command, up to two spaces in a row. In capitals: a value,
/// explained in a line of its own, and if that is a list of words, it is one of them. In brackets: may be left out.
[[nodiscard]] usage_table read_usage(std::string_view text);

/// For bash, and for zsh through its bashcompinit. To be sourced.
[[nodiscard]] std::string bash_completion(const usage_table& table);

} // namespace easel::easelctl
