#include "tools/easelctl/commands.hpp"

#include "policies/api_key.hpp"
#include "tools/easelctl/policy_report.hpp"
#include "tools/easelctl/refusal.hpp"
#include "tools/easelctl/results.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace easel::easelctl {
namespace {

using nlohmann::ordered_json;

constexpr const char* no_account = "there is no such account, or it is closed";

void must(bool done, const char* otherwise) {
  if (!done)
    refuse(otherwise);
}

ordered_json optional_time(const std::optional<instant>& at) {
  return at ? ordered_json(to_string(*at)) : ordered_json(nullptr);
}

ordered_json grant_json(const persistence::grant_row& grant) {
  return {{"grant", to_string(grant.id)},
          {"kind", to_string(grant.kind)},
          {"amount", grant.amount.value()},
          {"remaining", grant.remaining.value()},
          {"expires_at", optional_time(grant.expires_at)}};
}

ordered_json key_json(const persistence::key_row& key) {
  return {{"id", to_string(key.id)},
          {"name", key.name},
          {"hint", "…" + key.hint},
          {"created_at", to_string(key.created_at)},
          {"last_used_at", optional_time(key.last_used_at)},
          {"revoked_at", optional_time(key.revoked_at)},
          {"expires_at", optional_time(key.expires_at)},
          {"monthly_cap", key.monthly_cap ? ordered_json(key.monthly_cap->value()) : ordered_json(nullptr)},
          {"used_this_month", key.monthly_cap ? ordered_json(key.used_this_month.value()) : ordered_json(nullptr)}};
}

ordered_json account_json(persistence::store& store, account_id id) {
  const auto account = need(store.find_account(id));
  must(account.has_value(), no_account);
  const auto balance = need(store.find_balance(id));
  auto grants = ordered_json::array();
  for (const auto& grant : balance.grants)
    grants.push_back(grant_json(grant));
  return {{"account", to_string(account->id)},
          {"tier", to_string(account->of_tier)},
          {"state", to_string(account->state)},
          {"restricted", account->restricted},
          {"cooldown_until", optional_time(account->cooldown_until)},
          {"created_at", to_string(account->created_at)},
          {"available", balance.available.value()},
          {"held", balance.held.value()},
          {"sessions", need(store.list_sessions(id)).size()},
          {"grants", std::move(grants)}};
}

ordered_json receipt_json(const persistence::erasure_receipt& receipt) {
  ordered_json out = {{"receipt", to_string(receipt.id)},
                      {"clause", receipt.clause},
                      {"number", receipt.number},
                      {"key_destroyed_at", to_string(receipt.begun_at)},
                      {"finished_at", to_string(receipt.finished_at)}};
  for (const auto& [table, rows] : receipt.counts)
    out["erased_" + table] = rows;
  return out;
}

ordered_json invariants_json(const persistence::invariants& found) {
  return {{"completed_without_images", found.completed_without_images},
          {"dispatched_without_verdict", found.dispatched_without_verdict},
          {"cross_tier_disclosures", found.cross_tier_disclosures},
          {"calls_without_disclosure", found.calls_without_disclosure},
          {"images_settled_twice", found.images_settled_twice},
          {"balances_off", found.balances_off},
          {"holds_without_work", found.holds_without_work},
          {"overdrawn_grants", found.overdrawn_grants}};
}

ordered_json run_json(const persistence::retention_run& run) {
  auto tables = ordered_json::object();
  for (const auto& [table, rows] : run.by_table)
    tables[table] = rows;
  return {{"cut", to_string(run.cut)},
          {"ended_at", to_string(run.ended_at)},
          {"milliseconds", std::chrono::ceil<std::chrono::milliseconds>(run.took).count()},
          {"rows", run.rows},
          {"partitions", run.partitions},
          {"by_table", std::move(tables)}};
}

/// What the disk may still hold of destroyed keys (RIGHT-3).
ordered_json keys_json(const policies::key_remains& found, const std::optional<policies::key_wipe>& latest) {
  auto missing = ordered_json::array();
  for (const auto& word : found.missing)
    missing.push_back(policies::explain_missing(word));
  return {{"destroyed_and_on_disk", found.keys},
          {"oldest_destroyed_at", optional_time(found.oldest)},
          {"in_the_log_since", optional_time(found.oldest_in_log)},
          {"latest_wipe", latest ? ordered_json(to_string(latest->at)) : ordered_json(nullptr)},
          {"missing", std::move(missing)}};
}

bool all_kept(const ordered_json& audit) {
  const auto& all = audit.at("clauses");
  return std::all_of(all.begin(), all.end(),
                     [](const auto& each) { return each.at("finding") == to_string(policies::finding::kept); });
}

/// A line for each clause, below it what it rests on and what is wrong.
void print_audit(std::ostream& out, const ordered_json& audit) {
  out << "audited at " << plain(audit.at("audited_at")) << ", " << plain(audit.at("rows_past_due"))
      << " rows past due, the oldest for " << plain(audit.at("longest_past_due_seconds")) << " s; partitions for "
      << plain(audit.at("days_ahead")) << " days ahead\n";
  for (const auto& each : audit.at("clauses")) {
    const auto clause = plain(each.at("clause"));
    out << clause << std::string(clause.size() < 12 ? 12 - clause.size() : 1, ' ') << plain(each.at("finding")) << '\n';
    for (const auto& [name, value] : each.at("figures").items())
      out << "            " << name << ": " << plain(value) << '\n';
    for (const auto& sentence : each.at("complaints"))
      out << "          ! " << plain(sentence) << '\n';
  }
}

/// Each command answers with what it did or found.
class performer {
public:
  explicit performer(const workplace& at) : at_(at), store_(at.store) {}

