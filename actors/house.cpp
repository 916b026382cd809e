#include "actors/house.hpp"

#include "actors/access_log.hpp"
#include "actors/audit.hpp"
#include "actors/billing_metrics.hpp"
#include "actors/billing_office.hpp"
#include "actors/call_messages.hpp"
#include "actors/console.hpp"
#include "actors/console_board.hpp"
#include "actors/generation_messages.hpp"
#include "actors/metrics.hpp"
#include "actors/retention.hpp"
#include "actors/rights.hpp"
#include "actors/root.hpp"
#include "actors/system_config.hpp"
#include "http/client/kie_callback.hpp"
#include "policies/api_key.hpp"
#include "policies/session_token.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <random>

namespace easel::actors {

namespace {

constexpr auto last_lines_limit = std::chrono::seconds(5); ///< for the access log's end

// ---------------------------------------------------------------- the door

class door_of_house final : public front_door {
public:
  door_of_house(context_ptr context, std::shared_ptr<entrance> way, run_queue_ptr runnable)
      : context_(std::move(context)), way_(std::move(way)), runnable_(std::move(runnable)) {}

  void create(credential who, create_request what, watch_options how, std::shared_ptr<watcher> waiter) override {
    enter(who, create_call{std::make_shared<const create_request>(std::move(what)), how, std::move(waiter)});
  }

  void watch(credential who, generation_id what, watch_options how, std::shared_ptr<watcher> waiter) override {
    enter(who, watch_call{what, how, std::move(waiter)});
  }

  void ask(credential who, query what, reply answer) override {
    enter(who, ask_call{std::move(what), std::make_shared<pending_reply>(std::move(answer))});
  }

  void answered(generation_id id) override {
    const lend_thread lent(runnable_);
    if (auto router = way_->router())
      caf::anon_send(router, answer_written{id});
  }

  void provider_called(std::string token, std::string task_id, std::string timestamp, std::string signature) override {
    if (token.size() != callback_token_length || task_id.empty())
      return; // none of ours: not worth a look-up
    auto senders = client::kie::possible_senders(context_->settings.callback_accounts, task_id, timestamp, signature,
                                                 context_->wall_clock());
    if (senders.empty())
      return;
    if (auto router = way_->router())
      caf::anon_send(router, kie_called{std::move(token), std::move(task_id), std::move(senders)});
  }

  [[nodiscard]] bool ready() const override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return way_->router() != nullptr && !context_->counts->draining
           && now < context_->counts->lease_until.load(std::memory_order_relaxed);
  }

private:
  // The form is checked here, so that noise never reaches the database.
  void enter(const credential& who, any_call what) {
    const lend_thread lent(runnable_);
    const bool is_session = who.is == credential::kind::session;
    const auto& secret = who.secret.reveal();
    if (is_session ? !policies::is_session_token(secret) : !policies::is_api_key(secret)) {
      refuse(what, unknown_as(who.is));
      return;
    }
    auto router = way_->router();
    if (!router) {
      refuse(what, {refusal::why::overloaded, std::nullopt, std::chrono::seconds(1)});
      return;
    }
    const auto purpose = is_session ? persistence::hash_purpose::cookie_token : persistence::hash_purpose::api_key;
    caf::anon_send(router, knock{context_->keys->keyed_hash(purpose, secret), who.is, std::move(what), who.notes});
  }

