#include "config/address.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config {

BOOST_AUTO_TEST_SUITE(address_suite)

BOOST_AUTO_TEST_CASE(a_base_url_has_a_scheme_a_host_and_perhaps_port_and_path) {
  BOOST_TEST(parse_base_url("https://API.kie.ai")->host == "api.kie.ai");
  BOOST_TEST(parse_base_url("https://api.kie.ai")->https);
  BOOST_TEST(!parse_base_url("http://127.0.0.1:9000/relay/v2")->https);
  BOOST_TEST(parse_base_url("http://127.0.0.1:9000/relay/v2")->host == "127.0.0.1");
  BOOST_TEST(parse_base_url("https://api.kie.ai")->host_and_port() == "api.kie.ai");
  BOOST_TEST(parse_base_url("https://api.kie.ai:443")->host_and_port() == "api.kie.ai");
  BOOST_TEST(parse_base_url("http://api.kie.ai:443")->host_and_port() == "api.kie.ai:443");
  BOOST_TEST(parse_base_url("http://127.0.0.1:9000")->host_and_port() == "127.0.0.1:9000");
}

BOOST_AUTO_TEST_CASE(everything_else_is_no_base_url) {
  for (const auto* text :
       {"", "https://", "https:///path", "api.kie.ai", "file:///etc/passwd", "https://u:p@host", "https://host?q=1",
        "https://host#f", "https://host/", "https://host:", "https://host:0", "https://host:65536", "https://host:80x",
        "https://ho st", "https://host\r\nx: y", "https://[::1]", "https://[::1]:80", "https://h%6fst"})
    BOOST_TEST(!parse_base_url(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(loopback_and_private_hosts_are_known_by_name_and_number) {
  for (const auto* host : {"localhost", "x.localhost", "127.0.0.1", "127.9.9.9"})
    BOOST_TEST(is_loopback(host), host);
  for (const auto* host : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1",
                           "0.0.0.0", "255.255.255.255", "224.0.0.1"}) {
    BOOST_TEST(is_private(host), host);
    BOOST_TEST(!is_loopback(host), host);
  }
  for (const auto* host : {"api.openai.com", "8.8.8.8", "172.32.0.1", "100.128.0.1", "localhost.net", "notlocalhost"})
    BOOST_TEST(!is_private(host), host);
}

BOOST_AUTO_TEST_CASE(an_ip_address_is_of_either_family) {
  for (const auto* text : {"127.0.0.1", "0.0.0.0", "::1", "::", "2001:db8::1"})
    BOOST_TEST(is_ip_address(text), text);
  for (const auto* text : {"", "localhost", "127.0.0", "127.0.0.1:80", "[::1]"})
    BOOST_TEST(!is_ip_address(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config
