#include "policies/sign_in.hpp"

#include "tests/policies/seeds.hpp"

#include <boost/test/data/test_case.hpp>

#include <set>

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;
namespace data = boost::unit_test::data;
using outcome = callback_outcome;

namespace easel::policies {
static std::ostream& operator<<(std::ostream& out, callback_outcome value) { return out << to_string(value); }
} // namespace easel::policies

BOOST_AUTO_TEST_SUITE(sign_ins)

namespace {

constexpr instant now{std::chrono::seconds(1'795'000'000)};
constexpr sign_in_windows windows;
const std::string google = "https://accounts.google.com";

pending_sign_in record() { return {secret_text("the-state"), now - 1min, false}; }

callback_parameters good() {
  callback_parameters query;
  query.state = {"the-state"};
  query.code = {"4/0AbCdEf-_"};
  return query;
}

outcome judge(const callback_parameters& query, const std::optional<pending_sign_in>& of = record()) {
  return judge_callback(of, query, google, windows, now);
}

} // namespace

const char* const local[] = {"/",          "/create", "/account?tab=keys", "/a/b%20c#d",
                             "/?next=//x", "/~me/",   "/a?b=http://c/"};

BOOST_DATA_TEST_CASE(a_path_of_this_host_may_follow_a_sign_in, data::make(local), path) {
  BOOST_TEST(is_local_path(path));
}

const char* const foreign[] = {"",
                               "create",
                               "//evil.example",
                               "//evil.example/%2f..",
                               "/\\evil.example",
                               "\\\\evil.example",
                               "https://evil.example/",
                               "javascript:alert(1)",
                               " /create",
                               "/create ",
                               "/\t/evil.example",
                               "/\n/evil.example",
                               "/a\r\nSet-Cookie: x=y",
                               "/.//evil.example",
                               "/a/..//evil.example",
                               "/a\\b",
                               "/a?b=\\c",
                               "/\x7f",
                               "/\xc3\xa9"};

BOOST_DATA_TEST_CASE(what_could_lead_to_another_host_may_not, data::make(foreign), path) {
  BOOST_TEST(!is_local_path(path));
}

BOOST_AUTO_TEST_CASE(a_path_has_at_most_512_bytes_and_no_nul) {
  BOOST_TEST(is_local_path("/" + std::string(511, 'a')));
  BOOST_TEST(!is_local_path("/" + std::string(512, 'a')));
  BOOST_TEST(!is_local_path(std::string_view("/a\0b", 4)));
}

BOOST_AUTO_TEST_CASE(no_text_that_passes_can_begin_a_host_or_a_header) {
  for_seeds(2000, [](seeded& random) {
    static constexpr std::string_view letters = "/\\?#.:@%a2f\t\r\n \x01\xff";
    std::string path = "/";
    for (int i = random.between(0, 12); i > 0; --i)
      path += letters[random.between<std::size_t>(0, letters.size() - 1)];
    if (!is_local_path(path))
      return;
    BOOST_TEST(path.front() == '/');
    BOOST_TEST((path.size() == 1 || (path[1] != '/' && path[1] != '\\')));
    BOOST_TEST(path.find_first_of("\\\t\r\n \x01\xff") == std::string::npos);
  });
}

BOOST_AUTO_TEST_CASE(a_callback_that_answers_the_browsers_own_question_leads_to_the_exchange) {
  BOOST_TEST(judge(good()) == outcome::exchange);
  auto with_issuer = good();
  with_issuer.iss = {google};
  BOOST_TEST(judge(with_issuer) == outcome::exchange);
}

/// What may be wrong with a callback, in the order in which it must be noticed.
struct defect {
  outcome noticed_as;
  void (*spoil)(std::optional<pending_sign_in>&, callback_parameters&);
};

constexpr std::array defects{
  defect{outcome::not_started, [](auto& of, auto&) { of.reset(); }},
  defect{outcome::state_mismatch, [](auto&, auto& query) { query.state = {"another"}; }},
  defect{outcome::used_up,
         [](auto& of, auto&) {
           if (of)
             of->used = true;
         }},
  defect{outcome::expired,
         [](auto& of, auto&) {
           if (of)
             of->started_at = now - 11min;
         }},
  defect{outcome::foreign_issuer, [](auto&, auto& query) { query.iss = {"https://evil.example"}; }},
  defect{outcome::denied, [](auto&, auto& query) { query.error = {"access_denied"}; }},
  defect{outcome::no_code, [](auto&, auto& query) { query.code.clear(); }},
};

BOOST_AUTO_TEST_CASE(of_any_set_of_defects_the_first_in_order_is_named) {
  for (unsigned set = 0; set < 1u << defects.size(); ++set) {
    std::optional of = record();
    auto query = good();
    auto first = outcome::exchange;
    for (std::size_t i = defects.size(); i-- > 0;) {
      if ((set >> i & 1) == 0)
        continue;
      defects[i].spoil(of, query);
      first = defects[i].noticed_as;
    }
    BOOST_TEST_INFO("set of defects " << set);
    BOOST_TEST(judge(query, of) == first);
  }
}

BOOST_AUTO_TEST_CASE(the_state_must_come_exactly_once_and_be_equal) {
  for (const auto& states : std::vector<std::vector<std::string>>{
         {}, {""}, {"the-stat"}, {"the-state "}, {"The-state"}, {"the-state", "the-state"}, {"the-state", "x"}}) {
    auto query = good();
    query.state = states;
    BOOST_TEST(judge(query) == outcome::state_mismatch);
  }
  auto empty = good();
  empty.state = {""};
  BOOST_TEST(judge(empty, pending_sign_in{secret_text(), now, false}) == outcome::state_mismatch);
}

BOOST_AUTO_TEST_CASE(an_issuer_that_is_there_must_come_once_and_be_the_expected_one) {
  for (const auto& issuers : std::vector<std::vector<std::string>>{{""},
                                                                   {"accounts.google.com"},
                                                                   {google + "/"},
                                                                   {"HTTPS://accounts.google.com"},
                                                                   {google, google},
                                                                   {google, "https://evil.example"}}) {
    auto query = good();
    query.iss = issuers;
    BOOST_TEST(judge(query) == outcome::foreign_issuer);
    query.error = {"access_denied"}; // nor is such a no believed
    BOOST_TEST(judge(query) == outcome::foreign_issuer);
  }
  auto unnamed = good();
  unnamed.iss = {""};
  BOOST_TEST(judge_callback(record(), unnamed, "", windows, now) == outcome::foreign_issuer);
}

BOOST_AUTO_TEST_CASE(a_record_serves_until_its_window_ends_and_not_before_it_began) {
  const auto at = [](instant started) {
    return judge(good(), pending_sign_in{secret_text("the-state"), started, false});
  };
  BOOST_TEST(at(now) == outcome::exchange);
  BOOST_TEST(at(now - 10min + 1us) == outcome::exchange);
  BOOST_TEST(at(now - 10min) == outcome::expired);
  BOOST_TEST(at(now + 1us) == outcome::expired);
}

BOOST_AUTO_TEST_CASE(each_error_of_the_provider_has_its_outcome) {
  const auto of = [](const char* error) {
    auto query = good();
    query.error = {error};
    return judge(query);
  };
  BOOST_TEST(of("access_denied") == outcome::denied);
  for (const auto* error : {"login_required", "interaction_required", "consent_required", "account_selection_required"})
    BOOST_TEST(of(error) == outcome::interaction_needed);
  for (const auto* error : {"server_error", "temporarily_unavailable", "admin_policy_enforced", "", "ACCESS_DENIED"})
    BOOST_TEST(of(error) == outcome::provider_error);
}

BOOST_AUTO_TEST_CASE(there_must_be_exactly_one_code_and_it_must_be_one) {
  for (const auto& codes : std::vector<std::vector<std::string>>{
         {}, {""}, {"a", "a"}, {"a b"}, {"a\n"}, {"\xc3\xa9"}, {std::string(1025, 'a')}}) {
    auto query = good();
    query.code = codes;
    BOOST_TEST(judge(query) == outcome::no_code);
  }
  auto longest = good();
  longest.code = {std::string(1024, 'a')};
  BOOST_TEST(judge(longest) == outcome::exchange);
}

BOOST_AUTO_TEST_CASE(a_sign_in_is_recent_for_ten_minutes_and_never_in_advance) {
  BOOST_TEST(is_recent_sign_in(now, now, windows));
  BOOST_TEST(is_recent_sign_in(now - 10min + 1us, now, windows));
  BOOST_TEST(!is_recent_sign_in(now - 10min, now, windows));
  BOOST_TEST(!is_recent_sign_in(now + 1us, now, windows));
  BOOST_TEST(!is_recent_sign_in(instant::min(), instant(0us), {}));
  BOOST_TEST(!is_recent_sign_in(now - 1min, now, {10min, 1min}));
}

BOOST_AUTO_TEST_CASE(secrets_are_the_same_only_byte_by_byte) {
  BOOST_TEST(same_secret("", ""));
  BOOST_TEST(same_secret("abc", "abc"));
  BOOST_TEST(!same_secret("abc", "ab"));
  BOOST_TEST(!same_secret("abc", "abcd"));
  const std::string all(64, 'a');
  for (std::size_t at = 0; at < all.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto other = all;
      other[at] = static_cast<char>(other[at] ^ (1 << bit));
      BOOST_TEST(!same_secret(all, other));
    }
}

BOOST_AUTO_TEST_CASE(every_outcome_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto each : all_callback_outcomes)
    names.insert(to_string(each));
  BOOST_TEST(names.size() == all_callback_outcomes.size());
  BOOST_TEST(!names.contains("unknown"));
}

BOOST_AUTO_TEST_SUITE_END()
