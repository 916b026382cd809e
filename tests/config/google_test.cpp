#include "config/upstreams.hpp"
#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config::test {

BOOST_AUTO_TEST_SUITE(google_suite)

using hosts = std::set<std::string>;

const std::string client = "[server]\npublic_url = 'https://easel.example'\n[google]\nclient_id = 'us.apps.example'\n";
const std::string secret = "client_secret = 'gs-hush'\n";
const std::string stand_in = "issuer = 'http://127.0.0.1:9100'\n";
const std::string loopback = "[upstream]\nallow_loopback = true\n";

/// Sections may come in any order, but not between another's items.
std::string development(const std::string& google, const std::string& upstream = "") {
  return with(smallest, "[[upstream.sub2api]]", google + upstream + "[[upstream.sub2api]]");
}

std::vector<std::string> production_mistakes(const std::string& google) {
  const environment env = [](std::string_view name) -> std::optional<std::string> {
    return name == "GOOGLE_SECRET" ? "gs-hush" : production_environment(name);
  };
  return mistakes(production + client + "client_secret = { env = 'GOOGLE_SECRET' }\n" + google, env);
}

BOOST_AUTO_TEST_CASE(without_a_client_nobody_signs_in_and_google_is_not_called) {
  const auto all = load_text(smallest, "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(!all->google.enabled());
  BOOST_TEST(sign_in_origin(*all).empty());
  BOOST_TEST(allowed_hosts(*all).count(recipient::google) == 0);
}

BOOST_AUTO_TEST_CASE(a_client_may_call_googles_three_hosts_and_no_other) {
  const auto all = load_text(development(client + secret), "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  const hosts three{"accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"};
  BOOST_TEST((allowed_hosts(*all).at(recipient::google) == three));
  BOOST_TEST(sign_in_origin(*all) == "https://accounts.google.com");
  const auto settings = google_client_settings(*all);
  BOOST_TEST((settings.hosts == three));
  BOOST_TEST(settings.enabled());
  BOOST_TEST(settings.token.client_id == "us.apps.example");
  BOOST_TEST(settings.client_secret.reveal() == "gs-hush");
  BOOST_TEST(!settings.allow_loopback);
}

BOOST_AUTO_TEST_CASE(a_client_id_and_its_secret_come_together) {
  BOOST_TEST(holds(mistakes(development("[google]\nclient_id = 'us.apps.example'\n" + secret)),
                   "server.public_url: is required to sign in"));
  BOOST_TEST(holds(mistakes(development(client)), "google.client_secret: is required with a client_id"));
  const auto found = mistakes(development("[google]\n" + secret));
  BOOST_TEST(holds(found, "google.client_id: is required with a client_secret"));
  BOOST_TEST(!holds(found, "hush"));
  BOOST_TEST(holds(mistakes(development("[google]\nclient_id = 'a b'\n" + secret)), "google.client_id: must be"));
}

BOOST_AUTO_TEST_CASE(endpoints_come_together_or_from_discovery) {
  const auto found =
    mistakes(development(client + secret + "token_endpoint = 'https://oauth2.googleapis.com/token'\n"));
  BOOST_TEST(holds(found, "google.authorization_endpoint: is required with the other endpoints"));
  BOOST_TEST(holds(found, "google.jwks_uri: is required with the other endpoints"));
  BOOST_TEST(!holds(found, "google.token_endpoint"));
}

BOOST_AUTO_TEST_CASE(endpoints_of_google_are_at_googles_hosts_with_tls) {
  const auto at = [](const std::string& keys) {
    return mistakes(development(client + secret
                                + "authorization_endpoint = 'https://accounts.google.com/o/oauth2/v2/auth'\n"
                                  "token_endpoint = 'https://oauth2.googleapis.com/token'\njwks_uri = '"
                                + keys + "'\n"));
  };
  BOOST_TEST(at("https://www.googleapis.com/oauth2/v3/certs").empty());
  for (const auto* elsewhere : {"http://www.googleapis.com/certs", "https://keys.example/certs",
                                "https://www.googleapis.com:8443/certs", "https://www.googleapis.com.example/certs"})
    BOOST_TEST(holds(at(elsewhere), "google.jwks_uri: must be https:// at accounts.google.com"), elsewhere);
  BOOST_TEST(holds(at("https://www.googleapis.com/certs?x=1"), "google.jwks_uri: must be http:// or https://"));
}

BOOST_AUTO_TEST_CASE(development_may_sign_in_with_a_stand_in_on_loopback) {
  BOOST_TEST(holds(mistakes(development(client + secret + stand_in)), "google.issuer: needs upstream.allow_loopback"));
  const auto all = load_text(development(client + secret + stand_in, loopback), "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST((allowed_hosts(*all).at(recipient::google) == hosts{"127.0.0.1:9100"}));
  BOOST_TEST(google_client_settings(*all).allow_loopback);
}

BOOST_AUTO_TEST_CASE(hosts_of_a_stand_ins_endpoints_are_declared_with_it) {
  const auto all = load_text(development(client + secret + stand_in
                                           + "authorization_endpoint = 'http://127.0.0.1:9100/auth'\n"
                                             "token_endpoint = 'http://127.0.0.1:9101/token'\n"
                                             "jwks_uri = 'http://127.0.0.1:9102/jwks'\n",
                                         loopback),
                             "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(
    (allowed_hosts(*all).at(recipient::google) == hosts{"127.0.0.1:9100", "127.0.0.1:9101", "127.0.0.1:9102"}));
}

BOOST_AUTO_TEST_CASE(production_accepts_google_and_refuses_every_stand_in_by_name) {
  BOOST_TEST(production_mistakes("").empty());
  for (const auto* issuer : {"http://127.0.0.1:9100", "https://accounts.example", "https://accounts.google.com.example",
                             "https://accounts.google.com/x", "http://accounts.google.com"})
    BOOST_TEST(holds(production_mistakes("issuer = '" + std::string(issuer) + "'\n"),
                     "google.issuer: production refuses stand-ins for Google"),
               issuer);
  BOOST_TEST(holds(production_mistakes("other_spellings = ['accounts.google.com', 'accounts.example']\n"),
                   "google.other_spellings: production knows only accounts.google.com"));
  BOOST_TEST(production_mistakes("other_spellings = []\n").empty());
}

BOOST_AUTO_TEST_CASE(times_that_contradict_each_other_are_named) {
  const auto found = mistakes(development("[google]\nleast_key_age = '1 h'\nmost_key_age = '10 min'\n"
                                          "key_cool_down = '2 s'\nfetch_timeout = '3 s'\n"));
  BOOST_TEST(holds(found, "google.least_key_age: must not exceed google.most_key_age"));
  BOOST_TEST(holds(found, "google.key_cool_down: must not be shorter than google.fetch_timeout"));
  BOOST_TEST(holds(mistakes(development("[google]\nskew = '61 s'\n")), "google.skew: "));
  BOOST_TEST(holds(mistakes(development("[retention]\nsign_in = '11 min'\n")), "retention.sign_in: "));
}

BOOST_AUTO_TEST_CASE(connecting_takes_no_longer_than_the_whole_call) {
  const auto all = load_text(development(client + secret + "exchange_timeout = '1 s'\n"), "t", empty_environment);
  BOOST_REQUIRE(all.has_value());
  const auto settings = google_client_settings(*all);
  BOOST_TEST((settings.exchange_limits.connect == duration(std::chrono::seconds(1))));
  BOOST_TEST((settings.exchange_limits.total == duration(std::chrono::seconds(1))));
  BOOST_TEST((settings.fetch_limits.total == duration(std::chrono::seconds(5))));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
