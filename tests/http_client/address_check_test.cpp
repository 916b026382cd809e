#include "http/client/address_check.hpp"

#include <arpa/inet.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <string>

BOOST_AUTO_TEST_SUITE(address_check_suite)

using easel::client::address_reach;
using easel::client::reach_of;
namespace data = boost::unit_test::data;

namespace {

address_reach reach(const std::string& text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1)
    return reach_of(reinterpret_cast<const sockaddr&>(v4), sizeof v4);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  BOOST_REQUIRE_MESSAGE(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1, text);
  return reach_of(reinterpret_cast<const sockaddr&>(v6), sizeof v6);
}

const char* const global[] = {"1.1.1.1",     "9.255.255.255", "11.0.0.1",  "100.63.255.255",       "100.128.0.1",
                              "172.15.0.1",  "172.32.0.1",    "192.0.1.1", "192.167.1.1",          "198.17.0.1",
                              "198.20.0.1",  "223.255.255.1", "8.8.8.8",   "2606:4700:4700::1111", "2a00:1450::1",
                              "2001:4860::", "2003:0:0:1::ab"};

const char* const loopback[] = {"127.0.0.1", "127.255.255.254", "::1"};

const char* const special[] = {"0.0.0.0",
                               "10.0.0.1",
                               "100.64.0.1",
                               "100.127.255.255",
                               "169.254.169.254",
                               "172.16.0.1",
                               "172.31.255.255",
                               "192.0.0.8",
                               "192.0.2.1",
                               "192.88.99.1",
                               "192.168.1.1",
                               "198.18.0.1",
                               "198.51.100.1",
                               "203.0.113.9",
                               "224.0.0.1",
                               "239.1.1.1",
                               "240.0.0.1",
                               "255.255.255.255",
                               "::",
                               "::ffff:127.0.0.1",
                               "::ffff:8.8.8.8",
                               "::7f00:1",
                               "64:ff9b::808:808",
                               "64:ff9b:1::1",
                               "100::1",
                               "2001::1",
                               "2001:1ff::1",
                               "2001:db8::1",
                               "2002:7f00:1::1",
                               "3fff::1",
                               "fc00::1",
                               "fd12:3456::1",
                               "fe80::1",
                               "fec0::1",
                               "ff02::1",
                               "5f00::1"};

} // namespace

BOOST_DATA_TEST_CASE(public_addresses_are_global, data::make(global), text) {
  BOOST_TEST((reach(text) == address_reach::global));
}

BOOST_DATA_TEST_CASE(loopback_is_told_apart, data::make(loopback), text) {
  BOOST_TEST((reach(text) == address_reach::loopback));
}

BOOST_DATA_TEST_CASE(private_mapped_and_translated_addresses_are_special, data::make(special), text) {
  BOOST_TEST((reach(text) == address_reach::special));
}

BOOST_AUTO_TEST_CASE(another_family_or_a_cut_address_is_special) {
  sockaddr_in v4{};
  v4.sin_family = AF_UNIX;
  BOOST_TEST((reach_of(reinterpret_cast<const sockaddr&>(v4), sizeof v4) == address_reach::special));
  v4.sin_family = AF_INET;
  inet_pton(AF_INET, "8.8.8.8", &v4.sin_addr);
  BOOST_TEST((reach_of(reinterpret_cast<const sockaddr&>(v4), 4) == address_reach::special));
}

BOOST_AUTO_TEST_SUITE_END()
