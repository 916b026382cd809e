#include "tests/persistence/contract/visits.hpp"

namespace easel::persistence::contract {

namespace {

using namespace std::chrono_literals;

person_row person_behind(world& w, account_id id) {
  const auto found = must(w.db->find_person(id));
  BOOST_REQUIRE(found.has_value());
  return *found;
}

std::string name_of(world& w, account_id id) { return person_behind(w, id).name.reveal(); }

// ---------------------------------------------------------------- the callback

void callback_takes_what_began(world& w) {
  const auto token = w.new_digest();
  const auto state = begun(w, token);
  const auto taken = must(w.db->take_sign_in(token, state));
  BOOST_REQUIRE(taken.has_value());
  BOOST_TEST(taken->nonce == "nonce-1");
  BOOST_TEST(taken->verifier.reveal() == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  BOOST_TEST(taken->return_path == "/create?model=gpt-image-2");
}

void second_callback_finds_nothing(world& w) {
  const auto token = w.new_digest();
  const auto state = begun(w, token);
  BOOST_REQUIRE(must(w.db->take_sign_in(token, state)).has_value());
  BOOST_TEST(!must(w.db->take_sign_in(token, state)).has_value());
}

void another_state_leaves_it(world& w) {
  const auto token = w.new_digest();
  const auto state = begun(w, token);
  BOOST_TEST(!must(w.db->take_sign_in(token, w.new_digest())).has_value());
  BOOST_TEST(!must(w.db->take_sign_in(w.new_digest(), state)).has_value());
  BOOST_TEST(must(w.db->take_sign_in(token, state)).has_value());
}

void beginning_again_replaces(world& w) {
  const auto token = w.new_digest();
  const auto first = begun(w, token);
  const auto second = begun(w, token);
  BOOST_TEST(!must(w.db->take_sign_in(token, first)).has_value());
  BOOST_TEST(must(w.db->take_sign_in(token, second)).has_value());
}

void sign_in_expires(world& w) {
  const auto token = w.new_digest();
  const auto state = begun(w, token);
  w.advance(w.under.settings.retention.sign_in);
  BOOST_TEST(!must(w.db->take_sign_in(token, state)).has_value());
  const auto late = w.new_digest();
  taken(w, late);
  w.advance(w.under.settings.retention.sign_in);
  const auto outcome = must(w.db->finish_sign_in({late, w.new_digest(), somebody(), ""}));
  BOOST_TEST(outcome.result == sign_in_result::gone);
}

void only_a_taken_one_finishes(world& w) {
  const auto token = w.new_digest();
  (void)begun(w, token);
  const auto outcome = must(w.db->finish_sign_in({token, w.new_digest(), somebody(), ""}));
  BOOST_TEST(outcome.result == sign_in_result::gone);
}

// ---------------------------------------------------------------- more than may be under way

void allow_sign_ins(world& w, std::int32_t most) {
  policies::identity_limits limits;
  limits.sign_ins = most;
  w.db = w.under.open_with(limits);
}

struct departure {
  digest token{};
  digest state{};
  std::int32_t displaced = 0;
};

/// A second after whatever was before.
departure depart(world& w) {
  w.advance(1s);
  departure out{w.new_digest(), w.new_digest()};
  out.displaced = must(w.db->begin_sign_in({out.token, out.state, "n", secret_text("v"), "/"})).displaced;
  return out;
}

bool comes_back(world& w, const departure& who) { return must(w.db->take_sign_in(who.token, who.state)).has_value(); }

/// Somebody new, a second after whatever was before, who is asked to confirm; under which token.
digest asked_to_confirm(world& w) {
  w.advance(1s);
  const auto waiting = w.new_digest();
  BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), waiting, somebody()).result == sign_in_result::confirmation_needed);
  return waiting;
}

