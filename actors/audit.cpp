#include "actors/audit.hpp"

#include "actors/metrics_page.hpp"
#include "actors/observed.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace easel::actors {

namespace {

struct audit_now {};
struct tell_at_last {};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::audit_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::tell_at_last)

namespace easel::actors {

namespace {

constexpr std::int64_t least_days_ahead = 3;
constexpr auto first_words = std::chrono::seconds(1); ///< between attempts to tell of itself, until one is kept

std::vector<audit_board::due_table> due_tables(const std::vector<policies::relation_fact>& relations) {
  std::map<std::string, audit_board::due_table> tables;
  for (const auto& one : relations) {
    auto& table = tables[one.table];
    table.name = one.table;
    ++table.relations;
    table.rows += one.past_due;
    if (one.oldest_due)
      table.oldest = table.oldest ? std::min(*table.oldest, *one.oldest_due) : *one.oldest_due;
  }
  std::vector<audit_board::due_table> out;
  for (auto& [name, table] : tables)
    out.push_back(std::move(table));
  return out;
}

struct audit_state {
  static inline const char* name = "auditor";
  std::unique_ptr<persistence::auditor> database;
  std::set<std::string> said; ///< what is broken and was said so
};

class audit_actor : public house_actor<audit_state> {
public:
  audit_actor(caf::actor_config& config, audit_parts parts)
      : house_actor<audit_state>(config), parts_(std::move(parts)) {
    is_kind("auditor");
  }

  caf::behavior make_behavior() override {
    state.database = parts_.open();
    tell_at_first();
    delayed_send(this, parts_.terms.interval, audit_now{}); // the reaper begins its first round now
    return {[this](const audit_now&) {
              audit();
              delayed_send(this, parts_.terms.interval, audit_now{});
            },
            [this](const tell_at_last&) { tell_at_first(); }};
  }

private:
  /// What cannot be collected is not published: the proofs grow old, and count for nothing soon.
  void audit() {
    (void)tell();
    const auto leads = state.database->lead();
    if (!leads)
      return;
    if (!*leads) {
      parts_.board->withdraw();
      return;
    }
    const auto facts = state.database->collect();
    if (!facts) {
      if (state.said.insert("the database").second)
        parts_.alarm("the audit could not look: " + facts.error().operation + " (SQLSTATE " + facts.error().sqlstate
                     + ')');
      return;
    }
    state.said.erase("the database");
    audit_board::findings found;
    found.proofs = policies::judge(*facts, parts_.terms);
    found.at = facts->at;
    found.longest_overdue = policies::longest_overdue(*facts);
    found.past_due = policies::rows_past_due(*facts);
    for (const auto& each : facts->disclosures)
      found.across_tiers += each.across;
    found.days_ahead = facts->days_ahead;
    found.due = due_tables(facts->relations);
    found.requests = policies::requests_open(*facts);
    for (const auto& proof : found.proofs)
      report(std::string(proof.clause), proof.what == policies::finding::broken,
             proof.complaints.empty() ? std::string() : proof.complaints.front());
    report("partitions", found.days_ahead.value_or(0) < least_days_ahead, "there are none for three days ahead.");
    parts_.board->publish(std::move(found));
  }

  /// On every node, whoever leads. What cannot be kept is told with the next audit; until then the one before counts.
  bool tell() {
    if (!parts_.look_at_self)
      return true;
    const auto seen = parts_.look_at_self();
    return seen && state.database->tell(*seen);
  }

  /// As soon as the process serves, so that an audit that somebody asks for finds it.
  void tell_at_first() {
    if (!tell())
      delayed_send(this, first_words, tell_at_last{});
  }

  void report(const std::string& what, bool is_broken, const std::string& why) {
    if (!is_broken)
      state.said.erase(what);
    else if (state.said.insert(what).second)
      parts_.alarm("the audit found " + what + " broken: " + why);
  }

  audit_parts parts_;
};

} // namespace

lone_actor make_auditor(audit_parts parts) {
  return {[parts = std::move(parts)](caf::event_based_actor* root) -> caf::actor {
    if (parts.detached)
      return root->spawn<audit_actor, caf::detached + caf::monitored>(parts);
    return root->spawn<audit_actor, caf::monitored>(parts);
  }};
}

// ---------------------------------------------------------------- what it tells

void audit_board::publish(findings found) {
  const std::lock_guard lock(guard_);
  latest_ = std::move(found);
}

void audit_board::withdraw() {
  const std::lock_guard lock(guard_);
  latest_.reset();
}

std::optional<audit_board::findings> audit_board::latest() const {
  const std::lock_guard lock(guard_);
  return latest_;
}

std::string render_metrics(const audit_board& board, instant now, duration interval) {
  using prometheus::MetricType;
  metrics_page out;
  const auto found = board.latest();
  if (!found)
    return {};
  for (const auto& proof : found->proofs)
    out.add("easel_clause_kept", "1 for a clause of the privacy policy with a fresh proof that it is kept.",
            MetricType::Gauge, policies::is_kept(proof, now, interval) ? 1 : 0,
            {{"clause", std::string(proof.clause)}});
  out.add("easel_audit_timestamp_seconds", "When the latest audit was made.", MetricType::Gauge,
          static_cast<double>(unix_seconds(found->at)));
  out.add("easel_past_due_rows", "Rows that have had their time and are still there.", MetricType::Gauge,
          static_cast<double>(found->past_due));
  out.add("easel_longest_past_due_seconds", "For how long the oldest of them has been past due.", MetricType::Gauge,
          static_cast<double>(found->longest_overdue.count()) / 1e6);
  out.add("easel_privacy_requests_open", "Requests by mail that are not answered yet.", MetricType::Gauge,
          static_cast<double>(found->requests.open));
  out.add("easel_privacy_requests_overdue", "Those of them whose due date has passed.", MetricType::Gauge,
          static_cast<double>(found->requests.past_due));
  if (found->days_ahead)
    out.add("easel_partitions_ahead_seconds", "How far ahead there are day partitions.", MetricType::Gauge,
            static_cast<double>(*found->days_ahead) * 86'400);
  return out.text();
}

} // namespace easel::actors