  ordered_json operator()(const migrate&) const { refuse("migrate needs no store"); }
  ordered_json operator()(const operator_command&) const { refuse("operators are kept elsewhere"); }
  ordered_json operator()(const backup_command&) const { refuse("backups are made elsewhere"); }
  ordered_json operator()(const request_command&) const { refuse("requests are kept elsewhere"); }
  ordered_json operator()(const master_key_command&) const { refuse("master keys are looked after elsewhere"); }
  ordered_json operator()(const look&) const { refuse("a look at the server needs no store"); }
  ordered_json operator()(const act&) const { refuse("an action of the server needs no store"); }
  ordered_json operator()(const trace&) const { refuse("a trace of the server needs no store"); }

  ordered_json operator()(const print_completion&) const { refuse("a script is printed without a store"); }
  ordered_json operator()(const verify_policy_report&) const { refuse("a report is verified without a store"); }
  ordered_json operator()(const check_billing_catalogue&) const { refuse("billing check needs no store"); }

  ordered_json operator()(const create_account& c) const {
    must(at_.allow_operator_accounts, "accounts are made by signing in; accounts.allow_operator_accounts lets "
                                      "development make them here");
    const auto id = need(store_.create_account(c.of, at_.actor, c.reason));
    if (c.gift)
      must(need(store_.gift(id, *c.gift, std::nullopt, at_.actor, c.reason)), no_account);
    return account_json(store_, id);
  }

  ordered_json operator()(const show_account& c) const { return account_json(store_, c.account); }

  ordered_json operator()(const set_tier& c) const {
    must(need(store_.set_tier(c.account, c.to, at_.actor, c.reason)), no_account);
    return account_json(store_, c.account);
  }

  ordered_json operator()(const lift_suspension& c) const {
    must(need(store_.lift_suspension(c.account, at_.actor, c.reason)), no_account);
    return account_json(store_, c.account);
  }

