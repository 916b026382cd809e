#include "http/client/google_authorization.hpp"
#include "http/client/google_discovery.hpp"
#include "http/client/google_token.hpp"

#include "http/client/form.hpp"
#include "tests/http_client/printing.hpp"

#include <boost/test/data/test_case.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(google_suite)

using namespace easel;
using namespace easel::client;
using nlohmann::json;
using policies::failure_class;
namespace data = boost::unit_test::data;

namespace {

const std::string issuer = "https://accounts.google.com";

json discovery() {
  return {{"issuer", issuer},
          {"authorization_endpoint", "https://accounts.google.com/o/oauth2/v2/auth"},
          {"token_endpoint", "https://oauth2.googleapis.com/token"},
          {"jwks_uri", "https://www.googleapis.com/oauth2/v3/certs"},
          {"response_types_supported", {"code", "token"}},
          {"id_token_signing_alg_values_supported", {"RS256"}}};
}

auto discovered(const std::string& body, int status = 200) {
  return google::decode_discovery({status, std::nullopt, body}, issuer);
}

auto exchanged(int status, const std::string& body) { return google::decode_exchange({status, std::nullopt, body}); }

google::authorization_request request() {
  return {"us.apps.example",
          "https://gpt-image-ai.example/sign-in/callback",
          secret_text("the-state"),
          secret_text("the-nonce"),
          secret_text("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
          false};
}

} // namespace

BOOST_AUTO_TEST_CASE(the_challenge_is_that_of_rfc_7636_appendix_b) {
  BOOST_TEST(google::code_challenge(secret_text("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
             == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

BOOST_AUTO_TEST_CASE(a_verifier_has_43_to_128_unreserved_characters) {
  BOOST_TEST(google::is_code_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
  BOOST_TEST(google::is_code_verifier(std::string(128, '~')));
  BOOST_TEST(!google::is_code_verifier(std::string(42, 'a')));
  BOOST_TEST(!google::is_code_verifier(std::string(129, 'a')));
  for (const char odd : {'+', '/', '=', ' ', '%', '\0', '\xc3'})
    BOOST_TEST(!google::is_code_verifier(std::string(50, 'a') + odd));
}

BOOST_AUTO_TEST_CASE(the_browser_is_sent_with_exactly_what_section_4_2_lists) {
  BOOST_TEST(google::encode_authorization_url("https://accounts.google.com/o/oauth2/v2/auth", request())
             == "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=us.apps.example"
                "&redirect_uri=https%3A%2F%2Fgpt-image-ai.example%2Fsign-in%2Fcallback"
                "&scope=openid%20email%20profile&state=the-state&nonce=the-nonce"
                "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
}

BOOST_AUTO_TEST_CASE(another_account_is_chosen_only_on_wish_and_an_endpoint_may_have_a_query) {
  auto another = request();
  another.choose_account = true;
  const auto url = google::encode_authorization_url("https://a.example/auth?tenant=1", another);
  BOOST_TEST(url.rfind("https://a.example/auth?tenant=1&response_type=code&", 0) == 0u);
  BOOST_TEST(url.find("&prompt=select_account") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_verifier_itself_never_goes_through_the_browser) {
  BOOST_TEST(google::encode_authorization_url("https://a.example", request()).find("dBjft") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_in_a_form_can_end_its_field) {
  BOOST_TEST(encode_form({}) == "");
  BOOST_TEST(encode_form({{"a", ""}, {"b", "1"}}) == "a=&b=1");
  BOOST_TEST(encode_form({{"a", "&b=2#c+d e%\r\n/?"}}) == "a=%26b%3D2%23c%2Bd%20e%25%0D%0A%2F%3F");
  BOOST_TEST(encode_form({{"a", "\xc3\xa9"}, {"b", std::string(1, '\0')}}) == "a=%C3%A9&b=%00");
  BOOST_TEST(encode_form({{"a", "AZaz09-._~"}}) == "a=AZaz09-._~");
}

BOOST_AUTO_TEST_CASE(discovery_names_three_endpoints_and_how_long_they_may_be_kept) {
  BOOST_TEST(google::discovery_url(issuer) == "https://accounts.google.com/.well-known/openid-configuration");
  const auto found = google::decode_discovery({200, std::nullopt, discovery().dump(), std::chrono::hours(1)}, issuer);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->at.authorization == "https://accounts.google.com/o/oauth2/v2/auth");
  BOOST_TEST(found->at.token == "https://oauth2.googleapis.com/token");
  BOOST_TEST(found->at.keys == "https://www.googleapis.com/oauth2/v3/certs");
  BOOST_TEST((found->max_age == duration(std::chrono::hours(1))));
}

BOOST_AUTO_TEST_CASE(a_document_of_another_issuer_is_refused_by_name) {
  for (const json& other : {json("https://accounts.google.com/"), json("accounts.google.com"),
                            json("https://evil.example"), json(7), json()}) {
    auto document = discovery();
    document["issuer"] = other;
    BOOST_TEST(discovered(document.dump()).error().code == "foreign_issuer");
  }
}

BOOST_AUTO_TEST_CASE(every_endpoint_must_be_a_url_to_call) {
  for (const auto* name : {"authorization_endpoint", "token_endpoint", "jwks_uri"}) {
    for (const json& odd : {json(""), json("/token"), json("//a.example/"), json("ftp://a.example/"), json(7),
                            json("https://user@a.example/"), json("https://a.example/\r\nX: y"), json::array()}) {
      auto document = discovery();
      document[name] = odd;
      BOOST_TEST(discovered(document.dump()).error().code == "malformed_answer");
    }
    auto document = discovery();
    document.erase(name);
    BOOST_TEST(!discovered(document.dump()).has_value());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_document_is_refused) {
  for (const auto& body :
       {std::string(), std::string("null"), std::string("[]"), std::string("<html>"), discovery().dump() + "x",
        std::string(100'000, '['), discovery().dump().insert(1, R"("token_endpoint":"https://evil.example/",)")})
    BOOST_TEST(discovered(body).error().what == failure_class::incomplete);
  BOOST_TEST(discovered(discovery().dump(), 302).error().what == failure_class::our_account);
  BOOST_TEST(discovered("", 503).error().what == failure_class::unavailable);
}

BOOST_AUTO_TEST_CASE(the_exchange_sends_the_six_fields_and_no_other) {
  const google::code_exchange what{secret_text("4/0A b"), secret_text("the-verifier"), "https://us.example/cb"};
  BOOST_TEST(google::encode_exchange(what, "us", secret_text("s&cret"))
             == "grant_type=authorization_code&code=4%2F0A%20b&redirect_uri=https%3A%2F%2Fus.example%2Fcb"
                "&client_id=us&client_secret=s%26cret&code_verifier=the-verifier");
}

BOOST_AUTO_TEST_CASE(of_an_exchange_only_the_id_token_is_kept) {
  const auto token = exchanged(200, R"({"access_token":"canary","expires_in":3599,"refresh_token":"canary",
                                        "scope":"openid","token_type":"Bearer","id_token":"a.b.c"})");
  BOOST_REQUIRE(token.has_value());
  BOOST_TEST(token->reveal() == "a.b.c");
}

const char* const no_token[] = {"",
                                "null",
                                "[]",
                                "{}",
                                "<html>",
                                R"({"id_token":""})",
                                R"({"id_token":null})",
                                R"({"id_token":["a.b.c"]})",
                                R"({"id_token":"a.b.c","id_token":"d.e.f"})",
                                R"({"id_token":"a.b.c"}x)",
                                R"({"id_token":"\xff"})"};

BOOST_DATA_TEST_CASE(an_answer_without_one_id_token_is_none, data::make(no_token), body) {
  BOOST_TEST(exchanged(200, body).error().code == "malformed_answer");
}

BOOST_AUTO_TEST_CASE(each_error_of_the_token_endpoint_has_its_class) {
  const auto what = [](int status, const std::string& error) {
    return exchanged(status, json{{"error", error}, {"error_description", "canary"}}.dump()).error();
  };
  BOOST_TEST(what(400, "invalid_grant").what == failure_class::refused);
  BOOST_TEST(what(400, "invalid_grant").code == "invalid_grant");
  for (const auto* error : {"invalid_client", "unauthorized_client", "redirect_uri_mismatch", "deleted_client"}) {
    BOOST_TEST(what(401, error).what == failure_class::our_account);
    BOOST_TEST(what(401, error).code == error);
  }
  for (const auto* error : {"invalid_request", "unsupported_grant_type", "invalid_scope"})
    BOOST_TEST(what(400, error).what == failure_class::our_request);
  BOOST_TEST(what(400, "canary").code == "http_400");
  BOOST_TEST(what(401, "canary").what == failure_class::our_account);
  BOOST_TEST(what(429, "invalid_grant").what == failure_class::busy);
  BOOST_TEST(what(500, "invalid_grant").what == failure_class::ambiguous);
  BOOST_TEST(what(503, "invalid_grant").what == failure_class::unavailable);
  BOOST_TEST(exchanged(400, "<html>").error().code == "http_400");
  BOOST_TEST(exchanged(302, "").error().what == failure_class::our_account);
}

BOOST_AUTO_TEST_SUITE_END()
