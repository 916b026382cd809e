#include "http/client/kie_callback.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(kie_callback_suite)

using namespace easel;
using namespace easel::client;

namespace {

const secret_text key("webhook key");
constexpr instant now{std::chrono::seconds(1'795'000'042)};

std::optional<std::string> verify(const std::string& body, const std::string& signature,
                                  const std::string& timestamp = "1795000042", instant at = now,
                                  const secret_text& with = key) {
  return kie::verify_callback(with, {timestamp, signature, body}, at);
}

const auto genuine = kie::sign_callback(key, "task_7", "1795000042");

} // namespace

BOOST_AUTO_TEST_CASE(the_signature_is_base64_of_hmac_sha256) {
  // echo -n 'task_7f3b.1795000042' | openssl dgst -sha256 -hmac 'k' -binary | base64
  BOOST_TEST(kie::sign_callback(secret_text("k"), "task_7f3b", "1795000042")
             == "waUTFIYdikSx0tW/AjNxYkdhiN2O+YZEAiDODVbrRFk=");
}

BOOST_AUTO_TEST_CASE(the_id_is_found_in_all_three_places) {
  for (const auto* body :
       {R"({"code":501,"data":{"taskId":"task_7","state":"fail"}})", R"({"data":{"task_id":"task_7"}})",
        R"({"taskId":"task_7","data":null})", R"({"taskId":"task_7","data":{"taskId":"other"}})"})
    BOOST_TEST(verify(body, genuine).value_or("") == "task_7");
}

BOOST_AUTO_TEST_CASE(another_id_key_or_signature_is_refused) {
  const std::string body = R"({"data":{"taskId":"task_7"}})";
  BOOST_TEST(!verify(R"({"data":{"taskId":"task_8"}})", genuine));
  BOOST_TEST(!verify(R"({"data":{"taskId":7}})", genuine));
  BOOST_TEST(!verify("{}", genuine));
  BOOST_TEST(!verify("nonsense", genuine));
  BOOST_TEST(!verify(body, ""));
  BOOST_TEST(!verify(body, genuine.substr(0, genuine.size() - 1)));
  BOOST_TEST(!verify(body, genuine + "A"));
  for (std::size_t i = 0; i < genuine.size(); ++i) {
    auto bent = genuine;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(!verify(body, bent));
  }
  BOOST_TEST(!verify(body, genuine, "1795000042", now, secret_text("another key")));
  BOOST_TEST(
    !verify(body, kie::sign_callback(secret_text(), "task_7", "1795000042"), "1795000042", now, secret_text()));
  BOOST_TEST(!verify(body + std::string(64u << 10, ' '), genuine));
}

BOOST_AUTO_TEST_CASE(a_callback_is_of_whose_key_signed_it_or_of_who_has_none) {
  const std::vector<kie::callback_account> accounts{{"one", key}, {"two", secret_text("another key")}};
  const auto senders = [](const auto& all, const std::string& signature, const std::string& timestamp = "1795000042") {
    return kie::possible_senders(all, "task_7", timestamp, signature, now);
  };
  using labels = std::vector<std::string>;
  const auto by_two = kie::sign_callback(accounts[1].key, "task_7", "1795000042");
  BOOST_TEST((senders(accounts, genuine) == labels{"one"}));
  BOOST_TEST((senders(accounts, by_two) == labels{"two"}));
  BOOST_TEST(senders(accounts, "").empty());
  BOOST_TEST(senders(accounts, genuine, "1794000042").empty());
  BOOST_TEST(kie::possible_senders(accounts, "task_8", "1795000042", genuine, now).empty());
  auto more = accounts;
  more.push_back({"unsigned", secret_text()});
  more.push_back({"one again", key}); // two keys to the API of one account
  BOOST_TEST((senders(more, genuine) == labels{"one", "unsigned", "one again"}));
  BOOST_TEST((senders(more, "nonsense") == labels{"unsigned"}));
  BOOST_TEST(senders(std::vector<kie::callback_account>{}, genuine).empty());
}

BOOST_AUTO_TEST_CASE(a_callback_is_good_for_five_minutes_either_way) {
  const std::string body = R"({"data":{"taskId":"task_7"}})";
  using std::chrono::seconds;
  BOOST_TEST(bool(verify(body, genuine, "1795000042", now + seconds(300))));
  BOOST_TEST(bool(verify(body, genuine, "1795000042", now - seconds(300))));
  BOOST_TEST(!verify(body, genuine, "1795000042", now + seconds(301)));
  BOOST_TEST(!verify(body, genuine, "1795000042", now - seconds(301)));
  for (const auto* stamp :
       {"", "x", "-1795000042", "+1795000042", "1795000042 ", "1795000042.0", "99999999999999999999", "1e9"})
    BOOST_TEST(!verify(body, kie::sign_callback(key, "task_7", stamp), stamp));
}

BOOST_AUTO_TEST_SUITE_END()
