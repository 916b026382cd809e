#include "http/client/stripe_webhook.hpp"

#include "http/client/stripe_event.hpp"
#include "http/client/stripe_signature.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <random>

using namespace easel;
using namespace easel::client::stripe;
using nlohmann::json;
using policies::stripe::delivery;
using policies::stripe::event;

namespace {

// billing-identity-edge, section 1.2: made by the `stripe` package's own generateTestHeaderString.
const std::string body_of_vectors = R"({"id":"evt_1","object":"event"})";
const std::string mac_a = "5d9b4fac7993f897ba024cb51fa7a6c06883d615d32e8469c614523fd8cbe323";
const std::string mac_b = "b711150bceddbc658f20d0717edf1327a90ed81387e2fa03a53213d6f9e6d126";
constexpr std::int64_t signed_at = 1'700'000'000;

instant at(std::int64_t seconds) { return instant(std::chrono::seconds(seconds)); }

/// "genuine", "stale" or "mismatch".
std::string verdict(const std::string& header, std::int64_t now = signed_at,
                    std::vector<std::string> secrets = {"whsec_unit_A"}, const std::string& body = body_of_vectors) {
  const std::vector<secret_text> kept(secrets.begin(), secrets.end());
  const auto got = verify_signature(body, header, kept, at(now));
  if (got)
    return "genuine";
  return got.error() == signature_fault::stale ? "stale" : "mismatch";
}

const std::string good = "t=1700000000,v1=" + mac_a;

json session_event() {
  return json::parse(R"({
    "id": "evt_1", "object": "event", "api_version": "2026-10-28.endive", "created": 1700000000, "livemode": false,
    "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": "checkout.session.completed",
    "data": {"object": {
      "id": "cs_1", "object": "checkout.session", "customer": "cus_1", "payment_intent": {"id": "pi_1", "object": "payment_intent"},
      "status": "complete", "amount_total": 500, "amount_subtotal": 500, "currency": "eur", "subscription": null, "invoice": null,
      "client_reference_id": "buy_1", "metadata": {"easel_instance": "us", "easel_purchase": "buy_1", "easel_account": "bill_1"},
      "customer_details": {"email": "x-marker@example.org", "name": "x-marker", "address": {"line1": "x-marker"}}
    }}})");
}

delivery refusal(const std::string& body) {
  const auto got = reduce_stripe_event(body);
  BOOST_REQUIRE(!got);
  return got.error();
}

delivery judged(const std::string& body, const std::string& header, std::int64_t now = signed_at) {
  const std::vector<secret_text> secrets{secret_text("whsec_unit_A")};
  const auto got = judge_webhook(body, header, secrets, at(now));
  return got ? delivery::stored : got.error();
}