void oldest_is_displaced(world& w) {
  allow_sign_ins(w, 3);
  const auto one = depart(w);
  const auto two = depart(w);
  const auto three = depart(w);
  BOOST_TEST(three.displaced == 0);
  const auto four = depart(w);
  BOOST_TEST(four.displaced == 1);
  BOOST_TEST(!comes_back(w, one));
  for (const auto& other : {two, three, four})
    BOOST_TEST(comes_back(w, other));
}

void expired_ones_take_no_place(world& w) {
  allow_sign_ins(w, 3);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(depart(w).displaced == 0);
  w.advance(w.under.settings.retention.sign_in);
  BOOST_TEST(depart(w).displaced == 0);
}

void replaced_one_takes_no_second_place(world& w) {
  allow_sign_ins(w, 2);
  const auto other = depart(w);
  const auto mine = depart(w);
  const sign_in_start again{mine.token, w.new_digest(), "n", secret_text("v"), "/"};
  BOOST_TEST(must(w.db->begin_sign_in(again)).displaced == 0);
  BOOST_TEST(comes_back(w, other));
}

void who_came_back_is_spared(world& w) {
  allow_sign_ins(w, 4);
  const auto waiting = asked_to_confirm(w);
  const auto verified = depart(w);
  BOOST_TEST(comes_back(w, verified));
  const auto away = depart(w);
  BOOST_TEST(depart(w).displaced == 0);
  BOOST_TEST(depart(w).displaced == 1);
  BOOST_TEST(!comes_back(w, away));
  BOOST_TEST(must(w.db->find_unconfirmed(waiting)).has_value());
  const auto outcome = must(w.db->finish_sign_in({verified.token, w.new_digest(), somebody(), ""}));
  BOOST_TEST(outcome.result == sign_in_result::confirmation_needed);
}

void half_may_be_back(world& w) {
  allow_sign_ins(w, 4);
  const auto longest = asked_to_confirm(w);
  const auto next = asked_to_confirm(w);
  const auto last = asked_to_confirm(w);
  const auto one = depart(w);
  BOOST_TEST(one.displaced == 0);
  const auto two = depart(w);
  BOOST_TEST(two.displaced == 1);
  BOOST_TEST(!must(w.db->find_unconfirmed(longest)).has_value());
  BOOST_TEST(confirmed(w, longest, w.new_digest()).result == sign_in_result::gone);
  const auto three = depart(w); // now two are back, which is half
  BOOST_TEST(three.displaced == 1);
  BOOST_TEST(!comes_back(w, one));
  for (const auto& kept : {next, last})
    BOOST_TEST(must(w.db->find_unconfirmed(kept)).has_value());
  for (const auto& kept : {two, three})
    BOOST_TEST(comes_back(w, kept));
}

void displaced_while_verified(world& w) {
  allow_sign_ins(w, 2);
  const auto one = depart(w);
  const auto two = depart(w);
  BOOST_TEST(comes_back(w, one));
  BOOST_TEST(comes_back(w, two));
  BOOST_TEST(depart(w).displaced == 1);
  const auto outcome = must(w.db->finish_sign_in({one.token, w.new_digest(), somebody(), ""}));
  BOOST_TEST(outcome.result == sign_in_result::gone);
}

void narrower_bound_is_reached_by_and_by(world& w) {
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(depart(w).displaced == 0);
  allow_sign_ins(w, 3);
  BOOST_TEST(depart(w).displaced == policies::most_displaced_sign_ins); // 5 are left
  BOOST_TEST(depart(w).displaced == 3);
  BOOST_TEST(depart(w).displaced == 1);
}

// ---------------------------------------------------------------- new people

void new_person_is_asked(world& w) {
  const auto claims = somebody();
  const auto token = w.new_digest();
  const auto waiting = w.new_digest();
  const auto outcome = finished_sign_in(w, token, waiting, claims);
  BOOST_TEST(outcome.result == sign_in_result::confirmation_needed);
  BOOST_TEST(!outcome.session.has_value());
  BOOST_TEST(!must(w.db->find_unconfirmed(token)).has_value());
  const auto shown = must(w.db->find_unconfirmed(waiting));
  BOOST_REQUIRE(shown.has_value());
  BOOST_TEST(shown->email.reveal() == claims.email.reveal());
  BOOST_TEST(shown->name.reveal() == "Ada Lovelace");
  BOOST_TEST(!must(w.db->find_session(waiting)).has_value());
}

