#include "http/client/stripe_client.hpp"

#include "http/client/curl_transport.hpp"
#include "tests/http_client/loopback_server.hpp"
#include "tests/http_client/printing.hpp"
#include "tests/http_client/scripted_transport.hpp"

#include <nlohmann/json.hpp>

#include <future>

BOOST_AUTO_TEST_SUITE(stripe_client_suite)

using namespace easel;
using namespace easel::client;
using namespace easel::test;
using nlohmann::json;
using policies::failure_class;
using policies::upstream_failure;
namespace values = easel::policies::stripe;

namespace {

stripe_settings settings() {
  stripe_settings out;
  out.key = secret_text("rk_test_1");
  out.instance = "us";
  return out;
}

template <class T>
struct reported {
  int times = 0;
  std::optional<expected<T, upstream_failure>> last;

  completion<T> here() {
    return [this](expected<T, upstream_failure> got) {
      ++times;
      last = std::move(got);
    };
  }
  [[nodiscard]] bool good() const { return times == 1 && last->has_value(); }
  [[nodiscard]] failure_class failure() const { return last->error().what; }
};

struct fixture {
  scripted_transport net;
  std::unique_ptr<stripe_client> client = make_stripe_client(net, settings());

  scripted_transport::held& call(std::size_t number) {
    BOOST_REQUIRE_EQUAL(net.calls.size(), number + 1);
    return net.calls.back();
  }
  void answer(std::size_t number, const json& body, int status = 200) {
    call(number).answer(status, "application/json", body.dump());
  }
};

json refund(const std::string& id) {
  return {{"id", id},    {"object", "refund"}, {"payment_intent", "pi_1"}, {"status", "succeeded"},
          {"amount", 1}, {"created", 1}};
}

json list_of(json data, bool more) { return {{"object", "list"}, {"data", std::move(data)}, {"has_more", more}}; }

const json missing{{"error", {{"type", "invalid_request_error"}, {"code", "resource_missing"}}}};

json session(const char* status) {
  return {{"id", "cs_1"},     {"object", "checkout.session"},
          {"status", status}, {"expires_at", 4600},
          {"created", 1000},  {"url", "https://checkout.stripe.com/c/pay/cs_1"}};
}

json line(int number) {
  return {{"id", "il_" + std::to_string(number)},
          {"object", "line_item"},
          {"amount", 1},
          {"period", {{"start", 1}, {"end", 2}}}};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_write_carries_key_version_and_idempotency_key, fixture) {
  reported<std::string> made;
  client->create_customer("bill_1", "cust:bill_1:1", made.here());
  const auto& sent = call(0).call;
  BOOST_TEST((sent.to == recipient::stripe));
  BOOST_TEST(sent.method == "POST");
  BOOST_TEST(sent.url == "https://api.stripe.com/v1/customers");
  BOOST_TEST(call(0).header("Authorization") == "Bearer rk_test_1");
  BOOST_TEST(call(0).header("Stripe-Version") == "2026-10-28.endive");
  BOOST_TEST(call(0).header("Idempotency-Key") == "cust:bill_1:1");
  BOOST_TEST(call(0).header("Content-Type") == "application/x-www-form-urlencoded");
  BOOST_TEST(sent.repeatable); // Stripe does it once for each key
  answer(0, {{"id", "cus_1"}, {"object", "customer"}});
  BOOST_REQUIRE(made.good());
  BOOST_TEST(**made.last == "cus_1");
}

BOOST_FIXTURE_TEST_CASE(a_session_leads_to_a_page_over_https, fixture) {
  reported<made_session> made;
  new_session what;
  what.price = "price_1";
  what.idempotency_key = "buy_1:1";
  client->create_session(what, made.here());
  BOOST_TEST(call(0).header("Idempotency-Key") == "buy_1:1");
  answer(0, session("open"));
  BOOST_REQUIRE(made.good());
  BOOST_TEST((**made.last
              == made_session{"cs_1", "https://checkout.stripe.com/c/pay/cs_1", instant(std::chrono::seconds(4600))}));
  reported<made_session> odd;
  client->create_session({}, odd.here());
  auto elsewhere = session("open");
  elsewhere["url"] = "http://checkout.stripe.com/c/pay/cs_1";
  answer(1, elsewhere);
  BOOST_TEST((odd.failure() == failure_class::incomplete));
}

BOOST_FIXTURE_TEST_CASE(what_stripe_does_not_know_is_nothing_and_no_failure, fixture) {
  reported<std::optional<values::refund>> found;
  client->find_refund("re_1", found.here());
  BOOST_TEST(call(0).call.url == "https://api.stripe.com/v1/refunds/re_1");
  BOOST_TEST(call(0).call.method == "GET");
  answer(0, missing, 404);
  BOOST_REQUIRE(found.good());
  BOOST_TEST(!(*found.last)->has_value());
  reported<std::optional<values::refund>> refused;
  client->find_refund("re_1", refused.here());
  answer(1, {{"error", {{"type", "invalid_request_error"}}}}, 401);
  BOOST_TEST((refused.failure() == failure_class::our_account));
}

BOOST_FIXTURE_TEST_CASE(an_id_that_cannot_be_one_is_never_sent, fixture) {
  reported<std::optional<values::refund>> found;
  for (const auto* id : {"", "re_1/../../v1/customers", "re_1?expand[]=x", "re 1", "re_1\r\nX: y"}) {
    client->find_refund(id, found.here());
    BOOST_TEST(net.calls.back().call.url.empty()); // goes nowhere
    net.calls.back().sink->on_end(wire_end::not_sent);
    BOOST_TEST((found.failure() == failure_class::our_request));
  }
  BOOST_TEST(found.times == 5);
  reported<void> gone;
  client->cancel_subscription("", gone.here());
  BOOST_TEST(net.calls.back().call.url.empty());
  reported<std::vector<values::refund>> all;
  client->refunds_of("", all.here());
  BOOST_TEST(net.calls.back().call.url.empty());
}

BOOST_FIXTURE_TEST_CASE(all_pages_are_gathered, fixture) {
  reported<std::vector<values::refund>> all;
  client->refunds_of("pi_1", all.here());
  BOOST_TEST(call(0).call.url == "https://api.stripe.com/v1/refunds?limit=100&payment_intent=pi_1");
  answer(0, list_of({refund("re_3"), refund("re_2")}, true));
  BOOST_TEST(call(1).call.url == "https://api.stripe.com/v1/refunds?limit=100&payment_intent=pi_1&starting_after=re_2");
  answer(1, list_of({refund("re_1")}, false));
  BOOST_REQUIRE(all.good());
  BOOST_REQUIRE_EQUAL((*all.last)->size(), 3);
  BOOST_TEST((**all.last)[2].id == "re_1");
}

BOOST_FIXTURE_TEST_CASE(pages_without_end_are_a_failure, fixture) {
  reported<std::vector<values::refund>> all;
  client->refunds_of("pi_1", all.here());
  auto page = json::array();
  for (int i = 0; i < 100; ++i)
    page.push_back(refund("re_" + std::to_string(i)));
  for (std::size_t i = 0; all.times == 0; ++i) {
    BOOST_REQUIRE(i < 20);
    answer(i, list_of(page, true));
  }
  BOOST_TEST((all.failure() == failure_class::bad_result));
}

BOOST_FIXTURE_TEST_CASE(an_invoice_comes_with_all_of_its_lines_and_payments, fixture) {
  reported<std::optional<values::invoice>> found;
  client->find_invoice("in_1", found.here());
  BOOST_TEST(call(0).call.url == "https://api.stripe.com/v1/invoices/in_1?expand[]=payments");
  answer(0, {{"id", "in_1"},
             {"object", "invoice"},
             {"status", "paid"},
             {"lines", list_of({line(1), line(2)}, true)},
             {"payments", list_of(json::array(), true)}});
  BOOST_TEST(call(1).call.url == "https://api.stripe.com/v1/invoices/in_1/lines?limit=100&starting_after=il_2");
  answer(1, list_of({line(3)}, false));
  BOOST_TEST(call(2).call.url == "https://api.stripe.com/v1/invoice_payments?limit=100&invoice=in_1");
  answer(2,
         list_of({{{"id", "inpay_1"}, {"object", "invoice_payment"}, {"amount_paid", 1}, {"status", "paid"}}}, false));
  BOOST_REQUIRE(found.good());
  BOOST_TEST((**found.last)->lines.size() == 3);
  BOOST_TEST((**found.last)->payments.size() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_session_that_is_over_is_expired_already, fixture) {
  reported<void> done;
  client->expire_session("cs_1", done.here());
  BOOST_TEST(call(0).call.url == "https://api.stripe.com/v1/checkout/sessions/cs_1/expire");
  answer(0, {{"error", {{"type", "invalid_request_error"}}}}, 400);
  BOOST_TEST(call(1).call.method == "GET");
  answer(1, session("complete"));
  BOOST_TEST(done.good());
  reported<void> still;
  client->expire_session("cs_1", still.here());
  answer(2, {{"error", {{"type", "invalid_request_error"}}}}, 400);
  answer(3, session("open"));
  BOOST_TEST((still.failure() == failure_class::our_request));
  reported<void> away;
  client->expire_session("cs_1", away.here());
  answer(4, json::object(), 500);
  BOOST_TEST((outcome_of(away.last->error()) == stripe_outcome::later));
}

BOOST_FIXTURE_TEST_CASE(only_an_open_session_has_a_page, fixture) {
  reported<std::optional<std::string>> open;
  client->find_open_url("cs_1", open.here());
  answer(0, session("open"));
  BOOST_REQUIRE(open.good());
  BOOST_TEST((*open.last)->value() == "https://checkout.stripe.com/c/pay/cs_1");
  reported<std::optional<std::string>> over;
  client->find_open_url("cs_1", over.here());
  auto gone = session("expired");
  gone["url"] = nullptr;
  answer(1, gone);
  BOOST_REQUIRE(over.good());
  BOOST_TEST(!(*over.last)->has_value());
}

BOOST_FIXTURE_TEST_CASE(what_is_gone_already_was_cancelled_and_deleted, fixture) {
  reported<void> cancelled;
  client->cancel_subscription("sub_1", cancelled.here());
  BOOST_TEST(call(0).call.method == "DELETE");
  BOOST_TEST(call(0).call.url == "https://api.stripe.com/v1/subscriptions/sub_1");
  answer(0, missing, 404);
  BOOST_TEST(cancelled.good());
  reported<void> deleted;
  client->delete_customer("cus_1", deleted.here());
  answer(1, {{"id", "cus_1"}, {"object", "customer"}, {"deleted", true}});
  BOOST_TEST(deleted.good());
  reported<void> away;
  client->delete_customer("cus_1", away.here());
  call(2).sink->on_end(wire_end::reset);
  BOOST_TEST((outcome_of(away.last->error()) == stripe_outcome::later));
}

BOOST_FIXTURE_TEST_CASE(children_are_asked_for_under_their_parent, fixture) {
  reported<std::vector<std::string>> invoices;
  client->invoices_of_payment("pi_1", invoices.here());
  BOOST_TEST(call(0).call.url
             == "https://api.stripe.com/v1/"
                "invoice_payments?payment[type]=payment_intent&limit=100&payment%5Bpayment_intent%5D=pi_1");
  answer(
    0, list_of({{{"id", "inpay_1"}, {"invoice", "in_1"}}, {{"id", "inpay_2"}, {"invoice", {{"id", "in_2"}}}}}, false));
  BOOST_REQUIRE(invoices.good());
  BOOST_TEST((**invoices.last == std::vector<std::string>{"in_1", "in_2"}));
  reported<std::optional<std::string>> intent;
  client->payment_of_charge("ch_1", intent.here());
  answer(1, {{"id", "ch_1"}, {"object", "charge"}, {"payment_intent", nullptr}});
  BOOST_REQUIRE(intent.good());
  BOOST_TEST((*intent.last)->value().empty());
}

BOOST_FIXTURE_TEST_CASE(a_list_is_a_page_and_says_whether_there_are_more, fixture) {
  reported<values::listing<values::event>> page;
  client->list_events(0, {instant(std::chrono::seconds(1)), instant(std::chrono::seconds(2)), ""}, false, page.here());
  answer(0, list_of({{{"id", "evt_1"},
                      {"object", "event"},
                      {"type", "customer.deleted"},
                      {"created", 1},
                      {"livemode", false},
                      {"data", {{"object", {{"id", "cus_1"}, {"object", "customer"}}}}}}},
                    true));
  BOOST_REQUIRE(page.good());
  BOOST_TEST((*page.last)->has_more);
  BOOST_TEST((*page.last)->items.at(0).customer == "cus_1");
  reported<values::listing<values::event>> odd;
  client->list_events(0, {}, false, odd.here());
  answer(1, {{"object", "list"}, {"data", "none"}});
  BOOST_TEST((outcome_of(odd.last->error()) == stripe_outcome::unreadable));
}

BOOST_FIXTURE_TEST_CASE(answers_may_come_after_the_client_is_gone, fixture) {
  reported<std::vector<values::refund>> all;
  client->refunds_of("pi_1", all.here());
  client.reset();
  answer(0, list_of({refund("re_3")}, true));
  answer(1, list_of({refund("re_1")}, false));
  BOOST_TEST(all.good());
}

BOOST_AUTO_TEST_CASE(a_delete_goes_over_the_wire_as_one) {
  std::string seen;
  loopback_server server([&](peer& client, int) {
    while (const auto request = client.read()) {
      seen = request->head.substr(0, request->head.find(' '));
      client.answer(R"({"id":"sub_1","object":"subscription"})", "", "200 OK");
    }
  });
  curl_settings network;
  network.hosts[recipient::stripe] = {server.host()};
  network.allow_loopback = true;
  const auto net = make_curl_transport(network);
  auto own = settings();
  own.base_url = "http://" + server.host();
  const auto client = make_stripe_client(*net, own);
  std::promise<bool> ended;
  client->cancel_subscription("sub_1", [&](auto got) { ended.set_value(got.has_value()); });
  BOOST_TEST(ended.get_future().get());
  BOOST_TEST(seen == "DELETE");
}

BOOST_AUTO_TEST_SUITE_END()
