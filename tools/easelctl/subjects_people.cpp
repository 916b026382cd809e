#include "tools/easelctl/subjects.hpp"

#include "policies/identity.hpp"
#include "tools/easelctl/values.hpp"

namespace easel::easelctl {
namespace {

constexpr int most_days = 3660;

create_key creation_of(taker& t, account_id account) {
  create_key out{account, t.text_option("--name", true), std::nullopt};
  if (const auto cap = t.option("--monthly-cap"))
    out.monthly_cap = credits::unchecked(whole_number(*cap, "--monthly-cap", policies::largest_key_cap));
  return out;
}

account_id account_option(taker& t) {
  const auto text = t.text_option("--account", true);
  const auto account = parse_id<account_id>(text);
  if (!account)
    reject("'" + text + "' is no id of an account, such as " + to_string(account_id{}));
  return *account;
}

record_request recording_of(taker& t) {
  record_request out;
  const auto name = t.text_option("--kind", true);
  const auto what = policies::parse_request_kind(name);
  if (!what)
    reject("--kind is one of access, correction, erasure, child, restriction, objection, complaint, not '" + name
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

} // namespace

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

} // namespace easel::easelctl
