#include "actors/console.hpp"
#include "actors/console_actions.hpp"
#include "actors/console_messages.hpp"
#include "actors/console_traces.hpp"
#include "actors/observed.hpp"
#include "actors/panels.hpp"
#include "persistence/process.hpp"
#include "policies/session_token.hpp"

#include <algorithm>
#include <iterator>

namespace easel::actors {

namespace {

using persistence::operator_entry;

struct reader_state {
  static inline const char* name = "console reader";
  reader_state() = default;
  reader_state(const reader_state&) = delete;
  reader_state& operator=(const reader_state&) = delete;
  ~reader_state() {
    if (board)
      board->attach(nullptr); // it must not hold an actor that has ended
  }

  std::shared_ptr<console_board> board;
  std::unique_ptr<persistence::console_store> store;
  std::unique_ptr<persistence::operator_store> operators;
  std::unique_ptr<persistence::privacy_requests> requests;
  panel_memory panels;
};

class console_reader : public house_actor<reader_state> {
public:
  console_reader(caf::actor_config& config, context_ptr context)
      : house_actor<reader_state>(config), context_(std::move(context)) {
    is_kind("console reader");
    state.board = context_->console;
  }

  caf::behavior make_behavior() override {
    state.board->attach(caf::actor_cast<caf::actor>(this));
    return {
      [this](const find_story& message) { pass(message.waiter, store().find_story(message.id)); },
      [this](const list_lines& message) { pass(message.waiter, store().list_lines(message.in_work, message.limit)); },
      [this](const read_audit& message) { pass(message.waiter, operators().audit(message.limit)); },
      [this](const enter_operator& message) { enter(message); },
      [this](const find_operator& message) { find(message); },
      [this](const leave_operator& message) {
        state.board->forget_caller(message.token);
        pass(message.waiter, operators().end_session(message.token));
      },
      [this](const carry_out& message) { act(message); },
      [this](const trace_account& message) { trace(message); },
      [this](const read_panel& message) { message.run(store(), state.panels); },
    };
  }

private:
  persistence::console_store& store() {
    if (!state.store)
      state.store = state.board->open();
    return *state.store;
  }
  persistence::privacy_requests& requests() {
    if (!state.requests)
      state.requests = state.board->open_requests();
    return *state.requests;
  }
  persistence::operator_store& operators() {
    if (!state.operators)
      state.operators = state.board->open_operators();
    return *state.operators;
  }

  template <class T>
  static void pass(const console_waiter_ptr<T>& waiter, persistence::answer<T> found) {
    if (found)
      waiter->answer(std::move(*found));
    else
      waiter->answer(easel::unexpected(console_fault::unavailable));
  }

  void enter(const enter_operator& message) {
    std::array<std::uint8_t, 32> random{};
    context_->random(random.data(), random.size());
    entered_operator out;
    out.token = policies::make_session_token(random);
    const auto hash = operator_token_hash(*context_->keys, out.token);
    auto entry = operators().sign_in({message.what->name, message.what->password, message.what->code, hash},
                                     state.board->session_limits);
    if (!entry)
      return message.waiter->answer(easel::unexpected(console_fault::unavailable));
    out.entry = std::move(*entry);
    if (out.entry.how != operator_entry::result::signed_in)
      out.token = secret_text();
    out.longest = std::chrono::duration_cast<std::chrono::seconds>(state.board->session_limits.longest);
    message.waiter->answer(std::move(out));
  }

  void find(const find_operator& message) {
    auto found = operators().find_session(message.token, state.board->session_limits);
    if (!found) {
      // Those who look after a server whose database is away must not be shut out by that.
      if (auto known = state.board->caller_known_before(message.token))
        return message.waiter->answer(std::move(known));
      return message.waiter->answer(easel::unexpected(console_fault::unavailable));
    }
    if (!*found) {
      state.board->forget_caller(message.token);
      return message.waiter->answer(std::nullopt);
    }
    operator_caller who{"operator:" + (*found)->name, (*found)->role};
    state.board->remember_caller(message.token, who, (*found)->expires_at - context_->wall_clock());
    message.waiter->answer(std::optional(std::move(who)));
  }