  ordered_json operator()(const erase_account& c) const {
    const auto rights = at_.open_rights();
    const auto clause = c.of_child ? persistence::erasure_clause::child_1 : persistence::erasure_clause::right_3;
    const auto erasure =
      need(rights->begin_erasure(c.account, clause, persistence::operator_note{at_.actor, c.reason}));
    must(erasure.has_value(), "there is no such account");
    for (;;) // should this program end here, a server finishes it
      if (const auto receipt = need(rights->continue_erasure(*erasure)))
        return receipt_json(*receipt);
  }

  ordered_json operator()(const verify_erasures&) const {
    auto& journal = journal_of_erasures();
    const auto text = journal.read();
    must(text.has_value(), text ? "" : text.error().c_str());
    std::vector<instant> asked;
    for (const auto& entry : text->entries)
      asked.push_back(entry.asked_at);
    for (const auto& entry : text->deletions)
      asked.push_back(entry.asked_at);
    const auto [oldest, newest] = std::minmax_element(asked.begin(), asked.end());
    const auto time_of = [&](auto at) {
      return at == asked.end() ? ordered_json(nullptr) : ordered_json(to_string(*at));
    };
    return {{"journal", journal.settings().path},  {"entries", text->entries.size()},
            {"deletions", text->deletions.size()}, {"oldest", time_of(oldest)},
            {"newest", time_of(newest)},           {"checksums", "ok"},
            {"ends_in_half_a_line", text->torn}};
  }

  ordered_json operator()(const begin_erasure_journal&) const {
    auto& journal = journal_of_erasures();
    const auto made = journal.create();
    must(made.has_value(), made ? "" : made.error().c_str());
    return {{"begun", journal.settings().path}};
  }

  ordered_json operator()(const list_objections& c) const {
    must(need(store_.find_account(c.account)).has_value(), no_account);
    auto all = ordered_json::array();
    for (const auto& row : need(at_.open_rights()->list_restrictions(c.account)))
      all.push_back({{"id", to_string(row.id)},
                     {"begun_at", to_string(row.begun_at)},
                     {"lifted_at", optional_time(row.lifted_at)},
                     {"objection", row.objection.reveal()}});
    return {{"restrictions", std::move(all)}};
  }

  ordered_json operator()(const give& c) const {
    std::optional<instant> expires_at;
    if (c.days)
      expires_at = std::chrono::floor<duration>(std::chrono::system_clock::now()) + std::chrono::days(*c.days);
    must(need(store_.gift(c.account, c.amount, expires_at, at_.actor, c.reason)), no_account);
    return account_json(store_, c.account);
  }

  ordered_json operator()(const create_key& c) const {
    must(need(store_.find_account(c.account)).has_value(), no_account);
    std::array<std::uint8_t, 32> random{};
    persistence::fill_random(random.data(), random.size());
    const auto key = policies::make_api_key(random);
    const auto hash = at_.keys.keyed_hash(persistence::hash_purpose::api_key, key.reveal());
    const auto row =
      need(store_.create_key(c.account, c.name, hash, policies::api_key_hint(key), at_.actor, c.monthly_cap));
    auto shown = key_json(row);
    shown["key"] = key.reveal(); // the only time that it is seen: the database has its keyed hash
    return shown;
  }

  ordered_json operator()(const list_keys& c) const {
    auto all = ordered_json::array();
    for (const auto& key : need(store_.list_keys(c.account)))
      all.push_back(key_json(key));
    return {{"keys", std::move(all)}};
  }

  ordered_json operator()(const revoke_key& c) const {
    must(need(store_.revoke_key(c.account, c.key, at_.actor)),
         "this account has no such key, or it is revoked already");
    return {{"revoked", to_string(c.key)}};
  }

  ordered_json operator()(const check_database&) const {
    need(store_.find_account(account_id{})); // nobody has it: what counts is that a statement of ours runs
    return {{"database", "ok"}};
  }

  ordered_json operator()(const check_ledger&) const { return invariants_json(need(store_.check_invariants())); }

