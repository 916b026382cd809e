#include "config/upstreams.hpp"
#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config::test {

BOOST_AUTO_TEST_SUITE(upstreams_suite)

using hosts = std::set<std::string>;

BOOST_AUTO_TEST_CASE(only_configured_hosts_can_be_called) {
  const auto all = load_text(production, "t", production_environment);
  BOOST_REQUIRE(all.has_value());
  const auto table = allowed_hosts(*all);
  BOOST_TEST((table.at(recipient::openai_moderation) == hosts{"api.openai.com"}));
  BOOST_TEST((table.at(recipient::sub2api) == hosts{"relay.example.net"}));
  BOOST_TEST((table.at(recipient::kie)
              == hosts{"api.kie.ai", "file.kie.ai", "file.aiquickdraw.com", "tempfile.aiquickdraw.com",
                       "tempfile.redpandaai.co"}));
  BOOST_TEST(table.size() == 3u);
  BOOST_TEST(!transport_settings(*all).allow_loopback);
}

BOOST_AUTO_TEST_CASE(hosts_of_other_ports_are_named_with_them) {
  auto text = with(smallest, "https://relay.example.net", "http://127.0.0.1:9000/relay");
  text = with(text, "[[upstream.sub2api]]",
              "[upstream]\nallow_loopback = true\nresult_hosts = ['127.0.0.1:9000']\n[[upstream.sub2api]]");
  const auto all = load_text(text, "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST((allowed_hosts(*all).at(recipient::sub2api) == hosts{"127.0.0.1:9000"}));
  BOOST_TEST((allowed_hosts(*all).at(recipient::kie) == hosts{"127.0.0.1:9000", "api.kie.ai"}));
  BOOST_TEST(transport_settings(*all).allow_loopback);
}

BOOST_AUTO_TEST_CASE(each_client_gets_its_own_credential_and_limits) {
  const auto text = with(smallest, "[[upstream.sub2api]]",
                         "[upstream]\nconnect_timeout = '2 s'\npoll_timeout = '1 s'\nidle_timeout = '30 s'\n"
                         "max_image_bytes = '64 MiB'\n[[upstream.sub2api]]");
  const auto all = load_text(text, "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  const auto moderation = moderation_client_settings(*all);
  BOOST_TEST(moderation.api_key.reveal() == "m-key");
  BOOST_TEST(moderation.base_url == "https://api.openai.com/v1");
  const auto relay = sub2api_client_settings(*all, all->upstreams.sub2api.at(0));
  BOOST_TEST(relay.api_key.reveal() == "s-key");
  BOOST_TEST(relay.base_url == "https://relay.example.net");
  BOOST_TEST((relay.limits.idle == duration(std::chrono::seconds(30))));
  BOOST_TEST(relay.limits.max_body > 64u << 20); // base64 of the largest image fits
  const auto kie = kie_client_settings(*all, all->upstreams.kie.at(0));
  BOOST_TEST(kie.api_key.reveal() == "k-key");
  BOOST_TEST((kie.poll_limits.connect == duration(std::chrono::seconds(1)))); // never longer than the whole call
  BOOST_TEST((kie.create_limits.connect == duration(std::chrono::seconds(2))));
  BOOST_TEST(kie.download_limits.max_body == 64u << 20);
  BOOST_TEST(!kie.allow_loopback);
}

BOOST_AUTO_TEST_CASE(each_account_at_kie_has_the_key_that_it_signs_its_callbacks_with) {
  const auto text = smallest
                    + "webhook_key = 'w-1'\n[[upstream.kie]]\nlabel = 'kie-2'\nkey = 'k-2'\nwebhook_key = 'w-2'\n"
                    + "[[upstream.kie]]\nlabel = 'kie-3'\nkey = 'k-3'\n";
  const auto all = load_text(text, "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  const auto& accounts = all->house.callback_accounts;
  BOOST_REQUIRE(accounts.size() == 3u);
  BOOST_TEST(accounts[0].label == "kie-1");
  BOOST_TEST(accounts[0].key.reveal() == "w-1");
  BOOST_TEST(accounts[1].label == "kie-2");
  BOOST_TEST(accounts[1].key.reveal() == "w-2");
  BOOST_TEST(accounts[2].label == "kie-3");
  BOOST_TEST(accounts[2].key.empty());
}

BOOST_AUTO_TEST_CASE(the_one_key_for_all_callbacks_is_refused_and_its_new_place_is_named) {
  const auto found = mistakes(smallest + "[upstream.callback]\nwebhook_key = 'hush'\n");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].find("14 upstream.callback.webhook_key: has moved") == 0u, found[0]);
  BOOST_TEST(holds(found, "[[upstream.kie]]"));
  BOOST_TEST(!holds(found, "hush"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