  // The row in the audit comes first: what cannot be recorded is not done.
  void act(const carry_out& message) {
    const auto& request = *message.what;
    const auto ground = ground_for(request);
    auto outcome = preview(request.what, ground);
    if (request.stamp.empty() || outcome.how != action_outcome::result::previewed)
      return message.waiter->answer(std::move(outcome));
    if (request.stamp != outcome.stamp) {
      outcome.how = action_outcome::result::changed;
      return message.waiter->answer(std::move(outcome));
    }
    // Asked before the effect: what is acted on may be gone after it.
    const auto whom = account_of(request.what, ground);
    if (!whom && std::holds_alternative<reveal_prompt>(request.what))
      return message.waiter->answer(easel::unexpected(console_fault::unavailable)); // its author could not learn of it
    if (!note(request, whom, request.reason))
      return message.waiter->answer(easel::unexpected(console_fault::unavailable));
    auto result = perform(request.what, ground);
    outcome.how = outcome_of(request.what, result);
    const std::string how(words_for(outcome.how));
    std::move(result.said.begin(), result.said.end(), std::back_inserter(outcome.effects));
    outcome.revealed = std::move(result.revealed);
    state.board->memory.note(
      {context_->wall_clock(), policies::console_event_kind::action_taken, name_of(request.what), how});
    // Lost when the database goes away in this moment; then the first row stands alone.
    (void)note(request, whom, "outcome: " + how);
    message.waiter->answer(std::move(outcome));
  }

  action_ground ground_for(const action_request& request) {
    action_ground out{house_directory(home_system()),
                      house_upstreams(home_system()),
                      [this](generation_id id) { return operators().request_cancel(id); },
                      [this](generation_id id) { return is_in_work(id); },
                      [this](account_id id) { return operators().find_standing(id); },
                      [this](account_id id) { return operators().suspend(id); },
                      [this](account_id id) { return operators().lift(id); },
                      [this](account_id id) { return operators().end_sessions(id); },
                      state.board->log};
    const auto& counts = *context_->counts;
    out.queued = [&counts](tier of) { return counts.queued[static_cast<std::size_t>(of)].load(); };
    out.node = context_->node.get();
    out.drain_limit = context_->settings.drain;
    out.work = [&counts] { return counts.live.load(); };
    out.other_nodes = [this] { return other_nodes(); };
    out.allows_chaos = state.board->allows_chaos;
    out.prompt = [this](generation_id id, bool with_text) { return operators().find_prompt(id, with_text); };
    out.today = [this] { return day_of(context_->wall_clock()); };
    if (state.board->open_requests)
      out.record = [this, by = request.who.name](const persistence::new_privacy_request& what) {
        return requests().record(what, by);
      };
    return out;
  }

  /// That live, beside this one.
  std::optional<int> other_nodes() {
    const auto cluster = store().read_cluster();
    if (!cluster)
      return std::nullopt;
    const auto here = persistence::process_name();
    const auto others = std::count_if(cluster->nodes.begin(), cluster->nodes.end(), [&](const auto& node) {
      return node.process != here && !node.left_at && !node.taken_over_at
             && cluster->at - node.heartbeat_at <= context_->settings.dead_after;
    });
    return static_cast<int>(others);
  }

  bool note(const action_request& request, const std::optional<account_id>& whom, const std::string& text) {
    const auto name = name_of(request.what);
    const auto written = whom ? operators().note_about(*whom, request.who.name, name, text)
                              : operators().note(request.who.name, name, text);
    return written.has_value();
  }

  // As with actions: what cannot be recorded is not done.
  void trace(const trace_account& message) {
    const auto& wanted = *message.what;
    auto& desk = house_traces(home_system());
    const account_id whom{wanted.trace.id};
    const auto standing = operators().find_standing(whom);
    if (!standing)
      return message.waiter->answer(easel::unexpected(console_fault::unavailable));
    if (!*standing)
      return message.waiter->answer(trace_started(easel::unexpected(trace_refusal::no_target)));
    if (desk.is_full())
      return message.waiter->answer(trace_started(easel::unexpected(trace_refusal::full)));
    if (!operators().note_about(whom, wanted.trace.by_whom, name_of(wanted.trace), wanted.reason))
      return message.waiter->answer(easel::unexpected(console_fault::unavailable));
    auto begun = desk.begin(wanted.trace, context_->wall_clock());
    if (!begun) // somebody else was quicker; lost when the database goes away in this moment
      (void)operators().note_about(whom, wanted.trace.by_whom, name_of(wanted.trace), "outcome: it was not begun");
    message.waiter->answer(std::move(begun));
  }

  std::optional<bool> is_in_work(generation_id id) {
    const auto story = store().find_story(id);
    return story ? std::optional(*story && !(*story)->line.ended_at) : std::nullopt;
  }

  context_ptr context_;
};

} // namespace

digest operator_token_hash(const persistence::keyring& keys, const secret_text& token) {
  return keys.keyed_hash(persistence::hash_purpose::cookie_token, "operator " + token.reveal());
}

caf::actor spawn_console_reader(caf::event_based_actor* console, context_ptr context) {
  if (context->settings.detached_stores)
    return console->spawn<console_reader, caf::detached + caf::monitored>(std::move(context));
  return console->spawn<console_reader, caf::monitored>(std::move(context));
}

} // namespace easel::actors
