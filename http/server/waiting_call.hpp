#pragma once

#include "actors/front_door.hpp"
#include "http/server/answers.hpp"
#include "http/server/exchange.hpp"

namespace easel::server {

/// A watcher whose exchange is answered once, with one plain answer. One that dies unanswered says how to go on.
class waiting_call : public actors::watcher {
public:
  explicit waiting_call(exchange_ptr asked) : asked_(std::move(asked)) {}
  waiting_call(const waiting_call&) = delete;
  waiting_call& operator=(const waiting_call&) = delete;
  ~waiting_call() override {
    if (!answered_)
      send_problem(*asked_, interrupted(id_));
  }

  void refused(const actors::refusal& why) override { fail(describe(why)); }

protected:
  void fail(const problem& what) {
    answered_ = true;
    send_problem(*asked_, what);
  }
  void answer(answer_head head, std::vector<segment> body, written done = {}) {
    answered_ = true;
    asked_->send(std::move(head), std::move(body), std::move(done));
  }
  void answer(answer_head head, std::string body) {
    answered_ = true;
    asked_->send(std::move(head), std::move(body));
  }
  [[nodiscard]] exchange& asked() { return *asked_; }
  [[nodiscard]] const exchange_ptr& asked_ptr() const { return asked_; }
  [[nodiscard]] bool answered() const { return answered_; }
  void remember(generation_id id) { id_ = id; }
  /// The answer goes on as a stream.
  void became_stream() { answered_ = true; }

private:
  exchange_ptr asked_;
  std::optional<generation_id> id_;
  bool answered_ = false;
};

} // namespace easel::server
