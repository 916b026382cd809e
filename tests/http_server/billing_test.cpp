#include "server_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace billing_routes {

using namespace easel;
using namespace easel::tests;
using actors::billing_refusal;
using policies::stripe::delivery;

namespace {

const std::string in_person = "Cookie: __Host-sid=" + std::string(43, 'a') + "\r\nSec-Fetch-Site: same-origin\r\n";
const std::string json_in_person = in_person + "Content-Type: application/json\r\n";
const std::string arriving =
  "Cookie: __Host-sid=" + std::string(43, 'a') + "\r\nAccept: text/html\r\nSec-Fetch-Site: cross-site\r\n";
constexpr std::string_view session = "cs_test_a1B2";

server::api_settings at_home() {
  server::api_settings out;
  out.public_url = "https://us.example";
  return out;
}

policies::billing_catalogue offers() {
  policies::billing_catalogue out;
  out.packs.push_back({"small", "Small pack", "price_1", 500, "eur", credits::unchecked(120)});
  policies::billing_plan plan;
  plan.id = "monthly";
  plan.name = "Monthly";
  plan.price = "price_2";
  plan.amount = 900;
  plan.currency = "eur";
  plan.monthly = credits::unchecked(300);
  out.plans.push_back(plan);
  return out;
}

actors::purchase_view purchase(std::string state) {
  actors::purchase_view out;
  out.id.value.bytes = {1, 0x9a, 0xb0, 0, 0, 1, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1};
  out.item = "small";
  out.state = std::move(state);
  out.amount = 500;
  out.currency = "eur";
  out.granted = credits::unchecked(120);
  out.created_at = instant(std::chrono::seconds(1'795'000'000));
  return out;
}

actors::renewal_view renewal() {
  actors::renewal_view out;
  out.reference = "in_1AbC";
  out.purchase = purchase("paid").id;
  out.state = "partly_refunded";
  out.amount = 900;
  out.currency = "eur";
  out.granted = credits::unchecked(225);
  out.paid_at = instant(std::chrono::seconds(1'795'000'000));
  return out;
}

struct billing_fixture : server_fixture {
  billing_fixture() : server_fixture(at_home(), {}, nullptr, offers()) { billing.hands_deliveries_over = true; }

  template <class Hand, class Outcome>
  raw_response answered(const std::string& request, Hand& hand, Outcome outcome) {
    auto client = connect();
    client.send(request);
    auto asked = hand.take();
    last_who = asked.who.is;
    last_text = asked.text;
    asked.reply(std::move(outcome));
    return client.read();
  }

  raw_response deliver(const std::string& fields, const std::string& body, delivery outcome) {
    auto client = connect();
    client.send(request_text("POST", "/webhooks/stripe", fields, body));
    auto got = billing.deliveries.take();
    last_text = got.body;
    last_signature = got.signature;
    got.reply(outcome);
    return client.read();
  }

  actors::credential::kind last_who = actors::credential::kind::api_key;
  std::string last_text;
  std::string last_signature;
};

template <class T>
expected<T, billing_refusal> no(billing_refusal why) {
  return unexpected(why);
}

struct roomy_fixture : server_fixture {
  static server::listener_settings roomy() {
    server::listener_settings out;
    out.soft_body = 2u << 20;
    out.hard_body = 4u << 20;
    return out;
  }
  roomy_fixture() : server_fixture({}, roomy()) { billing.hands_deliveries_over = true; }
};

} // namespace

} // namespace billing_routes

BOOST_FIXTURE_TEST_SUITE(billing_routes, billing_fixture)

BOOST_AUTO_TEST_CASE(the_overview_shows_what_one_has_and_could_buy_and_no_id_of_stripes) {
  actors::billing_view view;
  view.account_tier = tier::paid;
  view.available = credits::unchecked(-5);
  view.blocked = true;
  view.subscriptions.push_back({"monthly", "active", instant(std::chrono::seconds(1'797'592'000)), std::nullopt});
  view.purchases.push_back(purchase("paid"));
  const auto got = answered(request_text("GET", "/v1/billing", in_person), billing.overviews,
                            expected<actors::billing_view, billing_refusal>(view));
  BOOST_TEST(got.status == 200);
  BOOST_TEST((last_who == actors::credential::kind::session));
  const auto body = json::parse(got.body);
  BOOST_TEST(body["available"] == -5);
  BOOST_TEST(body["blocked"] == true);
  BOOST_TEST(body["subscriptions"][0]["plan"] == "monthly");
  BOOST_TEST(body["subscriptions"][0]["ends_at"].is_null());
  BOOST_TEST(body["purchases"][0]["reference"].get<std::string>().starts_with("buy_"));
  BOOST_TEST(body["purchases"][0]["price"]["amount"] == 500);
  BOOST_TEST(body["plans"][0]["credits_per_month"] == 300);
  BOOST_TEST(body["packs"][0]["credits"] == 120);
  BOOST_TEST(got.body.find("price_1") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_overview_shows_each_renewal_with_its_purchase_and_what_is_left_of_its_credits) {
  actors::billing_view view;
  view.purchases.push_back(purchase("paid"));
  view.renewals.push_back(renewal());
  auto by_nobody = renewal();
  by_nobody.purchase.reset();
  view.renewals.push_back(by_nobody);
  const auto got = answered(request_text("GET", "/v1/billing", in_person), billing.overviews,
                            expected<actors::billing_view, billing_refusal>(view));
  BOOST_TEST(got.status == 200);
  const auto body = json::parse(got.body);
  BOOST_TEST_REQUIRE(body["renewals"].size() == 2u);
  BOOST_TEST(body["renewals"][0]
             == json({{"reference", "in_1AbC"},
                      {"purchase", body["purchases"][0]["reference"]},
                      {"state", "partly_refunded"},
                      {"price", {{"amount", 900}, {"currency", "eur"}}},
                      {"credits", 225},
                      {"paid_at", to_string(renewal().paid_at)}}));
  BOOST_TEST(body["renewals"][1]["purchase"].is_null());
}

BOOST_AUTO_TEST_CASE(a_checkout_leads_back_to_us_and_its_link_is_kept_by_nobody) {
  auto client = connect();
  client.send(
    request_text("POST", "/v1/billing/checkout", json_in_person + "Accept-Language: de\r\n", R"({"item":"small"})"));
  auto asked = billing.checkouts.take();
  BOOST_TEST(asked.start.item == "small");
  BOOST_TEST(asked.start.success_url == "https://us.example/billing/return?session={CHECKOUT_SESSION_ID}");
  BOOST_TEST(asked.start.cancel_url == "https://us.example/billing");
  BOOST_TEST(asked.start.locale == "de");
  asked.reply("https://checkout.stripe.com/c/pay/cs_1");
  const auto got = client.read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(json::parse(got.body)["url"] == "https://checkout.stripe.com/c/pay/cs_1");
  BOOST_TEST(got.header("cache-control") == "no-store");
}

BOOST_AUTO_TEST_CASE(a_key_buys_nothing_and_sees_no_purchases) {
  for (const auto& request : {request_text("GET", "/v1/billing", bearer),
                              request_text("POST", "/v1/billing/checkout", json_bearer, R"({"item":"small"})"),
                              request_text("POST", "/v1/billing/portal", json_bearer, "{}")}) {
    const auto got = exchange(request);
    BOOST_TEST(got.status == 403);
    BOOST_TEST(json::parse(got.body)["code"] == "session_required");
  }
  BOOST_TEST(exchange(request_text("GET", "/v1/billing")).status == 401);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_none_of_ours_is_named) {
  const auto code = [&](const std::string& body) {
    const auto got = exchange(request_text("POST", "/v1/billing/checkout", json_in_person, body));
    BOOST_TEST(got.status == 400);
    return json::parse(got.body)["code"].get<std::string>();
  };
  BOOST_TEST(code("{}") == "missing_required_parameter");
  BOOST_TEST(code(R"({"item":7})") == "invalid_value");
  BOOST_TEST(code(R"({"item":"small","quantity":100})") == "unknown_parameter");
  BOOST_TEST(code("nonsense") == "invalid_json");
  const auto foreign = "Cookie: __Host-sid=" + std::string(43, 'a')
                       + "\r\nSec-Fetch-Site: cross-site\r\nContent-Type: application/json\r\n";
  BOOST_TEST(exchange(request_text("POST", "/v1/billing/checkout", foreign, R"({"item":"small"})")).status == 403);
}

BOOST_AUTO_TEST_CASE(each_refusal_has_its_answer) {
  const std::map<billing_refusal, std::pair<int, std::string>> answers{
    {billing_refusal::not_configured, {404, "billing_not_configured"}},
    {billing_refusal::not_signed_in, {401, "not_signed_in"}},
    {billing_refusal::unavailable, {503, "service_unavailable"}},
    {billing_refusal::overloaded, {503, "overloaded"}},
    {billing_refusal::stripe_away, {503, "payment_unavailable"}},
    {billing_refusal::misconfigured, {503, "payment_unavailable"}},
    {billing_refusal::unknown_item, {400, "unknown_item"}},
    {billing_refusal::not_found, {404, "not_found"}},
    {billing_refusal::already_subscribed, {409, "already_subscribed"}},
    {billing_refusal::nothing_bought, {409, "nothing_bought"}},
    {billing_refusal::blocked, {403, "billing_blocked"}},
    {billing_refusal::suspended, {403, "account_suspended"}},
    {billing_refusal::still_subscribed, {409, "still_subscribed"}},
    {billing_refusal::credits_left, {409, "credits_left"}},
  };
  for (const auto why : actors::all_billing_refusals) {
    const auto got = answered(request_text("POST", "/v1/billing/checkout", json_in_person, R"({"item":"small"})"),
                              billing.checkouts, no<std::string>(why));
    const auto& [status, code] = answers.at(why);
    BOOST_TEST(got.status == status, to_string(why));
    BOOST_TEST(json::parse(got.body)["code"] == code);
    BOOST_TEST(!got.header("retry-after").empty() == (status == 503), to_string(why));
  }
}

BOOST_AUTO_TEST_CASE(the_portal_is_opened_for_one_visit) {
  const auto got = answered(request_text("POST", "/v1/billing/portal", json_in_person, "{}"), billing.portals,
                            expected<std::string, billing_refusal>("https://billing.stripe.com/p/session/x"));
  BOOST_TEST(got.status == 200);
  BOOST_TEST(last_text == "https://us.example/billing");
  BOOST_TEST(json::parse(got.body)["url"] == "https://billing.stripe.com/p/session/x");
}

BOOST_AUTO_TEST_CASE(whoever_comes_back_from_paying_is_told_what_came_of_it) {
  const auto target = "/billing/return?session=" + std::string(session);
  const std::map<std::string, std::string> texts{{"paid", "120 credits"},
                                                 {"awaiting_funds", "on its way"},
                                                 {"open", "not been paid"},
                                                 {"refunded", "your purchases"}};
  for (const auto& [state, text] : texts) {
    const auto got = answered(request_text("GET", target, arriving), billing.returns,
                              expected<actors::purchase_view, billing_refusal>(purchase(state)));
    BOOST_TEST(got.status == 200);
    BOOST_TEST(last_text == session);
    BOOST_TEST(got.body.find(text) != std::string::npos, state);
  }
}

BOOST_AUTO_TEST_CASE(anothers_session_or_none_shows_nothing) {
  const auto got = answered(request_text("GET", "/billing/return?session=" + std::string(session), arriving),
                            billing.returns, no<actors::purchase_view>(billing_refusal::not_found));
  BOOST_TEST(got.status == 404);
  BOOST_TEST(got.body.find("credits") == std::string::npos);
  for (const auto* query : {"", "?session=", "?session=cs%2F..%2Fx", "?session=a&session=b", "?other=1"})
    BOOST_TEST(exchange(request_text("GET", "/billing/return" + std::string(query), arriving)).status == 404, query);
  BOOST_TEST(billing.returns.empty());
  const auto nobody =
    exchange(request_text("GET", "/billing/return?session=" + std::string(session), "Accept: text/html\r\n"));
  BOOST_TEST(nobody.status == 303);
  BOOST_TEST(nobody.header("location") == "/sign-in?return_to=%2Fbilling");
}

BOOST_AUTO_TEST_CASE(THIRD_1_the_way_back_to_free_is_billings_where_something_is_sold) {
  const auto request = request_text("POST", "/v1/account/tier", json_in_person, R"({"tier":"free"})");
  const auto switched = answered(request, billing.switches, expected<void, billing_refusal>());
  BOOST_TEST(switched.status == 200);
  BOOST_TEST(json::parse(switched.body)["recipient"] == "sub2api");
  BOOST_TEST(answered(request, billing.switches, no<void>(billing_refusal::credits_left)).status == 409);
  BOOST_TEST(exchange(request_text("POST", "/v1/account/tier", json_bearer, R"({"tier":"free"})")).status == 403);
}

BOOST_AUTO_TEST_CASE(the_page_is_there_where_something_is_sold_and_nowhere_else) {
  const auto page = exchange(request_text("GET", "/billing", in_person + "Accept: text/html\r\n"));
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.body.find("/billing.mjs") != std::string::npos);
  BOOST_TEST(page.body.find("aria-current=\"page\">Billing") != std::string::npos);
  BOOST_TEST(exchange(request_text("GET", "/billing", "Accept: text/html\r\n")).status == 303);
  const auto account = request_text("GET", "/account", in_person + "Accept: text/html\r\n");
  BOOST_TEST(exchange(account).body.find("href=\"/billing\"") != std::string::npos);
  server_fixture without;
  BOOST_TEST(without.exchange(account).body.find("href=\"/billing\"") == std::string::npos);
  BOOST_TEST(without.exchange(request_text("GET", "/billing", in_person + "Accept: text/html\r\n")).status == 404);
}

// ---------------------------------------------------------------- the webhook

BOOST_AUTO_TEST_CASE(a_delivery_reaches_billing_byte_for_byte) {
  const std::string body = "{ \"id\" : \"evt_1\" }\n\xc3\xa9\r\n";
  const auto got =
    deliver("Stripe-Signature: t=1,v1=a\r\nContent-Type: application/json; charset=utf-8\r\n", body, delivery::stored);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.body.empty());
  BOOST_TEST(last_text == body);
  BOOST_TEST(last_signature == "t=1,v1=a");
}

BOOST_AUTO_TEST_CASE(of_no_signature_or_two_none_counts) {
  deliver("", "{}", delivery::bad_signature);
  BOOST_TEST(last_signature.empty());
  deliver("Stripe-Signature: t=1,v1=a\r\nStripe-Signature: t=1,v1=b\r\n", "{}", delivery::bad_signature);
  BOOST_TEST(last_signature.empty());
}

BOOST_AUTO_TEST_CASE(each_outcome_tells_stripe_whether_to_come_again) {
  const std::map<delivery, int> answers{
    {delivery::stored, 200},        {delivery::repeated, 200},    {delivery::unsupported, 200},
    {delivery::bad_signature, 400}, {delivery::stale, 400},       {delivery::malformed, 400},
    {delivery::full, 503},          {delivery::unavailable, 503}, {delivery::not_configured, 503},
  };
  for (const auto outcome : policies::stripe::all_deliveries) {
    const auto got = deliver("Stripe-Signature: t=1,v1=a\r\n", R"({"canary":"x-marker"})", outcome);
    BOOST_TEST(got.status == answers.at(outcome), to_string(outcome));
    BOOST_TEST(got.body.find("x-marker") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_delivery_needs_no_cookie_and_is_asked_about_no_origin) {
  const auto got =
    deliver("Stripe-Signature: t=1,v1=a\r\nOrigin: https://elsewhere.example\r\nSec-Fetch-Site: cross-site\r\n", "{}",
            delivery::stored);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(exchange(request_text("GET", "/webhooks/stripe")).status == 405);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_may_have_one_mebibyte_and_not_a_byte_more, roomy_fixture) {
  auto client = connect();
  client.send(request_text("POST", "/webhooks/stripe", "", std::string(1u << 20, ' ')));
  auto got = billing.deliveries.take();
  BOOST_TEST(got.body.size() == 1u << 20);
  got.reply(delivery::malformed);
  BOOST_TEST(client.read().status == 400);
  BOOST_TEST(exchange(request_text("POST", "/webhooks/stripe", "", std::string((1u << 20) + 1, ' '))).status == 413);
  BOOST_TEST(billing.deliveries.empty());
}

BOOST_AUTO_TEST_SUITE_END()
