#include "actors/router.hpp"

#include "actors/call_messages.hpp"
#include "actors/generation.hpp"
#include "actors/node_messages.hpp"
#include "actors/observed.hpp"
#include "actors/router_state.hpp"
#include "actors/session.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

struct sweep {};
struct resume_row {
  generation_id id;
  int attempt = 0;
};
struct renew_connection {
  recipient to = recipient::sub2api;
  std::size_t member = 0;
};

} // namespace

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::sweep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::resume_row)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::renew_connection)

namespace easel::actors {

namespace {

constexpr std::size_t most_asked = 5000; ///< idle sessions with one sweep: a million leave within a minute
constexpr std::size_t most_seen = 1000;  ///< sessions told to the store with one sweep; the next look-up tells again

class router : public house_actor<router_state> {
public:
  router(caf::actor_config& config, context_ptr context, caf::actor store, upstreams providers, node_id node)
      : house_actor<router_state>(config),
        context_(std::move(context)),
        store_(std::move(store)),
        providers_(std::move(providers)),
        node_(node) {
    is_kind("router");
    state.counts = context_->counts;
    state.store.attach(store_);
    state.callers = caller_cache({static_cast<std::size_t>(context_->settings.key_cache_size),
                                  static_cast<std::size_t>(context_->settings.store_queue)});
    for ([[maybe_unused]] auto t : all_tiers)
      state.pools.emplace_back([this](const caf::actor& to, assign what) { send(to, std::move(what)); });
    set_down_handler([this](caf::down_msg& down) { on_down(down); });
  }

  caf::behavior make_behavior() override {
    open_connections();
    delayed_send(this, context_->settings.sweep, sweep{});
    return {
      [this](const knock& message) { on_knock(message); },
      [this](const forget_caller& message) { state.callers.forget(message.secret); },
      [this](const forget_callers& message) { on_ended(message.whose); },
      [this](const hears_endings& message) { state.callers.hears(message.on); },
      [this](const start_generation& message) { start(message); },
      [this](const want_slot& message) { on_want(message.request); },
      [this](const forget_slot& message) { pool(message.request.of_tier).forget(message.request); },
      [this](const moderate& message) { pass_to_moderator(message); },
      [this](const credit_given& message) { pool(message.of_tier).give(message); },
      [this](const credit_withdrawn& message) { pool(message.of_tier).withdraw(message); },
      [this](const weight_changed& message) { pool(message.of_tier).weigh(message); },
      [this](const slot_bounced& message) { on_want(message.request); },
      [this](const cancel_wanted& message) { on_cancel(message.id); },
      [this](const row_ended& message) { on_row_ended(message.id); },
      [this](const row_in_doubt& message) { on_doubt(message.id); },
      [this](const answer_written& message) { state.answered.push_back(message.id); },
      [this](const idle& message) { on_idle(message); },
      [this](const kie_called& message) { on_callback(message); },
      [this](const rows_adopted& message) { on_adopted(*message.rows); },
      [this](const cancels_found& message) {
        for (const auto& id : message.ids)
          on_cancel(id);
      },
      [this](const hints_found& message) {
        for (const auto& hint : message.hints)
          pass_hint({hint.generation, hint.index}, hint.task);
      },
      [this](const rows_owned& message) { on_owned(message.ids); },
      [this](const store_written& message) { state.store.deliver(message); },
      [this](const store_answered& message) { state.store.deliver(message); },
      [this](const resume_row& message) { resume(message); },
      [this](const renew_connection& message) { open_connection(message.to, message.member, true); },
      [this](const drain& message) {
        state.draining = message;
        context_->counts->draining = true;
        tell_if_drained();
      },
      [this](const end_drain&) {
        state.draining.reset();
        context_->counts->draining = false;
      },
      [this](const sweep&) { on_sweep(); },
    };
  }

private:
  [[nodiscard]] moment now() { return clock().now(); }
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }
  [[nodiscard]] provider_pool& pool(tier t) { return state.pools[static_cast<std::size_t>(t)]; }

