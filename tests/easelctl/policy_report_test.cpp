#include "tools/easelctl/policy_report.hpp"

#include "policies/clauses.hpp"
#include "tools/easelctl/commands.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace easel::easelctl {

BOOST_AUTO_TEST_SUITE(policy_report)

namespace {

using nlohmann::json;

/// A key pair of its own, in PEM.
struct key_pair {
  secret_text secret;
  std::string open;

  explicit key_pair(const char* type = "ED25519") {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, type),
                                                                  EVP_PKEY_free);
    BOOST_REQUIRE(key != nullptr);
    secret = secret_text(
      written([&](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }));
    open = written([&](BIO* to) { return PEM_write_bio_PUBKEY(to, key.get()); });
  }

  template <class Write>
  static std::string written(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), BIO_free);
    BOOST_REQUIRE(write(to.get()) == 1);
    char* text = nullptr;
    const auto length = BIO_get_mem_data(to.get(), &text);
    return {text, static_cast<std::size_t>(length)};
  }
};

policies::live_facts some_facts() {
  policies::live_facts facts;
  facts.at = instant(std::chrono::seconds(1'795'000'000));
  policies::node_report server;
  server.at = facts.at;
  server.build = "abc";
  facts.reports = {server};
  return facts;
}

std::string document(const std::optional<secret_text>& key) {
  return report_document(report_of(some_facts(), {}, "def"), key).value();
}

struct folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "easel-report-XXXXXX";
  folder() {
    auto name = path.string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~folder() { std::filesystem::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    BOOST_REQUIRE(write_whole_file((path / name).string(), text).has_value());
    return (path / name).string();
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_report_names_each_clause_with_its_figures_and_who_made_it) {
  const auto report = json::parse(document(std::nullopt)).at("report");
  BOOST_TEST(report.at("clauses").size() == policies::clauses().size());
  BOOST_TEST(report.at("build") == "def");
  BOOST_TEST((report.at("servers") == json::array({"abc"})));
  BOOST_TEST(report.at("audited_at") == to_string(some_facts().at));
  BOOST_TEST(report.at("clauses").at(1).at("figures").at("completed generations") == "0");
}

BOOST_AUTO_TEST_CASE(a_signed_report_holds_by_its_key_and_by_no_other) {
  const key_pair own, other;
  const auto text = document(own.secret);
  const auto got = verify_document(text, own.open);
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->key == json::parse(text).at("signature").at("key"));
  BOOST_TEST(got->key.size() == 7u + 64u);
  BOOST_TEST(got->clauses == policies::clauses().size());
  BOOST_TEST(got->kept < got->clauses);
  BOOST_TEST(!verify_document(text, other.open).has_value());
}

BOOST_AUTO_TEST_CASE(the_order_and_spacing_of_a_document_do_not_matter_and_each_word_does) {
  const key_pair own;
  const auto signed_one = json::parse(document(own.secret));
  BOOST_TEST(verify_document(signed_one.dump(), own.open).has_value());
  auto changed = signed_one;
  changed["report"]["clauses"][0]["finding"] = "kept ";
  BOOST_TEST(!verify_document(changed.dump(), own.open).has_value());
  changed = signed_one;
  changed["report"]["rows_past_due"] = 1;
  BOOST_TEST(!verify_document(changed.dump(), own.open).has_value());
  changed = signed_one;
  changed["report"].erase("servers");
  BOOST_TEST(!verify_document(changed.dump(), own.open).has_value());
  changed = signed_one;
  changed["signature"]["value"] = std::string(88, 'A');
  BOOST_TEST(!verify_document(changed.dump(), own.open).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_signed_is_what_the_documentation_says) {
  const key_pair own;
  const auto text = json::parse(document(own.secret));
  const auto bytes = "easel policy report 1\n" + text.at("report").dump(-1, ' ', true);
  const std::unique_ptr<BIO, decltype(&BIO_free)> from(
    BIO_new_mem_buf(own.open.data(), static_cast<int>(own.open.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
    PEM_read_bio_PUBKEY(from.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  BOOST_REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  std::array<unsigned char, 66> raw{}; // base64 of 64 bytes ends with two signs of padding
  const auto value = text.at("signature").at("value").get<std::string>();
  BOOST_REQUIRE(value.size() == 88u);
  BOOST_REQUIRE(EVP_DecodeBlock(raw.data(), reinterpret_cast<const unsigned char*>(value.data()), 88) == 66);
  BOOST_TEST(
    EVP_DigestVerify(context.get(), raw.data(), 64, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size())
    == 1);
}

BOOST_AUTO_TEST_CASE(an_unsigned_report_says_so_and_is_not_believed) {
  const key_pair own;
  const auto text = document(std::nullopt);
  BOOST_TEST(json::parse(text).at("signature") == "unsigned");
  const auto got = verify_document(text, own.open);
  BOOST_REQUIRE(!got.has_value());
  BOOST_TEST(got.error() == "the report is not signed");
  for (const auto* bad : {"", "{}", "[]", "{\"kind\":\"easel policy report\",\"version\":2}"})
    BOOST_TEST(!verify_document(bad, own.open).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_kind_signs_nothing) {
  const key_pair wrong("X25519");
  const auto report = report_of(some_facts(), {}, "def");
  BOOST_TEST(!report_document(report, wrong.secret).has_value());
  BOOST_TEST(!report_document(report, secret_text("no key")).has_value());
  const key_pair own;
  BOOST_TEST(!verify_document(document(own.secret), wrong.open).has_value());
}

BOOST_AUTO_TEST_CASE(the_command_reads_its_two_files) {
  const folder at;
  const key_pair own;
  const auto report = at.file("report.json", document(own.secret)), key = at.file("public.pem", own.open);
  std::ostringstream out, err;
  BOOST_TEST(verify({report, key}, true, out, err) == 0);
  BOOST_TEST(json::parse(out.str()).at("clauses") == policies::clauses().size());
  BOOST_TEST(verify({report, at.file("other.pem", key_pair().open)}, true, out, err) == 1);
  BOOST_TEST(err.str().find("signature") != std::string::npos);
  BOOST_TEST(verify({report + ".gone", key}, true, out, err) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::easelctl
