#include "actors/console_action_parts.hpp"
#include "policies/pool.hpp"

#include <algorithm>

/// Interventions at one credential of an upstream.
namespace easel::actors {

namespace {

using upstream_ptr = std::shared_ptr<upstream_vitals>;

template <class Action>
upstream_ptr target_of(const Action& a, const action_ground& on) {
  for (const auto& one : on.upstreams.all())
    if (to_string(one->to) == a.to && one->settings.label == a.label)
      return one;
  return nullptr;
}

/// Changes the entry of a credential and has its connection look at it. Not done when there is none.
template <class Action, class Change>
act_result intervene(const Action& a, const action_ground& on, Change change) {
  const auto found = target_of(a, on);
  if (!found)
    return {};
  change(*found);
  found->intervened();
  return {true};
}

std::int64_t steady_now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }
std::int64_t steady_in(std::chrono::minutes span) { return steady_now() + std::chrono::nanoseconds(span).count(); }

/// All credentials of the same upstream, in their order: one upstream serves one tier, so its work never leaves them.
std::vector<upstream_ptr> credentials_of(const upstream_board& board, recipient to) {
  auto all = board.all();
  std::erase_if(all, [&](const auto& one) { return one->to != to; });
  return all;
}

bool takes_calls(const upstream_vitals& one) {
  return one.paused_until.load() <= steady_now() && one.weight.load() > 0 && one.funded.load()
         && one.breaker.load() != upstream_vitals::health::open;
}

std::string name_of(const upstream_vitals& one) { return std::string(to_string(one.to)) + '/' + one.settings.label; }

/// "a, b and c".
std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

std::vector<std::string> others_that_take_calls(const action_ground& on, const upstream_vitals& but) {
  std::vector<std::string> names;
  for (const auto& one : credentials_of(on.upstreams, but.to))
    if (one.get() != &but && takes_calls(*one))
      names.push_back(name_of(*one));
  return names;
}

/// What waits for any credential of the tier, in words; moderation has no such queue.
std::string tiers_queue(const action_ground& on, recipient to) {
  if (to == recipient::openai_moderation || !on.queued)
    return "";
  const auto of = to == recipient::kie ? tier::paid : tier::free;
  return " and the " + std::to_string(on.queued(of)) + " in the queue of the " + std::string(to_string(of)) + " tier";
}

/// What a credential has that starts nothing for a while; of what waits there, what becomes of it.
std::string what_it_has(const upstream_vitals& one) {
  return calls(one.in_flight.load()) + " in flight finish there; " + std::to_string(one.waiting.load())
         + " that wait there "
         + (one.to == recipient::openai_moderation ? "are refused, and ask again." : "go back to the queue.");
}

/// Who does its work meanwhile, or what it means that nobody does.
std::string meanwhile(const upstream_vitals& one, const std::vector<std::string>& others) {
  if (!others.empty())
    return "Meanwhile " + listed(others) + (others.size() == 1 ? " takes" : " take") + " what comes.";
  if (one.to == recipient::openai_moderation)
    return "Without moderation nothing is drawn: every prompt that comes meanwhile fails.";
  return "No other credential of its tier takes calls: generations wait, and fail after their time.";
}

/// "kie/main 50 %, kie/second 50 %".
std::string shares_in_words(const std::vector<upstream_ptr>& all, const std::vector<int>& weights) {
  const auto shares = policies::shares_of(weights);
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i)
    out += (i == 0 ? "" : ", ") + name_of(*all[i]) + ' ' + std::to_string(shares[i]) + " %";
  return out;
}

std::string stamp_of(const std::vector<upstream_ptr>& all, const std::vector<int>& before) {
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i)
    out += ' ' + name_of(*all[i]) + '=' + std::to_string(before[i]);
  return out;
}

} // namespace

action_outcome preview_of(const pause_upstream& a, const action_ground& on) {
  const auto found = target_of(a, on);
  if (!found)
    return {};
  const auto name = name_of(*found);
  const auto others = others_that_take_calls(on, *found);
  return shown({name + " takes no new call for " + minutes(a.span) + ", then resumes by itself.", what_it_has(*found),
                meanwhile(*found, others)},
               "pause " + name + " others " + listed(others));
}

act_result result_of(const pause_upstream& a, const action_ground& on) {
  return intervene(a, on, [&](upstream_vitals& v) {
    v.drains = false;
    v.paused_until = steady_in(a.span);
  });
}

std::string title_of(const pause_upstream& a) {
  return "upstream.pause " + a.to + '/' + a.label + " for " + minutes(a.span);
}

action_outcome preview_of(const resume_upstream& a, const action_ground& on) {
  const auto found = target_of(a, on);
  if (!found)
    return {};
  const auto name = name_of(*found);
  if (found->paused_until.load() <= steady_now())
    return refused(name + " is neither paused nor drained.");
  return shown({name + " takes calls again at once, if its breaker lets it."}, "resume " + name);
}