  // -------------------------------------------------------------- the way in

  void on_knock(const knock& message) {
    if (const auto* known = state.callers.find(message.secret, now())) {
      let_in(*known, message);
      return;
    }
    switch (state.callers.wait(message)) {
    case caller_cache::place::first:
      look_up(message.secret, message.is);
      break;
    case caller_cache::place::behind:
      break;
    case caller_cache::place::overloaded:
      refuse(message.what, {refusal::why::overloaded, std::nullopt, std::chrono::seconds(1)});
      break;
    }
  }

  void look_up(const digest& secret, credential::kind is) {
    if (is == credential::kind::session)
      look_up_session(secret);
    else
      look_up_key(secret);
  }

  void look_up_key(const digest& secret) {
    state.store.query<std::optional<persistence::key_row>>(
      me(), [secret](persistence::store& s) { return s.find_key(secret); },
      [this, secret, at = state.callers.endings()](auto& found) {
        std::optional<caller_cache::known> who;
        if (found && *found)
          who = {(*found)->id, (*found)->account, now() + believed_for((*found)->expires_at)};
        on_looked_up(secret, who, found.has_value(), at);
      });
  }

  void look_up_session(const digest& secret) {
    state.store.query<std::optional<persistence::live_session>>(
      me(), [secret](persistence::store& s) { return s.find_session(secret); },
      [this, secret, at = state.callers.endings()](auto& found) {
        std::optional<caller_cache::known> who;
        if (found && *found) {
          const auto& session = (*found)->session;
          if (state.seen.size() < most_seen)
            state.seen.push_back(session.id);
          who = {signed_in{session.id, session.authenticated_at}, session.account,
                 now() + believed_for(session.expires_at)};
        }
        on_looked_up(secret, who, found.has_value(), at);
      });
  }

  [[nodiscard]] duration believed_for(std::optional<instant> expires_at) const {
    const auto longest = context_->settings.key_cache;
    return expires_at ? std::min(longest, *expires_at - context_->wall_clock()) : longest;
  }

  /// `certainly`: the store did answer.
  void on_looked_up(const digest& secret, const std::optional<caller_cache::known>& who, bool certainly,
                    std::uint64_t asked_at) {
    auto served = state.callers.answer(secret, who, asked_at);
    for (const auto& call : served.calls) {
      if (who)
        let_in(*who, call);
      else
        refuse(call.what, certainly ? unknown_as(call.is) : refusal::why::store_unavailable);
    }
    if (served.ask)
      look_up(secret, *served.ask);
  }

  void on_ended(const std::vector<persistence::revocation>& those) {
    state.callers.forget(those);
    for (const auto& one : those)
      if (const auto* account = std::get_if<account_id>(&one)) {
        if (const auto* session = state.sessions.find(*account))
          send(session->actor, account_changed{});
        else // a session would see whether it is deleted; without one there is nothing to follow
          house_traces(home_system()).forget(*account);
      }
  }

  void let_in(const caller_cache::known& known, const knock& call) {
    if (call.notes)
      call.notes->recognised(known.account);
    const auto most = static_cast<std::size_t>(context_->settings.max_sessions);
    if (state.sessions.size() >= most && state.sessions.find(known.account) == nullptr) {
      refuse(call.what, {refusal::why::overloaded, std::nullopt, std::chrono::seconds(1)});
      return;
    }
    auto& session = session_of(known.account);
    state.sessions.use(session, now());
    send(session.actor, enter{known.who, call.what, call.notes});
  }

  // -------------------------------------------------------------- sessions

  live_sessions::session& session_of(account_id account) {
    if (auto* known = state.sessions.find(account))
      return *known;
    auto actor = spawn_session(this, context_, store_, account, node_);
    state.children[actor.id()] = {router_state::child::kind::session, account, {}, {}, 0};
    return state.sessions.add(account, std::move(actor), now());
  }

