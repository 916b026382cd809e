#include "actors/sign_in_door.hpp"

#include "actors/entrance.hpp"
#include "actors/sign_in.hpp"
#include "actors/sign_in_messages.hpp"
#include "policies/session_token.hpp"

namespace easel::actors {

namespace {

class way_to_sign_in final : public sign_in_door {
public:
  way_to_sign_in(context_ptr context, std::shared_ptr<entrance> way)
      : context_(std::move(context)), way_(std::move(way)) {}

  void begin(std::optional<secret_text> cookie, std::string return_path, sign_in_reply<begun_sign_in> done) override {
    if (auto waiter = admit(std::move(done)))
      pass(begin_step{hash_of(cookie), std::move(return_path), std::move(waiter)});
  }

  void callback(sign_in_callback what, sign_in_reply<finished_sign_in> done) override {
    auto waiter = admit(std::move(done));
    if (!waiter)
      return;
    const auto cookie = hash_of(what.cookie);
    pass(callback_step{cookie, std::make_shared<const sign_in_callback>(std::move(what)), std::move(waiter)});
  }

  void pending(std::optional<secret_text> cookie, sign_in_reply<persistence::person_to_confirm> done) override {
    auto waiter = admit(std::move(done));
    if (const auto hash = hash_of(cookie); waiter && hash)
      pass(pending_step{*hash, std::move(waiter)});
    else if (waiter)
      waiter->fail(sign_in_step::lapsed);
  }

  void confirm(std::optional<secret_text> cookie, std::string device, sign_in_reply<finished_sign_in> done) override {
    auto waiter = admit(std::move(done));
    if (const auto hash = hash_of(cookie); waiter && hash)
      pass(confirm_step{*hash, std::move(device), std::move(waiter)});
    else if (waiter)
      waiter->fail(sign_in_step::lapsed);
  }

  void decline(std::optional<secret_text> cookie, sign_in_reply<void> done) override {
    auto waiter = admit(std::move(done));
    if (const auto hash = hash_of(cookie); waiter && hash)
      pass(decline_step{*hash, std::move(waiter)});
    else if (waiter)
      waiter->succeed(sign_in_step::declined);
  }

  void sign_out(std::optional<secret_text> cookie, sign_in_reply<void> done) override {
    auto waiter = admit(std::move(done));
    if (const auto hash = hash_of(cookie); waiter && hash)
      pass(sign_out_step{*hash, std::move(waiter)});
    else if (waiter)
      waiter->succeed(sign_in_step::signed_out);
  }

private:
  template <class T>
  sign_in_waiter_ptr<T> admit(sign_in_reply<T> done) {
    auto waiter = std::make_shared<sign_in_waiter<T>>(std::move(done), context_->counts);
    if (context_->counts->signing_in.load(std::memory_order_relaxed) <= context_->settings.sign_in.under_way)
      return waiter;
    waiter->fail(sign_in_step::overloaded);
    return nullptr;
  }

  [[nodiscard]] std::optional<digest> hash_of(const std::optional<secret_text>& cookie) const {
    if (!cookie || !policies::is_session_token(cookie->reveal()))
      return std::nullopt;
    return context_->keys->keyed_hash(persistence::hash_purpose::cookie_token, cookie->reveal());
  }

  // Dropped when nobody is there: the waiter in it then answers `unavailable`.
  template <class Step>
  void pass(Step what) {
    if (auto actor = way_->sign_in())
      caf::anon_send(actor, std::move(what));
  }

  context_ptr context_;
  std::shared_ptr<entrance> way_;
};

} // namespace

std::unique_ptr<sign_in_door> make_sign_in_door(context_ptr context, std::shared_ptr<entrance> way) {
  return std::make_unique<way_to_sign_in>(std::move(context), std::move(way));
}

} // namespace easel::actors