void confirmation_makes_the_account(world& w) {
  const auto claims = somebody();
  const auto waiting = w.new_digest();
  const auto token = w.new_digest();
  BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), waiting, claims).result == sign_in_result::confirmation_needed);
  const auto before = w.under.count_audit_rows();
  const auto at = w.now();
  const auto outcome = confirmed(w, waiting, token);
  BOOST_REQUIRE(outcome.result == sign_in_result::signed_in);
  BOOST_TEST(outcome.return_path == "/create?model=gpt-image-2");
  BOOST_TEST(w.under.count_audit_rows() == before); // no operator did it
  const auto found = must(w.db->find_session(token));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->account.of_tier == tier::free);
  BOOST_TEST(found->account.state == account_state::active);
  const auto person = person_behind(w, found->account.id);
  BOOST_TEST(person.subject.reveal() == claims.subject.reveal());
  BOOST_TEST(person.email.reveal() == claims.email.reveal());
  BOOST_TEST(person.name.reveal() == "Ada Lovelace");
  BOOST_TEST(!person.name_edited);
  BOOST_TEST(person.terms_version == "2026-11-01");
  for (const auto moment : {person.terms_accepted_at, person.age_confirmed_at, person.created_at})
    BOOST_TEST((moment >= at && moment <= w.now()));
  BOOST_TEST(!must(w.db->find_unconfirmed(waiting)).has_value());
}

void new_account_can_draw(world& w) {
  const auto v = visit(w, somebody());
  person p{v.account, {}};
  w.give(p, 10);
  auto order = w.order(p);
  order.key.reset();
  BOOST_TEST(w.try_admit(order).result == admission::admitted);
}

void declining_leaves_nothing(world& w) {
  const auto claims = somebody();
  const auto waiting = w.new_digest();
  BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), waiting, claims).result == sign_in_result::confirmation_needed);
  BOOST_TEST(must(w.db->decline_sign_in(waiting)));
  BOOST_TEST(!must(w.db->decline_sign_in(waiting)));
  BOOST_TEST(!must(w.db->find_unconfirmed(waiting)).has_value());
  BOOST_TEST(confirmed(w, waiting, w.new_digest()).result == sign_in_result::gone);
  BOOST_TEST(finished_sign_in(w, w.new_digest(), w.new_digest(), claims).result == sign_in_result::confirmation_needed);
}

void confirmation_in_time(world& w) {
  const auto token = w.new_digest();
  const auto waiting = w.new_digest();
  taken(w, token);
  w.advance(w.under.settings.retention.sign_in - 1min);
  const auto outcome = must(w.db->finish_sign_in({token, waiting, somebody(), ""}));
  BOOST_REQUIRE(outcome.result == sign_in_result::confirmation_needed);
  w.advance(w.under.settings.retention.sign_in - 1min); // the time to confirm is a time of its own
  BOOST_TEST(must(w.db->find_unconfirmed(waiting)).has_value());
  w.advance(1min);
  BOOST_TEST(!must(w.db->find_unconfirmed(waiting)).has_value());
  BOOST_TEST(confirmed(w, waiting, w.new_digest()).result == sign_in_result::gone);
}

void one_confirmation(world& w) {
  const auto waiting = w.new_digest();
  BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), waiting, somebody()).result == sign_in_result::confirmation_needed);
  BOOST_TEST(confirmed(w, waiting, w.new_digest()).result == sign_in_result::signed_in);
  BOOST_TEST(confirmed(w, waiting, w.new_digest()).result == sign_in_result::gone);
}

