#include "config/egress.hpp"
#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config::test {

BOOST_AUTO_TEST_SUITE(egress_suite)

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

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
