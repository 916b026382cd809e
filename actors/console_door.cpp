#include "actors/console_door.hpp"

#include "actors/console.hpp"
#include "actors/console_lines.hpp"
#include "actors/console_messages.hpp"
#include "actors/console_traces.hpp"
#include "actors/system_config.hpp"
#include "policies/session_token.hpp"

#include <caf/send.hpp>

namespace easel::actors {

namespace {

class door_of_console final : public console_door {
public:
  door_of_console(context_ptr context, const directory& live, trace_desk& desk, panel_ground ground)
      : context_(std::move(context)),
        board_(context_->console),
        live_(live),
        panels_(make_panels_door(context_, live_, std::move(ground))),
        traces_(make_traces_door(context_, desk)) {}

  [[nodiscard]] panels_door& panels() override { return *panels_; }
  [[nodiscard]] traces_door& traces() override { return *traces_; }

  [[nodiscard]] sample_ptr latest() const override { return board_->latest(); }
  [[nodiscard]] std::vector<history_point> history(history_span span) const override { return board_->history(span); }
  [[nodiscard]] std::optional<console_moment> moment(instant wanted) const override { return board_->moment(wanted); }
  [[nodiscard]] bool watch(std::shared_ptr<console_watcher> watcher) override {
    return board_->watch(std::move(watcher));
  }

  [[nodiscard]] actor_page find_actors(const actor_question& q) const override {
    return actors::find_actors(live_, q, now());
  }
  [[nodiscard]] std::vector<tree_group> tree(actor_order by) const override { return tree_of(live_, by, now()); }
  [[nodiscard]] std::vector<tier_line> lines() const override { return lines_of(*context_->lines, live_); }
  [[nodiscard]] std::optional<actor_detail> find_actor(std::uint64_t id) const override {
    return actors::find_actor(live_, id, now());
  }
  [[nodiscard]] std::vector<grave_view> graveyard(std::string_view kind) const override {
    return graveyard_of(live_, kind, now());
  }

  [[nodiscard]] log_page log(const log_question& q) const override { return board_->log.newest(q); }

  void generation(generation_id id, console_reply<std::optional<persistence::generation_story>> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(find_story{id, std::move(waiter)});
  }
  void generations(bool in_work, int limit, console_reply<std::vector<persistence::generation_line>> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(list_lines{in_work, limit, std::move(waiter)});
  }

  void sign_in(operator_sign_in what, console_reply<entered_operator> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(enter_operator{std::make_shared<const operator_sign_in>(std::move(what)), std::move(waiter)});
  }

  void who(secret_text token, console_reply<std::optional<operator_caller>> done) override {
    if (!policies::is_session_token(token.reveal()))
      return done(std::nullopt);
    const auto hash = operator_token_hash(*context_->keys, token);
    if (auto known = board_->caller_known(hash))
      return done(std::move(known));
    if (auto waiter = admit(std::move(done)))
      pass(find_operator{hash, std::move(waiter)});
  }

  void sign_out(secret_text token, console_reply<bool> done) override {
    if (!policies::is_session_token(token.reveal()))
      return done(false);
    if (auto waiter = admit(std::move(done)))
      pass(leave_operator{operator_token_hash(*context_->keys, token), std::move(waiter)});
  }

  void act(action_request what, console_reply<action_outcome> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(carry_out{std::make_shared<const action_request>(std::move(what)), std::move(waiter)});
  }

  void audit(int limit, console_reply<std::vector<persistence::audit_row>> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(read_audit{limit, std::move(waiter)});
  }

private:
  [[nodiscard]] static steady_moment now() { return std::chrono::steady_clock::now(); }

  template <class T>
  console_waiter_ptr<T> admit(console_reply<T> done) {
    auto waiter = std::make_shared<console_waiter<T>>(board_, std::move(done));
    if (board_->questions.load() <= console_board::most_questions)
      return waiter;
    waiter->answer(easel::unexpected(console_fault::overloaded));
    return nullptr;
  }

  // Dropped when nobody is there: the waiter in it then answers `unavailable`.
  template <class Question>
  void pass(Question what) {
    if (auto reader = board_->reader())
      caf::anon_send(reader, std::move(what));
  }

  context_ptr context_;
  std::shared_ptr<console_board> board_;
  const directory& live_;
  std::unique_ptr<panels_door> panels_;
  std::unique_ptr<traces_door> traces_;
};

} // namespace

std::unique_ptr<console_door> make_console_door(context_ptr context, caf::actor_system& system, panel_ground ground) {
  return std::make_unique<door_of_console>(std::move(context), house_directory(system), house_traces(system),
                                           std::move(ground));
}

} // namespace easel::actors
