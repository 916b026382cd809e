#include "tools/easelctl/command_line.hpp"

#include "policies/identity.hpp"
#include "tools/easelctl/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>

namespace easel::easelctl {
namespace {

constexpr std::string_view usage_text = R"(usage: easelctl [--config FILE] [--json] COMMAND

  migrate                                          bring the database's schema up to this program's
  account create --tier free|paid [--gift N] [--reason TEXT]
  account show ACCOUNT
  account tier ACCOUNT free|paid --reason TEXT     switch the tier
  account lift ACCOUNT --reason TEXT               end a cool-down or suspension
  account erase ACCOUNT --clause RIGHT-3|CHILD-1 --reason TEXT
                                                   delete it and all that is its own; prints the receipt
  account objections ACCOUNT                       when its processing was restricted, and why
  account gift ACCOUNT N [--days N] [--reason TEXT]
  key create ACCOUNT --name TEXT [--monthly-cap N]
                                                   prints the key, once
  key list ACCOUNT
  key revoke ACCOUNT KEY
  db check                                         can it be reached, and is its schema ours
  ledger check                                     count what must be zero
  retention show                                   the latest round of deleting, and whether it has stopped
  retention confirm-clock --reason TEXT            the database's clock is right: let deleting go on
  keys status                                      which master key is in force, and what others still wrap
  keys rotate [--batch N]                          wrap every content key by the new master key; goes on when given again
  erasures verify                                  is the journal of erasures as it was written, and what is in it
  erasures begin                                   an empty journal, where there never was one
  policy audit [--report FILE]                     is each clause of the privacy policy kept, and what shows it;
                                                   FILE gets a report, signed if a key is configured
  policy verify FILE --key PUBLIC.pem              does the signature of a report hold
  privacy-request record --kind KIND --received DATE [--account ACCOUNT] [--reference TEXT]
                                                   note a request that came by mail; prints until when to answer
  privacy-request list [--all]                     what is open and how many days are left; with --all, closed ones too
  privacy-request assign ID --account ACCOUNT      which account it is about, where none was named
  privacy-request extend ID                        two further months, once, within the first one; tell the person
  privacy-request fulfil ID                        erase or restrict the account as asked, and close the request
  privacy-request close ID --outcome done|refused|withdrawn
  billing check                                    compare what is for sale with Stripe; what to set there

Copies of the database, in the directory that the configuration names; each is removed when it expires:
  backup create                                    prints its id
  backup list                                      those that are registered, those that are there, files missing
  backup verify BACKUP                             sizes, hashes, and what the dumps hold
  backup restore BACKUP --into DATABASE_URL        into an empty database; what has expired since goes, all is verified
  backup reap                                      remove what has expired; `create` and the server do it too

Those who run the service, and sign in at the operator's listener; passwords are asked for, or read from a pipe:
  operator add NAME --role viewer|operator|admin [--totp]
  operator list
  operator role NAME viewer|operator|admin         ends their sessions
  operator password NAME                           sets it anew, ends their sessions, lifts a lock
  operator disable NAME                            for good

A look at the running server, through its operator's listener:
  top [--sort ORDER] [--type TYPE] [--once]        actors by type and those with the most, live
  top --at WHEN                                    the types as they were, and what happened until then
  tree [--sort ORDER]                              the supervision tree
  actor NUMBER                                     one actor: its state, latest messages, children
  upstreams                                        each credential: breaker, window, calls, latency, failures
  queues                                           what waits where
  generations [--ended]                            in work, or ended since yesterday
  generation ID                                    one generation's timeline
  graveyard [--type TYPE]                          actors that have ended, and why
  sessions [--sort ORDER]                          how many by tier, and those with the most
  ledger show                                      balance of the books, holds by age, entries by kind
  billing show                                     the inbox, what is parked, the reconciler's sweeps
  policy show                                      each clause's latest proof; deletions due and done
  nodes                                            who lives, who does what is done once, this process
  config show                                      the configuration in force, without its secrets
  audit                                            what operators did, the latest first
  lints                                            what is looked for all the time, and what is found
  trace generation ID [--for SPAN] [--limit N]     each message as it is handled, until N of them or SPAN is over
  trace type TYPE [--for SPAN] [--limit N]         the same of all actors of a type
  trace actor NUMBER [--for SPAN] [--limit N]      the same of one
  trace account ACCOUNT --reason TEXT [--for SPAN] [--limit N]
                                                   the same of an account's session and generations

What an operator does to the running server, through the same listener. It prints what it would touch; with a reason and
a yes it is done, and recorded:
  act suspend_account|lift_account|end_sessions account=ACCOUNT [--reason TEXT] [--yes]
  act pause_upstream|drain_upstream|open_breaker to=UPSTREAM label=LABEL [minutes=N] [--reason TEXT] [--yes]
  act resume_upstream|reset_breaker to=UPSTREAM label=LABEL [--reason TEXT] [--yes]
  act change_weight to=UPSTREAM label=LABEL weight=N [--reason TEXT] [--yes]
  act restart_actor|kill_actor actor=NUMBER [--reason TEXT] [--yes]
  act cancel_generation generation=ID [--reason TEXT] [--yes]
  act reveal_prompt generation=ID [seconds=N] [--reason TEXT] [--yes]
  act record_privacy_request kind=KIND received=DATE [account=ACCOUNT] [reference=TEXT] [--reason TEXT] [--yes]
  act drain_node [minutes=N] [--reason TEXT] [--yes]
  act resume_node|run_retention|run_reconcile [--reason TEXT] [--yes]
  act set_log_level level=debug|info|warning|error [minutes=N] [--reason TEXT] [--yes]

