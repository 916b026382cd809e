#include "actors/rights_door.hpp"

#include "actors/entrance.hpp"
#include "actors/rights.hpp"
#include "actors/rights_messages.hpp"

namespace easel::actors {

namespace {

class export_of_house final : public export_source {
public:
  export_of_house(context_ptr context, std::shared_ptr<entrance> way, account_id who, export_file file)
      : context_(std::move(context)), way_(std::move(way)), file_(std::move(file)) {
    progress_->who = who;
    progress_->id = file_.of.id;
    progress_->cursor = persistence::beginning_of(file_.of.plan, file_.number);
    context_->counts->exporting.fetch_add(1, std::memory_order_relaxed);
  }
  ~export_of_house() override {
    context_->counts->exporting.fetch_sub(1, std::memory_order_relaxed);
    if (auto actor = way_->rights())
      caf::anon_send(actor, export_over{progress_->id});
  }

  [[nodiscard]] const export_file& file() const override { return file_; }

  void next(rights_reply<persistence::export_portion> done) override {
    auto waiter = std::make_shared<rights_waiter<persistence::export_portion>>(std::move(done), context_->counts);
    if (auto actor = way_->rights())
      caf::anon_send(actor, portion_wish{progress_, std::move(waiter), 0});
  }

private:
  context_ptr context_;
  std::shared_ptr<entrance> way_;
  const export_file file_;
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
    if (auto waiter = admit_export(who, std::move(done)))
      pass(export_wish{who, std::nullopt, std::move(waiter)});
  }
  void open_volume(account_id who, persistence::export_id of, std::size_t number,
                   rights_reply<std::shared_ptr<export_source>> done) override {
    if (auto waiter = admit_export(who, std::move(done)))
      pass(export_wish{who, volume_name{of, number}, std::move(waiter)});
  }
  void exports(account_id who, rights_reply<std::vector<persistence::export_row>> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(exports_wish{who, std::move(waiter)});
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

  rights_waiter_ptr<export_file> admit_export(account_id who, rights_reply<std::shared_ptr<export_source>> done) {
    if (context_->counts->exporting.load(std::memory_order_relaxed) >= context_->settings.rights.exports) {
      done(easel::unexpected(rights_refusal{rights_refusal::why::overloaded, std::chrono::minutes(1)}));
      return nullptr;
    }
    return admit<export_file>(
      [context = context_, way = way_, who, done = std::move(done)](expected<export_file, rights_refusal> file) {
        if (file)
          done(std::shared_ptr<export_source>(std::make_shared<export_of_house>(context, way, who, *std::move(file))));
        else
          done(easel::unexpected(file.error()));
      });
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
