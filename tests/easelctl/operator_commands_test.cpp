#include "tools/easelctl/operator_commands.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <sstream>

namespace operator_commands {

using namespace easel;
using namespace easel::easelctl;
using policies::operator_role;

namespace {

/// Operators in memory; what the console alone asks for is not asked here.
class few_operators final : public persistence::operator_store {
public:
  using made = persistence::answer<persistence::made_operator>;
  made add(const persistence::new_operator& who, const std::string&) override {
    if (away)
      return unexpected(persistence::store_error{persistence::store_error::kind::unavailable, "add_operator", "08006"});
    persistence::made_operator out;
    out.made = all.try_emplace(who.name).second;
    all[who.name].name = who.name;
    all[who.name].role = who.role;
    all[who.name].has_totp = who.with_totp;
    if (who.with_totp)
      out.totp_secret = secret_text("12345678901234567890");
    return out;
  }
  persistence::answer<std::vector<persistence::operator_row>> list() override {
    std::vector<persistence::operator_row> rows;
    for (const auto& [name, row] : all)
      rows.push_back(row);
    return rows;
  }
  persistence::answer<bool> set_role(const std::string& name, operator_role role, const std::string&) override {
    return all.contains(name) ? (all[name].role = role, true) : false;
  }
  persistence::answer<bool> set_password(const std::string& name, const secret_text&, const std::string&) override {
    return all.contains(name);
  }
  persistence::answer<bool> disable(const std::string& name, const std::string&) override {
    return all.contains(name) ? (all[name].disabled_at = instant{}, true) : false;
  }
  persistence::answer<persistence::operator_entry> sign_in(const persistence::operator_attempt&,
                                                           const policies::operator_session_limits&) override {
    return {};
  }
  persistence::answer<std::optional<persistence::operator_identity>>
  find_session(const digest&, const policies::operator_session_limits&) override {
    return std::nullopt;
  }
  persistence::answer<bool> end_session(const digest&) override { return false; }
  persistence::answer<bool> note(const std::string&, const std::string&, const std::string&) override { return true; }
  persistence::answer<bool> note_about(account_id, const std::string&, const std::string&,
                                       const std::string&) override {
    return true;
  }
  persistence::answer<std::optional<persistence::found_prompt>> find_prompt(generation_id, bool) override {
    return std::nullopt;
  }
  persistence::answer<std::vector<persistence::audit_row>> audit(int) override { return {}; }
  persistence::answer<std::optional<persistence::account_standing>> find_standing(account_id) override {
    return std::nullopt;
  }
  persistence::answer<bool> suspend(account_id) override { return false; }
  persistence::answer<bool> lift(account_id) override { return false; }
  persistence::answer<bool> end_sessions(account_id) override { return false; }
  persistence::answer<bool> request_cancel(generation_id) override { return false; }

  std::map<std::string, persistence::operator_row> all;
  bool away = false;
};

struct office {
  few_operators store;
  std::optional<secret_text> password = secret_text("a long enough password");
  std::string out, err;

  int run(const operator_command& what, bool as_json = false) {
    std::ostringstream to_out, to_err;
    const int code = run_operators(what, {store, "tester", [this] { return password; }, as_json}, to_out, to_err);
    out = to_out.str();
    err = to_err.str();
    return code;
  }
};

} // namespace

} // namespace operator_commands

BOOST_FIXTURE_TEST_SUITE(operator_commands, office)

BOOST_AUTO_TEST_CASE(an_operator_is_made_and_the_password_is_shown_nowhere) {
  BOOST_TEST(run(add_operator{"ada", operator_role::admin, false}) == 0);
  BOOST_TEST(out.find("ada") != std::string::npos);
  BOOST_TEST(out.find("admin") != std::string::npos);
  BOOST_TEST(out.find("password") == std::string::npos);
  BOOST_TEST(run(add_operator{"ada", operator_role::admin, false}) == 1);
  BOOST_TEST(err.find("of this name already") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_secret_of_one_time_codes_is_shown_once_as_authenticators_take_it) {
  BOOST_TEST(run(add_operator{"ada", operator_role::keeper, true}, true) == 0);
  const auto shown = nlohmann::json::parse(out);
  BOOST_TEST(shown["totp_secret"] == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  BOOST_TEST(shown["totp_uri"].get<std::string>().find("otpauth://totp/easel:ada?secret=GEZDGNBV") == 0u);
  BOOST_TEST(run(list_operators{}) == 0);
  BOOST_TEST(out.find("GEZDGNBV") == std::string::npos);
  BOOST_TEST(out.find("ada   operator  yes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_password_that_is_short_or_not_given_makes_nobody) {
  password = secret_text("short");
  BOOST_TEST(run(add_operator{"ada", operator_role::viewer, false}) == 1);
  BOOST_TEST(err.find("12 to 200 bytes") != std::string::npos);
  password = std::nullopt;
  BOOST_TEST(run(add_operator{"ada", operator_role::viewer, false}) == 1);
  BOOST_TEST(run(set_operator_password{"ada"}) == 1);
  BOOST_TEST(store.all.empty());
}

BOOST_AUTO_TEST_CASE(changes_reach_only_those_who_are_there) {
  for (const operator_command& what :
       {operator_command(set_operator_role{"eve", operator_role::admin}),
        operator_command(set_operator_password{"eve"}), operator_command(disable_operator{"eve"})}) {
    BOOST_TEST(run(what) == 1);
    BOOST_TEST(err == "easelctl: there is no such operator\n");
  }
  (void)run(add_operator{"ada", operator_role::viewer, false});
  BOOST_TEST(run(set_operator_role{"ada", operator_role::admin}) == 0);
  BOOST_TEST((store.all["ada"].role == operator_role::admin));
  BOOST_TEST(run(disable_operator{"ada"}) == 0);
  BOOST_TEST(run(list_operators{}) == 0);
  BOOST_TEST(out.find("disabled") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_named_by_its_code_alone) {
  store.away = true;
  BOOST_TEST(run(add_operator{"ada", operator_role::viewer, false}) == 1);
  BOOST_TEST(err == "easelctl: the database cannot be reached: add_operator (SQLSTATE 08006)\n");
}

BOOST_AUTO_TEST_SUITE_END()