void two_browsers_one_account(world& w) {
  const auto claims = somebody();
  const auto one = w.new_digest();
  const auto two = w.new_digest();
  BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), one, claims).result == sign_in_result::confirmation_needed);
  BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), two, claims).result == sign_in_result::confirmation_needed);
  const auto first = confirmed(w, one, w.new_digest());
  const auto second = confirmed(w, two, w.new_digest());
  BOOST_REQUIRE(first.session.has_value());
  BOOST_REQUIRE(second.session.has_value());
  BOOST_TEST(first.session->account == second.session->account);
  BOOST_TEST(must(w.db->list_sessions(first.session->account)).size() == 2u);
}

// ---------------------------------------------------------------- known people

void known_person_is_signed_in(world& w) {
  auto claims = somebody();
  const auto first = visit(w, claims);
  w.advance(1h);
  claims.issuer = "accounts.google.com"; // Google's other spelling
  const auto token = w.new_digest();
  const auto outcome = finished_sign_in(w, w.new_digest(), token, claims);
  BOOST_REQUIRE(outcome.result == sign_in_result::signed_in);
  BOOST_TEST(outcome.session->account == first.account);
  BOOST_TEST(outcome.session->device == "Firefox on Linux");
  BOOST_TEST(outcome.return_path == "/create?model=gpt-image-2");
  BOOST_TEST((person_behind(w, first.account).last_sign_in_at > first.session.created_at));
}

void profile_follows_the_provider(world& w) {
  auto claims = somebody();
  const auto v = visit(w, claims);
  claims.email = secret_text("countess@example.org");
  claims.name = secret_text("Ada King");
  (void)visit(w, claims);
  BOOST_TEST(person_behind(w, v.account).email.reveal() == "countess@example.org");
  BOOST_TEST(name_of(w, v.account) == "Ada King");
  claims.name = {}; // a token without a name takes none away
  (void)visit(w, claims);
  BOOST_TEST(name_of(w, v.account) == "Ada King");
}

void chosen_name_stays(world& w) {
  auto claims = somebody();
  const auto v = visit(w, claims);
  BOOST_TEST(must(w.db->rename_person(v.account, secret_text("Enchantress of Numbers"))));
  claims.email = secret_text("countess@example.org");
  claims.name = secret_text("Ada King");
  (void)visit(w, claims);
  const auto person = person_behind(w, v.account);
  BOOST_TEST(person.name.reveal() == "Enchantress of Numbers");
  BOOST_TEST(person.name_edited);
  BOOST_TEST(person.email.reveal() == "countess@example.org");
}

void never_by_email(world& w) {
  const auto first = somebody();
  auto second = somebody();
  second.email = first.email;
  const auto one = visit(w, first);
  const auto two = visit(w, second);
  BOOST_TEST(one.account != two.account);
}

void suspended_people_sign_in(world& w) {
  const auto claims = somebody();
  const auto v = visit(w, claims);
  const person p{v.account, {}};
  for (int i = 0; w.account_of(p).state == account_state::active; ++i) {
    BOOST_REQUIRE(i < 100);
    auto order = w.order(p, 0);
    order.key.reset();
    const auto outcome = w.try_admit(order);
    if (outcome.result == admission::admitted)
      BOOST_REQUIRE(w.try_write(block{outcome.id, {order.node, 1}, blocking_verdict()}) == fenced::done);
    else
      w.advance(w.under.settings.strikes.cooldown_for);
  }
  const auto again = visit(w, claims);
  const auto found = must(w.db->find_session(again.token));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->account.state == account_state::suspended);
}

void closed_people_do_not(world& w) {
  const auto claims = somebody();
  const auto v = visit(w, claims);
  w.under.close_account(v.account);
  BOOST_TEST(finished_sign_in(w, w.new_digest(), w.new_digest(), claims).result == sign_in_result::account_closed);
  BOOST_TEST(!must(w.db->find_session(v.token)).has_value());
  BOOST_TEST(must(w.db->list_sessions(v.account)).empty());
  BOOST_TEST(!must(w.db->find_person(v.account)).has_value());
  BOOST_TEST(!must(w.db->rename_person(v.account, secret_text("Ada"))));
}