  context_ptr context_;
  std::shared_ptr<entrance> way_;
  run_queue_ptr runnable_;
};

template <class Client>
std::vector<upstreams::credential> plain(const std::vector<house_parts::credential<Client>>& credentials) {
  std::vector<upstreams::credential> out;
  for (const auto& c : credentials)
    out.push_back({c.settings, c.client});
  return out;
}

/// What the panels tell of this process; `parts` keeps what the actors need.
panel_ground ground_of(house_parts& parts) {
  panel_ground out;
  if (parts.audit) {
    out.audit = parts.audit->board;
    out.audit_interval = parts.audit->terms.interval;
  }
  out.configuration = std::move(parts.configuration);
  return out;
}

policies::promise_figures promises_of(const audit_board* audit, const billing_counts& billing) {
  policies::promise_figures out;
  if (const auto found = audit != nullptr ? audit->latest() : std::nullopt) {
    out.audited = true;
    out.longest_overdue = found->longest_overdue;
    out.rows_past_due = found->past_due;
    out.across_tiers = found->across_tiers;
    for (const auto& proof : found->proofs)
      if (proof.what == policies::finding::broken)
        out.broken.emplace_back(proof.clause);
  }
  out.oldest_billing_event = std::chrono::seconds(billing.oldest_waiting_s.load(std::memory_order_relaxed));
  out.oldest_billing_deletion = std::chrono::seconds(billing.oldest_outbox_s.load(std::memory_order_relaxed));
  return out;
}

context_ptr make_context(house_settings settings, const house_parts& parts) {
  house_context context;
  context.settings = std::move(settings);
  context.keys = parts.keys;
  context.wall_clock = parts.wall_clock;
  context.billing = std::make_shared<billing_entrance>(parts.stripe);
  context.console =
    std::make_shared<console_board>(parts.open_console, parts.open_operators, parts.operator_sessions, parts.log);
  context.console->open_requests = parts.open_requests;
  context.console->allows_chaos = parts.allows_chaos;
  context.random = persistence::fill_random;
  context.chance = [] {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
  return std::make_shared<const house_context>(std::move(context));
}

} // namespace

// ---------------------------------------------------------------- the house

class house::implementation {
public:
  implementation(house_settings settings, house_parts parts)
      : context(make_context(std::move(settings), parts)),
        config(context->settings.workers),
        system(config),
        way(std::make_shared<entrance>()),
        door(context, way, config.runnable),
        sign_in(make_sign_in_door(context, way)),
        rights(make_rights_door(context, way)),
        billing(make_billing_door(context, context->billing)),
        console(make_console_door(context, system, ground_of(parts))) {
    config.traces.bound(parts.traces);
    upstreams providers{plain(parts.moderation), plain(parts.sub2api), plain(parts.kie)};
    std::vector<lone_actor> alone;
    if (parts.retention) {
      reaped = parts.retention->figures;
      alone.push_back(make_retention(std::move(*parts.retention)));
    }
    if (parts.audit) {
      audit = parts.audit->board;
      audit_interval = parts.audit->terms.interval;
      alone.push_back(make_auditor(std::move(*parts.audit)));
    }
    context->console->look_at_promises(
      [audit = audit, billing = context->billing] { return promises_of(audit.get(), *billing->counts); });
    if (parts.open_rights)
      alone.push_back(make_rights(context, std::move(parts.open_rights), way));
    if (context->billing->parts.enabled())
      alone.push_back(
        {[context = context](auto* parent) { return spawn_billing_office(parent, context, context->billing); },
         nullptr});
    alone.push_back({[context = context](auto* parent) { return spawn_console(parent, context); }, nullptr});
    root = spawn_root(system, context, std::move(parts.open_store), std::move(parts.open_revocations),
                      std::move(providers), std::move(parts.google), way, std::move(alone));
  }

  ~implementation() {
    stop();
    caf::anon_send(root, close_access_log{});
    context->access->wait_finished(last_lines_limit);
    *context->billing->stop = true;
    caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
    root = nullptr;
  }

  void stop() {
    if (std::exchange(stopped, true))
      return;
    caf::anon_send(root, close_house{});
    // Draining has its own limit; what is added covers giving the lease up and ending the workers.
    way->wait_finished(context->settings.drain + std::chrono::seconds(10));
  }

  context_ptr context;
  system_config config;
  caf::actor_system system;
  std::shared_ptr<entrance> way;
  door_of_house door;
  std::unique_ptr<sign_in_door> sign_in;
  [[nodiscard]] std::string metrics() const {
    return render_metrics(config.live, *context->counts) + render_metrics(context->console->latest().get())
           + (reaped ? render_metrics(*reaped) : std::string()) + render_billing_metrics(*context->billing->counts)
           + (audit ? render_metrics(*audit, context->wall_clock(), audit_interval) : std::string());
  }

  std::shared_ptr<const retention_figures> reaped; ///< may be null
  std::shared_ptr<const audit_board> audit;        ///< may be null
  duration audit_interval{};
  std::unique_ptr<rights_door> rights;
  std::unique_ptr<billing_door> billing;
  std::unique_ptr<console_door> console;
  caf::actor root;
  bool stopped = false;
};

house::house(house_settings settings, house_parts parts)
    : self_(std::make_unique<implementation>(std::move(settings), std::move(parts))) {}

house::~house() = default;

front_door& house::door() { return self_->door; }

sign_in_door& house::sign_in() { return *self_->sign_in; }

rights_door& house::rights() { return *self_->rights; }
billing_door& house::billing() { return *self_->billing; }
console_door& house::console() { return *self_->console; }

bool house::wait_ready(duration limit) { return self_->way->wait_open(limit); }

void house::shut_down() { self_->stop(); }

void house::log_access(persistence::access_record line) {
  if (!self_->context->access->put(std::move(line), self_->context->settings.access_log))
    self_->context->counts->access_dropped.fetch_add(1, std::memory_order_relaxed);
}

std::string house::metrics() const { return self_->metrics(); }

void house::look_at_metrics(std::function<std::string()> page) {
  self_->context->console->look_at_metrics(std::move(page));
}

} // namespace easel::actors
