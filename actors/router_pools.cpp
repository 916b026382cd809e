#include "actors/router_actor.hpp"

#include "policies/queue_wait.hpp"

#include <chrono>
#include <utility>

namespace easel::actors {

// -------------------------------------------------------------- provider connections

void router_actor::open_connections() {
  const auto reserve = [this](tier t, const std::vector<upstreams::credential>& credentials) {
    for (const auto& c : credentials)
      pool(t).add({{}, c.settings.label, c.settings.weight, c.settings.concurrency, 0, 0});
  };
  reserve(tier::free, providers_.sub2api);
  reserve(tier::paid, providers_.kie);
  state.moderators.resize(providers_.moderation.size());
  for (std::size_t i = 0; i < providers_.moderation.size(); ++i)
    open_connection(recipient::openai_moderation, i, false);
  for (std::size_t i = 0; i < providers_.sub2api.size(); ++i)
    open_connection(recipient::sub2api, i, false);
  for (std::size_t i = 0; i < providers_.kie.size(); ++i)
    open_connection(recipient::kie, i, false);
}

void router_actor::open_connection(recipient to, std::size_t member, bool again) {
  const auto& credential = credential_of(to, member);
  const auto t = to == recipient::kie ? tier::paid : tier::free;
  const bool draws = to != recipient::openai_moderation;
  const auto epoch = again && draws ? pool(t).renew(member) : 0;
  auto actor =
    spawn_provider_connection(this, context_, credential.settings, {to, t, member, epoch}, credential.client);
  state.children[actor.id()] = {router_state::child::kind::connection, {}, {}, to, member};
  if (draws)
    pool(t).replace(member, actor);
  else
    state.moderators[member] = actor;
}

const upstreams::credential& router_actor::credential_of(recipient to, std::size_t member) const {
  if (to == recipient::openai_moderation)
    return providers_.moderation[member];
  return to == recipient::sub2api ? providers_.sub2api[member] : providers_.kie[member];
}

void router_actor::on_connection_down(recipient to, std::size_t member) {
  if (to != recipient::openai_moderation)
    pool(to == recipient::kie ? tier::paid : tier::free).lose(member);
  delayed_send(this, std::chrono::seconds(1), renew_connection{to, member});
}

// -------------------------------------------------------------- slots

void router_actor::on_want(const slot_request& request) {
  auto& p = pool(request.of_tier);
  const auto most = static_cast<std::size_t>(context_->settings.limits_of(request.of_tier).max_queued);
  // What is bound to a credential stands in no line: its task runs already.
  if ((request.credential.empty() && p.waiting() >= most) || !state.generations.contains(request.generation))
    return; // its own deadline ends it
  if (!p.push(request))
    send(request.reply_to, slot_granted{request.index, nullptr});
}

// They take turns. One that is being drained is passed over while another is not.
void router_actor::pass_to_moderator(const moderate& message) {
  for (std::size_t tried = 1; tried < state.moderators.size() && is_drained(next_moderator()); ++tried)
    ++state.next_moderator;
  send(state.moderators[next_moderator()], message);
  ++state.next_moderator;
}

bool router_actor::is_drained(std::size_t moderator) {
  const auto shown =
    house_upstreams(home_system()).of(recipient::openai_moderation, providers_.moderation[moderator].settings);
  return shown->drains.load(std::memory_order_relaxed)
         && now().time_since_epoch().count() < shown->paused_until.load(std::memory_order_relaxed);
}

// -------------------------------------------------------------- what people see of the queues

void router_actor::measure_queues() {
  for (auto t : all_tiers) {
    const auto i = static_cast<std::size_t>(t);
    const auto& p = pool(t);
    context_->counts->queued[i] = static_cast<std::int64_t>(p.waiting());
    context_->counts->pool_sick[i] = p.waiting() > 0 && !p.may_start();
    const auto left = p.assigned() - std::exchange(state.assigned_before[i], p.assigned());
    auto& place = context_->counts->place_us[i];
    place = policies::time_of_place(duration(place.load()), {p.waiting(), left, context_->settings.sweep}).count();
  }
}

// A line of thousands is looked at in part each time, and the next time goes on where this one ended.
void router_actor::publish_positions() {
  constexpr int most = 512;
  const auto buckets = state.generations.bucket_count();
  int looked = 0;
  for (std::size_t walked = 0; walked < buckets && looked < most; ++walked) {
    const auto bucket = state.next_bucket++ % buckets;
    for (auto it = state.generations.begin(bucket); it != state.generations.end(bucket); ++it)
      if (publish_position(it->first, it->second))
        ++looked;
  }
}

bool router_actor::publish_position(generation_id id, const router_state::live_generation& generation) {
  if (!generation.order)
    return false; // in doubt: not known to exist
  const auto t = generation.order->of_tier;
  if (pool(t).waiting() == 0) {
    generation.facts->queue_position = -1;
    return false;
  }
  slot_request request;
  request.account = generation.order->account;
  request.generation = id;
  const auto position = pool(t).position(request);
  const auto place = duration(context_->counts->place_us[static_cast<std::size_t>(t)].load());
  generation.facts->queue_position = position ? static_cast<std::int32_t>(*position) : -1;
  generation.facts->wait_us = position ? policies::wait_at(*position, place).count() : 0;
  return true;
}

} // namespace easel::actors
