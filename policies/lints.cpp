#include "policies/lints.hpp"

#include <algorithm>
#include <limits>

namespace easel::policies {

namespace {

using std::chrono::duration_cast;

constexpr std::array<lint_rule, lint_count> all_lints{{
  {lint::database_silent, "database-silent", true, "The database has taken no heartbeat for 3 s.",
   "Nothing can be accepted or finished without it.",
   "Look whether PostgreSQL runs and can be reached: easelctl db check."},
  {lint::tier_breach, "tier-breach", true, "One disclosure of the kept ones went to the provider of the other tier.",
   "The policy promises that a prompt goes to the provider of its own tier alone (THIRD-1, THIRD-2).",
   "Pause the upstreams of both tiers, keep the log, and look at the generations concerned: easelctl policy audit."},
  {lint::clause_broken, "clause-broken", true, "The auditor's evidence says of a clause that it is not kept.",
   "It is a promise to every person who uses the service.", "See what breaks it: easelctl policy audit."},
  {lint::promise_overdue, "promise-overdue", true,
   "A row is past its time for more than 5 min; a billing event waits for more than 5 min; a deletion at Stripe is "
   "unconfirmed for more than 24 h.",
   "What was promised to be deleted or applied by now is not.",
   "Look at easelctl retention show, and at the retention and billing actors."},
  {lint::hold_overdue, "hold-overdue", true, "A generation lives on for 10 s after its own deadline.",
   "Its credits stay held, and whoever asked for it waits.",
   "Look at its messages; restarting its actor goes on from its row. The router, which wakes it, may be starved."},
  {lint::queue_stalled, "queue-stalled", true, "Images wait, and no credential of their tier may start a call.",
   "They fail when their time in the queue is over.", "Look at the tier's upstreams."},
  {lint::upstream_unfunded, "upstream-unfunded", true,
   "An upstream's own balance is below the floor that is configured.", "It takes no call.",
   "Top it up with the provider; it is asked again by itself."},
  {lint::upstream_cooling, "upstream-cooling", true, "The breaker of an upstream is open.",
   "It takes no call until a probe succeeds.",
   "It probes by itself. If the provider is well again, reset its breaker."},
  {lint::upstream_failing, "upstream-failing", true,
   "Half of the calls of about the last minute failed, of 5 calls at least.",
   "People wait for what fails, and its breaker may open.",
   "Look at its error classes; pause it while others of its tier can work."},
  {lint::upstream_paused, "upstream-paused", false,
   "An operator has paused or drained an upstream, or opened its breaker.", "Its tier has less room while that lasts.",
   "It resumes by itself; or resume it now."},
  {lint::store_worker_stuck, "store-worker-stuck", true, "A store worker has been in one transaction for 15 s.",
   "What waits behind it is not written.", "The database is slow, or a lock is held: look at pg_stat_activity."},
  {lint::handler_stuck, "handler-stuck", true,
   "A handler has run for 5 s; 15 s where it waits for the database, 5 min where it works through rows.",
   "The actor does nothing else meanwhile, and holds a thread.",
   "A handler must not block: note its type, then restart the actor."},
  {lint::actor_starved, "actor-starved", true,
   "Messages wait, and none was handled for 5 s; 15 s where they wait for the database, 5 min where it works through "
   "rows.",
   "The actor could work and gets no thread.",
   "Threads are short, or all of them are busy: look at the types by busy time."},
  {lint::mailbox_growing, "mailbox-growing", false,
   "100 messages wait, and the least that waited has risen three times in a row, each over 5 s.",
   "More comes in than the actor can handle: what comes now waits longer than what came before.",
   "Look at its type's busy time and at who sends to it."},
  {lint::mailbox_deep, "mailbox-deep", false, "More than 1000 messages wait in one mailbox.",
   "The next message waits behind all of them.", "Watch whether it drains; if not, more comes in than it can handle."},
  {lint::handler_over_budget, "handler-over-budget", false,
   "Three handlers within a few seconds, or one every 15 s, took longer than 250 ms; 2 s where they wait for the "
   "database, 1 min where they work through rows.",
   "Others wait for the thread meanwhile.", "Note the type of the message; look whether the processor is overloaded."},
  {lint::actor_without_owner, "actor-without-owner", false, "An actor's parent has been gone for 5 s.",
   "Nobody would replace it, and nobody ends it with the house.",
   "Look at its messages. Restart it if it can be restarted; else the node, in a calm moment."},
  {lint::actors_failed, "actors-failed", false, "An actor of the type has ended unexpectedly within about a minute.",
   "Work was interrupted, even if it goes on.", "Their supervisors replaced them; the graveyard says why they ended."},
  {lint::series_missing, "series-missing", false,
   "A series that the metrics page always has was missing in two looks, half a minute apart.",
   "Alerts that are made of it are silent.", "Look for the part of the server that it is about: it may not run."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < all_lints.size(); ++i)
    if (static_cast<std::size_t>(all_lints[i].which) != i)
      return false;
  return true;
}
static_assert(in_order());

std::string to_tenths_of_seconds(duration d) {
  const auto tenths = duration_cast<std::chrono::milliseconds>(d).count() / 100;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

std::string in_milliseconds(duration d) {
  return std::to_string(duration_cast<std::chrono::milliseconds>(d).count()) + " ms";
}

void judge_stall(lint_findings& out, const actor_figures& a, const std::string& about, const std::string& name) {
  const std::string message(a.message.empty() ? "a message" : a.message);
  if (a.stalled <= pace_of(a.kind).patience)
    return;
  if (a.running)
    out.push_back({a.kind == "store worker" ? lint::store_worker_stuck : lint::handler_stuck, about,
                   name + " is stuck in a handler",
                   "It has worked on " + message + " for " + to_tenths_of_seconds(a.stalled) + "."});
  else if (a.waiting > 0)
    out.push_back({lint::actor_starved, about, name + " is starved",
                   std::to_string(a.waiting) + " messages wait, and none was handled for "
                     + to_tenths_of_seconds(a.stalled) + "."});
}

void judge_mailbox(lint_findings& out, const actor_figures& a, const std::string& about, const std::string& name) {
  if (a.rises >= growing_rises && a.waiting >= growing_mailbox)
    out.push_back({lint::mailbox_growing, about, name + " falls behind",
                   std::to_string(a.waiting) + " messages wait; before they rose it was " + std::to_string(a.risen_from)
                     + " at the least."});
  else if (a.waiting > deep_mailbox)
    out.push_back(
      {lint::mailbox_deep, about, name + " has a deep mailbox", std::to_string(a.waiting) + " messages wait."});
}

} // namespace

const std::array<lint_rule, lint_count>& lint_rules() { return all_lints; }

const lint_rule& rule_of(lint which) { return all_lints[static_cast<std::size_t>(which)]; }

// ---------------------------------------------------------------- actors

handler_pace pace_of(std::string_view kind) {
  using namespace std::chrono_literals;
  constexpr std::array<std::string_view, 3> asks_database{"store worker", "access log", "console reader"};
  constexpr std::array<std::string_view, 9> works_through_rows{
    "retention",          "auditor",       "rights",       "billing inbox",
    "billing desk",       "billing clerk", "billing line", "billing reconciler",
    "revocation listener"};
  const auto is_one_of = [&](const auto& kinds) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); };
  if (is_one_of(asks_database))
    return {2s, 15s};
  if (is_one_of(works_through_rows))
    return {1min, 5min};
  return {250ms, 5s};
}

void mailbox_trend::look(std::uint64_t waiting) {
  const auto now =
    static_cast<std::uint32_t>(std::min<std::uint64_t>(waiting, std::numeric_limits<std::uint32_t>::max()));
  least_ = looks_ == 0 ? now : std::min(least_, now);
  if (++looks_ < looks_in_span)
    return;
  looks_ = 0;
  if (least_ <= before_) {
    rises_ = 0;
  } else {
    if (rises_ == 0)
      from_ = before_;
    if (rises_ < std::numeric_limits<std::uint8_t>::max())
      ++rises_;
  }
  before_ = least_;
}

lint_findings judge(const actor_figures& a) {
  lint_findings out;
  const auto number = std::to_string(a.id);
  const std::string about = "actor " + number;
  const std::string name = std::string(a.kind) + ' ' + number;
  judge_stall(out, a, about, name);
  judge_mailbox(out, a, about, name);
  if (a.overruns >= many_overruns)
    out.push_back({lint::handler_over_budget, about, name + " exceeds its budget",
                   "The latest, " + std::string(a.overrun_message) + ", took " + in_milliseconds(a.overrun)
                     + "; it may take " + in_milliseconds(pace_of(a.kind).budget) + "."});
  if (a.ownerless && *a.ownerless > orphan_patience)
    out.push_back({lint::actor_without_owner, about, name + " has no owner",
                   "Its parent has been gone for " + to_tenths_of_seconds(*a.ownerless) + "."});
  if (a.overdue && *a.overdue > hold_patience)
    out.push_back({lint::hold_overdue, about, name + " outlives its deadline",
                   "It passed " + to_tenths_of_seconds(*a.overdue) + " ago, and the actor still holds what it holds."});
  return out;
}

// ---------------------------------------------------------------- upstreams, queues, the database

lint_findings judge(const upstream_figures& u) {
  lint_findings out;
  const auto say = [&](lint which, const char* does, std::string evidence) {
    out.push_back({which, u.name, u.name + does, std::move(evidence)});
  };
  if (!u.funded)
    say(lint::upstream_unfunded, " is out of credit", "Its balance is below the floor that is configured.");
  else if (u.open && !u.paused_for && !u.held_open_for)
    say(lint::upstream_cooling, " is cooling down",
        "Its breaker is open" + (u.last_failure ? ", last failure: " + std::string(*u.last_failure) : "")
          + (u.probes_in ? ". A probe may start in " + to_tenths_of_seconds(*u.probes_in) + "." : "."));
  else if (u.failing >= 0.5 && u.calls >= 5)
    say(lint::upstream_failing, " fails on most calls",
        std::to_string(static_cast<int>(u.failing * 100)) + " % of the calls of about the last minute failed.");
  if (u.paused_for)
    say(lint::upstream_paused, u.is_drained ? " is drained" : " is paused",
        "By an operator, for another " + to_tenths_of_seconds(*u.paused_for) + ".");
  else if (u.open && u.held_open_for)
    say(lint::upstream_paused, " is held open",
        "An operator has opened its breaker, for another " + to_tenths_of_seconds(*u.held_open_for) + ".");
  return out;
}

lint_findings judge_database(duration silent) {
  if (silent < database_patience)
    return {};
  return {{lint::database_silent, "database", "The database does not answer",
           "The last good heartbeat was " + to_tenths_of_seconds(silent) + " ago."}};
}

lint_finding judge_stalled_queue(const std::string& name) {
  return {lint::queue_stalled, name, "Nothing leaves a queue", name + ": no credential of the tier may start a call."};
}

lint_findings judge_ends(std::string_view kind, double failed) {
  if (failed < 0.5)
    return {};
  return {{lint::actors_failed, std::string(kind), std::string(kind) + ": actors failed",
           "About " + std::to_string(static_cast<int>(failed + 0.5)) + " ended unexpectedly lately."}};
}

// ---------------------------------------------------------------- promises

lint_findings judge(const promise_figures& p) {
  lint_findings out;
  if (p.audited && p.across_tiers > 0)
    out.push_back({lint::tier_breach, "disclosures", "Prompts went to the other tier's provider",
                   std::to_string(p.across_tiers) + " disclosures across tiers are on record."});
  if (p.audited && p.longest_overdue > row_patience)
    out.push_back({lint::promise_overdue, "retention", "Rows outlive their time",
                   std::to_string(p.rows_past_due) + " rows are past due, the oldest for "
                     + to_tenths_of_seconds(p.longest_overdue) + "."});
  if (p.audited)
    for (const auto& clause : p.broken)
      out.push_back({lint::clause_broken, clause, clause + " is not kept", "The latest audit found it broken."});
  if (p.oldest_billing_event > billing_event_patience)
    out.push_back({lint::promise_overdue, "billing events", "A payment's event is not applied",
                   "The oldest event has waited for " + to_tenths_of_seconds(p.oldest_billing_event) + "."});
  if (p.oldest_billing_deletion > billing_deletion_patience)
    out.push_back({lint::promise_overdue, "billing deletions", "A deletion at Stripe is not confirmed",
                   "The oldest was asked for " + to_tenths_of_seconds(p.oldest_billing_deletion) + " ago."});
  return out;
}

// ---------------------------------------------------------------- metrics

const std::vector<std::string_view>& lasting_series() {
  static const std::vector<std::string_view> all{
    R"(easel_actors{type="root"})",
    R"(easel_actors{type="node"})",
    R"(easel_actors{type="store"})",
    R"(easel_actors{type="store worker"})",
    R"(easel_actors{type="router"})",
    R"(easel_actors{type="sign-in"})",
    R"(easel_actors{type="access log"})",
    R"(easel_actors{type="console reader"})",
    R"(easel_actors{type="provider connection"})",
    "easel_actor_mailbox_messages",
    "easel_actor_live_handled_messages",
    "easel_actor_live_busy_seconds",
    "easel_actor_ends_total",
    "easel_lint_findings",
    "easel_generations_live",
    "easel_slot_queue_length",
    "easel_pool_stalled",
    "easel_generations_ended_total",
    "easel_generations_refused_total",
    "easel_caller_refused_total",
    "easel_address_refused_total",
    "easel_address_forgotten_total",
    "easel_images_stored_total",
    "easel_generations_taken_over_total",
    "easel_generations_resumed_total",
    "easel_access_log_lines_total",
    "easel_revocations_listening",
    "easel_revocations_heard_total",
    "easel_sign_in_steps_under_way",
    "easel_sign_in_steps_total",
    "easel_sign_ins_displaced_total",
    "easel_id_tokens_refused_total",
    "easel_rights_under_way",
    "easel_exports_under_way",
    "easel_rights_total",
    "easel_retention_leads",
    "easel_retention_halted",
    "easel_retention_rounds_total",
    "easel_retention_failed_steps_total",
    "easel_retention_partitions_dropped_total",
    "easel_billing_deliveries_total",
    "easel_billing_events_total",
    "easel_billing_changes_total",
    "easel_billing_stripe_failures_total",
    "easel_billing_reconciled_total",
    "easel_billing_missed_total",
    "easel_billing_leads",
    "easel_billing_inbox_waiting",
    "easel_billing_inbox_parked",
    "easel_billing_oldest_waiting_seconds",
    "easel_billing_oldest_parked_seconds",
    "easel_billing_oldest_ending_seconds",
    "easel_billing_price_faults",
    "easel_billing_can_buy",
    "easel_connections_open",
    "easel_connections_refused_total",
    "easel_accepts_failed_total",
    "easel_handshakes_failed_total",
    "easel_requests_slow_total",
    "easel_requests_unnamed_total",
  };
  return all;
}

std::vector<std::string_view> missing_series(std::string_view page) {
  std::vector<std::string_view> missing;
  for (const auto series : lasting_series()) {
    bool found = false;
    for (auto at = page.find(series); at != std::string_view::npos && !found; at = page.find(series, at + 1)) {
      const auto after = at + series.size();
      const bool begins = at == 0 || page[at - 1] == '\n';
      found = begins && after < page.size() && (page[after] == ' ' || page[after] == '{');
    }
    if (!found)
      missing.push_back(series);
  }
  return missing;
}

lint_findings judge_series(const std::vector<std::string_view>& missing) {
  lint_findings out;
  for (const auto series : missing)
    out.push_back({lint::series_missing, std::string(series), "The metrics lack " + std::string(series),
                   "The page of metrics has no line of it."});
  return out;
}

} // namespace easel::policies
