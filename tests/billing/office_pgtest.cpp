#include "actors/house.hpp"
#include "policies/session_token.hpp"
#include "tests/billing/billing_world.hpp"

#include <nlohmann/json.hpp>
#include <openssl/hmac.h>

#include <algorithm>
#include <future>
#include <thread>

/// The actors of billing behind their door, with their own threads, on a real database.
namespace easel::tests {

BOOST_AUTO_TEST_SUITE(billing_office)

using actors::billing_refusal;
using policies::stripe::delivery;

namespace {

constexpr auto secret = "whsec_test";

std::string signature_of(const std::string& body, instant at) {
  const auto signed_text = std::to_string(unix_seconds(at)) + '.' + body;
  std::array<unsigned char, 32> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret, static_cast<int>(std::string_view(secret).size()),
       reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), mac.data(), &size);
  std::string hex;
  for (const auto byte : mac)
    for (const int digit : {byte >> 4, byte & 15})
      hex += "0123456789abcdef"[digit];
  return "t=" + std::to_string(unix_seconds(at)) + ",v1=" + hex;
}

std::string body_of(const policies::stripe::event& e) {
  nlohmann::json object{{"id", e.object_id}, {"object", e.object}, {"customer", e.customer}};
  if (!e.payment_intent.empty())
    object["payment_intent"] = e.payment_intent;
  object["metadata"] = {{"easel_instance", e.ours.instance}};
  return nlohmann::json{{"id", e.id},
                        {"object", "event"},
                        {"type", e.type},
                        {"api_version", e.api_version},
                        {"created", unix_seconds(e.created)},
                        {"livemode", e.livemode},
                        {"data", {{"object", object}}}}
    .dump();
}

instant civil_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// A house that sells, over the world's database and Stripe.
class selling_house {
public:
  explicit selling_house(billing_world& w) {
    actors::house_settings settings;
    settings.billing = w.settings;
    settings.billing.poll = std::chrono::milliseconds(20);
    actors::house_parts parts;
    parts.keys = persistence::contract::test_keys();
    parts.open_store = [s = w.postgres.settings(), c = w.postgres.commons] {
      return persistence::make_postgres_store(s, persistence::contract::test_keys(), c);
    };
    parts.wall_clock = civil_now;
    w.stripe->now = civil_now; // asked on several threads
    parts.stripe.webhook_secrets = {secret_text("whsec_old"), secret_text(secret)};
    parts.stripe.client = w.stripe;
    parts.stripe.open_books = [s = w.postgres.settings(), c = w.postgres.commons] {
      return persistence::make_postgres_billing_store(s, persistence::contract::test_keys(), c);
    };
    house_ = std::make_unique<actors::house>(std::move(settings), std::move(parts));
    BOOST_REQUIRE(house_->wait_ready(std::chrono::seconds(30)));
  }

  [[nodiscard]] actors::house& operator*() { return *house_; }
  [[nodiscard]] actors::house* operator->() { return house_.get(); }

  [[nodiscard]] delivery deliver(const std::string& body, const std::string& signature) {
    std::promise<delivery> answered;
    house_->billing().deliver(body, signature, [&](delivery how) { answered.set_value(how); });
    return answered.get_future().get();
  }
  [[nodiscard]] delivery deliver(const policies::stripe::event& event) {
    const auto body = body_of(event);
    return deliver(body, signature_of(body, civil_now()));
  }

  /// Calls one of the door's methods and waits for its answer.
  template <class T, class Call>
  [[nodiscard]] expected<T, billing_refusal> ask(Call call) {
    std::promise<expected<T, billing_refusal>> answered;
    call(house_->billing(), [&](expected<T, billing_refusal> outcome) { answered.set_value(std::move(outcome)); });
    return answered.get_future().get();
  }

private:
  std::unique_ptr<actors::house> house_;
};

