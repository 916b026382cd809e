#include "actors/billing_messages.hpp"
#include "actors/billing_office.hpp"
#include "http/client/stripe_webhook.hpp"
#include "policies/session_token.hpp"

#include <caf/send.hpp>

namespace easel::actors {

void billing_entrance::serve_inbox(caf::actor inbox) {
  std::lock_guard lock(guard_);
  inbox_ = std::move(inbox);
}

void billing_entrance::serve_desk(std::size_t place, caf::actor desk) {
  std::lock_guard lock(guard_);
  if (desks_.size() <= place)
    desks_.resize(place + 1);
  desks_[place] = std::move(desk);
}

void billing_entrance::close() {
  std::lock_guard lock(guard_);
  inbox_ = nullptr;
  desks_.clear();
}

caf::actor billing_entrance::inbox() const {
  std::lock_guard lock(guard_);
  return inbox_;
}

caf::actor billing_entrance::desk() {
  std::lock_guard lock(guard_);
  for (std::size_t i = 0; i < desks_.size(); ++i)
    if (const auto& desk = desks_[turn_++ % desks_.size()])
      return desk;
  return nullptr;
}

namespace {

using policies::stripe::delivery;

class way_to_billing final : public billing_door {
public:
  way_to_billing(context_ptr context, billing_entrance_ptr way) : context_(std::move(context)), way_(std::move(way)) {}

  const policies::billing_catalogue& catalogue() const override { return settings().catalogue; }

  void checkout(credential who, checkout_start what, billing_reply<std::string> url) override {
    pass<std::string>(
      who, [what = std::move(what)](billing_desk& desk, account_id id) { return desk.checkout(id, what); },
      std::move(url));
  }

  void portal(credential who, std::string return_url, std::string locale, billing_reply<std::string> url) override {
    pass<std::string>(
      who,
      [at = std::move(return_url), locale = std::move(locale)](billing_desk& desk, account_id id) {
        return desk.portal(id, at, locale);
      },
      std::move(url));
  }

  void overview(credential who, billing_reply<billing_view> done) override {
    pass<billing_view>(
      who, [](billing_desk& desk, account_id id) { return desk.overview(id); }, std::move(done));
  }

  void returned(credential who, std::string session, billing_reply<purchase_view> done) override {
    pass<purchase_view>(
      who, [session = std::move(session)](billing_desk& desk, account_id id) { return desk.returned(id, session); },
      std::move(done));
  }

  void switch_to_free(credential who, billing_reply<void> done) override {
    pass<void>(
      who, [](billing_desk& desk, account_id id) { return desk.switch_to_free(id); }, std::move(done));
  }

  void deliver(std::string body, std::string signature, std::function<void(delivery)> done) override {
    auto counted = [counts = way_->counts, done = std::move(done)](delivery how) {
      counts->deliveries[static_cast<std::size_t>(how)].fetch_add(1, std::memory_order_relaxed);
      done(how);
    };
    if (!way_->parts.enabled() || way_->parts.webhook_secrets.empty())
      return counted(delivery::not_configured);
    auto event = client::stripe::judge_webhook(body, signature, way_->parts.webhook_secrets, context_->wall_clock());
    if (!event)
      return counted(event.error());
    if (event->api_version != settings().api_version)
      way_->counts->other_versions.fetch_add(1, std::memory_order_relaxed);
    if (*way_->deliveries >= settings().inbox_queue)
      return counted(delivery::full);
    auto waiting = std::make_shared<waiting_delivery>(*std::move(event), std::move(counted), way_->deliveries);
    if (auto inbox = way_->inbox())
      caf::anon_send(inbox, keep_delivery{std::move(waiting)});
  }

private:
  [[nodiscard]] const policies::billing_settings& settings() const { return context_->settings.billing; }

  template <class T, class Work>
  void pass(const credential& who, Work what, billing_reply<T> done) {
    if (!way_->parts.enabled())
      return done(unexpected(billing_refusal::not_configured));
    if (who.is != credential::kind::session || !policies::is_session_token(who.secret.reveal()))
      return done(unexpected(billing_refusal::not_signed_in));
    if (*way_->tasks >= settings().desk_queue)
      return done(unexpected(billing_refusal::overloaded));
    const auto token = context_->keys->keyed_hash(persistence::hash_purpose::cookie_token, who.secret.reveal());
    auto call = std::make_shared<desk_call<T>>(
      [token, notes = who.notes, what = std::move(what)](billing_desk& desk) -> expected<T, billing_refusal> {
        const auto account = desk.recognise(token);
        if (!account)
          return unexpected(account.error());
        if (notes)
          notes->recognised(*account);
        return what(desk, *account);
      },
      std::move(done), way_->tasks);
    if (auto desk = way_->desk())
      caf::anon_send(desk, run_task{std::move(call)});
  }

  context_ptr context_;
  billing_entrance_ptr way_;
};

} // namespace

std::unique_ptr<billing_door> make_billing_door(context_ptr context, billing_entrance_ptr way) {
  return std::make_unique<way_to_billing>(std::move(context), std::move(way));
}

} // namespace easel::actors
