#include "http/server/console/panels_json.hpp"

#include "http/server/console/console_json.hpp"
#include "http/server/json_values.hpp"
#include "policies/clauses.hpp"

#include <algorithm>
#include <cmath>

namespace easel::server {

namespace {

using nlohmann::json;

/// How long before `now` it was; never negative, since clocks are read one after the other.
json ago(instant at, instant now) { return ms(std::max<duration>(now - at, duration::zero())); }
json ago(const std::optional<instant>& at, instant now) { return at ? ago(*at, now) : json(nullptr); }

json view_of_ages(const std::vector<persistence::age_group>& ages, bool with_amounts) {
  auto out = json::array();
  for (const auto& one : ages) {
    out.push_back({{"age", one.name}, {"count", one.count}});
    if (with_amounts)
      out.back()["credits"] = one.amount;
  }
  return out;
}

json view_of_sum(const persistence::ledger_flow::sum& sum) {
  return {{"entries", sum.entries}, {"credits", sum.amount}};
}

json view_of_books(const persistence::ledger_books& books) {
  const auto balances = persistence::balances_of(books.flows);
  const auto drift = persistence::drift_of(books);
  auto each = json::array();
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < balances.size(); ++i) {
    each.push_back({{"book", to_string(static_cast<persistence::book>(i))}, {"credits", balances[i]}});
    sum += balances[i];
  }
  return {{"books", std::move(each)},
          {"sum", sum},
          {"of_grants", books.remaining},
          {"of_accounts", books.held},
          {"drift", {{"available", drift.available}, {"held", drift.held}}},
          {"balanced", sum == 0 && drift.available == 0 && drift.held == 0}};
}

json view_of_flows(const std::vector<persistence::ledger_flow>& flows) {
  auto out = json::array();
  for (const auto& flow : flows)
    out.push_back({{"kind", persistence::name_of(flow.from, flow.to)},
                   {"from", to_string(flow.from)},
                   {"to", to_string(flow.to)},
                   {"today", view_of_sum(flow.today)},
                   {"month", view_of_sum(flow.month)},
                   {"ever", view_of_sum(flow.ever)}});
  return out;
}

json counts_of(const std::map<std::string, std::int64_t>& counts) {
  json out = json::object();
  for (const auto& [name, count] : counts)
    out[name] = count;
  return out;
}

// ---------------------------------------------------------------- billing

json view_of_inbox(const persistence::inbox_group& group, instant now) {
  return {{"state", group.state},
          {"count", group.count},
          {"oldest_ms", ago(group.oldest, now)},
          {"ages", view_of_ages(group.ages, false)}};
}

json view_of_sweep(const persistence::sweep_line& sweep, instant now) {
  return {{"name", sweep.name},
          {"ran_at", to_string(sweep.ran_at)},
          {"ago_ms", ago(sweep.ran_at, now)},
          {"took_ms", sweep.took ? json(ms(*sweep.took)) : json(nullptr)},
          {"looked_at", sweep.looked_at},
          {"found", sweep.found}};
}

json view_of_difference(const persistence::difference_line& line, instant now) {
  return {{"event", line.event},
          {"type", line.type},
          {"object", line.object},
          {"object_id", line.object_id},
          {"amount", line.amount ? json(*line.amount) : json(nullptr)},
          {"currency", line.currency},
          {"reason", line.reason},
          {"age_ms", ago(line.since, now)},
          {"attempts", line.attempts},
          {"next_try", time_or_null(line.next_try)}};
}

// ---------------------------------------------------------------- privacy

json view_of_proof(const policies::proof& proof, const actors::privacy_panel& panel) {
  const auto all = policies::clauses();
  const auto clause = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == proof.clause; });
  auto figures = json::array();
  for (const auto& [name, value] : proof.figures)
    figures.push_back({{"name", name}, {"value", value}});
  return {{"clause", proof.clause},
          {"promise", clause != all.end() ? clause->promise : ""},
          {"probes", clause != all.end() ? clause->probes : ""},
          {"finding", policies::to_string(proof.what)},
          {"kept", policies::is_kept(proof, panel.now, panel.interval)},
          {"age_ms", ago(proof.at, panel.now)},
          {"figures", std::move(figures)},
          {"complaints", proof.complaints}};
}

json view_of_audit(const actors::audit_board::findings& audit, const actors::privacy_panel& panel) {
  auto clauses = json::array(), due = json::array();
  for (const auto& proof : audit.proofs)
    clauses.push_back(view_of_proof(proof, panel));
  for (const auto& table : audit.due)
    due.push_back({{"table", table.name},
                   {"relations", table.relations},
                   {"rows", table.rows},
                   {"overdue_ms", ago(table.oldest, audit.at)}});
  return {{"at", to_string(audit.at)},
          {"age_ms", ago(audit.at, panel.now)},
          {"past_due", audit.past_due},
          {"longest_overdue_ms", ms(audit.longest_overdue)},
          {"days_ahead", audit.days_ahead ? json(*audit.days_ahead) : json(nullptr)},
          {"clauses", std::move(clauses)},
          {"due", std::move(due)}};
}

