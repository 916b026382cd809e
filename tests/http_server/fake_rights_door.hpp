#pragma once

#include "actors/rights_door.hpp"
#include "hand_over.hpp"

namespace easel::tests {

/// Records each wish and leaves the answering to the test.
class fake_rights_door final : public actors::rights_door {
public:
  template <class T>
  struct wish {
    account_id who;
    actors::rights_reply<T> reply;
  };
  struct restricting {
    account_id who;
    std::optional<secret_text> objection;
    actors::rights_reply<persistence::restriction_row> reply;
  };
  using rows = std::vector<persistence::restriction_row>;

  hand_over<wish<persistence::erasure_preview>> previews;
  hand_over<wish<persistence::erasure_receipt>> erasures;
  hand_over<wish<rows>> looks;
  hand_over<restricting> restrictings;
  hand_over<wish<void>> lifts;
  struct opening {
    account_id who;
    persistence::export_id of;
    std::size_t number;
    actors::rights_reply<std::shared_ptr<actors::export_source>> reply;
  };
  using export_rows = std::vector<persistence::export_row>;
  hand_over<wish<std::shared_ptr<actors::export_source>>> copies; ///< begun
  hand_over<opening> openings;
  hand_over<wish<export_rows>> listings;

  void preview(account_id who, actors::rights_reply<persistence::erasure_preview> done) override {
    previews.put({who, std::move(done)});
  }
  void erase(account_id who, actors::rights_reply<persistence::erasure_receipt> done) override {
    erasures.put({who, std::move(done)});
  }
  void restrictions(account_id who, actors::rights_reply<rows> done) override { looks.put({who, std::move(done)}); }
  void restrict(account_id who, std::optional<secret_text> objection,
                actors::rights_reply<persistence::restriction_row> done) override {
    restrictings.put({who, std::move(objection), std::move(done)});
  }
  void lift(account_id who, actors::rights_reply<void> done) override { lifts.put({who, std::move(done)}); }
  void begin_export(account_id who, actors::rights_reply<std::shared_ptr<actors::export_source>> done) override {
    copies.put({who, std::move(done)});
  }
  void open_volume(account_id who, persistence::export_id of, std::size_t number,
                   actors::rights_reply<std::shared_ptr<actors::export_source>> done) override {
    openings.put({who, of, number, std::move(done)});
  }
  void exports(account_id who, actors::rights_reply<export_rows> done) override {
    listings.put({who, std::move(done)});
  }
};

} // namespace easel::tests