  completion bash                                  completes what is typed: source <(easelctl completion bash)

  KIND            access, correction, erasure, child, restriction, objection or complaint
  DATE            a day such as 2026-11-26, in UTC
  --reference     the number of the mail or ticket: letters, digits, . _ / -
  --sort ORDER    mailbox, rate, busy, age, handled, failures or stalled
  WHEN            a while ago such as -5m, -90s or -2h, within a day, or a time such as 2026-11-26T18:00:00Z
  --for SPAN      such as 30s or 2min (default: 30s)
  --limit N       messages (default: 500)
  --url URL       the operator's listener, such as http://127.0.0.1:8081 (default: as configured)
  --config FILE   the server's configuration (default: easel.toml)
  --json          print JSON

Exit code: 0 done, 1 not done, 2 not understood.
)";

constexpr int most_days = 3660;
constexpr int most_keys_in_a_batch = 10'000;

tier tier_of(const std::string& text) {
  const auto which = parse_tier(text);
  if (!which)
    reject("the tier is 'free' or 'paid', not '" + text + "'");
  return *which;
}

std::int64_t whole_number(const std::string& text, const char* what, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > most)
    reject(std::string(what) + " must be a whole number from 1 to " + std::to_string(most));
  return value;
}

credits amount_of(const std::string& text) {
  return credits::unchecked(whole_number(text, "the amount", credits::bound));
}

command account_command(taker& t) {
  const auto verb = t.next("what to do with an account");
  if (verb == "create") {
    create_account out;
    out.of = tier_of(t.text_option("--tier", true));
    if (const auto gift = t.option("--gift"))
      out.gift = amount_of(*gift);
    out.reason = t.text_option("--reason", false);
    return out;
  }
  if (verb == "show")
    return show_account{t.id<account_id>("account")};
  if (verb == "tier") {
    const auto account = t.id<account_id>("account");
    const auto to = tier_of(t.next("the tier"));
    return set_tier{account, to, t.text_option("--reason", true)};
  }
  if (verb == "lift") {
    const auto account = t.id<account_id>("account");
    return lift_suspension{account, t.text_option("--reason", true)};
  }
  if (verb == "erase") {
    erase_account out;
    out.account = t.id<account_id>("account");
    const auto clause = t.text_option("--clause", true);
    if (clause != "RIGHT-3" && clause != "CHILD-1")
      reject("--clause is RIGHT-3 (the person asked for it) or CHILD-1 (a child's data), not '" + clause + "'");
    out.of_child = clause == "CHILD-1";
    out.reason = t.text_option("--reason", true);
    return out;
  }
  if (verb == "objections")
    return list_objections{t.id<account_id>("account")};
  if (verb == "gift") {
    give out;
    out.account = t.id<account_id>("account");
    out.amount = amount_of(t.next("the amount"));
    if (const auto days = t.option("--days"))
      out.days = static_cast<int>(whole_number(*days, "--days", most_days));
    out.reason = t.text_option("--reason", false);
    return out;
  }
  reject("unknown command: account " + verb);
}

create_key creation_of(taker& t, account_id account) {
  create_key out{account, t.text_option("--name", true), std::nullopt};
  if (const auto cap = t.option("--monthly-cap"))
    out.monthly_cap = credits::unchecked(whole_number(*cap, "--monthly-cap", policies::largest_key_cap));
  return out;
}

