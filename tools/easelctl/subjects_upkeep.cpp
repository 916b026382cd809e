#include "tools/easelctl/subjects.hpp"

#include "tools/easelctl/values.hpp"

#include <utility>

namespace easel::easelctl {
namespace {

constexpr int most_keys_in_a_batch = 10'000;

policies::operator_role role_of(const std::string& text) {
  const auto role = policies::parse_operator_role(text);
  if (!role)
    reject("the role is 'viewer', 'operator' or 'admin', not '" + text + "'");
  return *role;
}

} // namespace

command check_command(taker& t, const std::string& subject) {
  const auto verb = t.next("what to do with it");
  if (verb == "show" && subject != "db")
    return look_command(t, subject == "ledger" ? look::at::ledger : look::at::billing);
  if (verb != "check")
    reject("unknown command: " + subject + ' ' + verb);
  if (subject == "db")
    return check_database{};
  if (subject == "billing")
    return check_billing_catalogue{};
  return check_ledger{};
}

command retention_command(taker& t) {
  const auto verb = t.next("what to do about retention");
  if (verb == "show")
    return show_retention{};
  if (verb == "confirm-clock")
    return confirm_clock{t.text_option("--reason", true)};
  reject("unknown command: retention " + verb);
}

command command_about_master_keys(taker& t) {
  const auto verb = t.next("what to do about the master key");
  if (verb == "status")
    return master_key_command(show_master_keys{});
  if (verb != "rotate")
    reject("unknown command: keys " + verb);
  rotate_master_key out;
  if (const auto batch = t.option("--batch"))
    out.batch = static_cast<int>(whole_number(*batch, "--batch", most_keys_in_a_batch));
  return master_key_command(out);
}

command erasures_command(taker& t) {
  const auto verb = t.next("what to do with the journal of erasures");
  if (verb == "verify")
    return verify_erasures{};
  if (verb == "begin")
    return begin_erasure_journal{};
  reject("unknown command: erasures " + verb);
}

command policy_command(taker& t) {
  const auto verb = t.next("what to do about the policy");
  if (verb == "audit")
    return audit_policy{t.text_option("--report", false)};
  if (verb == "verify") {
    auto file = t.next("the report");
    return verify_policy_report{std::move(file), t.text_option("--key", true)};
  }
  if (verb == "show")
    return look_command(t, look::at::privacy);
  reject("unknown command: policy " + verb);
}

command command_about_backups(taker& t) {
  const auto verb = t.next("what to do about backups");
  if (verb == "create")
    return backup_command(create_backup{});
  if (verb == "list")
    return backup_command(list_backups{});
  if (verb == "reap")
    return backup_command(reap_backups{});
  if (verb != "verify" && verb != "restore")
    reject("unknown command: backup " + verb);
  const auto id = parse_uuid(t.next("the backup's id"));
  if (!id)
    reject("a backup's id is as `backup list` shows it");
  if (verb == "verify")
    return backup_command(verify_backup{*id});
  auto into = t.option("--into");
  if (!into || into->empty())
    reject("--into is missing: the url of an empty database");
  return backup_command(restore_backup{*id, *std::move(into)});
}

command command_about_operators(taker& t) {
  const auto verb = t.next("what to do with an operator");
  if (verb == "list")
    return operator_command(list_operators{});
  if (verb != "add" && verb != "role" && verb != "password" && verb != "disable")
    reject("unknown command: operator " + verb);
  auto name = t.next("the operator's name");
  if (!policies::is_operator_name(name))
    reject("an operator's name has 1 to 32 of a-z, 0-9, '.', '-', '_'");
  if (verb == "add")
    return operator_command(add_operator{std::move(name), role_of(t.text_option("--role", true)), t.flag("--totp")});
  if (verb == "role")
    return operator_command(set_operator_role{std::move(name), role_of(t.next("the role"))});
  if (verb == "password")
    return operator_command(set_operator_password{std::move(name)});
  return operator_command(disable_operator{std::move(name)});
}

} // namespace easel::easelctl
