#include "tools/easelctl/panel_looks.hpp"

#include "tools/easelctl/json_fields.hpp"

namespace easel::easelctl {

namespace {

using nlohmann::json;

std::string ages_of(const json& group) {
  std::string out;
  for (const auto& one : list(group, "ages"))
    if (number(one, "count") > 0)
      out += (out.empty() ? "" : ", ") + whole(one, "count") + ' ' + text(one, "age");
  return out.empty() ? "-" : out;
}

std::string sum_of(const json& flow, const char* name) {
  const auto sum = object(flow, name);
  return whole(sum, "credits") + " in " + whole(sum, "entries");
}

std::string mebibytes(double bytes) { return std::to_string(static_cast<std::int64_t>(bytes / (1 << 20))) + " MiB"; }

std::string counts_of(const json& of) {
  std::string out;
  const auto by_table = object(of, "by_table");
  for (const auto& [name, count] : by_table.items())
    if (count.is_number() && count.get<double>() > 0)
      out += (out.empty() ? "" : ", ") + name + ' ' + whole(object(of, "by_table"), name.c_str());
  return out.empty() ? "none" : out;
}

std::string balance_text(const json& balance) {
  if (balance.empty())
    return "the books: too many entries to count them in time; easelctl ledger check takes its time\n";
  text_table books({{"BOOK"}, {"CREDITS", true}});
  for (const auto& one : list(balance, "books"))
    books.add({text(one, "book"), whole(one, "credits")});
  const auto drift = object(balance, "drift");
  return std::string(flag(balance, "balanced") ? "the books balance" : "THE BOOKS DO NOT BALANCE") + ": sum "
         + whole(balance, "sum") + ", grants off by " + whole(drift, "available") + ", accounts off by "
         + whole(drift, "held") + "\n\n" + books.text();
}

std::string proofs_text(const json& audit) {
  std::string out;
  for (const auto& clause : list(audit, "clauses")) {
    const auto name = text(clause, "clause");
    out += name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + text(clause, "finding")
           + (flag(clause, "kept") || text(clause, "finding") != "kept" ? "" : ", but the proof is too old") + ", "
           + in_words(number(clause, "age_ms")) + " ago\n";
    for (const auto& figure : list(clause, "figures"))
      out += "            " + text(figure, "name") + ": " + text(figure, "value") + '\n';
    for (const auto& sentence : list(clause, "complaints"))
      if (sentence.is_string())
        out += "          ! " + sentence.get<std::string>() + '\n';
  }
  return out;
}

std::string audit_head(const json& audit) {
  return "audited " + in_words(number(audit, "age_ms")) + " ago: " + whole(audit, "past_due")
         + " rows past due, the oldest for " + in_words(number(audit, "longest_overdue_ms")) + "; partitions for "
         + whole(audit, "days_ahead") + " days ahead\n\n";
}

std::string retention_text(const json& retention) {
  const auto clock = object(retention, "clock"), last = object(retention, "last"), day = object(retention, "day");
  std::string out = "\ndeletion\n";
  out += flag(clock, "believed") ? "  the clock is believed, read " + span_or_dash(clock, "read_ms") + " ago\n"
                                 : "  STOPPED at " + text(clock, "halted_at") + ": " + text(clock, "why")
                                     + "; easelctl retention confirm-clock\n";
  if (last.empty())
    return out + "  no round yet\n";
  out += "  last round " + in_words(number(last, "ago_ms")) + " ago, took " + in_words(number(last, "took_ms")) + ": "
         + whole(last, "rows") + " rows, " + whole(last, "days") + " days dropped (" + counts_of(last) + ")\n";
  return out + "  since yesterday " + whole(day, "rounds") + " rounds: " + whole(day, "rows") + " rows, "
         + whole(day, "days") + " days dropped (" + counts_of(day) + ")\n";
}

} // namespace

std::string ledger_text(const json& answer) {
  std::string out = balance_text(object(answer, "balance"));
  text_table entries({{"ENTRY"}, {"FROM"}, {"TO"}, {"TODAY", true}, {"30 DAYS", true}, {"EVER", true}});
  for (const auto& one : list(answer, "entries"))
    entries.add({text(one, "kind"), text(one, "from"), text(one, "to"), sum_of(one, "today"), sum_of(one, "month"),
                 sum_of(one, "ever")});
  if (!entries.empty())
    out += "\ncredits in entries\n" + entries.text();
  text_table holds({{"HELD FOR"}, {"GENERATIONS", true}, {"CREDITS", true}});
  for (const auto& one : list(answer, "holds"))
    holds.add({text(one, "age"), whole(one, "count"), whole(one, "credits")});
  return out + "\nopen holds, the oldest for " + span_or_dash(answer, "oldest_hold_ms") + '\n' + holds.text();
}

std::string billing_text(const json& answer) {
  std::string out = std::string(flag(answer, "sells") ? "sells" : "sells nothing") + ", "
                    + (flag(answer, "leads") ? "this node applies events" : "another node applies events, or none")
                    + ", " + whole(answer, "price_faults") + " items differ from Stripe's prices\n\n";
  text_table inbox({{"EVENTS"}, {"COUNT", true}, {"OLDEST", true}, {"BY AGE"}});
  for (const auto& one : list(answer, "inbox"))
    inbox.add({text(one, "state"), whole(one, "count"), span_or_dash(one, "oldest_ms"), ages_of(one)});
  out += inbox.text();
  text_table parked({{"PARKED FOR"}, {"COUNT", true}, {"OLDEST", true}});
  for (const auto& one : list(answer, "parked"))
    parked.add({text(one, "reason"), whole(one, "count"), span_or_dash(one, "oldest_ms")});
  if (!parked.empty())
    out += '\n' + parked.text();
  text_table sweeps({{"SWEEP"}, {"RAN", true}, {"TOOK", true}, {"LOOKED AT", true}, {"REPAIRED", true}});
  for (const auto& one : list(answer, "sweeps"))
    sweeps.add({text(one, "name"), span_or_dash(one, "ago_ms"), span_or_dash(one, "took_ms"), whole(one, "looked_at"),
                whole(one, "found")});
  out += sweeps.empty() ? "\nthe reconciler has not run yet\n" : '\n' + sweeps.text();
  text_table open({{"EVENT"}, {"TYPE"}, {"OBJECT"}, {"REASON"}, {"AGE", true}, {"TRIES", true}});
  for (const auto& one : list(answer, "differences"))
    open.add({text(one, "event"), text(one, "type"), text(one, "object_id"), text(one, "reason"),
              span_or_dash(one, "age_ms"), whole(one, "attempts")});
  out += open.empty() ? "\nno open differences\n" : "\nopen differences\n" + open.text();
  const auto endings = object(answer, "endings");
  return out + "\n" + whole(endings, "count") + " deletions that Stripe has not confirmed, the oldest for "
         + span_or_dash(endings, "oldest_ms") + '\n';
}

std::string privacy_text(const json& answer) {
  const auto audit = object(answer, "audit");
  const auto proofs = audit.empty() ? std::string("no proof on this node: another one audits, or none has yet\n")
                                    : audit_head(audit) + proofs_text(audit);
  return proofs + retention_text(object(answer, "retention"));
}

std::string nodes_text(const json& answer) {
  text_table nodes(
    {{"NODE"}, {"STATE"}, {"PROCESS"}, {"VERSION"}, {"HEARTBEAT", true}, {"JOINED", true}, {"IN WORK", true}});
  for (const auto& one : list(answer, "nodes"))
    nodes.add({text(one, "id"), text(one, "state") + (flag(one, "this") ? " (this one)" : ""), text(one, "process"),
               text(one, "version"), span_or_dash(one, "heartbeat_ms"), span_or_dash(one, "joined_ms"),
               whole(one, "in_work")});
  text_table singletons({{"DONE BY ONE"}, {"PROCESS"}, {"FOR", true}});
  for (const auto& one : list(answer, "singletons"))
    singletons.add({text(one, "what"), text(one, "process", "nobody") + (flag(one, "this") ? " (this one)" : ""),
                    span_or_dash(one, "since_ms")});
  const auto process = object(answer, "process"), lease = object(answer, "lease");
  return nodes.text() + '\n' + singletons.text() + "\nthis process: " + text(process, "name") + ", version "
         + text(process, "version") + ", up " + in_words(number(process, "uptime_ms")) + "\n  lease for another "
         + in_words(number(lease, "left_ms")) + " of " + in_words(number(lease, "of_ms")) + "\n  memory "
         + mebibytes(number(process, "resident_bytes")) + ", " + whole(process, "threads") + " threads, "
         + whole(process, "open_files") + " of " + whole(process, "most_files") + " files\n  processor "
         + in_words(number(process, "cpu_user_ms")) + " user, " + in_words(number(process, "cpu_system_ms"))
         + " system\n";
}

std::string configuration_text(const json& answer) {
  text_table table({{"KEY"}, {"VALUE"}, {""}});
  for (const auto& one : list(answer, "settings"))
    table.add({text(one, "key"), text(one, "value"), flag(one, "default") ? "" : "changed"});
  return table.text();
}

std::string audit_text(const json& answer) {
  text_table table({{"WHEN"}, {"WHO"}, {"WHAT"}, {"WHY, OR HOW IT ENDED"}});
  for (const auto& one : list(answer, "audit"))
    table.add({text(one, "at"), text(one, "who"), text(one, "action"), text(one, "reason")});
  return table.empty() ? "nothing yet\n" : table.text();
}

std::string sessions_head(const json& answer) {
  text_table table({{"TIER"}, {"SESSIONS", true}, {"MAIL", true}, {"MSG/S", true}});
  for (const auto& one : list(answer, "tiers"))
    table.add({text(one, "tier"), whole(one, "count"), whole(one, "waiting"), per_second(number(one, "rate"))});
  return table.text();
}

} // namespace easel::easelctl