// ---------------------------------------------------------------- signing in once more

void same_person_goes_on(world& w) {
  const auto claims = somebody();
  const auto v = visit(w, claims);
  w.advance(1h);
  const auto token = w.new_digest();
  const auto outcome = finished_sign_in(w, v.token, token, claims);
  BOOST_REQUIRE(outcome.result == sign_in_result::signed_in);
  BOOST_TEST(outcome.session->id == v.session.id);
  BOOST_TEST((outcome.session->created_at == v.session.created_at));
  BOOST_TEST((outcome.session->authenticated_at >= v.session.authenticated_at + 1h));
  BOOST_TEST(!must(w.db->find_session(v.token)).has_value());
  BOOST_TEST(must(w.db->find_session(token)).has_value());
  BOOST_TEST(must(w.db->list_sessions(v.account)).size() == 1u);
}

void turning_back_keeps_the_session(world& w) {
  const auto v = visit(w, somebody());
  taken(w, v.token);
  BOOST_TEST(must(w.db->find_session(v.token)).has_value());
}

void another_person_takes_the_browser(world& w) {
  const auto other = visit(w, somebody());
  const auto claims = somebody("Charles Babbage");
  const auto mine = visit(w, claims);
  const auto token = w.new_digest();
  const auto outcome = finished_sign_in(w, other.token, token, claims);
  BOOST_REQUIRE(outcome.result == sign_in_result::signed_in);
  BOOST_TEST(outcome.session->account == mine.account);
  BOOST_TEST(must(w.db->list_sessions(other.account)).empty());
  BOOST_TEST(must(w.db->list_sessions(mine.account)).size() == 2u);
}

void new_person_takes_the_browser(world& w) {
  const auto v = visit(w, somebody());
  BOOST_REQUIRE(finished_sign_in(w, v.token, w.new_digest(), somebody()).result == sign_in_result::confirmation_needed);
  BOOST_TEST(!must(w.db->find_session(v.token)).has_value());
}

// ---------------------------------------------------------------- bad input

void bad_claims_are_refused(world& w) {
  const auto token = w.new_digest();
  taken(w, token);
  auto claims = somebody();
  claims.subject = {};
  BOOST_TEST(is_refused(w.db->finish_sign_in({token, w.new_digest(), claims, ""})));
  BOOST_TEST(is_refused(w.db->finish_sign_in({token, w.new_digest(), somebody(nul), ""})));
  BOOST_TEST(is_refused(w.db->finish_sign_in({token, w.new_digest(), somebody(), nul})));
  const auto outcome = must(w.db->finish_sign_in({token, w.new_digest(), somebody(), ""})); // nothing was changed
  BOOST_TEST(outcome.result == sign_in_result::confirmation_needed);
}

void bad_texts_are_refused(world& w) {
  const auto start = [&](std::string nonce, std::string verifier, std::string path) {
    return w.db->begin_sign_in(
      {w.new_digest(), w.new_digest(), std::move(nonce), secret_text(std::move(verifier)), std::move(path)});
  };
  BOOST_TEST(is_refused(start(nul, "v", "/")));
  BOOST_TEST(is_refused(start("n", "v", nul)));
  BOOST_TEST(is_refused(start("", "v", "/")));
  BOOST_TEST(is_refused(start("n", "", "/")));
  BOOST_TEST(is_refused(start(std::string(129, 'n'), "v", "/")));
  BOOST_TEST(is_refused(start("n", std::string(229, 'v'), "/")));
  BOOST_TEST(is_refused(start("n", "v", std::string(2049, '/'))));
  BOOST_TEST(start(std::string(128, 'n'), std::string(128, 'v'), std::string(2048, '/')).has_value());
  const auto v = visit(w, somebody());
  for (const auto& name : {std::string(), nul, std::string("  "), std::string(81, 'a'), std::string("\xff")})
    BOOST_TEST(is_refused(w.db->rename_person(v.account, secret_text(name))));
  BOOST_TEST(name_of(w, v.account) == "Ada Lovelace");
  BOOST_TEST(!must(w.db->rename_person(w.newcomer().account, secret_text("Ada")))); // nobody signed in there
}

