#include "tests/actors/signing_in.hpp"

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::refusal;

namespace easel::actors {
static std::ostream& operator<<(std::ostream& out, refusal::why value) { return out << static_cast<int>(value); }
} // namespace easel::actors

namespace {

struct own_account_fixture : sign_in_fixture {
  browser browser_of_ada = signed_in();
  person ada = caller(browser_of_ada);

  template <class Answer>
  Answer good(const person& who, actors::query what) {
    auto got = house.ask(who, std::move(what));
    BOOST_REQUIRE(got.has_value());
    return std::get<Answer>(std::move(*got));
  }
  refusal::why bad(const person& who, actors::query what) {
    auto got = house.ask(who, std::move(what));
    BOOST_REQUIRE(!got.has_value());
    return got.error().reason;
  }
  account_id account_of(const person& who) {
    return good<actors::account_answer>(who, actors::find_account{}).account.id;
  }
  person with_key(const actors::made_key& made) {
    person out;
    out.key = made.key.id;
    out.hash = world.keys->keyed_hash(persistence::hash_purpose::api_key, made.secret.reveal());
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(own_account, own_account_fixture)

BOOST_AUTO_TEST_CASE(RIGHT_2_a_person_changes_their_name_and_a_later_sign_in_leaves_it_alone) {
  const auto renamed = good<actors::account_answer>(ada, actors::rename{secret_text("Ada K.")});
  BOOST_TEST(renamed.person.value().name.reveal() == "Ada K.");
  const auto again = signed_in();
  BOOST_TEST(good<actors::account_answer>(caller(again), actors::find_account{}).person.value().name.reveal()
             == "Ada K.");
}

BOOST_AUTO_TEST_CASE(a_key_that_the_person_made_works_and_does_not_show_who_they_are) {
  const auto made = good<actors::made_key>(ada, actors::make_key{"My script", std::nullopt});
  const auto script = with_key(made);
  const auto account = good<actors::account_answer>(script, actors::find_account{});
  BOOST_TEST((account.account.id == good<actors::account_answer>(ada, actors::find_account{}).account.id));
  BOOST_TEST(!account.person.has_value());
  BOOST_TEST(good<actors::keys_answer>(ada, actors::list_keys{}).keys.size() == 1u);
  auto picture = house.create(script, "a boat");
  house.advance(10s);
  BOOST_TEST(picture->images.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_with_a_cap_stops_there_and_the_person_goes_on) {
  world.store().gift(account_of(ada), credits::unchecked(100), std::nullopt, "test", "a gift").value();
  const auto made = good<actors::made_key>(ada, actors::make_key{"capped", std::nullopt, credits::unchecked(3)});
  const auto script = with_key(made);
  auto first = house.create(script, "a boat"); // costs 2
  house.advance(10s);
  BOOST_TEST(first->images.size() == 1u);
  auto second = house.create(script, "another boat");
  house.advance(1s);
  BOOST_REQUIRE(second->refused);
  BOOST_TEST((second->refused->reason == refusal::why::key_capped));
  BOOST_TEST(second->refused->cap.value().value() == 3);
  BOOST_TEST((second->refused->retry_after.value() > 0s));
  const auto shown = good<actors::keys_answer>(ada, actors::list_keys{}).keys;
  BOOST_TEST(shown.at(0).used_this_month.value() == 2);
  auto own = house.create(ada, "a third boat");
  house.advance(10s);
  BOOST_TEST(own->images.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_session_makes_pictures_without_any_key) {
  auto picture = house.create(ada, "a boat");
  house.advance(10s);
  BOOST_TEST(picture->images.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_wants_a_sign_in_of_the_last_ten_minutes) {
  house.advance(10min);
  BOOST_TEST(bad(ada, actors::make_key{"late", std::nullopt}) == refusal::why::recent_sign_in_required);
  BOOST_TEST(good<actors::keys_answer>(ada, actors::list_keys{}).keys.empty());
  auto& b = browser_of_ada;
  BOOST_REQUIRE(b.begin().ok());
  BOOST_REQUIRE(b.arrive(b.back(google.agree(b.location))).ok());
  good<actors::made_key>(caller(b), actors::make_key{"in time", std::nullopt});
}

BOOST_AUTO_TEST_CASE(whose_session_it_is_can_be_proved_for_another_door_and_how_recent_it_is) {
  const auto account = good<actors::account_answer>(ada, actors::find_account{}).account.id;
  BOOST_TEST((good<actors::proven_person>(ada, actors::prove_person{true}).account == account));
  house.advance(10min);
  BOOST_TEST((good<actors::proven_person>(ada, actors::prove_person{false}).account == account));
  BOOST_TEST(bad(ada, actors::prove_person{true}) == refusal::why::recent_sign_in_required);
}

BOOST_AUTO_TEST_CASE(what_is_for_the_person_alone_no_key_may_do) {
  const auto script = with_key(good<actors::made_key>(ada, actors::make_key{"script", std::nullopt}));
  BOOST_TEST(bad(script, actors::rename{secret_text("x")}) == refusal::why::session_required);
  BOOST_TEST(bad(script, actors::switch_tier{tier::paid}) == refusal::why::session_required);
  BOOST_TEST(bad(script, actors::make_key{"another", std::nullopt}) == refusal::why::session_required);
  BOOST_TEST(bad(script, actors::list_sessions{}) == refusal::why::session_required);
  BOOST_TEST(bad(script, actors::prove_person{false}) == refusal::why::session_required);
  BOOST_TEST(bad(script, actors::end_sessions{false}) == refusal::why::session_required);
}

BOOST_AUTO_TEST_CASE(CHANGE_1_a_change_is_open_until_the_person_acknowledges_it) {
  const auto script = with_key(good<actors::made_key>(ada, actors::make_key{"script", std::nullopt}));
  BOOST_TEST(good<actors::notices_answer>(ada, actors::find_notices{}).open.empty()); // confirmed what is in force

  // Somebody who confirmed an earlier edition of everything.
  auto outcome = world.store().begin_sign_in({digest{1}, digest{2}, "n", secret_text(std::string(43, 'v')), "/"});
  BOOST_REQUIRE(outcome.has_value());
  BOOST_REQUIRE(world.store().take_sign_in(digest{1}, digest{2}).value().has_value());
  const policies::identity_claims claims{"https://accounts.google.com", secret_text("77"),
                                         secret_text("grace@example.com"), secret_text("Grace")};
  world.store().finish_sign_in({digest{1}, digest{3}, claims, ""}).value();
  std::vector<policies::acknowledgement> earlier;
  for (const auto& edition : policies::documents_in_force())
    earlier.push_back({edition.what, "2000-01-01"});
  const auto account =
    world.store().confirm_sign_in({digest{3}, digest{4}, "1", "", earlier}).value().session.value().account;
  const auto grace = caller(signed_in({"77", "grace@example.com", "Grace"}));
  BOOST_REQUIRE((account_of(grace) == account));

  const auto open = good<actors::notices_answer>(grace, actors::find_notices{}).open;
  BOOST_REQUIRE(!open.empty());
  auto left = open.size();
  for (const auto& notice : open) {
    const policies::acknowledgement seen{notice.now.what, std::string(notice.now.updated)};
    const auto now_open = good<actors::notices_answer>(grace, actors::acknowledge{seen}).open;
    BOOST_TEST(now_open.size() == --left);
    // An older version, from a page that was left open, brings nothing back.
    const policies::acknowledgement older{notice.now.what, "2001-01-01"};
    BOOST_TEST(good<actors::notices_answer>(grace, actors::acknowledge{older}).open.size() == left);
  }
  BOOST_TEST(good<actors::notices_answer>(grace, actors::find_notices{}).open.empty());
  BOOST_TEST(good<actors::notices_answer>(script, actors::find_notices{}).open.empty());
  BOOST_TEST(bad(script, actors::acknowledge{{policies::document::terms, "2030-01-01"}})
             == refusal::why::session_required);
}

BOOST_AUTO_TEST_CASE(a_key_that_its_own_revoke_names_is_refused_at_once) {
  const auto made = good<actors::made_key>(ada, actors::make_key{"script", std::nullopt});
  const auto script = with_key(made);
  good<actors::account_answer>(script, actors::find_account{}); // the router knows it now
  good<actors::revoked_key>(script, actors::revoke_key{made.key.id});
  BOOST_TEST(bad(script, actors::find_account{}) == refusal::why::invalid_key);
  BOOST_TEST(bad(ada, actors::revoke_key{made.key.id}) == refusal::why::not_found);
}

BOOST_AUTO_TEST_CASE(nobody_touches_keys_and_sessions_of_others) {
  const auto made = good<actors::made_key>(ada, actors::make_key{"script", std::nullopt});
  const auto own = good<actors::sessions_answer>(ada, actors::list_sessions{}).current;
  const auto bob = caller(signed_in({"2", "bob@example.com", "Bob"}));
  BOOST_TEST(bad(bob, actors::revoke_key{made.key.id}) == refusal::why::not_found);
  BOOST_TEST(bad(bob, actors::end_session{own}) == refusal::why::not_found);
  BOOST_TEST(good<actors::keys_answer>(bob, actors::list_keys{}).keys.empty());
  BOOST_TEST(house.ask(ada, actors::find_account{}).has_value());
}

BOOST_AUTO_TEST_CASE(a_key_ends_when_it_was_said_to_end_and_not_in_the_past) {
  BOOST_TEST(bad(ada, actors::make_key{"past", world.now()}) == refusal::why::invalid_request);
  const auto script = with_key(good<actors::made_key>(ada, actors::make_key{"soon", world.now() + 5min}));
  BOOST_TEST(house.ask(script, actors::find_account{}).has_value());
  house.advance(6min);
  BOOST_TEST(bad(script, actors::find_account{}) == refusal::why::invalid_key);
}

BOOST_AUTO_TEST_CASE(a_person_sees_their_sessions_and_ends_them_one_by_one_or_all) {
  const auto two = signed_in(), three = signed_in();
  auto found = good<actors::sessions_answer>(ada, actors::list_sessions{});
  BOOST_REQUIRE(found.sessions.size() == 3u);
  const auto of_two = good<actors::sessions_answer>(caller(two), actors::list_sessions{}).current;

  BOOST_TEST(!good<actors::ended_sessions>(ada, actors::end_session{of_two}).current);
  BOOST_TEST(bad(caller(two), actors::find_account{}) == refusal::why::not_signed_in);

  BOOST_TEST(good<actors::ended_sessions>(ada, actors::end_sessions{true}).count == 1);
  BOOST_TEST(bad(caller(three), actors::find_account{}) == refusal::why::not_signed_in);
  BOOST_TEST(house.ask(ada, actors::find_account{}).has_value());

  BOOST_TEST(good<actors::ended_sessions>(ada, actors::end_sessions{false}).current);
  BOOST_TEST(bad(ada, actors::find_account{}) == refusal::why::not_signed_in);
}

BOOST_AUTO_TEST_CASE(THIRD_1_the_tier_changes_by_the_persons_own_wish_and_to_paid_only_with_paid_credits) {
  BOOST_TEST(bad(ada, actors::switch_tier{tier::paid}) == refusal::why::no_paid_credits);
  const auto account = good<actors::account_answer>(ada, actors::find_account{}).account;
  BOOST_TEST((account.of_tier == tier::free));
  BOOST_REQUIRE(world.store().set_tier(account.id, tier::paid, "test", "bought").value());
  const auto answer = good<actors::tier_answer>(ada, actors::switch_tier{tier::free});
  BOOST_TEST((answer.of_tier == tier::free));
  BOOST_TEST((answer.to == recipient::sub2api));
  auto picture = house.create(ada, "a boat");
  house.advance(10s);
  BOOST_TEST(picture->images.size() == 1u);
  BOOST_TEST(world.upstreams->drawn.size() == 1u);
  BOOST_TEST(world.upstreams->created.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(idle_sessions)

BOOST_AUTO_TEST_CASE(a_session_in_use_does_not_go_idle_and_an_unused_one_does) {
  sign_in_fixture f(30min);
  const auto used = f.caller(f.signed_in()), unused = f.caller(f.signed_in());
  for (int i = 0; i < 3; ++i) {
    f.house.advance(25min);
    BOOST_TEST(f.house.ask(used, actors::find_account{}).has_value());
    f.house.advance(1s); // what was seen is told with the next sweep
  }
  const auto idle = f.house.ask(unused, actors::find_account{});
  BOOST_REQUIRE(!idle.has_value());
  BOOST_TEST(idle.error().reason == refusal::why::not_signed_in);
  f.house.advance(31min);
  BOOST_TEST(!f.house.ask(used, actors::find_account{}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
