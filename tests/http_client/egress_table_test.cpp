#include "http/client/egress_table.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(egress_table_suite)

using namespace easel;
using namespace easel::client;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_CASE(a_url_is_split_into_what_decides_where_it_goes) {
  const auto plain = parse_target("https://API.Example.net/v1/x?y=1#z");
  BOOST_REQUIRE(plain);
  BOOST_TEST(plain->host_and_port() == "api.example.net");
  BOOST_TEST(plain->port == 443);
  const auto odd = parse_target("http://127.0.0.1:8080");
  BOOST_REQUIRE(odd);
  BOOST_TEST(odd->host_and_port() == "127.0.0.1:8080");
  BOOST_TEST(!odd->https);
  BOOST_TEST(parse_target("https://a.example?q")->host == "a.example");
  BOOST_TEST(parse_target("https://a.example:443/")->host_and_port() == "a.example");
  BOOST_TEST(parse_target("https://a.example:80/")->host_and_port() == "a.example:80");
}

const char* const unacceptable[] = {"",
                                    "https://",
                                    "https:///x",
                                    "ftp://a.example/",
                                    "file:///etc/passwd",
                                    "HTTPS://a.example/",
                                    "https://user@a.example/",
                                    "https://user:pw@a.example/",
                                    "https://a.example:0/",
                                    "https://a.example:65536/",
                                    "https://a.example:443x/",
                                    "https://a.example:/",
                                    "https://a.example:1:2/",
                                    "https://[::1]/",
                                    "https://a.example\\@b.example/",
                                    "https://a.example/with space",
                                    "https://a.example/\r\nX: y",
                                    "https://ä.example/",
                                    "https://a%2eexample/",
                                    "//a.example/"};

BOOST_DATA_TEST_CASE(a_url_that_two_parsers_could_read_differently_is_none, data::make(unacceptable), text) {
  BOOST_TEST(!parse_target(text));
}

BOOST_AUTO_TEST_CASE(a_url_longer_than_2048_bytes_is_none) {
  const std::string head = "https://a.example/";
  BOOST_TEST(bool(parse_target(head + std::string(2048 - head.size(), 'x'))));
  BOOST_TEST(!parse_target(head + std::string(2049 - head.size(), 'x')));
}

BOOST_AUTO_TEST_CASE(a_host_belongs_to_one_recipient_only) {
  const policies::egress_table table{{{recipient::kie, {"api.kie.ai"}}, {recipient::sub2api, {"relay.example:8443"}}}};
  const auto may = [&](recipient to, const char* url, bool http = false) {
    return may_call(table, to, *parse_target(url), http);
  };
  BOOST_TEST(may(recipient::kie, "https://api.kie.ai/x"));
  BOOST_TEST(!may(recipient::sub2api, "https://api.kie.ai/x"));
  BOOST_TEST(!may(recipient::google, "https://api.kie.ai/x"));
  BOOST_TEST(!may(recipient::kie, "https://api.kie.ai:8443/x"));
  BOOST_TEST(!may(recipient::kie, "https://evil.api.kie.ai/x"));
  BOOST_TEST(may(recipient::sub2api, "https://relay.example:8443/x"));
  BOOST_TEST(!may(recipient::sub2api, "https://relay.example/x"));
  BOOST_TEST(!may(recipient::kie, "http://api.kie.ai/x"));
  BOOST_TEST(may(recipient::kie, "http://api.kie.ai/x", true));
}

BOOST_AUTO_TEST_SUITE_END()
