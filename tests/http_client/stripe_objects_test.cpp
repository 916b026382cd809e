#include "http/client/stripe_objects.hpp"

#include "http/client/stripe_answers.hpp"
#include "http/client/stripe_event.hpp"
#include "http/client/stripe_requests.hpp"
#include "tests/http_client/printing.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <random>
#include <set>

BOOST_AUTO_TEST_SUITE(stripe_objects_suite)

using namespace easel;
using namespace easel::client;
using namespace easel::client::stripe;
using nlohmann::json;
using policies::failure_class;
namespace values = easel::policies::stripe;

namespace {

instant at(std::int64_t seconds) { return instant(std::chrono::seconds(seconds)); }

json line(const char* id, bool proration = false) {
  return {{"id", id},
          {"object", "line_item"},
          {"amount", proration ? -300 : 900},
          {"quantity", 1},
          {"period", {{"start", 1000}, {"end", 2000}}},
          {"pricing", {{"type", "price_details"}, {"price_details", {{"price", "price_1"}, {"product", "prod_1"}}}}},
          {"parent",
           {{"type", "subscription_item_details"},
            {"subscription_item_details",
             {{"proration", proration}, {"subscription", "sub_1"}, {"subscription_item", "si_1"}}}}}};
}

json invoice() {
  return {{"id", "in_1"},
          {"object", "invoice"},
          {"customer", "cus_1"},
          {"status", "paid"},
          {"billing_reason", "subscription_cycle"},
          {"total", 900},
          {"amount_paid", 900},
          {"currency", "eur"},
          {"created", 1000},
          {"customer_email", "x-marker@example.org"},
          {"status_transitions", {{"paid_at", 1500}, {"finalized_at", 1400}}},
          {"parent",
           {{"type", "subscription_details"},
            {"subscription_details",
             {{"subscription", "sub_1"}, {"metadata", {{"easel_instance", "us"}, {"easel_account", "bill_1"}}}}}}},
          {"lines", {{"object", "list"}, {"has_more", false}, {"data", {line("il_1", true), line("il_2")}}}},
          {"payments",
           {{"object", "list"},
            {"has_more", true},
            {"data",
             {{{"id", "inpay_1"},
               {"object", "invoice_payment"},
               {"amount_paid", 900},
               {"status", "paid"},
               {"payment", {{"type", "payment_intent"}, {"payment_intent", "pi_1"}}}}}}}}};
}

json subscription() {
  return {{"id", "sub_1"},
          {"object", "subscription"},
          {"customer", {{"id", "cus_1"}, {"object", "customer"}}},
          {"status", "active"},
          {"cancel_at_period_end", false},
          {"cancel_at", 5000},
          {"trial_end", nullptr},
          {"created", 1000},
          {"metadata", {{"easel_account", "bill_1"}}},
          {"items",
           {{"object", "list"},
            {"data",
             {{{"id", "si_1"},
               {"object", "subscription_item"},
               {"quantity", 2},
               {"current_period_start", 1000},
               {"current_period_end", 2000},
               {"price", {{"id", "price_1"}, {"object", "price"}}}}}}}}};
}

template <class Change>
json changed(json object, Change change) {
  change(object);
  return object;
}

policies::upstream_failure failure_of(int status, const std::string& body) {
  const auto got = decode_object({status, std::nullopt, body});
  BOOST_REQUIRE(!got);
  return got.error();
}

new_session wanted() {
  new_session out;
  out.price = "price_1";
  out.customer = "cus_1";
  out.purchase = "buy_1";
  out.account = "bill_1";
  out.success_url = "https://us.example/billing/return?session={CHECKOUT_SESSION_ID}";
  out.cancel_url = "https://us.example/billing";
  out.expires_at = at(4600);
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(an_invoice_is_read_where_this_api_version_has_its_fields) {
  const auto got = decode_invoice(invoice());
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->subscription == "sub_1");
  BOOST_TEST((got->paid_at == at(1500)));
  BOOST_TEST(got->ours.account == "bill_1");
  BOOST_REQUIRE_EQUAL(got->lines.size(), 2);
  BOOST_TEST(got->lines[0].proration);
  BOOST_TEST(got->lines[0].amount == -300);
  BOOST_TEST(!got->lines[1].proration);
  BOOST_TEST(got->lines[1].price == "price_1");
  BOOST_TEST(got->lines[1].subscription == "sub_1");
  BOOST_TEST((got->lines[1].period_start == at(1000)));
  BOOST_REQUIRE_EQUAL(got->payments.size(), 1);
  BOOST_TEST(got->payments[0].payment_intent == "pi_1");
  BOOST_TEST(!has_more_lines(invoice()));
  BOOST_TEST(has_more_payments(invoice()));
}

BOOST_AUTO_TEST_CASE(fields_where_older_versions_had_them_are_not_believed) {
  const auto got = decode_invoice(changed(invoice(), [](json& it) {
    it.erase("parent");
    it["subscription"] = "sub_old";
    it["paid"] = true;
    it["payment_intent"] = "pi_old";
    it.erase("payments");
    it["lines"]["data"][1].erase("pricing");
    it["lines"]["data"][1]["price"] = {{"id", "price_old"}};
  }));
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->subscription.empty());
  BOOST_TEST(got->payments.empty());
  BOOST_TEST(got->lines[1].price.empty());
}

