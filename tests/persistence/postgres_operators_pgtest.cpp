#include "persistence/operators.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Those who run the service: what only the database can promise of them.
namespace easel::persistence {

namespace the_operators {

using contract::world;
using policies::operator_role;
using entered = operator_entry::result;

namespace {

const secret_text good("a long enough password");

struct fixture : postgres_fixture, world {
  fixture() : world(under_test()) {}

  [[nodiscard]] std::unique_ptr<operator_store> at(duration shift) const {
    return make_operator_store(settings(), contract::test_keys(), shift);
  }
  made_operator add(const std::string& name, operator_role role = operator_role::keeper, bool with_totp = false) {
    return operators->add({name, role, good, with_totp}, "test").value();
  }
  operator_entry try_in(const std::string& name, const secret_text& password, const std::string& code = "",
                        duration shift = {}) {
    token = new_digest();
    return at(shift)->sign_in({name, password, code, token}, limits).value();
  }
  [[nodiscard]] long audited(const std::string& action) const {
    return std::stol(database->value("select count(*) from easel.operator_audit where action = '" + action + "'"));
  }

  std::unique_ptr<operator_store> operators = at({});
  policies::operator_session_limits limits;
  digest token{};
};

} // namespace

} // namespace the_operators

BOOST_FIXTURE_TEST_SUITE(the_operators, fixture)

BOOST_AUTO_TEST_CASE(a_password_is_kept_as_scrypt_and_compared) {
  const auto hash = hash_operator_password(good);
  BOOST_TEST(hash.substr(0, 14) == "scrypt$15$8$1$");
  BOOST_TEST(hash != hash_operator_password(good));
  BOOST_TEST(is_operator_password_of(good, hash));
  BOOST_TEST(!is_operator_password_of(secret_text("a long enough passwore"), hash));
  for (const auto* odd : {"", "scrypt", "scrypt$99$8$1$00$00", "md5$15$8$1$00$00"})
    BOOST_TEST(!is_operator_password_of(good, odd), odd);
}

BOOST_AUTO_TEST_CASE(codes_are_those_of_rfc_6238) {
  // Appendix B, the last six of its eight digits.
  const std::string secret = "12345678901234567890";
  BOOST_TEST(totp_code_at(secret, 59 / 30) == "287082");
  BOOST_TEST(totp_code_at(secret, 1'111'111'109 / 30) == "081804");
  BOOST_TEST(totp_code_at(secret, 2'000'000'000 / 30) == "279037");
}

BOOST_AUTO_TEST_CASE(a_name_is_given_once_and_its_row_is_audited) {
  BOOST_TEST(add("ada").made);
  BOOST_TEST(!add("ada").made);
  const auto all = operators->list().value();
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].name == "ada");
  BOOST_TEST((all[0].role == operator_role::keeper));
  BOOST_TEST(!all[0].has_totp);
  BOOST_TEST(audited("operator.add ada") == 1);
  BOOST_TEST(database->value("select position('password' in password) from easel.operator") == "0");
}

BOOST_AUTO_TEST_CASE(who_signs_in_is_recognized_until_the_session_ends) {
  add("ada", operator_role::admin);
  const auto entry = try_in("ada", good);
  BOOST_REQUIRE((entry.how == entered::signed_in));
  const auto who = operators->find_session(token, limits).value();
  BOOST_REQUIRE(who);
  BOOST_TEST(who->name == "ada");
  BOOST_TEST((who->role == operator_role::admin));
  BOOST_TEST((who->expires_at == entry.who->expires_at));
  BOOST_TEST(!operators->find_session(new_digest(), limits).value());
  BOOST_TEST(operators->end_session(token).value());
  BOOST_TEST(!operators->end_session(token).value());
  BOOST_TEST(!operators->find_session(token, limits).value());
  BOOST_TEST(audited("console.sign_in") == 1);
  BOOST_TEST(audited("console.sign_out") == 1);
}

BOOST_AUTO_TEST_CASE(a_session_ends_when_idle_and_in_any_case_when_it_is_old) {
  add("ada");
  try_in("ada", good);
  BOOST_TEST(at(limits.idle - std::chrono::seconds(5))->find_session(token, limits).value().has_value());
  BOOST_TEST(at(2 * limits.idle - std::chrono::seconds(10))->find_session(token, limits).value().has_value());
  BOOST_TEST(!at(4 * limits.idle)->find_session(token, limits).value());
  try_in("ada", good);
  for (auto passed = limits.idle / 2; passed < limits.longest; passed += limits.idle / 2)
    BOOST_TEST(at(passed)->find_session(token, limits).value().has_value());
  BOOST_TEST(!at(limits.longest)->find_session(token, limits).value());
}

BOOST_AUTO_TEST_CASE(wrong_guesses_shut_the_account_for_a_while) {
  add("ada");
  for (int i = 0; i < 5; ++i)
    BOOST_TEST((try_in("ada", secret_text("wrong")).how == entered::wrong));
  const auto locked = try_in("ada", good);
  BOOST_REQUIRE((locked.how == entered::locked));
  BOOST_TEST((*locked.wait <= std::chrono::minutes(1)));
  BOOST_TEST(operators->list().value()[0].is_locked);
  BOOST_TEST(audited("console.locked") == 1);
  BOOST_TEST((try_in("ada", good, "", std::chrono::minutes(2)).how == entered::signed_in));
  BOOST_TEST(!operators->list().value()[0].is_locked);
  BOOST_TEST((try_in("ada", secret_text("wrong")).how == entered::wrong)); // the count began anew
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_has_is_answered_like_a_wrong_password) {
  BOOST_TEST((try_in("nobody", good).how == entered::wrong));
  BOOST_TEST((try_in("'; drop table", good).how == entered::wrong));
  BOOST_TEST((try_in("", good).how == entered::wrong));
}

BOOST_AUTO_TEST_CASE(a_one_time_code_is_wanted_where_there_is_a_secret_and_taken_once) {
  const auto made = add("ada", operator_role::keeper, true);
  const auto& secret = made.totp_secret.reveal();
  BOOST_REQUIRE(secret.size() == 20u);
  const auto code = totp_code_at(secret, policies::totp_step(now()));
  BOOST_TEST((try_in("ada", good).how == entered::wrong));
  BOOST_TEST((try_in("ada", secret_text("wrong"), code).how == entered::wrong));
  BOOST_TEST((try_in("ada", good, code).how == entered::signed_in));
  BOOST_TEST((try_in("ada", good, code).how == entered::wrong));
  const auto next = totp_code_at(secret, policies::totp_step(now()) + 2);
  BOOST_TEST((try_in("ada", good, next, std::chrono::minutes(1)).how == entered::signed_in));
}

BOOST_AUTO_TEST_CASE(a_change_of_an_operator_ends_their_sessions) {
  add("ada");
  const auto signed_in = [&] { return operators->find_session(token, limits).value().has_value(); };
  try_in("ada", good);
  BOOST_TEST(operators->set_role("ada", operator_role::viewer, "test").value());
  BOOST_TEST(!signed_in());
  try_in("ada", good);
  const secret_text other("another long password");
  BOOST_TEST(operators->set_password("ada", other, "test").value());
  BOOST_TEST(!signed_in());
  BOOST_TEST((try_in("ada", good).how == entered::wrong));
  BOOST_TEST((try_in("ada", other).how == entered::signed_in));
  BOOST_TEST(operators->disable("ada", "test").value());
  BOOST_TEST(!signed_in());
  BOOST_TEST((try_in("ada", other).how == entered::wrong));
  BOOST_TEST(!operators->disable("ada", "test").value());
  for (const auto& missing :
       {operators->set_role("eve", operator_role::admin, "test"), operators->set_password("eve", other, "test")})
    BOOST_TEST(!missing.value());
  BOOST_TEST(audited("operator.role ada") == 1);
  BOOST_TEST(audited("operator.password ada") == 1);
  BOOST_TEST(audited("operator.disable ada") == 1);
}

BOOST_AUTO_TEST_CASE(what_operators_do_is_read_back_newest_first_without_the_account) {
  (void)newcomer(tier::free, 100); // leaves rows of its own, about an account
  BOOST_TEST(operators->note("operator:ada", "upstream.pause sub2api/x", "it fails").value());
  BOOST_TEST(operators->note("operator:ada", "upstream.pause sub2api/x", "outcome: done").value());
  const auto rows = operators->audit(100).value();
  BOOST_REQUIRE(rows.size() >= 3u);
  BOOST_TEST(rows[0].reason == "outcome: done");
  BOOST_TEST(rows[1].reason == "it fails");
  BOOST_TEST(!rows[0].about_account);
  BOOST_TEST(rows.back().about_account);
  BOOST_TEST(operators->audit(1).value().size() == 1u);
  BOOST_TEST(!operators->note("operator:ada", std::string("a\0b", 3), "").has_value());
}

BOOST_AUTO_TEST_CASE(only_what_is_in_work_is_asked_to_cancel) {
  const auto who = newcomer(tier::free, 100);
  const auto w = accepted(who);
  BOOST_TEST(operators->request_cancel(w.id).value());
  BOOST_TEST(db->cancel_requests(node).value().size() == 1u);
  BOOST_TEST(!operators->request_cancel(completed(who)).value());
  BOOST_TEST(!operators->request_cancel(new_generation_id()).value());
}

BOOST_AUTO_TEST_CASE(an_account_is_suspended_and_lifted_once_each) {
  const auto who = newcomer(tier::free, 100);
  (void)accepted(who);
  auto standing = operators->find_standing(who.account).value();
  BOOST_REQUIRE(standing);
  BOOST_TEST(!standing->suspended);
  BOOST_TEST(!standing->cools_until);
  BOOST_TEST(standing->in_work == 1);
  BOOST_TEST(!operators->lift(who.account).value());
  BOOST_TEST(operators->suspend(who.account).value());
  BOOST_TEST(!operators->suspend(who.account).value());
  BOOST_TEST(operators->find_standing(who.account).value()->suspended);
  BOOST_TEST(operators->lift(who.account).value());
  BOOST_TEST(!operators->find_standing(who.account).value()->suspended);
  database->execute("update easel.account set cooldown_until = easel.now() + interval '1 hour' where id = '"
                    + to_string(who.account.value) + "'");
  BOOST_TEST(operators->find_standing(who.account).value()->cools_until.has_value());
  BOOST_TEST(operators->lift(who.account).value());
  BOOST_TEST(!operators->find_standing(who.account).value()->cools_until.has_value());
}

BOOST_AUTO_TEST_CASE(sessions_are_ended_all_at_once_and_every_node_is_told) {
  const auto v = contract::visit(*this, contract::somebody());
  const auto other = contract::visit(*this, contract::somebody());
  const auto source = under.open_revocations();
  BOOST_REQUIRE(source->listen());
  const auto whom = v.session.account;
  BOOST_TEST(operators->find_standing(whom).value()->sessions == 1);
  BOOST_TEST(operators->end_sessions(whom).value());
  BOOST_TEST(operators->find_standing(whom).value()->sessions == 0);
  BOOST_TEST(operators->find_standing(other.session.account).value()->sessions == 1);
  BOOST_TEST(!operators->end_sessions(whom).value());
  std::vector<revocation> heard;
  for (int i = 0; i < 50 && heard.empty(); ++i)
    heard = source->hear(std::chrono::milliseconds(100)).value();
  BOOST_TEST((heard == std::vector<revocation>{v.session.id}));
}

BOOST_AUTO_TEST_CASE(an_account_that_is_not_there_has_no_standing) {
  BOOST_TEST(!operators->find_standing(account_id{}).value());
  BOOST_TEST(!operators->suspend(account_id{}).value());
  BOOST_TEST(!operators->end_sessions(account_id{}).value());
}

BOOST_AUTO_TEST_CASE(what_is_noted_about_an_account_stays_with_it) {
  const auto who = newcomer(tier::free, 100);
  BOOST_TEST(operators->note_about(who.account, "operator:ada", "account.suspend", "a flood").value());
  BOOST_TEST(operators->audit(1).value()[0].about_account);
  BOOST_TEST(
    database->value("select count(*) from easel.operator_audit where action = 'account.suspend' and account_id = '"
                    + to_string(who.account.value) + "'")
    == "1");
}

BOOST_AUTO_TEST_CASE(a_prompt_is_found_with_its_author_and_read_only_when_it_is_asked_for) {
  const auto who = newcomer(tier::free, 100);
  const auto id = completed(who);
  const auto looked = operators->find_prompt(id, false).value();
  BOOST_REQUIRE(looked);
  BOOST_TEST((looked->account == who.account));
  BOOST_TEST(!looked->is_restricted);
  BOOST_TEST(!looked->text.has_value());
  const auto read = operators->find_prompt(id, true).value();
  BOOST_REQUIRE(read);
  BOOST_REQUIRE(read->text.has_value());
  BOOST_TEST(read->text->reveal() == row_of(who, id).prompt.reveal());
  BOOST_TEST(!read->text->empty());
  const auto account = to_string(who.account.value);
  database->execute("update easel.account set restricted = true where id = '" + account + "'");
  BOOST_TEST(operators->find_prompt(id, false).value()->is_restricted);
}

BOOST_AUTO_TEST_CASE(RET_1_a_prompt_whose_time_or_key_is_over_is_found_no_more) {
  const auto who = newcomer(tier::free, 100);
  const auto id = completed(who);
  BOOST_TEST(!operators->find_prompt(new_generation_id(), true).value());
  BOOST_TEST(!at(std::chrono::hours(24 * 31))->find_prompt(id, true).value());
  database->execute("delete from easel.account_key where account_id = '" + to_string(who.account.value) + "'");
  BOOST_TEST(!operators->find_prompt(id, true).value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