std::string header_for(const std::string& body, std::int64_t when = signed_at) {
  const auto t = std::to_string(when);
  return "t=" + t + ",v1=" + sign(secret_text("whsec_unit_A"), t, body);
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(delivery)

BOOST_AUTO_TEST_SUITE(stripe_webhook_suite)

// ---------------------------------------------------------------- the signature

BOOST_AUTO_TEST_CASE(the_mac_is_that_of_stripes_own_library) {
  BOOST_TEST(sign(secret_text("whsec_unit_A"), "1700000000", body_of_vectors) == mac_a);
  BOOST_TEST(sign(secret_text("whsec_unit_B"), "1700000000", body_of_vectors) == mac_b);
}

BOOST_AUTO_TEST_CASE(a_signature_is_good_for_300_seconds_either_way) {
  BOOST_TEST(verdict(good) == "genuine");
  BOOST_TEST(verdict(good, signed_at + 300) == "genuine");
  BOOST_TEST(verdict(good, signed_at + 301) == "stale");
  BOOST_TEST(verdict(good, signed_at - 300) == "genuine");
  BOOST_TEST(verdict(good, signed_at - 301) == "stale"); // Stripe's library would take it for ever
  BOOST_TEST(verdict(good, signed_at - 86'400) == "stale");
}

BOOST_AUTO_TEST_CASE(either_of_two_secrets_and_any_of_several_signatures_will_do) {
  BOOST_TEST(verdict(good, signed_at, {"whsec_unit_B", "whsec_unit_A"}) == "genuine");
  BOOST_TEST(verdict("t=1700000000,v1=" + mac_b + ",v1=" + mac_a) == "genuine");
  BOOST_TEST(verdict("t=1700000000,v1=00,v1=" + mac_a) == "genuine");
  BOOST_TEST(verdict("v1=" + mac_a + ",t=1700000000") == "genuine");
  BOOST_TEST(verdict("t=1700000000,v0=" + mac_b + ",v1=" + mac_a + ",v9=x") == "genuine");
  BOOST_TEST(verdict(good, signed_at, {"whsec_unit_B"}) == "mismatch");
  BOOST_TEST(verdict(good, signed_at, {}) == "mismatch");
}

BOOST_AUTO_TEST_CASE(an_empty_secret_makes_nothing_genuine) {
  const auto forged = "t=1700000000,v1=" + sign(secret_text(), "1700000000", body_of_vectors);
  BOOST_TEST(verdict(forged, signed_at, {""}) == "mismatch");
}

namespace {
const std::vector<std::string> forged_headers{
  "",
  "t=1700000000",
  "v1=" + mac_a,
  "t=1700000000, v1=" + mac_a,                                                        // a space after the comma
  "t=1700000000,v0=" + mac_a,                                                         // the decoy scheme alone
  "t=1700000000,v1=" + mac_b,                                                         // of another secret
  "t=1700000000,V1=" + mac_a,                                                         //
  "t=1700000000,v1=5D9B4FAC7993F897BA024CB51FA7A6C06883D615D32E8469C614523FD8CBE323", // upper case
  "t=1700000000,v1=" + mac_a.substr(0, 63),                                           //
  "t=1700000000,v1=" + mac_a + "0",                                                   //
  "t=1700000000,v1=",                                                                 //
  "t=1700000000,t=1700000000,v1=" + mac_a,       // the time twice: Stripe's library takes the last
  "t=,t=1700000000,v1=" + mac_a,                 // and where the first of them is empty
  "t=1700000001,v1=" + mac_a,                    //
  "t=01700000000,v1=" + mac_a,                   //
  "t=+1700000000,v1=" + mac_a,                   //
  "t=1700000000 ,v1=" + mac_a,                   //
  "t=0x65539100,v1=" + mac_a,                    //
  "t=-1700000000,v1=" + mac_a,                   //
  "t=99999999999999999999,v1=" + mac_a,          //
  "t=,v1=" + mac_a,                              //
  "t=1700000000;v1=" + mac_a,                    //
  std::string("t=1700000000\0,v1=", 17) + mac_a, //
};
} // namespace

BOOST_DATA_TEST_CASE(what_stripe_did_not_sign_is_refused, boost::unit_test::data::make(forged_headers), header) {
  BOOST_TEST(verdict(header) == "mismatch");
}

BOOST_AUTO_TEST_CASE(not_one_byte_of_body_or_signature_may_differ) {
  for (std::size_t i = 0; i < body_of_vectors.size(); ++i) {
    auto bent = body_of_vectors;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    BOOST_TEST(verdict(good, signed_at, {"whsec_unit_A"}, bent) == "mismatch");
  }
  for (std::size_t i = 0; i < mac_a.size(); ++i) {
    auto bent = mac_a;
    bent[i] = bent[i] == '0' ? '1' : '0';
    BOOST_TEST(verdict("t=1700000000,v1=" + bent) == "mismatch");
  }
  for (const auto* other :
       {R"({"id": "evt_1", "object": "event"})", R"({"object":"event","id":"evt_1"})",
        "{\"id\":\"evt_1\",\"object\":\"event\"}\n", "\xef\xbb\xbf{\"id\":\"evt_1\",\"object\":\"event\"}", ""})
    BOOST_TEST(verdict(good, signed_at, {"whsec_unit_A"}, other) == "mismatch");
}

// ---------------------------------------------------------------- the event

BOOST_AUTO_TEST_CASE(an_event_is_reduced_to_ids_types_times_amounts_status_and_links) {
  const auto got = reduce_stripe_event(session_event().dump());
  BOOST_REQUIRE(got.has_value());
  event expected;
  expected.id = "evt_1";
  expected.type = "checkout.session.completed";
  expected.api_version = "2026-10-28.endive";
  expected.created = at(signed_at);
  expected.object = "checkout.session";
  expected.object_id = "cs_1";
  expected.customer = "cus_1";
  expected.payment_intent = "pi_1";
  expected.status = "complete";
  expected.amount = 500;
  expected.currency = "eur";
  expected.ours = {"us", "buy_1", "bill_1"};
  BOOST_TEST((*got == expected));
}

BOOST_AUTO_TEST_CASE(an_invoice_leads_to_its_subscription_where_this_api_version_has_it) {
  auto told = session_event();
  told["type"] = "invoice.paid";
  told["data"]["object"] = json::parse(R"({
    "id": "in_1", "object": "invoice", "customer": "cus_1", "status": "paid", "total": 900, "amount_paid": 900, "currency": "eur",
    "metadata": {}, "parent": {"type": "subscription_details", "subscription_details":
      {"subscription": "sub_1", "metadata": {"easel_instance": "us", "easel_account": "bill_1"}}}})");
  const auto got = reduce_stripe_event(told.dump());
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->invoice == "in_1");
  BOOST_TEST(got->subscription == "sub_1");
  BOOST_TEST(got->ours.account == "bill_1");
  BOOST_TEST(got->amount.value_or(0) == 900);
}

BOOST_AUTO_TEST_CASE(each_kind_of_object_names_itself_and_what_it_belongs_to) {
  const auto reduced = [](const char* object) {
    auto told = session_event();
    told["data"]["object"] = json::parse(object);
    return reduce_stripe_event(told.dump()).value();
  };
  const auto paid =
    reduced(R"({"id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "amount_paid": 900, "status": "paid",
                               "payment": {"type": "payment_intent", "payment_intent": "pi_1"}})");
  BOOST_TEST(paid.invoice == "in_1");
  BOOST_TEST(paid.payment_intent == "pi_1");
  const auto intent = reduced(R"({"id": "pi_1", "object": "payment_intent", "latest_charge": "ch_1", "amount": 900})");
  BOOST_TEST(intent.payment_intent == "pi_1");
  BOOST_TEST(intent.charge == "ch_1");
  const auto dispute =
    reduced(R"({"id": "du_1", "object": "dispute", "charge": "ch_1", "payment_intent": "pi_1", "status": "lost"})");
  BOOST_TEST(dispute.object_id == "du_1");
  BOOST_TEST(dispute.charge == "ch_1");
  BOOST_TEST(dispute.status == "lost");
  BOOST_TEST(reduced(R"({"id": "cus_1", "object": "customer", "email": "x-marker@example.org"})").customer == "cus_1");
  BOOST_TEST(reduced(R"({"id": "sub_1", "object": "subscription", "customer": "cus_1"})").subscription == "sub_1");
}

