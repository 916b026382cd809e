#include "policies/billing.hpp"
#include "policies/evidence_look.hpp"
#include "policies/key_wipe.hpp"

#include <algorithm>

/// What was kept of accounts that are gone, of payments, and what people may demand.
namespace easel::policies {

namespace {

/// Records go within the hour after their time, or after what held them beyond it let go; all of a year are due at the
/// same moment.
constexpr duration sweep_grace = std::chrono::hours(24);

/// An erasure takes seconds as a rule; whatever interrupts it, it goes on by itself.
constexpr duration erasure_grace = std::chrono::minutes(15);

/// Tables whose rows name an account and go with it, as the inventory says.
std::vector<std::string_view> tables_of_accounts() {
  std::vector<std::string_view> tables;
  for (const auto& field : data_inventory())
    if (field.column == "account_id" && field.erased != erasure_way::pseudonymous)
      tables.push_back(field.table);
  return tables;
}

} // namespace

void nothing_left_over(const look& at) {
  std::int64_t looked_at = 0, left = 0;
  for (const auto table : tables_of_accounts()) {
    const auto found = std::find_if(at.facts.left_over.begin(), at.facts.left_over.end(),
                                    [&](const auto& each) { return each.table == table; });
    if (found == at.facts.left_over.end()) {
      at.complain(std::string(table) + " was not looked at.");
      continue;
    }
    ++looked_at;
    left += found->rows;
    if (found->rows != 0)
      at.complain(std::string(table) + " holds " + std::to_string(found->rows) + " rows of deleted accounts.");
  }
  at.figure("deleted accounts", at.facts.receipts.receipts);
  at.figure("tables compared", looked_at);
  at.figure("rows left of deleted accounts", left);
}

void payments_in_time(const look& at) {
  const auto records_from = records_end_before(at.facts.at - sweep_grace, at.terms.record_years);
  const auto events_from = at.facts.at - sweep_grace - at.terms.event_life;
  at.figure("years that records are kept", at.terms.record_years);
  for (const auto& [what, oldest] : at.facts.oldest_payments) {
    at.figure("oldest " + what, easel::to_string(oldest.at));
    const bool had_its_time = oldest.at < (what == "event of Stripe" ? events_from : records_from);
    if (had_its_time && at.facts.at - oldest.seen_at > sweep_grace)
      at.complain("the oldest " + what + " has had its time, and is still there.");
  }
}

void exports_work(const look& at) {
  const auto& rights = at.facts.rights;
  at.figure("copies begun", rights.exports_begun);
  at.figure("copies finished", rights.exports_ended);
  at.figure("copies broken off", rights.exports_broken_off);
  at.figure("tables that a copy reads", rights.tables_exported);
  if (rights.tables_exported == 0)
    at.complain("no table was read as a copy reads it.");
  for (const auto& table : rights.not_exported)
    at.complain(table + " is to be in each copy, and cannot be read for it.");
}

void corrections_work(const look& at) {
  at.figure("people who go by a name of their own", at.facts.rights.names_corrected);
  if (!at.facts.rights.correction_works)
    at.complain("a name cannot be corrected: the statement failed.");
}

void receipts_chained(const look& at) {
  const auto& erasures = at.facts.receipts;
  at.figure("receipts", erasures.receipts);
  at.must_be_zero("receipts that break the chain", erasures.broken);
  at.figure("erasures under way", erasures.under_way);
  for (const auto& each : at.facts.requests)
    if (each.kind == "erasure")
      at.must_be_zero("requests closed as done whose account lives", each.unerased);
  if (erasures.oldest_begun && at.facts.at - *erasures.oldest_begun > erasure_grace)
    at.complain("an erasure that began " + in_seconds(at.facts.at - *erasures.oldest_begun) + " ago is not finished.");
}

void keys_wiped(const look& at) {
  const auto& keys = at.facts.keys;
  at.figure("destroyed keys not yet wiped from the disk", keys.keys);
  at.figure("oldest destroyed key not yet wiped", keys.oldest ? easel::to_string(*keys.oldest) : "none");
  at.figure("latest wipe", keys.wiped_at ? easel::to_string(*keys.wiped_at) : "none");
  if (keys.oldest && at.facts.at - *keys.oldest > longest_key_remains)
    at.complain("a key that was destroyed " + in_seconds(at.facts.at - *keys.oldest)
                + " ago may still stand in a file of the database.");
  for (const auto& word : keys.missing)
    at.complain("destroyed keys cannot leave the disk: " + explain_missing(word) + '.');
}

} // namespace easel::policies
