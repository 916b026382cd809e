#include "tools/easelctl/command_line.hpp"

#include "tools/easelctl/subjects.hpp"
#include "tools/easelctl/words.hpp"

#include <map>

namespace easel::easelctl {
namespace {

command completion_command(taker& t) {
  if (const auto shell = t.next("the shell"); shell != "bash")
    reject("there is a completion for bash, which zsh takes too, and none for '" + shell + "'");
  return print_completion{};
}

command config_command(taker& t) {
  if (const auto verb = t.next("what to do with the configuration"); verb != "show")
    reject("unknown command: config " + verb);
  return look_command(t, look::at::configuration);
}

command command_of(taker& t) {
  using reader = command (*)(taker&);
  static const std::map<std::string, reader> readers{
    {"account", account_command},
    {"act", act_command},
    {"backup", command_about_backups},
    {"billing", [](taker& rest) { return check_command(rest, "billing"); }},
    {"completion", completion_command},
    {"config", config_command},
    {"db", [](taker& rest) { return check_command(rest, "db"); }},
    {"erasures", erasures_command},
    {"key", key_command},
    {"keys", command_about_master_keys},
    {"ledger", [](taker& rest) { return check_command(rest, "ledger"); }},
    {"migrate", [](taker&) { return command(migrate{}); }},
    {"operator", command_about_operators},
    {"policy", policy_command},
    {"privacy-request", command_about_requests},
    {"retention", retention_command},
    {"trace", trace_command},
  };
  const auto subject = t.next("a command");
  if (const auto what = look_named(subject))
    return look_command(t, *what);
  const auto found = readers.find(subject);
  if (found == readers.end())
    reject("unknown command: " + subject);
  return found->second(t);
}

} // namespace

expected<command_line, std::string> parse_command_line(const std::vector<std::string>& arguments) try {
  command_line line;
  taker t(sort_words(arguments, line));
  if (line.help)
    return line;
  if (auto config = t.option("--config"))
    line.config = std::move(*config);
  line.what = command_of(t);
  t.done();
  return line;
} catch (misunderstanding& m) {
  return unexpected(std::move(m.what));
}

} // namespace easel::easelctl