BOOST_AUTO_TEST_CASE(types_objects_and_forms_of_tomorrow_are_taken) {
  auto told = session_event();
  told["type"] = "something.new_in_2031";
  told["data"]["object"] =
    json::parse(R"({"object": {"now": "an object"}, "id": 7, "customer": ["a"], "status": {"is": "rich"},
    "amount": "12.50", "currency": "euro-cents", "payment": "pay_1", "parent": [], "metadata": {"easel_instance": 9}})");
  const auto got = reduce_stripe_event(told.dump());
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->object_id.empty());
  BOOST_TEST(got->status.empty());
  BOOST_TEST(got->currency.empty()); // longer than the column is
  BOOST_TEST(got->ours.instance.empty());
  told["data"]["object"] = json::object(); // as invoice.upcoming, which has no id
  BOOST_TEST(reduce_stripe_event(told.dump()).has_value());
}

BOOST_AUTO_TEST_CASE(a_thin_event_is_genuine_and_not_supported) {
  BOOST_TEST(
    (refusal(R"({"id":"evt_2","object":"v2.core.event","type":"v1.invoice.paid","created":"2026-11-26T00:00:00Z",
    "livemode":true,"related_object":{"id":"in_1","type":"invoice","url":"/v1/invoices/in_1"}})")
     == delivery::unsupported));
}