  /// Those that nobody has called for a while say whether they have reason to stay.
  void ask_idle_sessions() {
    for (const auto& one : state.sessions.take_idle(now() - context_->settings.session_idle, most_asked, now()))
      send(one.actor, idle_check{one.entered});
  }

  void on_idle(const idle& message) {
    const auto* session = state.sessions.find(message.account);
    if (session == nullptr || session->entered != message.handled)
      return; // a call is on its way to it
    send(session->actor, passivate{});
    state.children.erase(session->actor.id());
    state.sessions.erase(message.account);
  }

  // -------------------------------------------------------------- generations

  void start(const start_generation& message) {
    const auto id = message.from.order->id;
    auto [it, is_new] = state.generations.try_emplace(id);
    if (is_new)
      context_->counts->live.fetch_add(1, std::memory_order_relaxed);
    auto actor = spawn_generation(this, context_, store_, message);
    it->second = {actor, message.from.order, message.facts, message.session};
    state.children[actor.id()] = {router_state::child::kind::generation, message.from.order->account, id, {}, 0};
  }

  void on_adopted(const std::vector<persistence::resumable>& rows) {
    for (const auto& row : rows) {
      context_->counts->taken_over.fetch_add(1, std::memory_order_relaxed);
      adopt(std::make_shared<const persistence::resumable>(row));
    }
  }

  void adopt(std::shared_ptr<const persistence::resumable> row) {
    const auto& r = row->row;
    auto order = std::make_shared<const generation_order>(
      generation_order{r.id, r.account, r.of_tier, r.plan, std::make_shared<const secret_text>(r.prompt)});
    auto facts = std::make_shared<live_facts>();
    auto& session = session_of(r.account);
    send(session.actor, adopted{row, facts});
    start({{order, row->owner, row}, facts, session.actor});
  }

  void on_doubt(generation_id id) {
    if (!state.generations.try_emplace(id).second)
      return;
    context_->counts->live.fetch_add(1, std::memory_order_relaxed);
    resume({id, 0});
  }

  // The actor died with its row unfinished, or was never made. The row says how far it came, or that there is none.
  void resume(const resume_row& message) {
    auto it = state.generations.find(message.id);
    if (it == state.generations.end() || it->second.actor)
      return;
    state.store.query<std::optional<persistence::resumable>>(
      me(), [node = node_, id = message.id](persistence::store& s) { return s.resume(node, id); },
      [this, message](auto& found) {
        if (found && *found) {
          context_->counts->resumed.fetch_add(1, std::memory_order_relaxed);
          adopt(std::make_shared<const persistence::resumable>(std::move(**found)));
        } else if (found) {
          forget(message.id, true); // ended, or another node's
        } else {
          // As long as this node holds the lease nobody else will take the row, so it goes on asking.
          delayed_send(this, backoff(message.attempt + 1), resume_row{message.id, message.attempt + 1});
        }
      });
  }

  // A row may be this node's and nobody's work: its admission or takeover was applied and the answer lost, or the
  // session that admitted it died. Only what was missed twice counts: others are on their way, or have just ended.
  void on_owned(const std::vector<generation_id>& ids) {
    std::unordered_set<generation_id> unattended;
    for (const auto& id : ids)
      if (!state.generations.contains(id)) {
        unattended.insert(id);
        if (state.unattended.contains(id))
          recover(id);
      }
    state.unattended = std::move(unattended);
  }

  // When this fails too, the next inventory finds the row again.
  void recover(generation_id id) {
    state.store.query<std::optional<persistence::resumable>>(
      me(), [node = node_, id](persistence::store& s) { return s.resume(node, id); },
      [this](auto& found) {
        if (!found || !*found)
          return;
        context_->counts->resumed.fetch_add(1, std::memory_order_relaxed);
        adopt(std::make_shared<const persistence::resumable>(std::move(**found)));
      });
  }

  static caf::timespan backoff(int attempt) {
    return std::min<caf::timespan>(std::chrono::milliseconds(100) * (1 << std::min(attempt, 8)),
                                   std::chrono::seconds(10));
  }

