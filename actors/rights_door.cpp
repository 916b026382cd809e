#include "actors/rights_door.hpp"

#include "actors/rights.hpp"
#include "actors/rights_messages.hpp"
#include "actors/root.hpp"

namespace easel::actors {

namespace {

class export_of_house final : public export_source {
public:
  export_of_house(context_ptr context, std::shared_ptr<entrance> way, account_id who, persistence::export_id id)
      : context_(std::move(context)), way_(std::move(way)) {
    progress_->who = who;
    progress_->id = id;
    context_->counts->exporting.fetch_add(1, std::memory_order_relaxed);
  }
  ~export_of_house() override {
    context_->counts->exporting.fetch_sub(1, std::memory_order_relaxed);
    if (auto actor = way_->rights())
      caf::anon_send(actor, export_over{progress_->id});
  }

  void next(rights_reply<persistence::export_portion> done) override {
    auto waiter = std::make_shared<rights_waiter<persistence::export_portion>>(std::move(done), context_->counts);
    if (auto actor = way_->rights())
      caf::anon_send(actor, portion_wish{progress_, std::move(waiter), 0});
  }

private:
  context_ptr context_;
  std::shared_ptr<entrance> way_;
  std::shared_ptr<export_progress> progress_ = std::make_shared<export_progress>();
};

class way_to_rights final : public rights_door {
public:
  way_to_rights(context_ptr context, std::shared_ptr<entrance> way)
      : context_(std::move(context)), way_(std::move(way)) {}

  void preview(account_id who, rights_reply<persistence::erasure_preview> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(preview_wish{who, std::move(waiter)});
  }
  void erase(account_id who, rights_reply<persistence::erasure_receipt> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(erase_wish{who, std::move(waiter)});
  }
  void restrictions(account_id who, rights_reply<std::vector<persistence::restriction_row>> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(restrictions_wish{who, std::move(waiter)});
  }
  void restrict(account_id who, std::optional<secret_text> objection,
                rights_reply<persistence::restriction_row> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(restrict_wish{who, std::move(objection), std::move(waiter)});
  }
  void lift(account_id who, rights_reply<void> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(lift_wish{who, std::move(waiter)});
  }

  void begin_export(account_id who, rights_reply<std::shared_ptr<export_source>> done) override {
    if (context_->counts->exporting.load(std::memory_order_relaxed) >= context_->settings.rights.exports)
      return done(easel::unexpected(rights_refusal{rights_refusal::why::overloaded, std::chrono::minutes(1)}));
    auto waiter = admit<persistence::export_id>([context = context_, way = way_, who, done = std::move(done)](
                                                  expected<persistence::export_id, rights_refusal> id) {
      if (id)
        done(std::shared_ptr<export_source>(std::make_shared<export_of_house>(context, way, who, *id)));
      else
        done(easel::unexpected(id.error()));
    });
    if (waiter)
      pass(export_wish{who, std::move(waiter)});
  }

private:
  template <class T>
  rights_waiter_ptr<T> admit(rights_reply<T> done) {
    auto waiter = std::make_shared<rights_waiter<T>>(std::move(done), context_->counts);
    if (context_->counts->rights_under_way.load(std::memory_order_relaxed) <= context_->settings.rights.under_way)
      return waiter;
    waiter->fail({rights_refusal::why::overloaded, std::chrono::seconds(5)});
    return nullptr;
  }

  // Dropped when nobody is there: the waiter in it then answers `unavailable`.
  template <class Wish>
  void pass(Wish what) {
    if (auto actor = way_->rights())
      caf::anon_send(actor, std::move(what));
  }

  context_ptr context_;
  std::shared_ptr<entrance> way_;
};

} // namespace

std::unique_ptr<rights_door> make_rights_door(context_ptr context, std::shared_ptr<entrance> way) {
  return std::make_unique<way_to_rights>(std::move(context), std::move(way));
}

} // namespace easel::actors
