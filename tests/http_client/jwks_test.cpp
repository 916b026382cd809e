#include "http/client/jwks.hpp"

#include "policies/vocabulary/base64.hpp"
#include "tests/http_client/printing.hpp"
#include "tests/http_client/signing.hpp"

#include <boost/test/data/test_case.hpp>

BOOST_AUTO_TEST_SUITE(jwks_suite)

using namespace easel;
using namespace easel::client;
using nlohmann::json;
using policies::failure_class;
using test::rsa_pair;
namespace data = boost::unit_test::data;

namespace {

auto decode(const std::string& body, int status = 200) { return decode_key_set({status, std::nullopt, body}); }

auto decode_keys(const json& keys) { return decode(json{{"keys", keys}}.dump()); }

json key(const std::string& id = "k1") { return rsa_pair::issuer().jwk(id); }

json key_with(const char* name, json value) {
  auto changed = key("odd");
  changed[name] = std::move(value);
  return changed;
}

json key_without(const char* name) {
  auto changed = key("odd");
  changed.erase(name);
  return changed;
}

/// An odd number of that many bits.
std::string number(std::size_t bits) {
  std::string bytes((bits + 7) / 8, '\xff');
  bytes.front() = static_cast<char>(1 << (bits - 1) % 8);
  return encode_base64url(bytes);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_keys_of_a_set_are_found_by_their_names) {
  auto bare = rsa_pair::stranger().jwk("k2");
  bare.erase("use");
  bare.erase("alg");
  const auto set = decode_key_set({200, std::nullopt, json{{"keys", {key(), bare}}}.dump(), std::chrono::hours(6)});
  BOOST_REQUIRE(set.has_value());
  BOOST_TEST(set->keys.size() == 2);
  BOOST_TEST((set->max_age == duration(std::chrono::hours(6))));
  BOOST_REQUIRE(set->find("k2") != nullptr);
  BOOST_TEST(set->find("k1")->modulus.size() == 256);
  BOOST_TEST(set->find("k1")->exponent == std::string("\1\0\1", 3));
  BOOST_TEST(set->find("K1") == nullptr);
  BOOST_TEST(set->find("") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_set_says_how_long_it_may_be_kept_or_nothing) {
  BOOST_TEST(!decode_keys(json::array({key()}))->max_age);
}

const json unusable[] = {
  json(7),
  json("RSA"),
  json::array(),
  key_with("kty", "EC"),
  key_with("kty", "oct"),
  key_with("kty", "rsa"),
  key_with("use", "enc"),
  key_with("use", 1),
  key_with("alg", "RS512"),
  key_with("alg", "HS256"),
  key_with("alg", nullptr),
  key_with("kid", ""),
  key_with("kid", 7),
  key_with("kid", std::string(256, 'k')),
  key_with("n", number(2047)),
  key_with("n", number(8193)),
  key_with("n", ""),
  key_with("n", 7),
  key_with("n", "AA" + number(2048)),
  key_with("n", number(2048) + "="),
  key_with("n", std::string(1u << 16, 'A')),
  key_with("n", encode_base64url(std::string(256, '\xfe'))), // even
  key_with("e", ""),
  key_with("e", "AQ"),      // 1
  key_with("e", "AA"),      // 0
  key_with("e", "BA"),      // 4
  key_with("e", "AAEAAQ"),  // 65537 with a zero byte in front
  key_with("e", "AQAAAAE"), // above 2^32
  key_with("e", 65537),
  key_without("kty"),
  key_without("kid"),
  key_without("n"),
  key_without("e"),
};

BOOST_DATA_TEST_CASE(a_key_that_is_not_for_rs256_is_passed_over, data::make(unusable), odd) {
  const auto set = decode_keys({odd, key()});
  BOOST_REQUIRE(set.has_value());
  BOOST_TEST(set->keys.size() == 1);
  BOOST_TEST(set->keys.front().id == "k1");
  const auto alone = decode_keys(json::array({odd}));
  BOOST_REQUIRE(!alone.has_value());
  BOOST_TEST(alone.error().code == "malformed_answer");
}

BOOST_AUTO_TEST_CASE(moduli_from_2048_to_8192_bits_are_taken) {
  for (const std::size_t bits : {2048u, 2056u, 4096u, 8192u})
    BOOST_TEST(decode_keys(json::array({key_with("n", number(bits))})).has_value(), bits);
  BOOST_TEST(!decode_keys(json::array({rsa_pair::weak().jwk("weak")})).has_value());
}

BOOST_AUTO_TEST_CASE(one_name_for_two_usable_keys_spoils_the_set) {
  BOOST_TEST(!decode_keys({key("k1"), rsa_pair::stranger().jwk("k1")}).has_value());
  auto other_use = rsa_pair::stranger().jwk("k1");
  other_use["use"] = "enc";
  BOOST_TEST(decode_keys({key("k1"), other_use}).has_value());
}

BOOST_AUTO_TEST_CASE(a_set_has_at_most_32_entries) {
  json keys = json::array();
  for (int i = 0; i < 32; ++i)
    keys.push_back(key("k" + std::to_string(i)));
  BOOST_TEST(decode_keys(keys)->keys.size() == 32);
  keys.push_back(json(7));
  BOOST_TEST(!decode_keys(keys).has_value());
}

const std::string malformed[] = {
  "",
  "null",
  "[]",
  "{}",
  "<html>",
  R"({"keys":null})",
  R"({"keys":{}})",
  R"({"keys":[]})",
  json{{"keys", {key()}}}.dump() + "x",
  R"({"keys":[],"keys":[)" + key().dump() + "]}",
  R"({"keys":[)" + key().dump().insert(1, R"("kid":"k0",)") + "]}",
  R"({"keys":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
};

BOOST_DATA_TEST_CASE(what_is_no_set_or_reads_in_two_ways_is_refused, data::make(malformed), body) {
  const auto set = decode(body);
  BOOST_REQUIRE(!set.has_value());
  BOOST_TEST(set.error().what == failure_class::incomplete);
  BOOST_TEST(set.error().code == "malformed_answer");
}

BOOST_AUTO_TEST_CASE(another_status_is_no_set_whatever_it_holds) {
  const auto body = json{{"keys", {key()}}}.dump();
  BOOST_TEST(decode(body, 503).error().what == failure_class::unavailable);
  BOOST_TEST(decode(body, 302).error().what == failure_class::our_account);
  BOOST_TEST(decode(body, 404).error().code == "http_404");
}

BOOST_AUTO_TEST_SUITE_END()