  ordered_json operator()(const show_retention&) const {
    const auto clock = need(at_.retention->find_clock());
    const auto run = need(at_.retention->last_run());
    const auto keys = need(at_.retention->find_key_remains());
    const auto wipe = need(at_.retention->last_key_wipe());
    return {{"halted_at", optional_time(clock.halted_at)},
            {"halted_because", clock.halted_at ? ordered_json(to_string(clock.why)) : ordered_json(nullptr)},
            {"latest_round", run ? run_json(*run) : ordered_json(nullptr)},
            {"keys", keys_json(keys, wipe)}};
  }

  ordered_json operator()(const confirm_clock& c) const {
    must(need(at_.retention->confirm_clock(at_.actor, c.reason)), "retention has not stopped: nothing to confirm");
    return {{"clock", "confirmed"}};
  }

  ordered_json operator()(const audit_policy& c) const {
    const auto facts = need(at_.auditor->collect());
    auto report = report_of(facts, at_.terms, at_.build);
    if (!c.report.empty())
      keep_report(report, c.report);
    return report;
  }

private:
  [[nodiscard]] persistence::erasure_journal& journal_of_erasures() const {
    must(at_.journal != nullptr, "there is no journal of erasures: erasure_journal.path is not set");
    return *at_.journal;
  }

  void keep_report(const ordered_json& report, const std::string& file) const {
    std::optional<secret_text> key;
    if (!at_.signing_key_file.empty()) {
      auto pem = read_small_file(at_.signing_key_file);
      if (!pem)
        refuse(pem.error());
      key = secret_text(std::move(*pem));
    }
    const auto document = report_document(report, key);
    if (!document)
      refuse(document.error());
    if (const auto written = write_whole_file(file, *document); !written)
      refuse(written.error());
  }

  const workplace& at_;
  persistence::store& store_;
};

/// `name  value` lines; an object becomes a block, a list of objects one for each.
void print_plain(std::ostream& out, const ordered_json& object, const std::string& indent = "") {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object()) {
      out << indent << name << '\n';
      print_plain(out, value, indent + "  ");
      continue;
    }
    if (!value.is_array()) {
      out << indent << name << std::string(name.size() < 28 ? 28 - name.size() : 1, ' ') << plain(value) << '\n';
      continue;
    }
    out << indent << name << (value.empty() ? " none\n" : "\n");
    for (const auto& item : value) {
      print_plain(out, item, indent + "  ");
      out << '\n';
    }
  }
}

bool is_clean(const ordered_json& counts) {
  for (const auto& [name, count] : counts.items())
    if (count != 0)
      return false;
  return true;
}

} // namespace

int run(const command& what, const workplace& at, std::ostream& out, std::ostream& err) try {
  const auto result = std::visit(performer(at), what);
  if (at.json)
    out << result.dump() << '\n';
  else if (std::holds_alternative<audit_policy>(what))
    print_audit(out, result);
  else
    print_plain(out, result);
  if (std::holds_alternative<audit_policy>(what) && !all_kept(result)) {
    err << "easelctl: not every clause of the policy is proved to be kept\n";
    return 1;
  }
  if (std::holds_alternative<check_ledger>(what) && !is_clean(result)) {
    err << "easelctl: the books are not in order: every count must be zero\n";
    return 1;
  }
  return 0;
} catch (const refusal& r) {
  err << "easelctl: " << r.sentence << '\n';
  return 1;
}

int verify(const verify_policy_report& what, bool json, std::ostream& out, std::ostream& err) {
  const auto document = read_small_file(what.file);
  const auto key = read_small_file(what.key);
  const auto got = !document ? unexpected(document.error())
                   : !key    ? unexpected(key.error())
                             : verify_document(*document, *key);
  if (!got) {
    err << "easelctl: " << got.error() << '\n';
    return 1;
  }
  const ordered_json said{
    {"signed_by", got->key}, {"audited_at", got->audited_at}, {"kept", got->kept}, {"clauses", got->clauses}};
  if (json)
    out << said.dump() << '\n';
  else
    print_plain(out, said);
  return 0;
}

} // namespace easel::easelctl
