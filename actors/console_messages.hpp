#pragma once

#include "actors/console_board.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>

/// door → console reader. Private to console*.cpp.
namespace easel::actors {

/// Answers one question exactly once; dropped unanswered, it answers `unavailable`. Counts as under way until then.
template <class T, class Fault = console_fault>
class console_waiter {
public:
  using reply = std::function<void(expected<T, Fault>)>;

  console_waiter(std::shared_ptr<console_board> board, reply done) : board_(std::move(board)), done_(std::move(done)) {
    board_->questions.fetch_add(1);
  }
  console_waiter(const console_waiter&) = delete;
  console_waiter& operator=(const console_waiter&) = delete;
  ~console_waiter() {
    answer(easel::unexpected(Fault(console_fault::unavailable)));
    board_->questions.fetch_sub(1);
  }
  void answer(expected<T, Fault> what) {
    if (auto done = std::exchange(done_, {}))
      done(std::move(what));
  }

private:
  std::shared_ptr<console_board> board_;
  reply done_;
};
template <class T>
using console_waiter_ptr = std::shared_ptr<console_waiter<T>>;

struct find_story {
  generation_id id;
  console_waiter_ptr<std::optional<persistence::generation_story>> waiter;
};
struct list_lines {
  bool in_work = true;
  int limit = 0;
  console_waiter_ptr<std::vector<persistence::generation_line>> waiter;
};

struct enter_operator {
  std::shared_ptr<const operator_sign_in> what;
  console_waiter_ptr<entered_operator> waiter;
};
struct find_operator {
  digest token{};
  console_waiter_ptr<std::optional<operator_caller>> waiter;
};
struct leave_operator {
  digest token{};
  console_waiter_ptr<bool> waiter;
};
struct carry_out {
  std::shared_ptr<const action_request> what;
  console_waiter_ptr<action_outcome> waiter;
};
/// A trace of an account: the look is recorded before it begins.
struct trace_account {
  std::shared_ptr<const trace_wanted> what;
  console_waiter_ptr<trace_started> waiter;
};
struct read_audit {
  int limit = 0;
  console_waiter_ptr<std::vector<persistence::audit_row>> waiter;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::enter_operator)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::find_operator)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::leave_operator)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::carry_out)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::read_audit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::trace_account)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::find_story)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::list_lines)