BOOST_AUTO_TEST_CASE(a_subscription_has_its_period_on_its_items_and_two_ways_to_end) {
  const auto got = decode_subscription(subscription());
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->customer == "cus_1");
  BOOST_TEST((got->cancel_at == at(5000)));
  BOOST_TEST(!got->cancel_at_period_end);
  BOOST_TEST(!got->trial_end.has_value());
  BOOST_REQUIRE_EQUAL(got->items.size(), 1);
  BOOST_TEST(got->items[0].price == "price_1");
  BOOST_TEST(got->items[0].quantity == 2);
  BOOST_TEST((got->items[0].period_end == at(2000)));
}

BOOST_AUTO_TEST_CASE(a_session_is_ours_by_metadata_or_by_its_reference) {
  json session{{"id", "cs_1"},         {"object", "checkout.session"},     {"mode", "payment"},
               {"status", "complete"}, {"payment_status", "paid"},         {"customer", nullptr},
               {"amount_total", 450},  {"amount_subtotal", 500},           {"currency", "eur"},
               {"created", 1000},      {"client_reference_id", "buy_ref"}, {"expires_at", 2000}};
  BOOST_TEST(decode_session(session).value().ours.purchase == "buy_ref");
  session["metadata"] = {{"easel_purchase", "buy_meta"}};
  BOOST_TEST(decode_session(session).value().ours.purchase == "buy_meta");
  BOOST_TEST(decode_session(session).value().amount_subtotal == 500);
  BOOST_TEST(decode_session(session).value().amount_total == 450);
  session["metadata"] = nullptr;
  session["client_reference_id"] = "of another program: 7/8";
  BOOST_TEST(decode_session(session).value().ours.purchase.empty());
}

BOOST_AUTO_TEST_CASE(payments_refunds_disputes_and_prices_are_read) {
  const auto payment = decode_payment({{"id", "pi_1"},
                                       {"object", "payment_intent"},
                                       {"latest_charge", {{"id", "ch_1"}}},
                                       {"status", "succeeded"},
                                       {"amount", 500},
                                       {"amount_received", 500},
                                       {"created", 1}});
  BOOST_TEST(payment.value().charge == "ch_1");
  const auto refund = decode_refund({{"id", "re_1"},
                                     {"object", "refund"},
                                     {"payment_intent", "pi_1"},
                                     {"charge", "ch_1"},
                                     {"status", "failed"},
                                     {"amount", 200},
                                     {"currency", "eur"},
                                     {"created", 1}});
  BOOST_TEST(refund.value().status == "failed");
  const auto dispute = decode_dispute({{"id", "du_1"},
                                       {"object", "dispute"},
                                       {"payment_intent", nullptr},
                                       {"charge", "ch_1"},
                                       {"status", "warning_closed"},
                                       {"amount", 500},
                                       {"created", 1}});
  BOOST_TEST(dispute.value().payment_intent.empty());
  const auto price = decode_price({{"id", "price_1"},
                                   {"object", "price"},
                                   {"active", true},
                                   {"livemode", false},
                                   {"currency", "eur"},
                                   {"unit_amount", 900},
                                   {"recurring", {{"interval", "month"}, {"interval_count", 1}}}});
  BOOST_TEST(price.value().interval == "month");
  BOOST_TEST(decode_price({{"id", "price_1"}, {"object", "price"}, {"recurring", nullptr}}).value().interval.empty());
}

BOOST_AUTO_TEST_CASE(a_movement_on_the_balance_is_read_with_its_cause_and_nothing_else_of_it) {
  json source{{"id", "ch_1"},
              {"object", "charge"},
              {"payment_intent", "pi_1"},
              {"customer", "cus_1"},
              {"status", "succeeded"},
              {"amount", 900},
              {"currency", "usd"},
              {"metadata", {{"easel_instance", "us"}}},
              {"billing_details", {{"email", "x-marker@example.org"}}}};
  json movement{{"id", "txn_1"},    {"object", "balance_transaction"},
                {"type", "charge"}, {"created", 1000},
                {"amount", 830},    {"currency", "eur"},
                {"source", source}};
  values::movement expected{"txn_1", "charge",    at(1000), "charge", "ch_1",        "pi_1",
                            "cus_1", "succeeded", 900,      "usd",    {"us", "", ""}};
  BOOST_TEST((decode_movement(movement) == expected));
  source = {{"id", "po_1"}, {"object", "payout"}, {"status", 7}};
  movement["source"] = source;
  expected = {"txn_1", "charge", at(1000), "", "", "", "", "", 0, "", {}};
  BOOST_TEST((decode_movement(movement) == expected));
  for (const auto& other : {json("ch_1"), json()}) {
    movement["source"] = other;
    BOOST_TEST((decode_movement(movement) == expected));
  }
  movement["source"] = {{"id", "re_1"}, {"object", "refund"}, {"amount", "all"}};
  BOOST_TEST(!decode_movement(movement));
}

