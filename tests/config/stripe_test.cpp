#include "config/upstreams.hpp"
#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config::test {

BOOST_AUTO_TEST_SUITE(stripe_suite)

namespace {

const std::string at_home = "[server]\npublic_url = 'https://easel.example'\n";
const std::string keys = "[stripe]\nkey = 'sk_test_hush'\nwebhook_secret = 'whsec_hushhush'\n";
const std::string shop = R"([billing]
instance = 'easel-1'
[[billing.plan]]
id = 'monthly'
name = 'Monthly'
price = 'price_1'
amount = 900
currency = 'eur'
credits_per_month = 300
[[billing.plan]]
id = 'yearly'
name = 'Yearly'
price = 'price_2'
amount = 9000
currency = 'eur'
interval = 'year'
credits_per_month = 300
trial_days = 7
trial_credits = 20
[[billing.pack]]
id = 'small'
name = 'Small pack'
price = 'price_3'
amount = 500
currency = 'eur'
credits = 120
)";
const std::string stand_in = "base_url = 'http://127.0.0.1:9100'\n";
const std::string loopback = "[upstream]\nallow_loopback = true\n";

std::string development(const std::string& more) {
  return with(smallest, "[[upstream.sub2api]]", more + "[[upstream.sub2api]]");
}

std::vector<std::string> mistakes_of(const std::string& more) { return mistakes(development(more)); }

std::vector<std::string> production_mistakes(const std::string& key, const std::string& more = "") {
  const environment env = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "STRIPE_KEY")
      return key;
    return name == "STRIPE_SECRET" ? "whsec_hushhush" : production_environment(name);
  };
  return mistakes(production + at_home
                    + "[stripe]\nkey = { env = 'STRIPE_KEY' }\nwebhook_secret = { env = 'STRIPE_SECRET' }\n" + more
                    + shop,
                  env);
}

} // namespace

