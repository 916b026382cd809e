#include "policies/evidence.hpp"

#include "policies/clauses.hpp"
#include "policies/documents.hpp"
#include "policies/evidence_look.hpp"
#include "policies/retention_rules.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace easel::policies {

namespace {

constexpr duration grace = std::chrono::minutes(5);   ///< between a row's time and its end (RET-1)
constexpr duration day_grace = std::chrono::hours(1); ///< between a day's last row and the end of its partition

// -------------------------------------------------------------- deletion in time

/// The relations whose rules stand for the clause, row by row and day by day.
void look_for_overdue(const look& at, std::string_view clause) {
  std::set<std::string_view> tables;
  for (const auto& rule : reaping_rules(at.terms.windows))
    if (rule.clause == clause)
      tables.insert(rule.table);
  std::int64_t relations = 0, past_due = 0;
  for (const auto& r : at.facts.relations) {
    if (!tables.contains(r.table))
      continue;
    ++relations;
    past_due += r.past_due;
    if (r.oldest_due && at.facts.at - *r.oldest_due > grace)
      at.complain(r.name + " holds " + std::to_string(r.past_due) + " rows past due, the oldest for "
                  + in_seconds(at.facts.at - *r.oldest_due) + '.');
    if (r.of && !r.has_live_rows
        && *r.of + std::chrono::days(1) + daily_window(r.table, at.terms.windows) + day_grace < at.facts.at)
      at.complain(r.name + " should have been dropped.");
  }
  at.figure("relations", relations);
  at.figure("rows past due", past_due);
}

/// Tables that the catalogue does not know are not counted: then nothing is proved.
void look_for_tables(const look& at, std::string_view clause) {
  for (const auto& rule : reaping_rules(at.terms.windows)) {
    const bool by_mark = rule.mark == reaping_mark::expires_at && rule.clause == clause;
    if (by_mark && std::none_of(at.facts.relations.begin(), at.facts.relations.end(), [&](const auto& r) {
          return r.table == rule.table;
        }))
      at.complain("no relation of " + std::string(rule.table) + " was found.");
  }
}

void look_at_age(const look& at, const char* table, duration window) {
  const auto found = at.facts.oldest.find(table);
  if (found == at.facts.oldest.end()) {
    at.figure(std::string("oldest ") + table, "none");
    return;
  }
  const auto age = at.facts.at - found->second;
  at.figure(std::string("oldest ") + table, easel::to_string(found->second));
  if (age > window + grace)
    at.complain(std::string("the oldest ") + table + " is older than its window by " + in_seconds(age - window) + '.');
}

void content_in_time(const look& at) {
  look_for_tables(at, "RET-1");
  look_for_overdue(at, "RET-1");
  look_at_age(at, "generation", at.terms.windows.content);
  look_at_age(at, "image", at.terms.windows.content);
  look_at_age(at, "awaiting_answer", at.terms.windows.retry_attach);
}

void reaper_at_work(const look& at) {
  const auto& round = at.facts.last_round;
  at.figure("latest round", round ? easel::to_string(round->ended_at) : "none");
  if (round) {
    at.figure("it took", in_seconds(round->took));
    at.figure("it deleted rows", round->rows);
    at.figure("it dropped days", round->partitions);
  }
  if (!round || at.facts.at - round->ended_at > grace)
    at.complain("no round of deletions ended in the last five minutes.");
  if (at.facts.halted_at)
    at.complain("deletion has stopped for a clock that is not believed, at " + easel::to_string(*at.facts.halted_at)
                + '.');
}

void log_in_time(const look& at) {
  look_for_tables(at, "TECH-1");
  look_for_overdue(at, "TECH-1");
}

void usage_folded(const look& at) {
  for (const auto& rule : reaping_rules(at.terms.windows))
    if (rule.way == reaping_way::by_folding)
      look_at_age(at, "usage", rule.window);
}

void sign_ins_in_time(const look& at) {
  look_for_tables(at, "ACCOUNT-1");
  look_for_overdue(at, "ACCOUNT-1");
}

void sessions_in_time(const look& at) {
  look_for_tables(at, "COOKIE-1");
  look_for_overdue(at, "COOKIE-1");
}

// -------------------------------------------------------------- fields

std::set<std::string_view> columns_of(const live_facts& facts, std::string_view table) {
  std::set<std::string_view> found;
  for (const auto& [relation, column] : facts.columns)
    if (relation == table)
      found.insert(column);
  return found;
}

std::set<std::string_view> declared_of(std::string_view table) {
  std::set<std::string_view> found;
  for (const auto& field : data_inventory())
    if (field.table == table)
      found.insert(field.column);
  for (const auto& column : non_personal_columns())
    if (column.table == table)
      found.insert(column.column);
  return found;
}

void schema_as_declared(const look& at) {
  std::vector<schema_column> live;
  live.reserve(at.facts.columns.size());
  for (const auto& [table, column] : at.facts.columns)
    live.push_back({table, column});
  at.figure("columns", static_cast<std::int64_t>(live.size()));
  if (const auto declared = check_inventory(live); !declared)
    for (const auto& each : declared.error())
      at.complain(each);
}

/// Everything that is kept of payments, and of what Stripe says about them.
constexpr std::array<std::string_view, 12> payment_tables{
  "billing_account", "purchase",   "subscription", "sale",          "sale_payment",   "refund",
  "dispute",         "sale_grant", "drip",         "billing_inbox", "billing_outbox", "billing_sweep"};

void payment_fields(const look& at) {
  std::int64_t fields = 0;
  for (const auto table : payment_tables) {
    const auto live = columns_of(at.facts, table);
    fields += static_cast<std::int64_t>(live.size());
    if (live.empty() || live != declared_of(table))
      at.complain(std::string(table) + " has other fields than those declared.");
  }
  at.figure("fields about payments", fields);
}

void log_fields(const look& at) {
  const auto live = columns_of(at.facts, "access_log");
  at.figure("fields", static_cast<std::int64_t>(live.size()));
  if (live != declared_of("access_log"))
    at.complain("the access log has other fields than those declared.");
  at.figure("newest lines", at.facts.log_lines);
  at.must_be_zero("lines with something else in a field", at.facts.log_lines_beyond);
}

// -------------------------------------------------------------- generations and whom they were told

void images_stored(const look& at) {
  at.figure("completed generations", at.facts.completed);
  at.must_be_zero("completed without exactly their images", at.facts.completed_without_images);
}

void disclosures_by_tier(const look& at, recipient of_tier) {
  std::int64_t across = 0;
  for (const auto& d : at.facts.disclosures) {
    if (d.to == of_tier)
      at.figure("to " + std::string(to_string(d.to)) + " for " + std::string(to_string(d.of)), d.count);
    across += d.across;
  }
  at.must_be_zero("disclosures across tiers", across);
  at.must_be_zero("calls without a disclosure", at.facts.dispatched_without_disclosure);
}

void free_disclosures(const look& at) { disclosures_by_tier(at, recipient::sub2api); }
void paid_disclosures(const look& at) { disclosures_by_tier(at, recipient::kie); }

void verdicts(const look& at) {
  at.figure("dispatched generations", at.facts.dispatched);
  at.must_be_zero("dispatched without their own verdict", at.facts.dispatched_without_verdict);
}

void restriction(const look& at) {
  at.figure("restricted accounts", at.facts.restricted);
  at.must_be_zero("dispatched for restricted accounts", at.facts.dispatched_for_restricted);
}

void backups_in_time(const look& at) {
  look_for_tables(at, "RIGHT-3");
  look_for_overdue(at, "RIGHT-3");
}

// -------------------------------------------------------------- what people are told, and what they ask for by mail

/// Who has not acknowledged the latest change that matters is shown it until they do: `open_notices` decides it for
/// everybody whose record is here. So what would break the promise is somebody without a record, or a document without
/// a day.
void changes_announced(const look& at) {
  at.figure("accounts of people", at.facts.people);
  for (const auto& edition : documents_in_force()) {
    const std::string name(to_string(edition.what));
    std::string_view latest;
    for (const auto& change : material_changes())
      if (change.what == edition.what)
        latest = std::max(latest, change.version);
    std::int64_t on_record = 0, in_force = 0, told = 0;
    for (const auto& each : at.facts.acknowledged) {
      if (each.document != name)
        continue;
      on_record += each.people;
      in_force += each.version >= edition.updated ? each.people : 0;
      told += each.version < latest ? each.people : 0;
    }
    at.figure(name + ": in force since", std::string(edition.updated));
    at.figure(name + ": acknowledged as it is", in_force);
    at.figure(name + ": shown its latest change", told);
    if (edition.updated > easel::to_string(day_of(at.facts.at)))
      at.complain(name + " is dated in the future.");
    if (on_record != at.facts.people)
      at.complain(name + ": " + std::to_string(at.facts.people - on_record)
                  + " people have no record of what they acknowledged.");
  }
}

void requests_in_time(const look& at) {
  look_for_tables(at, "RIGHT-5");
  look_for_overdue(at, "RIGHT-5");
  std::int64_t closed = 0;
  for (const auto& each : at.facts.requests)
    closed += each.closed;
  const auto now = requests_open(at.facts);
  at.figure("open requests", now.open);
  at.figure("closed requests", closed);
  at.must_be_zero("requests past their due date", now.past_due);
}

void children_erased(const look& at) {
  std::int64_t finished = 0, under_way = 0;
  for (const auto& each : at.facts.erasures) {
    if (each.clause != "CHILD-1")
      continue;
    finished += each.finished;
    under_way += each.under_way;
    if (each.oldest && at.facts.at - *each.oldest > grace)
      at.complain("an erasure for this reason is under way since " + easel::to_string(*each.oldest) + '.');
  }
  at.figure("accounts erased", finished);
  at.figure("erasures under way", under_way);
  for (const auto& each : at.facts.requests)
    if (each.kind == "child") {
      at.figure("open reports", each.open);
      at.must_be_zero("reports past their due date", each.past_due);
      at.must_be_zero("reports closed as done whose account lives", each.unerased);
    }
}

struct probe {
  std::string_view name;
  void (*run)(const look&);
};

constexpr std::array probes{
  probe{"schema_as_declared", schema_as_declared},
  probe{"sign_ins_in_time", sign_ins_in_time},
  probe{"images_stored", images_stored},
  probe{"log_fields", log_fields},
  probe{"log_in_time", log_in_time},
  probe{"content_in_time", content_in_time},
  probe{"all_has_an_end", all_has_an_end},
  probe{"expired_is_hidden", expired_is_hidden},
  probe{"auditor_is_apart", auditor_is_apart},
  probe{"reaper_at_work", reaper_at_work},
  probe{"free_disclosures", free_disclosures},
  probe{"paid_disclosures", paid_disclosures},
  probe{"verdicts", verdicts},
  probe{"restriction", restriction},
  probe{"sessions_in_time", sessions_in_time},
  probe{"backups_in_time", backups_in_time},
  probe{"usage_folded", usage_folded},
  probe{"payment_fields", payment_fields},
  probe{"changes_announced", changes_announced},
  probe{"requests_in_time", requests_in_time},
  probe{"children_erased", children_erased},
  probe{"payments_in_time", payments_in_time},
  probe{"nothing_left_over", nothing_left_over},
  probe{"exports_work", exports_work},
  probe{"corrections_work", corrections_work},
  probe{"receipts_chained", receipts_chained},
  probe{"keys_wiped", keys_wiped},
  probe{"hosts_called", hosts_called},
  probe{"no_mail", no_mail},
  probe{"own_pages", own_pages},
  probe{"own_cookies", own_cookies},
};

proof prove(const clause& c, const live_facts& facts, const evidence_terms& terms) {
  proof out;
  out.clause = c.id;
  out.at = facts.at;
  bool any = false;
  for (auto names = c.probes; !names.empty();) {
    const auto end = std::min(names.find(' '), names.size());
    const auto* found =
      std::find_if(probes.begin(), probes.end(), [&](const probe& p) { return p.name == names.substr(0, end); });
    names.remove_prefix(std::min(end + 1, names.size()));
    if (found == probes.end()) {
      out.complaints.emplace_back("one of its probes does not exist.");
      continue;
    }
    any = true;
    found->run({facts, terms, out});
  }
  if (!c.unproved.empty())
    out.complaints.emplace_back(c.unproved);
  if (!any || !c.unproved.empty())
    out.what = finding::unproved;
  else
    out.what = finding::kept;
  const std::size_t said = c.unproved.empty() ? 0 : 1;
  if (out.complaints.size() > said)
    out.what = finding::broken;
  return out;
}

} // namespace