void longest_claims_are_kept(world& w) {
  std::string name;
  for (int i = 0; i < 80; ++i)
    name += "\xf0\x9f\x96\xbc";
  const policies::identity_claims claims{"https://" + std::string(247, 'i'), secret_text(std::string(255, 's')),
                                         secret_text(std::string(64, 'e') + '@' + std::string(255, 'd')),
                                         secret_text(name)};
  const auto person = person_behind(w, visit(w, claims).account);
  BOOST_TEST(person.subject.reveal() == claims.subject.reveal());
  BOOST_TEST(person.email.reveal() == claims.email.reveal());
  BOOST_TEST(person.name.reveal() == name);
}

} // namespace

std::vector<contract_case> identity_cases() {
  return {
    {"a_callback_gets_what_the_sign_in_began_with", callback_takes_what_began},
    {"a_second_callback_finds_nothing", second_callback_finds_nothing},
    {"a_callback_with_another_state_or_cookie_leaves_the_sign_in", another_state_leaves_it},
    {"beginning_again_replaces_the_sign_in_of_a_browser", beginning_again_replaces},
    {"a_sign_in_that_took_too_long_is_gone", sign_in_expires},
    {"a_sign_in_whose_callback_did_not_come_cannot_finish", only_a_taken_one_finishes},
    {"one_sign_in_more_than_the_bound_displaces_the_oldest", oldest_is_displaced},
    {"sign_ins_that_have_expired_displace_nobody", expired_ones_take_no_place},
    {"a_sign_in_that_is_begun_again_displaces_nobody", replaced_one_takes_no_second_place},
    {"a_sign_in_that_somebody_came_back_for_is_not_displaced", who_came_back_is_spared},
    {"sign_ins_that_are_back_beyond_half_of_the_bound_are_displaced_themselves", half_may_be_back},
    {"a_sign_in_that_was_displaced_while_it_was_verified_is_gone", displaced_while_verified},
    {"a_bound_that_was_narrowed_is_reached_by_and_by", narrower_bound_is_reached_by_and_by},
    {"ACCOUNT_1_a_new_person_is_asked_before_there_is_an_account", new_person_is_asked},
    {"CHILD_1_the_confirmation_makes_account_person_and_session", confirmation_makes_the_account},
    {"an_account_made_by_signing_in_can_draw", new_account_can_draw},
    {"ACCOUNT_1_declining_leaves_nothing", declining_leaves_nothing},
    {"a_confirmation_that_comes_too_late_finds_nothing", confirmation_in_time},
    {"a_confirmation_counts_once", one_confirmation},
    {"two_confirmations_of_one_person_are_one_account", two_browsers_one_account},
    {"a_known_person_is_signed_in_at_once", known_person_is_signed_in},
    {"RIGHT_2_email_and_name_follow_the_provider", profile_follows_the_provider},
    {"RIGHT_2_a_name_that_the_person_chose_stays", chosen_name_stays},
    {"people_are_never_linked_by_email", never_by_email},
    {"a_suspended_person_can_sign_in", suspended_people_sign_in},
    {"a_closed_account_is_refused_and_its_person_hidden", closed_people_do_not},
    {"signing_in_again_rotates_the_token_and_keeps_the_session", same_person_goes_on},
    {"turning_back_at_the_provider_keeps_the_session", turning_back_keeps_the_session},
    {"another_person_in_the_same_browser_is_another_session", another_person_takes_the_browser},
    {"a_new_person_in_the_same_browser_ends_the_session_there", new_person_takes_the_browser},
    {"claims_beyond_their_bounds_are_refused_and_change_nothing", bad_claims_are_refused},
    {"texts_beyond_their_bounds_are_refused", bad_texts_are_refused},
    {"the_longest_claims_are_kept_whole", longest_claims_are_kept},
  };
}

} // namespace easel::persistence::contract
