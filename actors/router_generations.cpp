#include "actors/router_actor.hpp"

#include "actors/generation.hpp"
#include "policies/doubling_pause.hpp"

#include <chrono>
#include <utility>

namespace easel::actors {

namespace {

constexpr auto first_resume_pause = std::chrono::milliseconds(100);
constexpr auto longest_resume_pause = std::chrono::seconds(10);

/// Callbacks that are looked up at a time. Anybody may send what looks like one, and no limit of an address counts
/// them: what is beyond is dropped, as if it had never come.
constexpr int most_callbacks = 64;

} // namespace

// -------------------------------------------------------------- starting, and starting again

void router_actor::start(const start_generation& message) {
  const auto id = message.from.order->id;
  auto [it, is_new] = state.generations.try_emplace(id);
  if (is_new)
    context_->counts->live.fetch_add(1, std::memory_order_relaxed);
  auto actor = spawn_generation(this, context_, store_, message);
  it->second = {actor, message.from.order, message.facts, message.session};
  state.children[actor.id()] = {router_state::child::kind::generation, message.from.order->account, id, {}, 0};
}

void router_actor::on_adopted(const std::vector<persistence::resumable>& rows) {
  for (const auto& row : rows) {
    context_->counts->taken_over.fetch_add(1, std::memory_order_relaxed);
    adopt(std::make_shared<const persistence::resumable>(row));
  }
}

void router_actor::adopt(std::shared_ptr<const persistence::resumable> row) {
  const auto& r = row->row;
  auto order = std::make_shared<const generation_order>(
    generation_order{r.id, r.account, r.of_tier, r.plan, std::make_shared<const secret_text>(r.prompt)});
  auto facts = std::make_shared<live_facts>();
  auto& session = session_of(r.account);
  send(session.actor, adopted{row, facts});
  start({{order, row->owner, row}, facts, session.actor});
}

void router_actor::readopt(persistence::resumable row) {
  context_->counts->resumed.fetch_add(1, std::memory_order_relaxed);
  adopt(std::make_shared<const persistence::resumable>(std::move(row)));
}

void router_actor::on_doubt(generation_id id) {
  if (!state.generations.try_emplace(id).second)
    return;
  context_->counts->live.fetch_add(1, std::memory_order_relaxed);
  resume({id, 0});
}

// The actor died with its row unfinished, or was never made. The row says how far it came, or that there is none.
void router_actor::resume(const resume_row& message) {
  auto it = state.generations.find(message.id);
  if (it == state.generations.end() || it->second.actor)
    return;
  state.store.query<std::optional<persistence::resumable>>(
    me(), [node = node_, id = message.id](persistence::store& s) { return s.resume(node, id); },
    [this, message](auto& found) {
      if (found && *found) {
        readopt(std::move(**found));
      } else if (found) {
        forget(message.id, true); // ended, or another node's
      } else {
        // As long as this node holds the lease nobody else will take the row, so it goes on asking.
        resume_later(message.id, message.attempt + 1);
      }
    });
}

void router_actor::resume_later(generation_id id, int attempt) {
  const auto pause = policies::doubling_pause(first_resume_pause, longest_resume_pause, attempt);
  delayed_send(this, pause, resume_row{id, attempt});
}

void router_actor::on_generation_down(generation_id id, const caf::down_msg& down) {
  auto it = state.generations.find(id);
  if (it == state.generations.end() || !it->second.actor || it->second.actor.id() != down.source.id())
    return; // another works on its row by now
  if (!down.reason) {
    forget(id, false);
    return;
  }
  it->second.actor = nullptr;
  resume_later(id, 0);
}

void router_actor::on_owned(const std::vector<generation_id>& ids) {
  const auto has_actor = [this](generation_id id) { return state.generations.contains(id); };
  for (const auto& id : state.unattended.look(ids, has_actor))
    recover(id);
}

// When this fails too, the next inventory finds the row again.
void router_actor::recover(generation_id id) {
  state.store.query<std::optional<persistence::resumable>>(
    me(), [node = node_, id](persistence::store& s) { return s.resume(node, id); },
    [this](auto& found) {
      if (found && *found)
        readopt(std::move(**found));
    });
}

void router_actor::forget(generation_id id, bool elsewhere) {
  auto node = state.generations.extract(id);
  if (!node)
    return;
  context_->counts->live.fetch_sub(1, std::memory_order_relaxed);
  if (elsewhere && node.mapped().session)
    send(node.mapped().session, went_elsewhere{id});
  tell_if_drained();
}

void router_actor::on_cancel(generation_id id) {
  auto it = state.generations.find(id);
  if (it != state.generations.end() && it->second.actor)
    send(it->second.actor, cancel{});
}

// What is noticed of its end (`on_down`) looks for the row, and finds that there is nothing to go on with.
void router_actor::on_row_ended(generation_id id) {
  auto it = state.generations.find(id);
  if (it != state.generations.end() && it->second.actor)
    caf::anon_send_exit(it->second.actor, caf::exit_reason::user_shutdown);
}

// -------------------------------------------------------------- callbacks

// It may come to a node that does not own the generation, or before the create's own answer is given up: the owner's
// node finds what was kept with its heartbeats.
void router_actor::on_callback(const kie_called& message) {
  if (state.callbacks >= most_callbacks)
    return;
  ++state.callbacks;
  const auto callback = context_->keys->keyed_hash(persistence::hash_purpose::callback, message.token);
  state.store.query<std::optional<persistence::call_place>>(
    me(),
    [callback, task = message.task_id, senders = message.senders](persistence::store& s) {
      return s.keep_hint(callback, task, senders);
    },
    [this, task = message.task_id](auto& found) {
      --state.callbacks;
      if (found && *found)
        pass_hint(**found, task);
    });
}

void router_actor::pass_hint(const persistence::call_place& place, const std::string& task) {
  auto it = state.generations.find(place.first);
  if (it != state.generations.end() && it->second.actor)
    send(it->second.actor, task_hinted{place.second, task});
}

} // namespace easel::actors