std::string_view to_string(finding value) {
  switch (value) {
  case finding::kept:
    return "kept";
  case finding::broken:
    return "broken";
  case finding::unproved:
    return "no evidence";
  }
  return "unknown";
}

std::vector<std::string_view> probe_names() {
  std::vector<std::string_view> names;
  for (const auto& p : probes)
    names.push_back(p.name);
  return names;
}

std::vector<proof> judge(const live_facts& facts, const evidence_terms& terms) {
  std::vector<proof> proofs;
  for (const auto& c : clauses())
    proofs.push_back(prove(c, facts, terms));
  return proofs;
}

bool is_kept(const proof& p, instant now, duration interval) {
  return p.what == finding::kept && now - p.at <= 2 * interval;
}

duration longest_overdue(const live_facts& facts) {
  duration longest{};
  for (const auto& r : facts.relations)
    if (r.oldest_due)
      longest = std::max<duration>(longest, facts.at - *r.oldest_due);
  return longest;
}

std::int64_t rows_past_due(const live_facts& facts) {
  return std::accumulate(facts.relations.begin(), facts.relations.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& r) { return sum + r.past_due; });
}

open_requests requests_open(const live_facts& facts) {
  open_requests all;
  for (const auto& each : facts.requests) {
    all.open += each.open;
    all.past_due += each.past_due;
  }
  return all;
}

} // namespace easel::policies
