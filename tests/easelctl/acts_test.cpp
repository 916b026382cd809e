#include "tools/easelctl/acts.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

BOOST_AUTO_TEST_SUITE(acts)

using namespace easel;
using namespace easel::easelctl;
using nlohmann::json;

namespace {

using script = std::vector<json>;

/// Answers one after the other, and remembers what it was asked.
class scripted_client final : public operator_client {
public:
  explicit scripted_client(script answers) : operator_client("", secret_text("")), left(std::move(answers)) {}
  [[nodiscard]] expected<json, std::string> post(const std::string& target, const json& body) const override {
    asked.emplace_back(target, body);
    if (left.empty())
      return unexpected(std::string("the server does not answer"));
    auto next = left.front();
    left.erase(left.begin());
    return next;
  }
  mutable script left;
  mutable std::vector<std::pair<std::string, json>> asked;
};

const json previewed = {{"outcome", "previewed"}, {"effects", {"It would do this."}}, {"stamp", "s1"}};
const json done = {{"outcome", "done"}, {"effects", {"It would do this."}}, {"stamp", "s1"}};

act suspension(const char* reason, bool yes) {
  act out;
  out.name = "suspend_account";
  out.texts = {{"account", "acct_x"}};
  out.numbers = {{"minutes", 5}};
  out.reason = reason;
  out.yes = yes;
  return out;
}

struct said {
  int code = 0;
  std::string out, err;
};

said run(const act& what, const operator_client& client, bool says_yes = false, bool as_json = false) {
  std::ostringstream out, err;
  const int code = carry_out(what, client, {as_json, [=] { return says_yes; }, nullptr}, out, err);
  return {code, out.str(), err.str()};
}

} // namespace

BOOST_AUTO_TEST_CASE(without_a_reason_it_is_a_preview) {
  const scripted_client client(script{previewed});
  const auto got = run(suspension("", true), client);
  BOOST_TEST(got.code == 0);
  BOOST_TEST(got.out == "- It would do this.\na preview: with --reason TEXT it is done\n");
  BOOST_REQUIRE(client.asked.size() == 1u);
  BOOST_TEST(client.asked[0].first == "/api/actions/suspend_account");
  BOOST_TEST(client.asked[0].second == json({{"account", "acct_x"}, {"minutes", 5}}));
}

BOOST_AUTO_TEST_CASE(with_a_reason_and_a_yes_it_is_done_with_the_stamp_of_the_preview) {
  for (const bool by_flag : {true, false}) {
    const scripted_client client(script{previewed, done});
    const auto got = run(suspension("a flood", by_flag), client, !by_flag);
    BOOST_TEST(got.code == 0);
    BOOST_TEST(got.out.find("done, and recorded in the audit\n") != std::string::npos);
    BOOST_REQUIRE(client.asked.size() == 2u);
    BOOST_TEST(client.asked[1].second["reason"] == "a flood");
    BOOST_TEST(client.asked[1].second["stamp"] == "s1");
  }
}

BOOST_AUTO_TEST_CASE(without_a_yes_nothing_is_done) {
  const scripted_client client(script{previewed, done});
  const auto got = run(suspension("a flood", false), client, false);
  BOOST_TEST(got.code == 1);
  BOOST_TEST(client.asked.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_refused_or_has_changed_is_not_done_and_says_why) {
  const scripted_client refusing(
    script{json{{"outcome", "refused"}, {"effects", {"It is suspended already."}}, {"stamp", ""}}});
  auto got = run(suspension("a flood", true), refusing);
  BOOST_TEST(got.code == 1);
  BOOST_TEST(got.out == "- It is suspended already.\n");
  BOOST_TEST(refusing.asked.size() == 1u);
  const scripted_client changed(
    script{previewed, json{{"outcome", "changed"}, {"effects", {"It would do that."}}, {"stamp", "s2"}}});
  got = run(suspension("a flood", true), changed);
  BOOST_TEST(got.code == 1);
  BOOST_TEST(got.out.find("- It would do that.\n") != std::string::npos);
  BOOST_TEST(run(suspension("", false), scripted_client(script{})).err == "easelctl: the server does not answer\n");
}

BOOST_AUTO_TEST_CASE(json_is_the_last_document_alone) {
  BOOST_TEST(run(suspension("a flood", true), scripted_client(script{previewed, done}), false, true).out
             == done.dump() + '\n');
  BOOST_TEST(run(suspension("", true), scripted_client(script{previewed}), false, true).out == previewed.dump() + '\n');
}

BOOST_AUTO_TEST_CASE(what_only_the_deed_could_tell_is_printed_after_it) {
  const json recorded = {
    {"outcome", "done"}, {"effects", {"It would do this.", "Recorded as preq_1."}}, {"stamp", "s1"}};
  const auto got = run(suspension("by mail", true), scripted_client(script{previewed, recorded}));
  BOOST_TEST(got.out == "- It would do this.\n- Recorded as preq_1.\ndone, and recorded in the audit\n");
}

BOOST_AUTO_TEST_CASE(a_prompt_is_shown_for_its_time_and_steers_no_terminal) {
  const json revealed = {{"outcome", "done"},
                         {"effects", json::array()},
                         {"stamp", "s1"},
                         {"revealed", {{"prompt", "a \x1b[2Jboat\n\xc2\x9b \xc3\xa4"}, {"hide_after_ms", 30000}}}};
  std::ostringstream out, err;
  std::string shown;
  std::chrono::milliseconds span{};
  act_options how{false, [] { return true; },
                  [&](const std::string& prompt, std::chrono::milliseconds of) {
                    shown = prompt;
                    span = of;
                  }};
  BOOST_TEST(carry_out(suspension("a report", true), scripted_client(script{previewed, revealed}), how, out, err) == 0);
  BOOST_TEST(shown == "a ?[2Jboat\n? \xc3\xa4");
  BOOST_TEST((span == std::chrono::seconds(30)));
  BOOST_TEST(out.str().find("boat") == std::string::npos);
  // Without a terminal it goes to whatever program reads.
  BOOST_TEST(run(suspension("a report", true), scripted_client(script{previewed, revealed})).out.find("boat")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