BOOST_AUTO_TEST_CASE(without_a_key_nothing_is_sold_and_stripe_is_not_called) {
  const auto all = load_text(smallest, "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(!all->stripe.enabled());
  BOOST_TEST(all->house.billing.catalogue.empty());
  BOOST_TEST(allowed_hosts(*all).count(recipient::stripe) == 0);
}

BOOST_AUTO_TEST_CASE(a_shop_is_read_as_it_is_written) {
  const auto all = load_text(development(at_home + keys + shop), "t", empty_environment);
  BOOST_REQUIRE_MESSAGE(all.has_value(), mistakes_of(at_home + keys + shop).front());
  const auto& [plans, packs] = all->house.billing.catalogue;
  BOOST_REQUIRE_EQUAL(plans.size(), 2);
  BOOST_TEST((plans[1].interval == policies::plan_interval::year));
  BOOST_TEST(plans[1].trial_days == 7);
  BOOST_TEST(plans[0].monthly.value() == 300);
  BOOST_REQUIRE_EQUAL(packs.size(), 1);
  BOOST_TEST(packs[0].amount_of_credits.value() == 120);
  BOOST_TEST((allowed_hosts(*all).at(recipient::stripe) == std::set<std::string>{"api.stripe.com"}));
  const auto client = stripe_client_settings(*all);
  BOOST_TEST(client.key.reveal() == "sk_test_hush");
  BOOST_TEST(client.instance == "easel-1");
  BOOST_TEST(client.api_version == "2026-10-28.endive");
  BOOST_TEST(webhook_secrets(*all).size() == 1);
  BOOST_TEST(!all->house.billing.livemode);
}

BOOST_AUTO_TEST_CASE(two_secrets_serve_while_one_is_rolled) {
  const auto all =
    load_text(development(at_home + keys + "old_webhook_secret = 'whsec_yesterday'\n" + shop), "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(webhook_secrets(*all).size() == 2);
}

BOOST_AUTO_TEST_CASE(half_a_shop_does_not_open) {
  BOOST_TEST(holds(mistakes_of(at_home + shop), "stripe.key: is required"));
  BOOST_TEST(
    holds(mistakes_of(at_home + "[stripe]\nkey = 'sk_test_hush'\n" + shop), "stripe.webhook_secret: is required"));
  BOOST_TEST(holds(mistakes_of(at_home + keys), "billing.plan: is required"));
  BOOST_TEST(holds(mistakes_of(at_home + keys), "billing.instance: is required"));
  BOOST_TEST(holds(mistakes_of(keys + shop), "server.public_url: is required to sell"));
  BOOST_TEST(holds(mistakes_of(at_home + "max_body = '256 KiB'\n" + keys + shop), "server.max_body: must be at least"));
}

BOOST_AUTO_TEST_CASE(secrets_are_checked_and_never_told) {
  for (const auto* secret : {"hush", "whsec_", "whsec_hush hush", " whsec_hushhush"}) {
    const auto found =
      mistakes_of(at_home + "[stripe]\nkey = 'sk_test_hush'\nwebhook_secret = '" + secret + "'\n" + shop);
    BOOST_TEST(holds(found, "stripe.webhook_secret: must be"), secret);
    BOOST_TEST(!holds(found, "hush"));
  }
  for (const auto* key : {"hush", "pk_test_hush", "sk_test_hu sh"})
    BOOST_TEST(holds(mistakes_of(at_home + "[stripe]\nkey = '" + key + "'\nwebhook_secret = 'whsec_hushhush'\n" + shop),
                     "stripe.key: must be"),
               key);
}

BOOST_AUTO_TEST_CASE(items_are_named_priced_and_told_apart) {
  const auto changed = [](std::string_view part, std::string_view other) {
    return mistakes_of(at_home + keys + with(shop, part, other));
  };
  BOOST_TEST(holds(changed("id = 'small'", "id = 'Small'"), "billing.pack[0].id: is required"));
  BOOST_TEST(holds(changed("id = 'small'", "id = 'monthly'"), "billing.pack[0].id: names another"));
  BOOST_TEST(holds(changed("price_3", "price_1"), "billing.pack[0].price: is the price of another"));
  BOOST_TEST(holds(changed("price_3", "price 3"), "billing.pack[0].price: is required"));
  BOOST_TEST(holds(changed("amount = 500\n", ""), "billing.pack[0].amount: is required"));
  BOOST_TEST(holds(changed("amount = 500\n", "amount = -1\n"), "amount"));
  BOOST_TEST(holds(changed("credits = 120\n", ""), "billing.pack[0].credits: is required"));
  BOOST_TEST(holds(changed("credits_per_month = 300\n", ""), "billing.plan[0].credits_per_month: is required"));
  BOOST_TEST(holds(changed("trial_days = 7\n", ""), "billing.plan[1].trial_credits: needs trial_days"));
  BOOST_TEST(holds(changed("currency = 'eur'", "currency = 'EUR'"), "currency: is required"));
  BOOST_TEST(holds(changed("interval = 'year'", "interval = 'week'"), "interval"));
  BOOST_TEST(holds(changed("instance = 'easel-1'", "instance = 'Easel 1'"), "billing.instance: must be"));
}

BOOST_AUTO_TEST_CASE(a_stand_in_needs_leave_to_be_called_on_this_machine) {
  BOOST_TEST(holds(mistakes_of(at_home + keys + stand_in + shop), "stripe.base_url: needs upstream.allow_loopback"));
  const auto all = load_text(development(at_home + keys + stand_in + shop + loopback), "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST((allowed_hosts(*all).at(recipient::stripe) == std::set<std::string>{"127.0.0.1:9100"}));
}

BOOST_AUTO_TEST_CASE(production_refuses_stand_ins_and_test_keys) {
  BOOST_TEST(production_mistakes("rk_live_hush").empty());
  BOOST_TEST(holds(production_mistakes("sk_test_hush"), "stripe.key: production refuses test keys"));
  BOOST_TEST(holds(production_mistakes("rk_live_hush", stand_in), "stripe.base_url: production refuses stand-ins"));
  BOOST_TEST(holds(production_mistakes("rk_live_hush", "base_url = 'https://api.stripe.example'\n"),
                   "production refuses stand-ins"));
}

BOOST_AUTO_TEST_CASE(a_live_key_makes_a_live_shop) {
  const auto live =
    load_text(development(at_home + with(keys, "sk_test_hush", "rk_live_hush") + shop), "t", empty_environment);
  BOOST_REQUIRE(live.has_value());
  BOOST_TEST(live->house.billing.livemode);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
