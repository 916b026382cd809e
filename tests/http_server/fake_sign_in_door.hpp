#pragma once

#include "actors/sign_in_door.hpp"
#include "hand_over.hpp"

namespace easel::tests {

/// Records each step of a sign-in and leaves the answering to the test.
class fake_sign_in_door final : public actors::sign_in_door {
public:
  using cookie = std::optional<secret_text>;
  struct begun {
    cookie sent;
    std::string return_path;
    actors::sign_in_reply<actors::begun_sign_in> reply;
  };
  struct arrived {
    actors::sign_in_callback what;
    actors::sign_in_reply<actors::finished_sign_in> reply;
  };
  struct looked {
    cookie sent;
    actors::sign_in_reply<persistence::person_to_confirm> reply;
  };
  struct confirmed {
    cookie sent;
    std::string device;
    actors::sign_in_reply<actors::finished_sign_in> reply;
  };
  struct left {
    cookie sent;
    actors::sign_in_reply<void> reply;
  };

  hand_over<begun> begins;
  hand_over<arrived> callbacks;
  hand_over<looked> looks;
  hand_over<confirmed> confirmations;
  hand_over<left> declines;
  hand_over<left> sign_outs;

  void begin(cookie sent, std::string return_path, actors::sign_in_reply<actors::begun_sign_in> done) override {
    begins.put({std::move(sent), std::move(return_path), std::move(done)});
  }
  void callback(actors::sign_in_callback what, actors::sign_in_reply<actors::finished_sign_in> done) override {
    callbacks.put({std::move(what), std::move(done)});
  }
  void pending(cookie sent, actors::sign_in_reply<persistence::person_to_confirm> done) override {
    looks.put({std::move(sent), std::move(done)});
  }
  void confirm(cookie sent, std::string device, actors::sign_in_reply<actors::finished_sign_in> done) override {
    confirmations.put({std::move(sent), std::move(device), std::move(done)});
  }
  void decline(cookie sent, actors::sign_in_reply<void> done) override {
    declines.put({std::move(sent), std::move(done)});
  }
  void sign_out(cookie sent, actors::sign_in_reply<void> done) override {
    sign_outs.put({std::move(sent), std::move(done)});
  }
};

} // namespace easel::tests