  void forget(generation_id id, bool elsewhere) {
    auto node = state.generations.extract(id);
    if (!node)
      return;
    context_->counts->live.fetch_sub(1, std::memory_order_relaxed);
    if (elsewhere && node.mapped().session)
      send(node.mapped().session, went_elsewhere{id});
    tell_if_drained();
  }

  void on_cancel(generation_id id) {
    auto it = state.generations.find(id);
    if (it != state.generations.end() && it->second.actor)
      send(it->second.actor, cancel{});
  }

  // What is noticed of its end (`on_down`) looks for the row, and finds that there is nothing to go on with.
  void on_row_ended(generation_id id) {
    auto it = state.generations.find(id);
    if (it != state.generations.end() && it->second.actor)
      caf::anon_send_exit(it->second.actor, caf::exit_reason::user_shutdown);
  }

  // -------------------------------------------------------------- slots

  void on_want(const slot_request& request) {
    auto& p = pool(request.of_tier);
    if (p.waiting() >= static_cast<std::size_t>(context_->settings.limits_of(request.of_tier).max_queued)
        || !state.generations.contains(request.generation))
      return; // its own deadline ends it
    if (!p.push(request))
      send(request.reply_to, slot_granted{request.index, nullptr});
  }

  // They take turns. One that is being drained is passed over while another is not.
  void pass_to_moderator(const moderate& message) {
    for (std::size_t tried = 1; tried < state.moderators.size() && is_drained(next_moderator()); ++tried)
      ++state.next_moderator;
    send(state.moderators[next_moderator()], message);
    ++state.next_moderator;
  }

  [[nodiscard]] std::size_t next_moderator() const { return state.next_moderator % state.moderators.size(); }

  [[nodiscard]] bool is_drained(std::size_t moderator) {
    const auto shown =
      house_upstreams(home_system()).of(recipient::openai_moderation, providers_.moderation[moderator].settings);
    return shown->drains.load(std::memory_order_relaxed)
           && now().time_since_epoch().count() < shown->paused_until.load(std::memory_order_relaxed);
  }

  // It may come to a node that does not own the generation, or before the create's own answer is given up: the owner's
  // node finds what was kept with its heartbeats.
  void on_callback(const kie_called& message) {
    const auto callback = context_->keys->keyed_hash(persistence::hash_purpose::callback, message.token);
    state.store.query<std::optional<persistence::call_place>>(
      me(), [callback, task = message.task_id](persistence::store& s) { return s.keep_hint(callback, task); },
      [this, task = message.task_id](auto& found) {
        if (found && *found)
          pass_hint(**found, task);
      });
  }

  void pass_hint(const persistence::call_place& place, const std::string& task) {
    auto it = state.generations.find(place.first);
    if (it != state.generations.end() && it->second.actor)
      send(it->second.actor, task_hinted{place.second, task});
  }

  // -------------------------------------------------------------- provider connections