json view_of_retention(const persistence::retention_state& state) {
  json last = nullptr;
  if (state.last)
    last = {{"ended_at", to_string(state.last->ended_at)},
            {"ago_ms", ago(state.last->ended_at, state.at)},
            {"took_ms", ms(state.last->took)},
            {"rows", state.last->rows},
            {"days", state.last->partitions},
            {"by_table", counts_of(state.last->by_table)}};
  const auto& clock = state.clock;
  return {{"clock",
           {{"believed", !clock.halted_at},
            {"halted_at", time_or_null(clock.halted_at)},
            {"why", clock.halted_at ? json(policies::to_string(clock.why)) : json(nullptr)},
            {"read_ms", clock.last ? ago(clock.last->database, state.at) : json(nullptr)}}},
          {"last", std::move(last)},
          {"day",
           {{"rounds", state.rounds},
            {"rows", state.rows},
            {"days", state.partitions},
            {"by_table", counts_of(state.by_table)}}}};
}

// ---------------------------------------------------------------- the cluster

/// What a node's row says of it.
std::string_view state_of(const persistence::node_line& node, instant now, duration dead_after) {
  if (node.taken_over_at)
    return "taken over";
  if (node.left_at)
    return "left";
  return now - node.heartbeat_at > dead_after ? "silent" : "alive";
}

json view_of_member(const persistence::node_line& node, const actors::cluster_panel& panel) {
  const auto state = state_of(node, panel.state.at, panel.dead_after);
  return {{"id", to_string(node.id)},
          {"process", node.process},
          {"version", node.version},
          {"state", state},
          {"this", node.process == panel.here.name && state == "alive"},
          {"heartbeat_ms", ago(node.heartbeat_at, panel.state.at)},
          {"joined_ms", ago(node.joined_at, panel.state.at)},
          {"ended_at", time_or_null(node.taken_over_at ? node.taken_over_at : node.left_at)},
          {"in_work", node.in_work}};
}

json view_of_process(const actors::process_figures& p) {
  return {{"name", p.name},
          {"version", p.version},
          {"uptime_ms", ms(p.uptime)},
          {"resident_bytes", p.resident_bytes},
          {"threads", p.threads},
          {"open_files", p.open_files},
          {"most_files", p.most_files},
          {"cpu_user_ms", ms(p.cpu_user)},
          {"cpu_system_ms", ms(p.cpu_system)}};
}

} // namespace

json view_of(const persistence::ledger_state& ledger) {
  return {{"at", to_string(ledger.at)},
          {"balance", ledger.books ? view_of_books(*ledger.books) : json(nullptr)},
          {"entries", ledger.books ? view_of_flows(ledger.books->flows) : json(nullptr)},
          {"holds", view_of_ages(ledger.holds, true)},
          {"oldest_hold_ms", ago(ledger.oldest_hold, ledger.at)}};
}

json view_of(const actors::billing_panel& billing) {
  const auto& state = billing.state;
  auto inbox = json::array(), parked = json::array(), sweeps = json::array(), differences = json::array();
  for (const auto& one : state.inbox)
    inbox.push_back(view_of_inbox(one, state.at));
  for (const auto& one : state.parked)
    parked.push_back({{"reason", one.reason}, {"count", one.count}, {"oldest_ms", ago(one.oldest, state.at)}});
  for (const auto& one : state.sweeps)
    sweeps.push_back(view_of_sweep(one, state.at));
  for (const auto& one : state.differences)
    differences.push_back(view_of_difference(one, state.at));
  return {{"at", to_string(state.at)},
          {"sells", billing.sells},
          {"leads", billing.leads},
          {"can_buy", billing.can_buy},
          {"price_faults", billing.price_faults},
          {"open_lines", billing.open_lines},
          {"most_lines", billing.most_lines},
          {"inbox", std::move(inbox)},
          {"parked", std::move(parked)},
          {"sweeps", std::move(sweeps)},
          {"differences", std::move(differences)},
          {"most_differences", persistence::most_differences},
          {"endings", {{"count", state.endings}, {"oldest_ms", ago(state.oldest_ending, state.at)}}}};
}

json view_of(const actors::privacy_panel& privacy) {
  return {{"at", to_string(privacy.now)},
          {"interval_ms", ms(privacy.interval)},
          {"audit", privacy.audit ? view_of_audit(*privacy.audit, privacy) : json(nullptr)},
          {"retention", view_of_retention(privacy.retention)}};
}

json view_of(const actors::cluster_panel& cluster) {
  const auto& state = cluster.state;
  auto nodes = json::array(), singletons = json::array();
  for (const auto& one : state.nodes)
    nodes.push_back(view_of_member(one, cluster));
  for (const auto& one : state.singletons)
    singletons.push_back({{"what", to_string(one.what)},
                          {"process", one.process.empty() ? json(nullptr) : json(one.process)},
                          {"this", one.process == cluster.here.name},
                          {"since_ms", ago(one.since, state.at)}});
  return {{"at", to_string(state.at)},
          {"nodes", std::move(nodes)},
          {"singletons", std::move(singletons)},
          {"lease", {{"left_ms", ms(cluster.lease_left)}, {"of_ms", ms(cluster.dead_after)}}},
          {"process", view_of_process(cluster.here)}};
}

json view_of(const actors::session_panel& sessions) {
  auto tiers = json::array();
  for (const auto& one : sessions.tiers)
    tiers.push_back({{"tier", one.tier}, {"count", one.count}, {"waiting", one.waiting}, {"rate", rounded(one.rate)}});
  return {{"tiers", std::move(tiers)}};
}

json view_of(const actors::setting_line& setting) {
  return {
    {"key", setting.key}, {"value", setting.value}, {"secret", setting.is_secret}, {"default", setting.is_default}};
}

} // namespace easel::server
