#include "http/client/id_token.hpp"

#include "http/client/jws.hpp"
#include "http/client/rs256.hpp"
#include "policies/vocabulary/base64.hpp"
#include "tests/http_client/printing.hpp"
#include "tests/http_client/signing.hpp"

#include <boost/test/data/test_case.hpp>
#include <openssl/err.h>

#include <algorithm>

using namespace easel;
using namespace easel::client;
using nlohmann::json;
using test::rsa_pair;
using test::signed_token;
using test::unsigned_token;
using fault = policies::id_token_fault;
namespace data = boost::unit_test::data;

namespace easel::policies {
static std::ostream& operator<<(std::ostream& out, id_token_fault value) { return out << to_string(value); }
} // namespace easel::policies

BOOST_AUTO_TEST_SUITE(id_token_suite)

namespace {

constexpr std::int64_t second = 1'795'000'000;
constexpr instant now{std::chrono::seconds(second)};
const secret_text nonce("the-nonce");
const std::string header = R"({"alg":"RS256","kid":"k1","typ":"JWT"})";

policies::id_token_rules rules() {
  policies::id_token_rules out;
  out.client_id = "us";
  return out;
}

json payload() {
  return {{"iss", "https://accounts.google.com"},
          {"aud", "us"},
          {"azp", "us"},
          {"sub", "10769150350006150715113082367"},
          {"email", "ada@example.com"},
          {"email_verified", true},
          {"name", "Ada Lovelace"},
          {"nonce", "the-nonce"},
          {"iat", second - 5},
          {"exp", second + 3595},
          {"at_hash", "HK6E_P6Dh8Y93mRNtsDB1Q"},
          {"hd", "canary.example"},
          {"picture", "https://canary.example/a.png"},
          {"given_name", "canary"},
          {"locale", "canary"}};
}

json payload_with(const char* name, json value) {
  auto changed = payload();
  changed[name] = std::move(value);
  return changed;
}

json payload_without(const char* name) {
  auto changed = payload();
  changed.erase(name);
  return changed;
}

key_set keys_of(const json& keys) {
  auto set = decode_key_set({200, std::nullopt, json{{"keys", keys}}.dump()});
  BOOST_REQUIRE(set.has_value());
  return *std::move(set);
}

const key_set& keys() {
  static const auto set = keys_of({rsa_pair::issuer().jwk("k1"), rsa_pair::stranger().jwk("k2")});
  return set;
}

/// All that stands between a token and a person.
expected<policies::signed_in_person, fault> sign_in(const std::string& token) {
  const auto claims = google::read_id_token(secret_text(token), keys());
  if (!claims)
    return unexpected(claims.error());
  return policies::check_id_token(*claims, rules(), nonce, now);
}

std::string issued(const json& claims) { return signed_token(rsa_pair::issuer(), header, claims.dump()); }

std::string with_header(const std::string& head, const std::string& body = payload().dump()) {
  return signed_token(rsa_pair::issuer(), head, body);
}

fault fault_of(const std::string& token) {
  const auto person = sign_in(token);
  BOOST_REQUIRE(!person.has_value());
  return person.error();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_good_token_signs_a_person_in) {
  const auto person = sign_in(issued(payload()));
  BOOST_REQUIRE(person.has_value());
  BOOST_TEST(person->subject.reveal() == "10769150350006150715113082367");
  BOOST_TEST(person->email.reveal() == "ada@example.com");
  BOOST_TEST(person->display_name.reveal() == "Ada Lovelace");
}

BOOST_AUTO_TEST_CASE(the_signature_of_rfc_7515_appendix_a_2_verifies_and_no_other_message_with_it) {
  const signing_key key{
    "",
    *decode_base64url("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2"
                      "mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7"
                      "OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMT"
                      "BQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkM"
                      "Ls91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
    std::string("\1\0\1", 3)};
  const std::string message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                              "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const auto signature = *decode_base64url(
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1"
    "dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDw"
    "usC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77R"
    "w");
  BOOST_TEST(is_rs256_signature(key, message, signature));
  BOOST_TEST(!is_rs256_signature(key, message + "x", signature));
  BOOST_TEST(!is_rs256_signature(key, message, signature.substr(1)));
  BOOST_TEST(!is_rs256_signature(key, message, signature + '\0'));
  BOOST_TEST(!is_rs256_signature(key, message, ""));
  BOOST_TEST(!is_rs256_signature({"", std::string(256, '\xff'), key.exponent}, message, signature));
  BOOST_TEST(!is_rs256_signature({}, message, signature));
}

BOOST_AUTO_TEST_CASE(no_claim_is_kept_but_the_declared_ones) {
  const auto claims = google::read_id_token(secret_text(issued(payload())), keys());
  BOOST_REQUIRE(claims.has_value());
  for (const auto* text : {&claims->iss, &claims->aud.front(), &*claims->azp, &claims->nonce.reveal(),
                           &claims->sub.reveal(), &claims->email.reveal(), &claims->name.reveal()})
    BOOST_TEST(text->find("canary") == std::string::npos);
  BOOST_TEST(claims->exp == second + 3595);
  BOOST_TEST(claims->iat == second - 5);
}

BOOST_AUTO_TEST_CASE(only_rs256_is_an_algorithm) {
  const auto body = payload().dump();
  for (const auto* alg : {"none", "None", "nOnE", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", "RS256 ", ""}) {
    const auto head = json{{"alg", alg}, {"kid", "k1"}}.dump();
    BOOST_TEST(fault_of(with_header(head)) == fault::algorithm, alg);
    BOOST_TEST(fault_of(unsigned_token(head, body) + '.') == fault::algorithm, alg);
  }
  for (const auto* head : {R"({"kid":"k1"})", R"({"alg":null,"kid":"k1"})", R"({"alg":["RS256"],"kid":"k1"})",
                           R"({"alg":256,"kid":"k1"})"})
    BOOST_TEST(fault_of(with_header(std::string(head))) == fault::algorithm, head);
}

BOOST_AUTO_TEST_CASE(the_public_key_is_no_secret_to_sign_with) {
  const auto& key = rsa_pair::issuer();
  for (const auto* alg : {"HS256", "RS256"})
    for (const auto& secret : {key.pem(), key.jwk("k1").at("n").get<std::string>(), key.jwk("k1").dump()}) {
      const auto text = unsigned_token(json{{"alg", alg}, {"kid", "k1"}}.dump(), payload().dump());
      const auto token = text + '.' + encode_base64url(test::hmac_sha256(secret, text));
      BOOST_TEST(fault_of(token) == (std::string(alg) == "HS256" ? fault::algorithm : fault::signature));
    }
}

BOOST_AUTO_TEST_CASE(a_signature_of_another_scheme_is_none) {
  const auto text = unsigned_token(header, payload().dump());
  const auto& key = rsa_pair::issuer();
  for (const auto& signature :
       {key.sign_pss(text), key.sign(text, EVP_sha512()), key.sign(text, EVP_sha1()), key.sign(text + '.'),
        std::string(256, '\0'), std::string(256, '\xff'), std::string(1, '\0'), std::string("\1")})
    BOOST_TEST(fault_of(text + '.' + encode_base64url(signature)) == fault::signature);
}

BOOST_AUTO_TEST_CASE(a_token_is_verified_with_the_key_that_it_names_and_no_other) {
  const auto body = payload().dump();
  BOOST_TEST(fault_of(with_header(R"({"alg":"RS256","kid":"k2"})")) == fault::signature);
  BOOST_TEST(fault_of(with_header(R"({"alg":"RS256","kid":"k3"})")) == fault::unknown_key);
  BOOST_TEST(fault_of(with_header(R"({"alg":"RS256","kid":"K1"})")) == fault::unknown_key);
  BOOST_TEST(fault_of(signed_token(rsa_pair::stranger(), header, body)) == fault::signature);
  BOOST_TEST(sign_in(signed_token(rsa_pair::stranger(), R"({"alg":"RS256","kid":"k2"})", body)).has_value());
  const auto jws = unverified_jws::parse(secret_text(issued(payload())));
  BOOST_REQUIRE(jws.has_value());
  BOOST_TEST(jws->key_id() == "k1");
  BOOST_TEST(jws->verify(keys().keys.at(1)).error() == fault::unknown_key);
}

BOOST_AUTO_TEST_CASE(a_token_must_name_one_key) {
  for (const auto* head : {R"({"alg":"RS256"})", R"({"alg":"RS256","kid":""})", R"({"alg":"RS256","kid":7})",
                           R"({"alg":"RS256","kid":null})", R"({"alg":"RS256","kid":["k1"]})"})
    BOOST_TEST(fault_of(with_header(std::string(head))) == fault::no_key_id, head);
  BOOST_TEST(fault_of(with_header(json{{"alg", "RS256"}, {"kid", std::string(256, 'k')}}.dump())) == fault::no_key_id);
  BOOST_TEST(fault_of(with_header(R"({"alg":"RS256","kid":"k1","kid":"k2"})")) == fault::malformed);
  BOOST_TEST(fault_of(with_header(R"({"alg":"RS256","kid":"k1","k\u0069d":"k1"})")) == fault::malformed);
  BOOST_TEST(fault_of(with_header(R"({"alg":"none","alg":"RS256","kid":"k1"})")) == fault::malformed);
}

BOOST_AUTO_TEST_CASE(a_key_that_the_token_brings_along_is_not_looked_at) {
  const auto own = rsa_pair::weak().jwk("k1");
  const json head{{"alg", "RS256"},
                  {"kid", "k1"},
                  {"jwk", own},
                  {"jku", "https://evil.example/jwks"},
                  {"x5u", "https://evil.example/x5u"},
                  {"x5c", {"MIIB"}}};
  BOOST_TEST(fault_of(signed_token(rsa_pair::weak(), head.dump(), payload().dump())) == fault::signature);
  BOOST_TEST(sign_in(with_header(head.dump())).has_value());
  const json critical{{"alg", "RS256"}, {"kid", "k1"}, {"crit", {"b64"}}, {"b64", false}};
  BOOST_TEST(fault_of(with_header(critical.dump())) == fault::malformed);
}

BOOST_AUTO_TEST_CASE(a_key_of_1024_bits_verifies_nothing) {
  const auto set = keys_of({rsa_pair::weak().jwk("weak"), rsa_pair::issuer().jwk("k1")});
  const auto token = signed_token(rsa_pair::weak(), R"({"alg":"RS256","kid":"weak"})", payload().dump());
  BOOST_TEST(google::read_id_token(secret_text(token), set).error() == fault::unknown_key);
}

BOOST_AUTO_TEST_CASE(a_changed_byte_anywhere_is_noticed) {
  const auto token = issued(payload());
  for (std::size_t at = 0; at < token.size(); at += 7) {
    auto changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (changed != token)
      BOOST_TEST(!sign_in(changed).has_value(), "byte " << at);
  }
}

BOOST_AUTO_TEST_CASE(a_token_that_was_cut_or_extended_is_none) {
  const auto token = issued(payload());
  for (const std::size_t less : {1u, 2u, 3u, 4u, 100u, 342u, 343u})
    BOOST_TEST(!sign_in(token.substr(0, token.size() - less)).has_value(), less << " bytes less");
  for (const auto& more : {std::string("A"), std::string("="), std::string("."), std::string(".x"), std::string(" "),
                           std::string("\n"), std::string(1, '\0')})
    BOOST_TEST(!sign_in(token + more).has_value(), "with '" << more << "'");
  for (const auto* none : {"", ".", "..", "...", "a.b.c", "a.b", "eyJ9.eyJ9."})
    BOOST_TEST(fault_of(none) == fault::malformed, none);
  const auto text = unsigned_token(header, payload().dump());
  BOOST_TEST(fault_of(text + '.') == fault::malformed);
  BOOST_TEST(fault_of(unsigned_token(header, "") + ".AA") == fault::malformed);
}

BOOST_AUTO_TEST_CASE(a_signature_has_one_spelling) {
  const auto token = issued(payload());
  const auto dot = token.rfind('.');
  // 256 bytes leave four bits of the last character unused: three neighbours of it would decode to the same bytes.
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto last = digits.find(token.back());
  BOOST_REQUIRE(last % 16 == 0);
  for (std::size_t more = 1; more < 16; ++more)
    BOOST_TEST(fault_of(token.substr(0, token.size() - 1) + digits[last + more]) == fault::malformed);
  BOOST_TEST(fault_of(token + "==") == fault::malformed);
  auto standard = token.substr(dot + 1);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  if (standard != token.substr(dot + 1))
    BOOST_TEST(fault_of(token.substr(0, dot + 1) + standard) == fault::malformed);
  BOOST_TEST(fault_of(token.substr(0, dot + 1) + "\n" + token.substr(dot + 1)) == fault::malformed);
}

BOOST_AUTO_TEST_CASE(a_token_has_at_most_16_kib_and_a_header_at_most_1_kib) {
  const auto padded = [](std::size_t size) { return issued(payload_with("picture", std::string(size, 'x'))); };
  BOOST_TEST(sign_in(padded(10'000)).has_value());
  BOOST_TEST(fault_of(padded(12'000)) == fault::malformed);
  BOOST_TEST(fault_of(padded(2'000'000)) == fault::malformed);
  const auto head = [](std::size_t size) {
    return json{{"alg", "RS256"}, {"kid", "k1"}, {"x", std::string(size, 'x')}};
  };
  BOOST_TEST(sign_in(with_header(head(900).dump())).has_value());
  BOOST_TEST(fault_of(with_header(head(1024).dump())) == fault::malformed);
}

BOOST_AUTO_TEST_CASE(deep_and_broken_json_is_no_token) {
  const std::string deep = std::string(3000, '[') + std::string(3000, ']');
  BOOST_TEST(fault_of(with_header(header, R"({"x":)" + deep + "}")) == fault::malformed);
  BOOST_TEST(fault_of(with_header(R"({"x":)" + std::string(300, '[') + std::string(300, ']') + "}"))
             == fault::malformed);
  for (const auto* body : {"", "null", "[]", "7", "\"x\"", "{", "{}x", "\xff", "{\"iss\":\"\xff\"}"})
    BOOST_TEST(fault_of(with_header(header, body)) == fault::malformed, body);
  for (const auto* head : {"null", "[]", "7", "RS256", "{\"alg\":\"RS256\",\"kid\":\"k1\""})
    BOOST_TEST(fault_of(with_header(head)) == fault::malformed, head);
}

BOOST_AUTO_TEST_CASE(a_claim_that_comes_twice_makes_the_token_ambiguous) {
  const auto twice = [](const std::string& more) {
    return with_header(header, payload().dump().insert(1, more + ','));
  };
  for (const auto* more : {R"("aud":"us")", R"("sub":"1")", R"("exp":1)", R"("email_verified":true)",
                           R"("s\u0075b":"1")", R"("unknown":1,"unknown":2)", R"("address":{"a":1,"a":1})"})
    BOOST_TEST(fault_of(twice(more)) == fault::malformed, more);
  BOOST_TEST(sign_in(twice(R"("address":{"a":1,"b":{"a":1}},"list":[{"a":1},{"a":1}])")).has_value());
}

struct claim_case {
  json claims;
  std::optional<fault> expected;

  friend std::ostream& operator<<(std::ostream& out, const claim_case& one) { return out << one.claims; }
};

const claim_case claim_cases[] = {
  {payload_with("iss", "accounts.google.com"), std::nullopt},
  {payload_with("iss", "https://evil.example"), fault::issuer},
  {payload_with("iss", 7), fault::malformed},
  {payload_without("iss"), fault::issuer},
  {payload_with("aud", "them"), fault::audience},
  {payload_with("aud", json::array({"us"})), std::nullopt},
  {payload_with("aud", {"us", "them"}), std::nullopt},
  {payload_with("aud", {"them", "others"}), fault::audience},
  {payload_with("aud", json::array()), fault::audience},
  {payload_with("aud", json::array({7})), fault::malformed},
  {payload_with("aud", json::array({json::array({"us"})})), fault::malformed},
  {payload_with("aud", std::vector<std::string>(17, "us")), fault::malformed},
  {payload_with("aud", {{"us", true}}), fault::malformed},
  {payload_with("aud", nullptr), fault::malformed},
  {payload_without("aud"), fault::audience},
  {payload_with("azp", "them"), fault::authorized_party},
  {payload_with("azp", nullptr), fault::malformed},
  {payload_without("azp"), std::nullopt},
  {payload_with("exp", second - 60), fault::expired},
  {payload_with("exp", -1), fault::malformed},
  {payload_with("exp", 1e300), fault::malformed},
  {payload_with("exp", 1.5), fault::malformed},
  {payload_with("exp", "1795003595"), fault::malformed},
  {payload_with("exp", UINT64_MAX), fault::malformed},
  {payload_without("exp"), fault::malformed},
  {payload_with("iat", second + 61), fault::from_the_future},
  {payload_with("iat", second - 661), fault::too_old},
  {payload_without("iat"), fault::malformed},
  {payload_with("nonce", "another"), fault::nonce},
  {payload_with("nonce", 7), fault::malformed},
  {payload_without("nonce"), fault::nonce},
  {payload_with("sub", ""), fault::subject},
  {payload_with("sub", std::string(255, '1')), std::nullopt},
  {payload_with("sub", std::string(256, '1')), fault::subject},
  {payload_with("sub", 107691503), fault::malformed},
  {payload_without("sub"), fault::subject},
  {payload_with("email_verified", "true"), std::nullopt},
  {payload_with("email_verified", false), fault::email_unverified},
  {payload_with("email_verified", "false"), fault::email_unverified},
  {payload_with("email_verified", "TRUE"), fault::malformed},
  {payload_with("email_verified", 1), fault::malformed},
  {payload_with("email_verified", nullptr), fault::malformed},
  {payload_without("email_verified"), fault::email_unverified},
  {payload_with("email", 7), fault::malformed},
  {payload_without("email"), fault::email},
  {payload_with("name", json::object()), fault::malformed},
  {payload_without("name"), std::nullopt},
  {payload_with("picture", json::object()), std::nullopt},
  {payload_with("nbf", second + 100'000), std::nullopt},
};

std::string told(std::optional<fault> what) { return what ? std::string(to_string(*what)) : "accepted"; }

BOOST_DATA_TEST_CASE(each_claim_has_its_rule, data::make(claim_cases), one) {
  const auto person = sign_in(issued(one.claims));
  BOOST_TEST(told(person ? std::nullopt : std::optional(person.error())) == told(one.expected));
}

BOOST_AUTO_TEST_CASE(two_audiences_need_an_authorized_party) {
  auto claims = payload_with("aud", {"us", "them"});
  claims.erase("azp");
  BOOST_TEST(fault_of(issued(claims)) == fault::authorized_party);
  claims["azp"] = "them";
  BOOST_TEST(fault_of(issued(claims)) == fault::authorized_party);
}

BOOST_AUTO_TEST_CASE(a_bad_token_leaves_no_error_for_the_next_user_of_the_thread) {
  BOOST_TEST(fault_of(unsigned_token(header, payload().dump()) + "." + encode_base64url(std::string(256, '\1')))
             == fault::signature);
  BOOST_TEST(ERR_peek_error() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
