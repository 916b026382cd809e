#include "tools/easelctl/billing_check.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <sstream>

namespace easel::easelctl {

namespace billing_check_suite {

namespace {

using nlohmann::json;

/// Stripe with these prices, answering at once.
class priced_transport final : public client::transport {
public:
  void start(client::http_call call, std::unique_ptr<client::response_sink> sink) override {
    const auto found = prices.find(call.url.substr(call.url.rfind('/') + 1));
    const auto body =
      found == prices.end() ? json{{"error", {{"code", "resource_missing"}}}}.dump() : found->second.dump();
    if (!away) {
      sink->on_head({found == prices.end() ? 404 : 200, "application/json", std::nullopt, body.size()});
      sink->on_data(body);
    }
    sink->on_end(away ? client::wire_end::timed_out : client::wire_end::complete);
  }

  std::map<std::string, json> prices;
  bool away = false;
};

json price(const char* id, int amount, const char* interval = nullptr) {
  return {{"id", id},
          {"object", "price"},
          {"active", true},
          {"livemode", false},
          {"currency", "eur"},
          {"unit_amount", amount},
          {"recurring", interval == nullptr ? json(nullptr) : json{{"interval", interval}, {"interval_count", 1}}}};
}

struct shop {
  shop() {
    policies::billing_plan plan;
    plan.id = "monthly";
    plan.price = "price_1";
    plan.amount = 900;
    plan.currency = "eur";
    billing.catalogue.plans.push_back(plan);
    billing.catalogue.packs.push_back({"small", "Small", "price_2", 500, "eur", credits::unchecked(120)});
    net.prices = {{"price_1", price("price_1", 900, "month")}, {"price_2", price("price_2", 500)}};
  }

  json checked() {
    std::ostringstream out, err;
    code = check_billing(billing, "https://us.example", *stripe, true, out, err);
    return json::parse(out.str());
  }

  policies::billing_settings billing;
  priced_transport net;
  std::unique_ptr<client::stripe_client> stripe = client::make_stripe_client(net, {});
  int code = -1;
};

} // namespace

} // namespace billing_check_suite

BOOST_FIXTURE_TEST_SUITE(billing_check_suite, shop)

BOOST_AUTO_TEST_CASE(a_catalogue_that_agrees_is_fine_and_the_rest_is_told) {
  const auto found = checked();
  BOOST_TEST(code == 0);
  BOOST_TEST(found["checked"] == 2);
  BOOST_TEST(found["faults"].empty());
  BOOST_TEST(found["endpoint"] == "https://us.example/webhooks/stripe");
  BOOST_TEST(found["events"].size() == 37);
  BOOST_TEST(!found["mails_to_switch_off"].empty());
}

BOOST_AUTO_TEST_CASE(each_difference_is_named) {
  net.prices["price_1"]["unit_amount"] = 950;
  net.prices.erase("price_2");
  const auto found = checked();
  BOOST_TEST(code == 1);
  BOOST_TEST(found["faults"][0]["item"] == "monthly");
  BOOST_TEST(found["faults"][0]["fault"].get<std::string>().find("950") != std::string::npos);
  BOOST_TEST(found["faults"][1]["fault"] == "Stripe does not know this price");
}

BOOST_AUTO_TEST_CASE(a_stripe_that_does_not_answer_is_no_agreement) {
  net.away = true;
  const auto found = checked();
  BOOST_TEST(code == 1);
  BOOST_TEST(found["faults"].size() == 2);
  BOOST_TEST(found["faults"][0]["fault"] == "Stripe did not say: timed_out");
}

BOOST_AUTO_TEST_CASE(people_read_it_as_lines) {
  std::ostringstream out, err;
  net.prices["price_2"]["active"] = false;
  BOOST_TEST(check_billing(billing, "https://us.example", *stripe, false, out, err) == 1);
  BOOST_TEST(out.str().find("2 prices compared, 1 differ") == 0u);
  BOOST_TEST(out.str().find("small (price_2): the price is archived at Stripe") != std::string::npos);
  BOOST_TEST(err.str().find("sells nothing") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::easelctl
