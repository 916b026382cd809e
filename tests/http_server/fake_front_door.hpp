#pragma once

#include "actors/front_door.hpp"
#include "hand_over.hpp"

#include <atomic>

namespace easel::tests {

/// Records what the server asks and leaves the answering to the test.
class fake_front_door final : public actors::front_door {
public:
  struct created {
    actors::credential who;
    actors::create_request what;
    actors::watch_options how;
    std::shared_ptr<actors::watcher> watcher;
  };
  struct watched {
    actors::credential who;
    generation_id what;
    actors::watch_options how;
    std::shared_ptr<actors::watcher> watcher;
  };
  struct asked {
    actors::credential who;
    actors::query what;
    actors::reply reply;
  };
  struct callback {
    std::string token, task_id, timestamp, signature;
  };

  hand_over<created> creates;
  hand_over<watched> watches;
  hand_over<asked> questions;
  hand_over<generation_id> answers;
  hand_over<callback> callbacks;
  std::atomic<bool> is_ready{true};
  std::atomic<bool> throws{false};
  std::atomic<bool> asks_for_notices{false}; ///< leaves these questions to the test too

  void create(actors::credential who, actors::create_request what, actors::watch_options how,
              std::shared_ptr<actors::watcher> watcher) override {
    if (throws)
      throw std::runtime_error("a handler fails");
    creates.put({std::move(who), std::move(what), how, std::move(watcher)});
  }
  void watch(actors::credential who, generation_id what, actors::watch_options how,
             std::shared_ptr<actors::watcher> watcher) override {
    watches.put({std::move(who), what, how, std::move(watcher)});
  }
  /// Pages ask for notices before they are sent: by default there are none.
  void ask(actors::credential who, actors::query what, actors::reply answer) override {
    if (std::holds_alternative<actors::find_notices>(what) && !asks_for_notices)
      return answer(actors::query_answer(actors::notices_answer{}));
    questions.put({std::move(who), std::move(what), std::move(answer)});
  }
  void answered(generation_id id) override { answers.put(id); }
  void provider_called(std::string token, std::string task_id, std::string timestamp, std::string signature) override {
    callbacks.put({std::move(token), std::move(task_id), std::move(timestamp), std::move(signature)});
  }
  [[nodiscard]] bool ready() const override { return is_ready; }
};

} // namespace easel::tests