  void open_connections() {
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

  void open_connection(recipient to, std::size_t member, bool again) {
    const auto& credential = to == recipient::openai_moderation ? providers_.moderation[member]
                             : to == recipient::sub2api         ? providers_.sub2api[member]
                                                                : providers_.kie[member];
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

  // -------------------------------------------------------------- supervision

  void on_down(const caf::down_msg& down) {
    auto node = state.children.extract(down.source.id());
    if (!node)
      return;
    const auto& child = node.mapped();
    switch (child.is) {
    case router_state::child::kind::session:
      state.sessions.erase(child.account);
      break;
    case router_state::child::kind::connection:
      if (child.to != recipient::openai_moderation)
        pool(child.to == recipient::kie ? tier::paid : tier::free).renew(child.member);
      delayed_send(this, std::chrono::seconds(1), renew_connection{child.to, child.member});
      break;
    case router_state::child::kind::generation:
      if (auto it = state.generations.find(child.generation);
          it == state.generations.end() || !it->second.actor || it->second.actor.id() != down.source.id()) {
        break; // another works on its row by now
      } else if (!down.reason) {
        forget(child.generation, false);
      } else {
        it->second.actor = nullptr;
        delayed_send(this, backoff(0), resume_row{child.generation, 0});
      }
      break;
    }
  }

  void tell_if_drained() {
    if (state.draining && state.generations.empty())
      send(state.draining->tell, drained{});
  }

  // -------------------------------------------------------------- the sweep

  void on_sweep() {
    const auto ticks = now().time_since_epoch().count();
    for (auto& [id, generation] : state.generations)
      if (generation.actor && generation.facts->deadline.load(std::memory_order_relaxed) <= ticks) {
        generation.facts->deadline = live_facts::never;
        send(generation.actor, deadline_passed{});
      }
    if (!state.answered.empty())
      state.store.write(me(), 0, persistence::mark_answered{std::exchange(state.answered, {})}, [](auto&) {});
    if (!state.seen.empty())
      state.store.query<int>(
        me(), [seen = std::exchange(state.seen, {})](persistence::store& s) { return s.touch_sessions(seen); },
        [](auto&) {}); // lossy by design: the next look-up tells it again
    for (auto t : all_tiers) {
      const auto i = static_cast<std::size_t>(t);
      context_->counts->queued[i] = static_cast<std::int64_t>(pool(t).waiting());
      context_->counts->pool_sick[i] = pool(t).waiting() > 0 && !pool(t).may_start();
      measure_queue(t);
    }
    ask_idle_sessions();
    if (++state.sweeps % 4 == 0)
      publish_positions();
    delayed_send(this, context_->settings.sweep, sweep{});
  }

  // How long one place takes while there is a queue: the sweep's span over what left in it, smoothed.
  void measure_queue(tier t) {
    const auto i = static_cast<std::size_t>(t);
    const auto left = pool(t).assigned() - std::exchange(state.assigned_before[i], pool(t).assigned());
    auto& place = context_->counts->place_us[i];
    if (pool(t).waiting() == 0) {
      place = 0;
    } else if (left > 0) {
      const auto span = context_->settings.sweep.count() / static_cast<std::int64_t>(left);
      const auto before = place.load();
      place = before == 0 ? span : (before * 7 + span) / 8;
    }
  }

  // Positions are shown to people; a line of thousands is looked at only in part each time.
  void publish_positions() {
    constexpr int most = 512;
    int looked = 0;
    for (auto& [id, generation] : state.generations) {
      if (!generation.order)
        continue; // in doubt: not known to exist
      auto& p = pool(generation.order->of_tier);
      if (p.waiting() == 0) {
        generation.facts->queue_position = -1;
        continue;
      }
      if (++looked > most)
        break;
      slot_request request;
      request.account = generation.order->account;
      request.generation = id;
      const auto position = p.position(request);
      generation.facts->queue_position = position ? static_cast<std::int32_t>(*position) : -1;
      const auto place = context_->counts->place_us[static_cast<std::size_t>(generation.order->of_tier)].load();
      generation.facts->wait_us = position ? place * static_cast<std::int64_t>(*position + 1) : 0;
    }
  }

  context_ptr context_;
  caf::actor store_;
  upstreams providers_;
  node_id node_;
};

} // namespace

void refuse(const any_call& c, const refusal& why) {
  if (const auto* create = std::get_if<create_call>(&c))
    create->waiter->refused(why);
  else if (const auto* watch = std::get_if<watch_call>(&c))
    watch->waiter->refused(why);
  else
    std::get<ask_call>(c).waiter->answer(easel::unexpected(why));
}

void refuse(const any_call& c, refusal::why reason) { refuse(c, refusal{reason, std::nullopt, std::nullopt}); }

caf::actor spawn_router(caf::event_based_actor* root, context_ptr context, caf::actor store, upstreams providers,
                        node_id node) {
  return root->spawn<router, caf::monitored>(std::move(context), std::move(store), std::move(providers), node);
}

} // namespace easel::actors
