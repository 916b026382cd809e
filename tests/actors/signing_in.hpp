#pragma once

#include "policies/device_label.hpp"
#include "tests/actors/fake_google.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

/// A browser on its way through a sign-in.
namespace easel::testing {

/// What was answered, once the house has run.
template <class T>
class answered_once {
public:
  [[nodiscard]] actors::sign_in_reply<T> reply() {
    return [into = into_](expected<T, actors::sign_in_step> got) {
      ++into->times;
      into->answer.emplace(std::move(got));
    };
  }
  [[nodiscard]] int times() const { return into_->times; }
  [[nodiscard]] bool ok() const { return into_->answer && into_->answer->has_value(); }
  decltype(auto) value() { return into_->answer.value().value(); }
  [[nodiscard]] actors::sign_in_step step() const { return into_->answer.value().error(); }

private:
  struct slot {
    int times = 0;
    std::optional<expected<T, actors::sign_in_step>> answer;
  };
  std::shared_ptr<slot> into_ = std::make_shared<slot>();
};

struct browser {
  virtual_house& house;
  std::optional<secret_text> cookie{};
  std::string location{}; ///< where the last begin sent it

  answered_once<actors::begun_sign_in> begin(std::string return_path = "/") {
    answered_once<actors::begun_sign_in> answer;
    house.sign_in().begin(cookie, std::move(return_path), answer.reply());
    house.advance(std::chrono::seconds(1));
    if (answer.ok()) {
      location = answer.value().location;
      if (answer.value().cookie)
        cookie = answer.value().cookie->token;
    }
    return answer;
  }

  [[nodiscard]] actors::sign_in_callback back(std::string code) const {
    actors::sign_in_callback out;
    out.cookie = cookie;
    out.query.state = {parameter(location, "state")};
    out.query.code = {std::move(code)};
    out.device = "Firefox on Linux";
    return out;
  }

  answered_once<actors::finished_sign_in> arrive_later(actors::sign_in_callback what) {
    answered_once<actors::finished_sign_in> answer;
    house.sign_in().callback(std::move(what), answer.reply());
    return answer;
  }

  answered_once<actors::finished_sign_in> arrive(actors::sign_in_callback what,
                                                 duration within = std::chrono::seconds(1)) {
    auto answer = arrive_later(std::move(what));
    house.advance(within);
    if (answer.ok())
      cookie = answer.value().cookie.token;
    return answer;
  }

  answered_once<actors::finished_sign_in> confirm() {
    answered_once<actors::finished_sign_in> answer;
    house.sign_in().confirm(cookie, "Firefox on Linux", answer.reply());
    house.advance(std::chrono::milliseconds(100));
    if (answer.ok())
      cookie = answer.value().cookie.token;
    return answer;
  }

  answered_once<persistence::person_to_confirm> pending() {
    answered_once<persistence::person_to_confirm> answer;
    house.sign_in().pending(cookie, answer.reply());
    house.run();
    return answer;
  }

  answered_once<void> decline() {
    answered_once<void> answer;
    house.sign_in().decline(cookie, answer.reply());
    house.run();
    return answer;
  }

  answered_once<void> sign_out() {
    answered_once<void> answer;
    house.sign_in().sign_out(cookie, answer.reply());
    house.run();
    return answer;
  }
};

/// A house with Google, and shortcuts through it.
struct sign_in_fixture {
  virtual_world world;
  fake_google google{[this] { return world.now(); }};
  std::unique_ptr<virtual_house> owned;
  virtual_house& house;

  explicit sign_in_fixture(duration session_idle = policies::identity_limits{}.session_idle,
                           std::int32_t sign_ins = policies::identity_limits{}.sign_ins)
      : house(make_house(session_idle, sign_ins)) {}

  virtual_house& make_house(duration session_idle, std::int32_t sign_ins) {
    world.store_settings.identity.session_idle = session_idle;
    world.store_settings.identity.sign_ins = sign_ins;
    world.google = [this](const fake_upstreams::post& post) { return google.parts(post); };
    auto settings = calm_settings();
    settings.sign_in.public_url = "https://easel.example";
    owned = std::make_unique<virtual_house>(world, settings);
    return *owned;
  }

  /// Somebody signs in and, being new, confirms.
  browser signed_in(const google_account& who = {}) {
    browser b{house};
    BOOST_REQUIRE(b.begin().ok());
    auto arrived = b.arrive(b.back(google.agree(b.location, who)));
    BOOST_REQUIRE(arrived.ok());
    if (arrived.value().confirmation_needed)
      BOOST_REQUIRE(b.confirm().ok());
    return b;
  }

  /// Whoever holds the browser's cookie, as a caller.
  [[nodiscard]] person caller(const browser& b) const {
    person out;
    out.hash = world.keys->keyed_hash(persistence::hash_purpose::cookie_token, b.cookie.value().reveal());
    out.is = actors::credential::kind::session;
    return out;
  }

  [[nodiscard]] std::uint64_t count(actors::sign_in_step step) const {
    return house.counts().sign_ins[static_cast<std::size_t>(step)].load();
  }
};

} // namespace easel::testing