BOOST_AUTO_TEST_CASE(what_is_no_event_is_malformed) {
  const auto without = [](const char* name) {
    auto told = session_event();
    told.erase(name);
    return told.dump();
  };
  const auto with = [](const char* name, const json& value) {
    auto told = session_event();
    told[name] = value;
    return told.dump();
  };
  for (const auto* name : {"id", "object", "type", "created", "livemode", "data"})
    BOOST_TEST((refusal(without(name)) == delivery::malformed), name);
  for (const auto& body :
       {with("id", ""), with("id", std::string(256, 'a')), with("id", "evt 1"), with("id", "evt_\n"), with("id", 7),
        with("type", std::string(65, 'a')), with("type", "a b"), with("type", "\xc3\xa9"), with("created", -1),
        with("created", "1700000000"), with("created", 1e300), with("livemode", "false"), with("object", "charge"),
        with("data", json::array()), with("data", {{"object", nullptr}}), with("data", {{"object", "cs_1"}})})
    BOOST_TEST((refusal(body) == delivery::malformed), body.substr(0, 200));
  const auto whole = session_event().dump();
  for (const auto& body : {std::string(), std::string("null"), std::string("[]"), std::string("7"), "[" + whole + "]",
                           whole + whole, whole.substr(0, whole.size() - 1), whole.substr(0, whole.size() / 2),
                           "\xff" + whole, R"({"id":"evt_2",)" + whole.substr(1) /* a name twice */})
    BOOST_TEST((refusal(body) == delivery::malformed), body.substr(0, 200));
}

BOOST_AUTO_TEST_CASE(huge_and_deep_bodies_are_refused_before_a_tree_is_built) {
  const auto padded = [](std::size_t size) {
    auto text = session_event().dump();
    return text + std::string(size - text.size(), ' ');
  };
  BOOST_TEST(reduce_stripe_event(padded(longest_event)).has_value());
  BOOST_TEST((refusal(padded(longest_event + 1)) == delivery::malformed));
  BOOST_TEST((refusal(std::string(500'000, '[')) == delivery::malformed));
  BOOST_TEST((refusal(R"({"a":)" + std::string(100'000, '{')) == delivery::malformed));
}

// ---------------------------------------------------------------- both

BOOST_AUTO_TEST_CASE(a_delivery_is_stored_only_when_it_is_genuine_recent_and_an_event) {
  const auto body = session_event().dump();
  BOOST_TEST((judged(body, header_for(body)) == delivery::stored));
  BOOST_TEST((judged(body, header_for(body), signed_at + 301) == delivery::stale));
  BOOST_TEST((judged(body, header_for(body), signed_at - 301) == delivery::stale));
  BOOST_TEST((judged(body, "t=1700000000,v1=" + mac_a) == delivery::bad_signature));
  BOOST_TEST((judged(session_event().dump(2), header_for(body)) == delivery::bad_signature));
  BOOST_TEST((judged(body.substr(0, body.size() - 1), header_for(body)) == delivery::bad_signature));
  BOOST_TEST((judged("nonsense", header_for("nonsense")) == delivery::malformed));
  BOOST_TEST((judged("nonsense", "") == delivery::bad_signature));
  const std::string huge(longest_event + 1, ' ');
  BOOST_TEST((judged(huge, header_for(huge)) == delivery::malformed));
}

BOOST_AUTO_TEST_CASE(bent_bytes_never_do_more_than_be_refused) {
  std::mt19937 random(20'261'126);
  const auto whole = session_event().dump();
  for (int round = 0; round < 5000; ++round) {
    auto body = whole;
    for (auto bends = random() % 4; bends-- > 0;)
      body[random() % body.size()] = static_cast<char>(random());
    body.resize(random() % 8 == 0 ? random() % body.size() : body.size());
    const auto got = reduce_stripe_event(body);
    BOOST_TEST((got || got.error() == delivery::malformed || got.error() == delivery::unsupported));
    std::string header = header_for(body);
    if (random() % 2 == 0)
      header[random() % header.size()] = static_cast<char>(random());
    verify_signature(body, header, {}, at(signed_at)).has_value();
  }
}

BOOST_AUTO_TEST_SUITE_END()
