#include "http/client/cache_control.hpp"
#include "http/client/google_discovery.hpp"
#include "http/client/google_token.hpp"
#include "http/client/id_token.hpp"
#include "http/client/jws.hpp"

#include "http/client/egress_table.hpp"
#include "policies/vocabulary/base64.hpp"
#include "tests/http_client/mutator.hpp"
#include "tests/http_client/signing.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(google_fuzz_suite)

/// As fuzz_test.cpp: nothing may crash or throw, and what is accepted must hold what its type promises.
namespace {

using namespace easel;
using namespace easel::client;
using nlohmann::json;
using test::mutator;
using test::rsa_pair;

constexpr int rounds = 20'000;

const std::string header = R"({"alg":"RS256","kid":"k1","typ":"JWT","crut":["b64"]})";
const std::string payload =
  R"({"iss":"https://accounts.google.com","aud":["us","them"],"azp":"us","sub":"1076","email":"ada@example.com",
  "email_verified":"true","name":"Ada","nonce":"n","iat":1795000000,"exp":1795003600,"address":{"country":["x"]}})";

key_set keys() {
  return *decode_key_set({200, std::nullopt, json{{"keys", json::array({rsa_pair::issuer().jwk("k1")})}}.dump()});
}

} // namespace

BOOST_AUTO_TEST_CASE(a_bent_token_is_the_same_token_or_none) {
  mutator mutate;
  const auto token = test::signed_token(rsa_pair::issuer(), header, payload);
  const auto set = keys();
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto bent = mutate(token);
    const auto claims = google::read_id_token(secret_text(bent), set);
    BOOST_REQUIRE(!claims || bent == token);
    refused += claims ? 0 : 1;
  }
  BOOST_TEST(refused > 0);
  BOOST_TEST(google::read_id_token(secret_text(token), set).has_value());
}

BOOST_AUTO_TEST_CASE(a_bent_header_is_taken_only_if_it_says_rs256_and_names_a_key) {
  mutator mutate;
  int taken = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto bent = mutate(header);
    const auto jws = unverified_jws::parse(secret_text(test::unsigned_token(bent, payload) + ".AAAA"));
    if (!jws)
      continue;
    ++taken;
    const auto read = json::parse(bent);
    BOOST_REQUIRE(read.at("alg") == "RS256");
    BOOST_REQUIRE(read.at("kid") == jws->key_id());
    BOOST_REQUIRE(!read.contains("crit"));
  }
  BOOST_TEST(taken > 0);
  BOOST_TEST(taken < rounds);
}

BOOST_AUTO_TEST_CASE(bent_claims_are_read_as_another_parser_reads_them) {
  mutator mutate;
  int taken = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto bent = mutate(payload);
    const auto claims = google::decode_claims(bent);
    if (!claims)
      continue;
    ++taken;
    const auto read = json::parse(bent);
    BOOST_REQUIRE(read.value("sub", "") == claims->sub.reveal());
    BOOST_REQUIRE(read.value("nonce", "") == claims->nonce.reveal());
    BOOST_REQUIRE(read.at("exp") == claims->exp);
    BOOST_REQUIRE(read.at("iat") == claims->iat);
    BOOST_REQUIRE(read.contains("azp") == claims->azp.has_value());
    BOOST_REQUIRE(claims->aud.size() <= 16);
    const auto verified = read.value("email_verified", json(false));
    BOOST_REQUIRE(claims->email_verified == (verified == "true" || verified == true));
  }
  BOOST_TEST(taken > 0);
  BOOST_TEST(taken < rounds);
}

BOOST_AUTO_TEST_CASE(a_bent_key_set_holds_only_keys_of_their_kind) {
  mutator mutate;
  auto second = rsa_pair::stranger().jwk("k2");
  second["alg"] = "ES256";
  const auto body = json{{"keys", {rsa_pair::issuer().jwk("k1"), second}}}.dump();
  int taken = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto set = decode_key_set({200, std::nullopt, mutate(body)});
    if (!set) {
      BOOST_REQUIRE(!set.error().code.empty());
      continue;
    }
    ++taken;
    BOOST_REQUIRE(!set->keys.empty() && set->keys.size() <= 32);
    for (const auto& key : set->keys) {
      BOOST_REQUIRE(!key.id.empty());
      BOOST_REQUIRE(set->find(key.id) == &key);
      BOOST_REQUIRE(key.modulus.size() >= 256 && key.modulus.size() <= 1024);
      BOOST_REQUIRE((key.modulus.back() & 1) == 1 && (key.exponent.back() & 1) == 1);
      BOOST_REQUIRE(key.exponent != "\1");
    }
  }
  BOOST_TEST(taken > 0);
  BOOST_TEST(taken < rounds);
}

BOOST_AUTO_TEST_CASE(bent_discovery_names_only_urls_to_call_and_bent_exchanges_only_a_token) {
  mutator mutate;
  const std::string document = R"({"issuer":"https://accounts.google.com",
    "authorization_endpoint":"https://accounts.google.com/o/oauth2/v2/auth","x":[{"y":null}],
    "token_endpoint":"https://oauth2.googleapis.com/token","jwks_uri":"https://www.googleapis.com/oauth2/v3/certs"})";
  const std::string tokens = R"({"access_token":"ya29","expires_in":3599,"id_token":"a.b.c","token_type":"Bearer"})";
  for (int i = 0; i < rounds; ++i) {
    if (const auto found =
          google::decode_discovery({200, std::nullopt, mutate(document)}, "https://accounts.google.com"))
      for (const auto* url : {&found->at.authorization, &found->at.token, &found->at.keys})
        BOOST_REQUIRE(parse_target(*url));
    const auto token = google::decode_exchange({i % 2 == 0 ? 200 : 400, std::nullopt, mutate(tokens)});
    BOOST_REQUIRE(token ? i % 2 == 0 && !token->empty() : !token.error().code.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_bent_cache_control_is_never_longer_than_a_year) {
  mutator mutate;
  for (int i = 0; i < rounds; ++i)
    if (const auto age = parse_max_age(mutate("public, max-age=19826, must-revalidate")))
      BOOST_REQUIRE((*age >= duration::zero() && *age <= std::chrono::hours(24 * 365)));
}

BOOST_AUTO_TEST_SUITE_END()
