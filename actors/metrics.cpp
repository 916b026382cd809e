#include "actors/metrics.hpp"

#include "actors/metrics_page.hpp"
#include "policies/vocabulary/names.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace easel::actors {

namespace {

using prometheus::MetricType;

struct totals {
  double live = 0;
  double waiting = 0;
  double handled = 0;
  double busy_seconds = 0;
  double failures = 0;
};

std::map<std::string, totals> by_kind(const directory& live) {
  std::map<std::string, totals> kinds;
  live.for_each([&](const vitals& v) {
    auto& t = kinds[v.kind];
    t.live += 1;
    t.waiting += static_cast<double>(v.depth());
    t.handled += static_cast<double>(v.handled.load(std::memory_order_relaxed));
    t.busy_seconds += static_cast<double>(v.busy_ns.load(std::memory_order_relaxed)) / 1e9;
    t.failures += static_cast<double>(v.failures.load(std::memory_order_relaxed));
  });
  return kinds;
}

} // namespace

std::string render_metrics(const directory& live, const gauges& counts) {
  metrics_page out;
  for (const auto& [kind, t] : by_kind(live)) {
    out.add("easel_actors", "Live actors by type.", MetricType::Gauge, t.live, {{"type", kind}});
    out.add("easel_actor_mailbox_messages", "Messages waiting in mailboxes, by actor type.", MetricType::Gauge,
            t.waiting, {{"type", kind}});
    out.add("easel_actor_live_handled_messages", "Messages handled by the actors that live now.", MetricType::Gauge,
            t.handled, {{"type", kind}});
    out.add("easel_actor_live_busy_seconds", "Time the actors that live now spent in handlers.", MetricType::Gauge,
            t.busy_seconds, {{"type", kind}});
  }
  const auto ended = live.ended_so_far();
  out.add("easel_actor_ends_total", "Actors that ended, by how.", MetricType::Counter,
          static_cast<double>(ended.normally), {{"how", "normally"}});
  out.add("easel_actor_ends_total", "", MetricType::Counter, static_cast<double>(ended.failed), {{"how", "failed"}});

  const auto load = [](const auto& value) { return static_cast<double>(value.load(std::memory_order_relaxed)); };
  out.add("easel_generations_live", "Generations accepted on this node and not yet ended.", MetricType::Gauge,
          load(counts.live));
  for (auto t : all_tiers) {
    const auto i = static_cast<std::size_t>(t);
    const std::string name(to_string(t));
    out.add("easel_slot_queue_length", "Images waiting for an upstream slot.", MetricType::Gauge,
            load(counts.queued[i]), {{"tier", name}});
    out.add("easel_pool_stalled", "1 while requests wait and no credential of the tier may start a call.",
            MetricType::Gauge, counts.pool_sick[i].load() ? 1 : 0, {{"tier", name}});
  }
  for (auto s : all_generation_states)
    if (is_terminal(s))
      out.add("easel_generations_ended_total", "Generations ended on this node, by state.", MetricType::Counter,
              load(counts.ended[static_cast<std::size_t>(s) - static_cast<std::size_t>(generation_state::completed)]),
              {{"state", std::string(to_string(s))}});
  out.add("easel_generations_refused_total", "Creations refused before a row was made.", MetricType::Counter,
          load(counts.refused));
  for (auto what : policies::caller_request_classes)
    out.add("easel_caller_refused_total", "Requests refused because their account or key had sent too many.",
            MetricType::Counter, load(counts.rate_refused[static_cast<std::size_t>(what)]),
            {{"class", std::string(policies::to_string(what))}});
  out.add("easel_images_stored_total", "Images stored and settled.", MetricType::Counter, load(counts.images));
  out.add("easel_generations_taken_over_total", "Rows of other or former nodes adopted.", MetricType::Counter,
          load(counts.taken_over));
  out.add("easel_generations_resumed_total", "Generations whose actor died and was started again from the row.",
          MetricType::Counter, load(counts.resumed));
  for (const auto& [what, lines] : {std::pair{"written", &counts.access_written},
                                    {"dropped", &counts.access_dropped},
                                    {"refused", &counts.access_refused}})
    out.add("easel_access_log_lines_total", "Lines of the access log, by what became of them.", MetricType::Counter,
            load(*lines), {{"outcome", what}});
  out.add("easel_revocations_listening",
          "1 while this node hears at once what ends; else it looks every caller up at each request.",
          MetricType::Gauge, counts.hears_endings.load() ? 1 : 0);
  for (std::size_t i = 0; i < counts.endings_heard.size(); ++i)
    out.add("easel_revocations_heard_total", "Endings and changes that this node was told of, by what they are about.",
            MetricType::Counter, load(counts.endings_heard[i]), {{"kind", std::array{"account", "key", "session"}[i]}});
  out.add("easel_sign_in_steps_under_way", "Steps of sign-ins that this node works on.", MetricType::Gauge,
          load(counts.signing_in));
  for (const auto s : all_sign_in_steps)
    out.add("easel_sign_in_steps_total", "Steps of sign-ins, by what became of them.", MetricType::Counter,
            load(counts.sign_ins[static_cast<std::size_t>(s)]), {{"outcome", std::string(to_string(s))}});
  out.add("easel_sign_ins_displaced_total", "Sign-ins under way that ended early so that a new one could begin.",
          MetricType::Counter, load(counts.sign_ins_displaced));
  for (const auto f : policies::all_id_token_faults)
    out.add("easel_id_tokens_refused_total", "ID tokens that broke a rule, by the rule.", MetricType::Counter,
            load(counts.token_faults[static_cast<std::size_t>(f)]), {{"fault", std::string(to_string(f))}});
  out.add("easel_rights_under_way", "Wishes of people about their data that wait for an answer.", MetricType::Gauge,
          load(counts.rights_under_way));
  out.add("easel_exports_under_way", "Exports being written.", MetricType::Gauge, load(counts.exporting));
  for (const auto& [what, count] :
       {std::pair{"erasure", &counts.erasures}, {"restriction", &counts.restrictions}, {"export", &counts.exports}})
    out.add("easel_rights_total", "Erasures finished, restrictions and exports begun on this node.",
            MetricType::Counter, load(*count), {{"right", what}});
  return out.text();
}

std::string render_metrics(const console_sample* latest) {
  metrics_page out;
  for (const auto& rule : policies::lint_rules())
    out.add("easel_lint_findings", "What each lint of the console finds at this moment.", MetricType::Gauge,
            latest == nullptr ? 0 : static_cast<double>(latest->findings[static_cast<std::size_t>(rule.which)]),
            {{"lint", std::string(rule.id)}, {"urgent", rule.urgent ? "true" : "false"}});
  return out.text();
}

} // namespace easel::actors