act_result result_of(const resume_upstream& a, const action_ground& on) {
  return intervene(a, on, [](upstream_vitals& v) {
    v.paused_until = upstream_vitals::never;
    v.drains = false;
  });
}

std::string title_of(const resume_upstream& a) { return "upstream.resume " + a.to + '/' + a.label; }

action_outcome preview_of(const drain_upstream& a, const action_ground& on) {
  const auto found = target_of(a, on);
  if (!found)
    return {};
  const auto name = name_of(*found);
  if (found->drains.load() && found->paused_until.load() > steady_now())
    return refused(name + " is being drained already.");
  const auto others = others_that_take_calls(on, *found);
  if (others.empty())
    return refused("No other credential of " + a.to
                   + " takes calls, so there is nowhere for its work to go: pause it instead.");
  std::vector<std::string> effects{
    name + " takes no new call for " + minutes(a.span) + ", then takes its share again by itself.",
    calls(found->in_flight.load()) + " in flight finish there.",
    std::to_string(found->waiting.load()) + " that wait there" + tiers_queue(on, found->to) + " go to " + listed(others)
      + ", never to the other tier."};
  return shown(std::move(effects), "drain " + name + " to " + listed(others));
}

act_result result_of(const drain_upstream& a, const action_ground& on) {
  return intervene(a, on, [&](upstream_vitals& v) {
    v.drains = true;
    v.paused_until = steady_in(a.span);
  });
}

std::string title_of(const drain_upstream& a) {
  return "upstream.drain " + a.to + '/' + a.label + " for " + minutes(a.span);
}

action_outcome preview_of(const open_breaker& a, const action_ground& on) {
  const auto found = target_of(a, on);
  if (!found)
    return {};
  const auto name = name_of(*found);
  if (found->opened_until.load() > steady_now())
    return refused("The breaker of " + name + " is held open already; reset it to close it.");
  const auto others = others_that_take_calls(on, *found);
  return shown({"The breaker of " + name + " opens for " + minutes(a.span)
                  + ": no call starts, as if it had failed too often. Then one probe decides.",
                what_it_has(*found), meanwhile(*found, others)},
               "open " + name + " others " + listed(others));
}

act_result result_of(const open_breaker& a, const action_ground& on) {
  return intervene(a, on, [&](upstream_vitals& v) { v.opened_until = steady_in(a.span); });
}

std::string title_of(const open_breaker& a) {
  return "upstream.open " + a.to + '/' + a.label + " for " + minutes(a.span);
}

action_outcome preview_of(const reset_breaker& a, const action_ground& on) {
  const auto found = target_of(a, on);
  if (!found)
    return {};
  const auto name = name_of(*found);
  if (found->breaker.load() == upstream_vitals::health::closed)
    return refused("The breaker of " + name + " is closed already.");
  return shown({"The breaker of " + name + " forgets its failures and closes: calls start at once."}, "reset " + name);
}

act_result result_of(const reset_breaker& a, const action_ground& on) {
  return intervene(a, on, [](upstream_vitals& v) {
    v.opened_until = upstream_vitals::never;
    v.reset_wanted = true;
  });
}

std::string title_of(const reset_breaker& a) { return "upstream.reset " + a.to + '/' + a.label; }

action_outcome preview_of(const change_weight& a, const action_ground& on) {
  const auto found = target_of(a, on);
  if (!found)
    return {};
  const auto name = name_of(*found);
  if (found->to == recipient::openai_moderation)
    return refused("The credentials of moderation take turns: they have no weight.");
  const int now = found->weight.load();
  if (now == a.weight)
    return refused("The weight of " + name + " is " + std::to_string(now) + " already.");
  const auto all = credentials_of(on.upstreams, found->to);
  std::vector<int> before, after;
  for (const auto& one : all) {
    before.push_back(one->weight.load());
    after.push_back(one == found ? a.weight : before.back());
  }
  if (std::all_of(after.begin(), after.end(), [](int weight) { return weight == 0; }))
    return refused("No credential of " + a.to
                   + " would have a weight, and nothing of its tier would start: pause it instead.");
  const auto configured = found->settings.weight;
  return shown(
    {"The weight of " + name + " goes from " + std::to_string(now) + " to " + std::to_string(a.weight)
       + (a.weight == configured ? ", as configured."
                                 : ", until this process ends; configured: " + std::to_string(configured) + '.'),
     "Shares of the work now: " + shares_in_words(all, before) + ".",
     "Shares after it: " + shares_in_words(all, after) + ". Calls in flight stay where they are."},
    "weigh " + name + " to " + std::to_string(a.weight) + " of" + stamp_of(all, before));
}

act_result result_of(const change_weight& a, const action_ground& on) {
  return intervene(a, on, [&](upstream_vitals& v) { v.weight = a.weight; });
}

std::string title_of(const change_weight& a) {
  return "upstream.weight " + a.to + '/' + a.label + " to " + std::to_string(a.weight);
}

} // namespace easel::actors