command key_command(taker& t) {
  const auto verb = t.next("what to do with a key");
  if (verb != "create" && verb != "list" && verb != "revoke")
    reject("unknown command: key " + verb);
  const auto account = t.id<account_id>("account");
  if (verb == "create")
    return creation_of(t, account);
  if (verb == "list")
    return list_keys{account};
  return revoke_key{account, t.id<key_id>("key")};
}

command look_command(taker& t, look::at what);

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

command erasures_command(taker& t) {
  const auto verb = t.next("what to do with the journal of erasures");
  if (verb == "verify")
    return verify_erasures{};
  if (verb == "begin")
    return begin_erasure_journal{};
  reject("unknown command: erasures " + verb);
}

record_request recording_of(taker& t) {
  record_request out;
  const auto kind = t.text_option("--kind", true);
  const auto what = policies::parse_request_kind(kind);
  if (!what)
    reject("--kind is one of access, correction, erasure, child, restriction, objection, complaint, not '" + kind
           + "'");
  out.what.kind = *what;
  const auto date = t.text_option("--received", true);
  const auto received = policies::parse_day(date);
  if (!received)
    reject("--received is a day such as 2026-11-26, not '" + date + "'");
  out.what.received = *received;
  if (const auto account = t.option("--account")) {
    out.what.account = parse_id<account_id>(*account);
    if (!out.what.account)
      reject("'" + *account + "' is no id of an account, such as " + to_string(account_id{}));
  }
  if (const auto reference = t.option("--reference")) {
    if (!policies::is_request_reference(*reference))
      reject("--reference has 1 to 40 of letters, digits, '.', '_', '/', '-' and begins with a letter or a digit");
    out.what.reference = *reference;
  }
  return out;
}

account_id account_option(taker& t) {
  const auto text = t.text_option("--account", true);
  const auto account = parse_id<account_id>(text);
  if (!account)
    reject("'" + text + "' is no id of an account, such as " + to_string(account_id{}));
  return *account;
}

command command_about_requests(taker& t) {
  const auto verb = t.next("what to do about a request");
  if (verb == "record")
    return request_command(recording_of(t));
  if (verb == "list")
    return request_command(list_requests{t.flag("--all")});
  if (verb != "assign" && verb != "extend" && verb != "fulfil" && verb != "close")
    reject("unknown command: privacy-request " + verb);
  const auto which = t.id<persistence::privacy_request_id>("open request");
  if (verb == "assign")
    return request_command(assign_request{which, account_option(t)});
  if (verb == "extend")
    return request_command(extend_request{which});
  if (verb == "fulfil")
    return request_command(fulfil_request{which});
  const auto word = t.text_option("--outcome", true);
  const auto outcome = policies::parse_request_outcome(word);
  if (!outcome)
    reject("--outcome is 'done', 'refused' or 'withdrawn', not '" + word + "'");
  return request_command(close_request{which, *outcome});
}

