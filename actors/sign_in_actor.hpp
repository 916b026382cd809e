#pragma once

#include "actors/call_messages.hpp"
#include "actors/observed.hpp"
#include "actors/sign_in.hpp"
#include "actors/sign_in_messages.hpp"
#include "actors/store_messages.hpp"
#include "http/client/id_token.hpp"
#include "policies/session_token.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

/// Private to sign_in*.cpp: the one that signs people in on this node.
namespace easel::actors {

template <class T>
using google_result = std::shared_ptr<const expected<T, policies::upstream_failure>>;

struct endpoints_found {
  google_result<client::google::discovery_document> result;
};
struct keys_found {
  google_result<client::key_set> result;
};
struct code_exchanged {
  std::uint64_t ticket = 0;
  google_result<secret_text> id_token;
};

/// A callback that is Google's own answer: its code is being exchanged, or its ID token waits for a key.
struct arrival {
  digest cookie{};
  std::string device;
  persistence::taken_sign_in record;
  secret_text id_token;
  sign_in_waiter_ptr<finished_sign_in> waiter;
};

struct sign_in_state {
  static inline const char* name = "sign-in";

  store_port store;
  std::uint64_t last_ticket = 0;
  std::unordered_map<std::uint64_t, arrival> arrivals;

  std::optional<client::google::endpoints> endpoints; ///< as discovered
  policies::key_set_age endpoints_age;
  bool discovering = false;
  std::vector<std::function<void(const client::google::endpoints*)>> for_endpoints;

  client::key_set keys;
  policies::key_set_age keys_age;
  bool fetching_keys = false;
  std::vector<std::uint64_t> for_keys; ///< arrivals
};

class sign_in_actor : public house_actor<sign_in_state> {
public:
  sign_in_actor(caf::actor_config& config, context_ptr context, caf::actor store, caf::actor router,
                google_parts google);
  caf::behavior make_behavior() override;

private:
  using step = sign_in_step;

  // sign_in.cpp: to Google; who is new here; and out
  void on_begin(const begin_step& message);
  void begin(const begin_step& message, const std::string& endpoint);
  void on_pending(const pending_step& message);
  void on_confirm(const confirm_step& message);
  void on_decline(const decline_step& message);
  void on_sign_out(const sign_out_step& message);

  // sign_in_arrival.cpp: back from Google
  void on_callback(const callback_step& message);
  void judge(const callback_step& message, std::optional<persistence::taken_sign_in> taken);
  void exchange(std::uint64_t ticket, const client::google::endpoints& at, const std::string& code);
  void on_exchanged(const code_exchanged& message);
  void verify(std::uint64_t ticket);
  void identify(std::uint64_t ticket, const policies::id_claims& claims);
  void conclude(const sign_in_waiter_ptr<finished_sign_in>& waiter, const digest& before, const secret_text& token,
                persistence::sign_in_outcome& outcome);
  void refuse_token(std::uint64_t ticket, policies::id_token_fault fault);
  void fail(std::uint64_t ticket, step why);

  // sign_in_google.cpp: what Google publishes, fetched once for all who wait
  void with_endpoints(std::function<void(const client::google::endpoints*)> then);
  void on_endpoints(const expected<client::google::discovery_document, policies::upstream_failure>& got);
  void fetch_keys();
  void on_keys(const expected<client::key_set, policies::upstream_failure>& got);

  [[nodiscard]] moment now() { return clock().now(); }
  [[nodiscard]] caf::actor me() { return caf::actor_cast<caf::actor>(this); }
  [[nodiscard]] const sign_in_settings& settings() const { return context_->settings.sign_in; }
  [[nodiscard]] std::string redirect_uri() const { return settings().public_url + "/sign-in/callback"; }

  [[nodiscard]] secret_text random_text() const {
    std::array<std::uint8_t, 32> random{};
    context_->random(random.data(), random.size());
    return policies::make_session_token(random);
  }
  [[nodiscard]] digest hash(persistence::hash_purpose purpose, std::string_view text) const {
    return context_->keys->keyed_hash(purpose, text);
  }
  [[nodiscard]] digest cookie_hash(const secret_text& token) const {
    return hash(persistence::hash_purpose::cookie_token, token.reveal());
  }

  /// A question to the store whose good answer goes on; a bad one ends the step.
  template <class T, class Waiter>
  void ask(const Waiter& waiter, std::function<persistence::answer<T>(persistence::store&)> question,
           std::function<void(T&)> then) {
    state.store.query<T>(me(), std::move(question), [waiter, then = std::move(then)](persistence::answer<T>& result) {
      if (result)
        then(*result);
      else if (result.error().what == persistence::store_error::kind::refused)
        waiter->fail(step::token_refused); // claims that are none: nothing else of these comes from outside
      else
        waiter->fail(step::unavailable);
    });
  }

  /// A wait of a browser's, never nothing.
  [[nodiscard]] static std::chrono::seconds whole_seconds(duration d) {
    return std::max(std::chrono::seconds(1), std::chrono::floor<std::chrono::seconds>(d));
  }

  context_ptr context_;
  caf::actor router_;
  google_parts google_;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::endpoints_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::keys_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::code_exchanged)