BOOST_AUTO_TEST_CASE(other_objects_and_values_out_of_bounds_are_nothing) {
  const auto bad = [](auto change) { return !decode_invoice(changed(invoice(), change)); };
  BOOST_TEST(bad([](json& it) { it["object"] = "charge"; }));
  BOOST_TEST(bad([](json& it) { it["id"] = std::string(256, 'a'); }));
  BOOST_TEST(bad([](json& it) { it.erase("id"); }));
  BOOST_TEST(bad([](json& it) { it["total"] = 9.5; }));
  BOOST_TEST(bad([](json& it) { it["total"] = "900"; }));
  BOOST_TEST(bad([](json& it) { it["total"] = INT64_MAX; }));
  BOOST_TEST(bad([](json& it) { it["customer"] = 7; }));
  BOOST_TEST(bad([](json& it) { it["status"] = std::string(65, 'a'); }));
  BOOST_TEST(bad([](json& it) { it["status_transitions"]["paid_at"] = -1; }));
  BOOST_TEST(bad([](json& it) { it["lines"]["data"][0]["period"] = 7; }));
  BOOST_TEST(bad([](json& it) { it["lines"]["data"][0] = nullptr; }));
  BOOST_TEST(bad([](json& it) { it["lines"]["data"] = "none"; }));
  BOOST_TEST(bad([](json& it) {
    for (std::size_t i = 0; i <= values::most_lines; ++i)
      it["lines"]["data"].push_back(line("il_9"));
  }));
  BOOST_TEST(!decode_subscription(changed(subscription(), [](json& it) {
    for (std::size_t i = 0; i < values::most_items; ++i)
      it["items"]["data"].push_back(it["items"]["data"][0]);
  })));
  for (const auto& none : {json(), json(7), json("x"), json::array(), json::object()}) {
    BOOST_TEST(!decode_session(none));
    BOOST_TEST(!decode_subscription(none));
    BOOST_TEST(!decode_invoice(none));
    BOOST_TEST(!decode_payment(none));
    BOOST_TEST(!decode_refund(none));
    BOOST_TEST(!decode_dispute(none));
    BOOST_TEST(!decode_movement(none));
    BOOST_TEST(!decode_price(none));
  }
}

BOOST_AUTO_TEST_CASE(bent_objects_never_do_more_than_be_nothing) {
  std::mt19937 random(4);
  const std::vector<std::string> texts{invoice().dump(), subscription().dump()};
  for (int round = 0; round < 4000; ++round) {
    auto text = texts[random() % 2];
    for (int bends = 0; bends < 2; ++bends)
      text[random() % text.size()] = static_cast<char>(random());
    const auto object = json::parse(text, nullptr, false);
    if (object.is_discarded())
      continue;
    if (const auto got = decode_invoice(object))
      BOOST_TEST(values::is_id(got->id));
    if (const auto got = decode_subscription(object))
      BOOST_TEST(values::is_id(got->id));
  }
}

// ---------------------------------------------------------------- what is sent

BOOST_AUTO_TEST_CASE(a_pack_is_asked_for_with_our_ids_and_nothing_of_a_person) {
  BOOST_TEST(encode_session(wanted(), "us")
             == "mode=payment&line_items%5B0%5D%5Bprice%5D=price_1&line_items%5B0%5D%5Bquantity%5D=1&customer=cus_1"
                "&client_reference_id=buy_1"
                "&success_url=https%3A%2F%2Fus.example%2Fbilling%2Freturn%3Fsession%3D%7BCHECKOUT_SESSION_ID%7D"
                "&cancel_url=https%3A%2F%2Fus.example%2Fbilling&expires_at=4600&allow_promotion_codes=true"
                "&metadata%5Beasel_instance%5D=us&metadata%5Beasel_purchase%5D=buy_1&metadata%5Beasel_account%5D=bill_1"
                "&payment_intent_data%5Bmetadata%5D%5Beasel_instance%5D=us"
                "&payment_intent_data%5Bmetadata%5D%5Beasel_purchase%5D=buy_1"
                "&payment_intent_data%5Bmetadata%5D%5Beasel_account%5D=bill_1");
}

