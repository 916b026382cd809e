#include "http/server/tls_identity.hpp"

#include "tests/support/certificates.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

namespace tls_identities {

using namespace easel;
using namespace easel::tests;
using namespace std::chrono_literals;

namespace {

struct workshop : certificate_workshop {
  workshop() {
    authority("ca");
    certificate("server", "ca", 20);
  }

  [[nodiscard]] server::tls_settings files() const { return {file("server.pem"), file("server.key"), "", 5s}; }

  /// "KEY: REASON", without the folder, or nothing.
  [[nodiscard]] std::string problem(const server::tls_settings& files, std::chrono::seconds from_now = 1h) const {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto loaded = server::load_tls_identity(files, now + from_now);
    if (loaded)
      return {};
    auto text = loaded.error().key + ": " + loaded.error().reason;
    for (auto at = text.find(file("")); at != std::string::npos; at = text.find(file("")))
      text.erase(at, file("").size());
    return text;
  }
};

} // namespace

} // namespace tls_identities

BOOST_FIXTURE_TEST_SUITE(tls_identities, workshop)

BOOST_AUTO_TEST_CASE(a_certificate_with_its_key_is_taken_and_tells_when_it_expires) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto loaded = server::load_tls_identity(files(), now);
  BOOST_REQUIRE(loaded);
  BOOST_TEST((loaded->expires > now + 19 * 24h));
  BOOST_TEST((loaded->expires <= now + 20 * 24h + 1h));
  BOOST_TEST(!loaded->admits_any_cloudflare_zone);
}

BOOST_AUTO_TEST_CASE(the_first_of_a_chain_to_expire_counts) {
  authority("brief", 3);
  certificate("leaf", "brief", 10);
  write("chain.pem", read("leaf.pem") + read("brief.pem"));
  auto chain = files();
  chain.certificate = file("chain.pem");
  chain.key = file("leaf.key");
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto loaded = server::load_tls_identity(chain, now);
  BOOST_REQUIRE(loaded);
  BOOST_TEST((loaded->expires <= now + 3 * 24h + 1h));
  BOOST_TEST(problem(chain, 5 * 24h) == "certificate: chain.pem: certificate 2 has expired");
}

BOOST_AUTO_TEST_CASE(what_is_out_of_its_time_is_refused) {
  BOOST_TEST(problem(files(), 21 * 24h) == "certificate: server.pem: certificate 1 has expired");
  BOOST_TEST(problem(files(), -24h) == "certificate: server.pem: certificate 1 is not valid yet");
  auto with_ca = files();
  with_ca.client_ca = file("ca.pem");
  authority("old", 10);
  with_ca.client_ca = file("old.pem");
  BOOST_TEST(problem(with_ca, 15 * 24h) == "client_ca: old.pem: certificate 1 has expired");
}

BOOST_AUTO_TEST_CASE(files_that_are_missing_or_no_files_are_named) {
  auto wrong = files();
  wrong.certificate = file("nowhere.pem");
  BOOST_TEST(problem(wrong) == "certificate: cannot read nowhere.pem: No such file or directory");
  wrong.certificate = file(".");
  BOOST_TEST(problem(wrong).find("is not a regular file") != std::string::npos);
  wrong = files();
  wrong.key = file("nowhere.key");
  BOOST_TEST(problem(wrong) == "key: cannot read nowhere.key: No such file or directory");
  wrong.key.clear();
  BOOST_TEST(problem(wrong) == "key: is required with a certificate");
  wrong = files();
  wrong.client_ca = file("nowhere.pem");
  BOOST_TEST(problem(wrong).starts_with("client_ca: cannot read"));
}

BOOST_AUTO_TEST_CASE(a_key_must_belong_to_the_certificate_and_to_nobody_else) {
  certificate("other", "ca");
  auto wrong = files();
  wrong.key = file("other.key");
  BOOST_TEST(problem(wrong) == "key: other.key does not belong to the certificate");
  BOOST_REQUIRE(::chmod(file("server.key").c_str(), 0644) == 0);
  BOOST_TEST(problem(files()) == "key: everybody may read or write server.key: chmod 600 it");
}

BOOST_AUTO_TEST_CASE(an_encrypted_key_is_refused_and_asks_nobody_for_a_password) {
  run("pkcs8 -topk8 -in " + file("server.key") + " -out " + file("sealed.key") + " -passout pass:hush");
  auto wrong = files();
  wrong.key = file("sealed.key");
  BOOST_TEST(problem(wrong).starts_with("key: sealed.key is no PEM file with an unencrypted private key"));
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_is_refused) {
  auto wrong = files();
  for (const auto* content : {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    wrong.certificate = write("garbage.pem", content);
    BOOST_TEST(problem(wrong).starts_with("certificate: garbage.pem "), problem(wrong));
  }
  wrong.certificate = write("cut.pem", read("server.pem").substr(0, 200));
  BOOST_TEST(problem(wrong).starts_with("certificate: cut.pem "), problem(wrong));
  wrong.certificate = write("large.pem", std::string(300 << 10, '\n') + read("server.pem"));
  BOOST_TEST(problem(wrong) == "certificate: large.pem is larger than 256 KiB");
  wrong.certificate = file("server.key");
  BOOST_TEST(problem(wrong).starts_with("certificate: server.key holds no certificate"), problem(wrong));
}

BOOST_AUTO_TEST_CASE(who_signs_for_clients_must_be_an_authority) {
  auto with_ca = files();
  with_ca.client_ca = file("ca.pem");
  BOOST_TEST(problem(with_ca) == "");
  run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + file("plain.key") + " -out "
      + file("plain.pem") + " -subj /CN=plain -days 3 -addext basicConstraints=critical,CA:FALSE");
  with_ca.client_ca = file("plain.pem");
  BOOST_TEST(problem(with_ca) == "client_ca: plain.pem: certificate 1 is not that of an authority");
}

BOOST_AUTO_TEST_CASE(the_authority_that_all_customers_of_cloudflare_share_is_recognised) {
  authority("shared", 30, "origin-pull.cloudflare.net");
  write("both.pem", read("ca.pem") + read("shared.pem"));
  auto with_ca = files();
  with_ca.client_ca = file("both.pem");
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto loaded = server::load_tls_identity(with_ca, now + 1h);
  BOOST_REQUIRE(loaded);
  BOOST_TEST(loaded->admits_any_cloudflare_zone);
}

BOOST_AUTO_TEST_SUITE_END()