policies::operator_role role_of(const std::string& text) {
  const auto role = policies::parse_operator_role(text);
  if (!role)
    reject("the role is 'viewer', 'operator' or 'admin', not '" + text + "'");
  return *role;
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

std::optional<look::at> look_named(const std::string& word) {
  static const std::map<std::string, look::at> names{
    {"top", look::at::top},
    {"tree", look::at::tree},
    {"actor", look::at::actor},
    {"upstreams", look::at::upstreams},
    {"queues", look::at::queues},
    {"generations", look::at::generations},
    {"generation", look::at::generation},
    {"graveyard", look::at::graveyard},
    {"sessions", look::at::sessions},
    {"nodes", look::at::nodes},
    {"audit", look::at::audit},
    {"lints", look::at::lints},
  };
  const auto found = names.find(word);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::string order_of(const std::string& text) {
  constexpr std::array<std::string_view, 7> orders{"mailbox", "rate", "busy", "age", "handled", "failures", "stalled"};
  if (std::find(orders.begin(), orders.end(), text) == orders.end())
    reject("--sort is one of mailbox, rate, busy, age, handled, failures, stalled, not '" + text + "'");
  return text;
}

command look_command(taker& t, look::at what) {
  using at = look::at;
  look out;
  out.what = what;
  if (what == at::actor)
    out.actor = static_cast<std::uint64_t>(
      whole_number(t.next("the actor's number"), "the actor's number", std::numeric_limits<std::int64_t>::max()));
  if (what == at::generation)
    out.generation = t.id<generation_id>("generation");
  if (what == at::top || what == at::tree || what == at::sessions)
    if (const auto order = t.option("--sort"))
      out.sort = order_of(*order);
  if (what == at::top || what == at::graveyard)
    out.type = t.text_option("--type", false);
  out.when = what == at::top ? t.text_option("--at", false) : std::string();
  if (!out.when.empty() && (!out.type.empty() || out.sort != look().sort))
    reject("--at shows all types: --sort and --type go without it");
  out.once = what == at::top && (t.flag("--once") || !out.when.empty());
  out.ended = what == at::generations && t.flag("--ended");
  out.url = t.text_option("--url", false);
  return out;
}

/// NAME FIELD=VALUE …, as the API takes them.
command act_command(taker& t) {
  act out;
  out.name = t.next("what to do");
  if (out.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos)
    reject("'" + out.name + "' is no action, such as suspend_account");
  while (t.has_more()) {
    const auto word = t.next("a field");
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      reject("'" + word + "' is no FIELD=VALUE, such as account=" + to_string(account_id{}));
    const auto name = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (name == "reason" || name == "stamp")
      reject("the reason is given with --reason");
    if (name == "weight" && value == "0")
      out.numbers.emplace_back(name, 0);
    else if (name == "actor" || name == "minutes" || name == "seconds" || name == "weight")
      out.numbers.emplace_back(name, whole_number(value, name.c_str(), std::numeric_limits<std::int32_t>::max()));
    else
      out.texts.emplace_back(name, value);
  }
  out.reason = t.text_option("--reason", false);
  out.yes = t.flag("--yes");
  out.url = t.text_option("--url", false);
  return out;
}

/// "30s", "2min", "45".
std::int64_t seconds_of(const std::string& text) {
  constexpr std::int64_t longest = 24 * 60 * 60;
  const auto unit_at = text.find_first_not_of("0123456789");
  const auto unit = unit_at == std::string::npos ? std::string("s") : text.substr(unit_at);
  if (unit != "s" && unit != "min")
    reject("--for is a number of seconds or minutes, such as 30s or 2min, not '" + text + "'");
  const std::int64_t factor = unit == "min" ? 60 : 1;
  return factor * whole_number(text.substr(0, unit_at), "--for", longest / factor);
}

command trace_command(taker& t) {
  trace out;
  out.by = t.next("what to trace");
  if (out.by == "generation")
    out.which = to_string(t.id<generation_id>("generation"));
  else if (out.by == "account")
    out.which = to_string(t.id<account_id>("account"));
  else if (out.by == "type")
    out.which = t.next("the type");
  else if (out.by == "actor")
    out.actor = static_cast<std::uint64_t>(
      whole_number(t.next("the actor's number"), "the actor's number", std::numeric_limits<std::int32_t>::max()));
  else
    reject("what is traced is a generation, an account, a type or an actor, not '" + out.by + "'");
  if (const auto span = t.option("--for"))
    out.seconds = seconds_of(*span);
  if (const auto limit = t.option("--limit"))
    out.events = whole_number(*limit, "--limit", std::numeric_limits<std::int32_t>::max());
  out.reason = t.text_option("--reason", out.by == "account");
  out.url = t.text_option("--url", false);
  return out;
}

command command_of(taker& t) {
  const auto subject = t.next("a command");
  if (subject == "trace")
    return trace_command(t);
  if (subject == "act")
    return act_command(t);
  if (const auto what = look_named(subject))
    return look_command(t, *what);
  if (subject == "migrate")
    return migrate{};
  if (subject == "operator")
    return command_about_operators(t);
  if (subject == "account")
    return account_command(t);
  if (subject == "key")
    return key_command(t);
  if (subject == "db" || subject == "ledger" || subject == "billing")
    return check_command(t, subject);
  if (subject == "retention")
    return retention_command(t);
  if (subject == "keys")
    return command_about_master_keys(t);
  if (subject == "erasures")
    return erasures_command(t);
  if (subject == "backup")
    return command_about_backups(t);
  if (subject == "privacy-request")
    return command_about_requests(t);
  if (subject == "policy")
    return policy_command(t);
  if (subject == "completion") {
    if (const auto shell = t.next("the shell"); shell != "bash")
      reject("there is a completion for bash, which zsh takes too, and none for '" + shell + "'");
    return print_completion{};
  }
  if (subject == "config") {
    if (const auto verb = t.next("what to do with the configuration"); verb != "show")
      reject("unknown command: config " + verb);
    return look_command(t, look::at::configuration);
  }
  reject("unknown command: " + subject);
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

std::string_view usage() { return usage_text; }

} // namespace easel::easelctl