BOOST_AUTO_TEST_CASE(a_plan_carries_our_ids_on_to_the_subscription) {
  auto plan = wanted();
  plan.subscription = true;
  plan.trial_days = 7;
  plan.locale = "de";
  const auto form = encode_session(plan, "us");
  BOOST_TEST(form.starts_with("mode=subscription&"));
  BOOST_TEST(form.find("&subscription_data%5Bmetadata%5D%5Beasel_account%5D=bill_1") != std::string::npos);
  BOOST_TEST(form.find("payment_intent_data") == std::string::npos);
  BOOST_TEST(form.ends_with("&subscription_data%5Btrial_period_days%5D=7&locale=de"));
}

BOOST_AUTO_TEST_CASE(the_other_forms_say_no_more_than_they_must) {
  BOOST_TEST(encode_customer("bill_1", "us") == "metadata%5Beasel_instance%5D=us&metadata%5Beasel_account%5D=bill_1");
  BOOST_TEST(encode_portal("cus_1", "https://us.example/billing", "")
             == "customer=cus_1&return_url=https%3A%2F%2Fus.example%2Fbilling");
  BOOST_TEST(encode_window({at(1), at(2), "in_9"})
             == "limit=100&created%5Bgte%5D=1&created%5Blte%5D=2&starting_after=in_9");
  BOOST_TEST(encode_children("payment_intent", "pi_1", "") == "limit=100&payment_intent=pi_1");
  const auto events = encode_events(1, {at(1), at(2), ""}, true);
  BOOST_TEST(events.starts_with("limit=100&created%5Bgte%5D=1&created%5Blte%5D=2&delivery_success=false&types%5B%5D="));
  BOOST_TEST(events.find("types%5B%5D=charge.dispute.closed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_type_is_asked_for_once_in_groups_that_one_query_takes) {
  std::set<std::string_view> seen;
  for (const int group : {0, 1}) {
    BOOST_TEST(event_types(group).size() <= 20);
    for (const auto type : event_types(group))
      BOOST_TEST(seen.insert(type).second, type);
  }
  BOOST_TEST(seen.size() == 37);
  BOOST_TEST(!seen.contains("invoice.created")); // who takes it delays Stripe's own work (section 1.3)
}

// ---------------------------------------------------------------- what answers mean

BOOST_AUTO_TEST_CASE(errors_are_told_by_status_and_by_codes_of_our_list) {
  const auto outcome = [](int status, const std::string& body) { return outcome_of(failure_of(status, body)); };
  for (const int status : {409, 500, 502, 503, 504, 529})
    BOOST_TEST((outcome(status, "x") == stripe_outcome::later), status);
  BOOST_TEST((outcome(429, "x") == stripe_outcome::limited));
  BOOST_TEST((outcome(429, R"({"error":{"code":"rate_limit"}})") == stripe_outcome::limited));
  BOOST_TEST((outcome(429, R"({"error":{"code":"lock_timeout"}})") == stripe_outcome::later));
  for (const int status : {400, 401, 402, 403, 404, 422, 301})
    BOOST_TEST((outcome(status, "{}") == stripe_outcome::refused), status);
  BOOST_TEST((outcome(200, "no json") == stripe_outcome::unreadable));
  BOOST_TEST((outcome(200, "[]") == stripe_outcome::unreadable));
  BOOST_TEST((outcome(204, "") == stripe_outcome::unreadable));
  const auto missing =
    failure_of(404, R"({"error":{"type":"invalid_request_error","code":"resource_missing","message":"x-marker"}})");
  BOOST_TEST(is_missing(missing));
  BOOST_TEST(failure_of(400, R"({"error":{"type":"idempotency_error","message":"x-marker"}})").code
             == "idempotency_error");
  BOOST_TEST(failure_of(400, R"({"error":{"type":"x-marker","code":"x-marker","message":"x-marker"}})").code
             == "http_400");
  BOOST_TEST(!is_missing(failure_of(404, "<html>")));
}

BOOST_AUTO_TEST_CASE(browsers_are_sent_over_https_unless_the_service_itself_is_on_this_machine) {
  stripe_settings real;
  stripe_settings stand_in;
  stand_in.base_url = "http://127.0.0.1:1234";
  BOOST_TEST(is_page_url("https://checkout.stripe.com/c/pay/cs_1#fid", real));
  BOOST_TEST(!is_page_url("http://checkout.stripe.com/c/pay/cs_1", real));
  BOOST_TEST(!is_page_url("javascript:alert(1)", real));
  BOOST_TEST(!is_page_url("", real));
  BOOST_TEST(is_page_url("http://127.0.0.1:1234/pay/cs_1", stand_in));
}

BOOST_AUTO_TEST_SUITE_END()