/// Whether `holds` comes true while the actors work.
template <class Condition>
bool eventually(Condition holds) {
  for (int i = 0; i < 3000; ++i) {
    if (holds())
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// A live session of `who`.
actors::credential signed_in(billing_world& w, account_id who) {
  const std::string token(43, 'A');
  BOOST_REQUIRE(policies::is_session_token(token));
  const auto hash = persistence::contract::test_keys()->keyed_hash(persistence::hash_purpose::cookie_token, token);
  std::string hex;
  for (const auto byte : hash)
    for (const int digit : {byte >> 4, byte & 15})
      hex += "0123456789abcdef"[digit];
  w.postgres.database->execute("insert into easel.session values (gen_random_uuid(), decode('" + hex + "', 'hex'), '"
                               + to_string(who.value)
                               + "', 'Firefox on Linux', now(), now(), now(), now() + interval '1 day')");
  return {secret_text(token), actors::credential::kind::session};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_delivery_is_durable_when_it_is_answered_and_then_applied) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto events = std::exchange(w.stripe->events, {}); // so that no poll is faster
  selling_house house(w);
  for (const auto& event : events) {
    BOOST_TEST((house.deliver(event) == delivery::stored));
    BOOST_TEST(w.value("select count(*) from easel.billing_inbox where event_id = '" + event.id + "'") == "1");
    BOOST_TEST((house.deliver(event) == delivery::repeated));
  }
  BOOST_TEST(eventually([&] { return w.balance(who) == 1000; }));
  BOOST_TEST(
    house->metrics().find("easel_billing_deliveries_total{outcome=\"stored\"} " + std::to_string(events.size()))
    != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_forged_stale_or_no_event_changes_nothing) {
  billing_world w;
  w.stripe->tell("invoice.paid", "invoice", "in_1", "cus_1");
  selling_house house(w);
  const auto body = body_of(w.stripe->events.front());
  const auto now = civil_now();
  const auto good = signature_of(body, now);
  BOOST_TEST((house.deliver(body + " ", good) == delivery::bad_signature));
  BOOST_TEST((house.deliver(body, "") == delivery::bad_signature));
  BOOST_TEST((house.deliver(body, signature_of(body, now - std::chrono::seconds(400))) == delivery::stale));
  BOOST_TEST((house.deliver("[]", signature_of("[]", now)) == delivery::malformed));
  BOOST_TEST(w.number("select count(*) from easel.billing_inbox") == 0);
  BOOST_TEST((house.deliver(body, good) == delivery::stored)); // so it would have been
}

BOOST_AUTO_TEST_CASE(another_mode_is_ignored_and_another_version_parked_and_both_are_counted) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = w.start(who, "pack");
  w.stripe->pay(session);
  const auto events = std::exchange(w.stripe->events, {});
  auto event =
    *std::find_if(events.begin(), events.end(), [](const auto& e) { return e.object == "checkout.session"; });
  w.settings.tail_every = w.settings.audit_every = std::chrono::hours(24);
  for (const auto* sweep : {"events", "failures", "objects", "balance"}) // so that only deliveries lead to the session
    w.postgres.database->execute(std::string("insert into easel.billing_sweep values ('") + sweep
                                 + "', now(), now(), 0, 0)");
  selling_house house(w);
  const auto has = [&](const std::string& line) { return house->metrics().find(line + '\n') != std::string::npos; };
  auto other = event;
  other.id = "evt_live";
  other.livemode = true;
  BOOST_TEST((house.deliver(other) == delivery::stored));
  const auto reason_of = [&](const std::string& id) {
    return w.value("select reason from easel.billing_inbox where event_id = '" + id + "'");
  };
  BOOST_TEST(eventually([&] { return reason_of("evt_live") == "other_mode"; }));
  BOOST_TEST(has("easel_billing_events_total{outcome=\"ignored\"} 1"));
  BOOST_TEST(w.number("select count(*) from easel.sale") == 0);
  BOOST_TEST(has("easel_billing_other_version_total 0"));
  event.api_version = "2019-12-03";
  BOOST_TEST((house.deliver(event) == delivery::stored));
  BOOST_TEST(eventually([&] { return reason_of(event.id) == "other_version"; }));
  BOOST_TEST(has("easel_billing_other_version_total 1"));
  BOOST_TEST((house.deliver(event) == delivery::repeated)); // replayed
  event.id = "evt_same_name";                               // of which a version of another date adds only
  event.api_version = "2026-09-30.endive";
  BOOST_TEST(w.balance(who) == 0);
  BOOST_TEST((house.deliver(event) == delivery::stored));
  BOOST_TEST(eventually([&] { return w.balance(who) == 1000; }));
  for (const auto* sweep : {"events", "failures", "objects", "balance"})
    BOOST_TEST(house->metrics().find(std::string("easel_billing_sweep_age_seconds{sweep=\"") + sweep + "\"}")
               != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whoever_dies_at_work_is_replaced_and_loses_nothing) {
  billing_world w;
  const auto who = w.new_account();
  w.stripe->pay(w.start(who, "pack"));
  const auto events = std::exchange(w.stripe->events, {});
  std::atomic<int> deaths{4};
  w.stripe->before_call = [&] { // asked by the clerk and the reconciler
    if (deaths.fetch_sub(1) > 0)
      throw crash();
  };
  selling_house house(w);
  for (const auto& event : events) // the inbox is replaced with its clerk: Stripe delivers again
    BOOST_TEST(eventually([&] {
      const auto how = house.deliver(event);
      return how == delivery::stored || how == delivery::repeated;
    }));
  BOOST_TEST(eventually([&] { return w.balance(who) == 1000; }));
  BOOST_TEST(deaths <= 0);
  BOOST_TEST(house->metrics().find("easel_actor_ends_total{how=\"failed\"} 0") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(people_buy_through_the_door_by_their_session) {
  billing_world w;
  const auto who = w.new_account();
  const auto session = signed_in(w, who);
  selling_house house(w);
  BOOST_REQUIRE(eventually([&] {
    const auto view =
      house.ask<actors::billing_view>([&](auto& door, auto done) { door.overview(session, std::move(done)); });
    return view && view->can_buy;
  }));
  const auto url = house.ask<std::string>([&](auto& door, auto done) {
    door.checkout(session, {"pack", "https://here/{CHECKOUT_SESSION_ID}", "https://here/", "de"}, std::move(done));
  });
  BOOST_REQUIRE(url.has_value());
  const auto id = url->substr(url->rfind('/') + 1);
  w.stripe->pay(id);
  const auto bought =
    house.ask<actors::purchase_view>([&](auto& door, auto done) { door.returned(session, id, std::move(done)); });
  BOOST_REQUIRE(bought.has_value());
  BOOST_TEST(bought->granted.value() == 1000);
  const auto portal =
    house.ask<std::string>([&](auto& door, auto done) { door.portal(session, "https://here/", "", std::move(done)); });
  BOOST_TEST(portal.value().starts_with("https://portal.example/cus_"));

  const auto refused = [&](const actors::credential& as) {
    return house.ask<actors::billing_view>([&](auto& door, auto done) { door.overview(as, std::move(done)); }).error();
  };
  auto other = session;
  other.is = actors::credential::kind::api_key;
  BOOST_TEST((refused(other) == billing_refusal::not_signed_in));
  other = session;
  other.secret = secret_text("B" + std::string(42, 'A'));
  BOOST_TEST((refused(other) == billing_refusal::not_signed_in));
}

BOOST_AUTO_TEST_CASE(without_agreeing_prices_nothing_is_sold) {
  billing_world w;
  w.stripe->prices["price_pack"].unit_amount = 1;
  const auto session = signed_in(w, w.new_account());
  selling_house house(w);
  BOOST_TEST(eventually([&] { return house->metrics().find("easel_billing_price_faults 1") != std::string::npos; }));
  const auto url = house.ask<std::string>([&](auto& door, auto done) {
    door.checkout(session, {"pack", "https://here/{CHECKOUT_SESSION_ID}", "https://here/", ""}, std::move(done));
  });
  BOOST_TEST((url.error() == billing_refusal::stripe_away));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::tests
