#include "persistence/memory/books.hpp"
#include "persistence/memory/operations.hpp"

#include <algorithm>

namespace easel::persistence::memory {

namespace {

/// A row that this owner may write, or why it may not.
struct target {
  generation* row = nullptr;
  fenced refusal = fenced::done;
};

/// The fence is asked before the state: a node that lost a row must learn that, and nothing about the row.
target locate(scope& s, generation_id id, const ownership& by) {
  auto* g = find_in(s.db.generations, id);
  if (!g)
    return {nullptr, fenced::not_in_state};
  if (g->owner != by)
    return {nullptr, fenced::stale};
  if (is_terminal(g->row.state))
    return {nullptr, fenced::not_in_state};
  return {g, fenced::done};
}

bool awaits_verdict(const generation& g) {
  return g.row.state == generation_state::accepted || g.row.state == generation_state::queued;
}

account& owner_of(scope& s, const generation& g) { return s.db.accounts.at(g.row.account); }

finished outcome_of(const scope& s, const generation& g) {
  return {fenced::done, g.row.state, g.row.charged, available_now(s.db, s.db.accounts.at(g.row.account), s.now)};
}

finished outcome_of(fenced refusal) {
  finished outcome;
  outcome.result = refusal;
  return outcome;
}

void end(scope& s, generation& g, generation_state as, failure reason) {
  auto& owner = owner_of(s, g);
  release(s, owner, g);
  g.row.state = as;
  g.row.reason = as == generation_state::completed ? failure::none : reason;
  g.row.ended_at = s.now;
  g.cancel_requested = false;
  owner.active.erase(g.row.id);
  s.db.in_work.erase(g.row.id);
}

/// What was delivered is charged; its content goes.
void discard(generation& g) {
  g.discarded = true;
  g.contents.clear();
  g.row.images.clear();
  g.row.prompt = {};
}

int strikes_within(const account& a, instant now, duration window) {
  return static_cast<int>(
    std::count_if(a.strikes.begin(), a.strikes.end(), [&](instant at) { return at > now - window; }));
}

void strike(scope& s, account& a) {
  const auto& policy = s.settings.strikes;
  a.strikes.push_back(s.now);
  const auto effect = policies::after_strike(policy, strikes_within(a, s.now, policy.cooldown_window),
                                             strikes_within(a, s.now, policy.suspend_window));
  if (effect == policies::strike_effect::suspend && a.row.state == account_state::active) {
    a.row.state = account_state::suspended;
    s.db.ended.emplace_back(a.row.id);
  }
  if (effect == policies::strike_effect::cool_down)
    a.row.cooldown_until = std::max(a.row.cooldown_until.value_or(instant::min()), s.now + policy.cooldown_for);
}

bool fits(tier of, recipient to) { return to == (of == tier::free ? recipient::sub2api : recipient::kie); }

bool may_process(const account_row& a, tier of) {
  return a.state == account_state::active && !a.restricted && a.of_tier == of;
}

bool has_index(const generation& g, std::int16_t index) { return index >= 0 && index < g.row.plan.images; }

bool may_dispatch(const generation& g) {
  // A row adopted in `dispatched` may start again, once per fence, as long as no call can have left for it.
  const bool adopted = g.dispatched_fence < g.owner.fence;
  return awaits_verdict(g) || (g.row.state == generation_state::dispatched && adopted && g.calls.empty());
}

} // namespace

answer<write_outcome> apply(scope& s, const dispatch& command) {
  const auto [g, refusal] = locate(s, command.id, command.owner);
  if (!g)
    return refusal;
  if (!fits(g->row.of_tier, command.to))
    return refused("dispatch", broken_rule);
  if (!may_dispatch(*g) || command.verdict.blocked)
    return fenced::not_in_state;
  if (!may_process(owner_of(s, *g).row, g->row.of_tier))
    return fenced::account_closed;
  g->row.state = generation_state::dispatched;
  g->dispatched_fence = g->owner.fence;
  g->row.verdict = command.verdict;
  g->row.dispatched_to = command.to;
  g->row.dispatched_at = s.now;
  g->row.disclosures.push_back({command.to, data_class::content, s.now});
  return fenced::done;
}

answer<write_outcome> apply(scope& s, const block& command) {
  const auto [g, refusal] = locate(s, command.id, command.owner);
  if (!g)
    return refusal;
  if (!awaits_verdict(*g))
    return fenced::not_in_state;
  g->row.verdict = command.verdict;
  const bool unwanted = g->cancel_requested;
  end(s, *g, generation_state::blocked, failure::blocked_input);
  strike(s, owner_of(s, *g));
  if (unwanted)
    discard(*g);
  return fenced::done;
}

answer<write_outcome> apply(scope& s, const begin_call& command) {
  const auto [g, refusal] = locate(s, command.id, command.owner);
  if (!g)
    return refusal;
  const auto* begun = find_in(g->calls, command.index);
  // Whoever began it under this fence knows that nothing was started, and may begin again with another credential.
  const bool again = begun && begun->task.empty() && g->call_fences[command.index] == command.owner.fence;
  if (g->row.state != generation_state::dispatched || (begun && !again))
    return fenced::not_in_state;
  if (!has_index(*g, command.index))
    return refused("begin_call", broken_rule);
  if (begun)
    s.db.callbacks.erase(begun->callback);
  if (command.callback != digest{}) {
    const auto [it, is_new] = s.db.callbacks.try_emplace(command.callback, command.id, command.index);
    if (!is_new)
      return refused("begin_call", already_there);
  }
  g->calls[command.index] = {command.index, command.credential, {}, command.callback, s.now};
  g->call_fences[command.index] = command.owner.fence;
  g->hints.erase(command.index);
  return fenced::done;
}

answer<write_outcome> apply(scope& s, const record_task& command) {
  const auto [g, refusal] = locate(s, command.id, command.owner);
  if (!g)
    return refusal;
  auto* call = find_in(g->calls, command.index);
  if (!call || !call->task.empty())
    return fenced::not_in_state;
  call->task = command.task;
  return fenced::done;
}

answer<write_outcome> apply(scope& s, const store_image& command) {
  const auto [g, refusal] = locate(s, command.id, command.owner);
  if (!g)
    return outcome_of(refusal);
  if (g->row.state != generation_state::dispatched || g->contents.contains(command.index))
    return outcome_of(fenced::not_in_state);
  if (!has_index(*g, command.index) || !command.bytes || command.bytes->empty())
    return refused("store_image", broken_rule);
  g->contents[command.index] = command.bytes;
  const image_row row{command.image, command.index,  command.format,
                      command.width, command.height, static_cast<std::int64_t>(command.bytes->size()),
                      s.now};
  const auto place = std::upper_bound(g->row.images.begin(), g->row.images.end(), row,
                                      [](const image_row& a, const image_row& b) { return a.index < b.index; });
  g->row.images.insert(place, row);
  settle(s, owner_of(s, *g), *g, g->row.plan.price_each, command.index);
  if (command.last) {
    const bool unwanted = g->cancel_requested;
    end(s, *g, generation_state::completed, failure::none);
    if (unwanted)
      discard(*g);
  }
  return outcome_of(s, *g);
}

answer<write_outcome> apply(scope& s, const finish& command) {
  const auto [g, refusal] = locate(s, command.id, command.owner);
  if (!g)
    return outcome_of(refusal);
  const bool has_images = !g->row.images.empty();
  const bool unwanted = command.discard || g->cancel_requested;
  if (!has_images && (!is_terminal(command.to) || command.to == generation_state::completed))
    return refused("finish", broken_rule);
  end(s, *g, has_images ? generation_state::completed : command.to, command.reason);
  if (command.strike)
    strike(s, owner_of(s, *g));
  if (unwanted)
    discard(*g);
  return outcome_of(s, *g);
}

answer<write_outcome> apply(scope& s, const mark_answered& command) {
  for (const auto& id : command.ids)
    if (auto* g = find_in(s.db.generations, id))
      g->answered = true;
  return fenced::done;
}

// ---------------------------------------------------------------- commands in general

namespace {

struct namer {
  std::string_view operator()(const admit&) const { return "admit"; }
  std::string_view operator()(const dispatch&) const { return "dispatch"; }
  std::string_view operator()(const block&) const { return "block"; }
  std::string_view operator()(const begin_call&) const { return "begin_call"; }
  std::string_view operator()(const record_task&) const { return "record_task"; }
  std::string_view operator()(const store_image&) const { return "store_image"; }
  std::string_view operator()(const finish&) const { return "finish"; }
  std::string_view operator()(const mark_answered&) const { return "mark_answered"; }
};

struct nul_finder {
  static bool in(std::string_view text) { return text.find('\0') != std::string_view::npos; }
  static bool in(const policies::generation_plan& p) {
    return in(p.model) || in(p.slug) || in(p.size) || in(p.quality) || in(p.background);
  }
  static bool in(const policies::verdict& v) {
    return in(v.rule) || std::any_of(v.categories.begin(), v.categories.end(), [](auto& c) { return in(c); });
  }

  bool operator()(const admit& c) const {
    return in(c.plan) || in(c.prompt.reveal()) || in(c.fingerprint_source) || in(c.idempotency_key.value_or(""));
  }
  bool operator()(const dispatch& c) const { return in(c.verdict) || in(c.credential); }
  bool operator()(const block& c) const { return in(c.verdict); }
  bool operator()(const begin_call& c) const { return in(c.credential); }
  bool operator()(const record_task& c) const { return in(c.task); }
  bool operator()(const store_image&) const { return false; }
  bool operator()(const finish&) const { return false; }
  bool operator()(const mark_answered&) const { return false; }
};

} // namespace

std::string_view name_of(const write& command) { return std::visit(namer{}, command); }

bool has_nul(const write& command) { return std::visit(nul_finder{}, command); }

} // namespace easel::persistence::memory
