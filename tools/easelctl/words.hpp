#pragma once

#include "tools/easelctl/command_line.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The words of one command line, and how the parts of a command are taken from them.
namespace easel::easelctl {

inline constexpr std::size_t longest_text = 200;

struct words {
  std::vector<std::string> plain;
  std::map<std::string, std::string> options;
  std::set<std::string> flags;
};

/// Raised while a command is put together and caught in `parse_command_line`: nobody else sees it.
struct misunderstanding {
  std::string what;
};

[[noreturn]] inline void reject(std::string what) { throw misunderstanding{std::move(what)}; }

/// Sorts what was typed. `--help` and `--json` are noted in `line`.
[[nodiscard]] words sort_words(const std::vector<std::string>& arguments, command_line& line);

/// Hands out the words of one command and complains about what is missing; `done` complains about what is left.
class taker {
public:
  explicit taker(words all) : all_(std::move(all)) {}

  std::string next(const char* what) {
    if (at_ == all_.plain.size())
      reject(std::string(what) + " is missing");
    return all_.plain[at_++];
  }

  [[nodiscard]] bool has_more() const { return at_ != all_.plain.size(); }

  std::optional<std::string> option(const std::string& name) {
    const auto found = all_.options.find(name);
    if (found == all_.options.end())
      return std::nullopt;
    auto value = std::move(found->second);
    all_.options.erase(found);
    return value;
  }

  bool flag(const std::string& name) { return all_.flags.erase(name) > 0; }

  std::string text_option(const std::string& name, bool required) {
    const auto value = option(name);
    if (!value && required)
      reject(name + " is missing");
    auto text = value.value_or("");
    if ((required && text.empty()) || text.size() > longest_text)
      reject(name + " must have 1 to 200 bytes");
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
      reject(name + " must not hold control characters");
    return text;
  }

  template <class Id>
  Id id(const char* what) {
    const auto text = next(what);
    const auto id = parse_id<Id>(text);
    if (!id)
      reject("'" + text + "' is no id of an " + what + ", such as " + to_string(Id{}));
    return *id;
  }

  void done() const {
    if (at_ != all_.plain.size())
      reject("'" + all_.plain[at_] + "' is too much");
    if (!all_.options.empty())
      reject("unknown option " + all_.options.begin()->first);
    if (!all_.flags.empty())
      reject("unknown option " + *all_.flags.begin());
  }

private:
  words all_;
  std::size_t at_ = 0;
};

} // namespace easel::easelctl
