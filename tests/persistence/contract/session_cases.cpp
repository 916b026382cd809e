#include "tests/persistence/contract/visits.hpp"

#include <algorithm>

namespace easel::persistence::contract {

namespace {

using namespace std::chrono_literals;

bool is_live(world& w, const visitor& v) { return must(w.db->find_session(v.token)).has_value(); }

instant seen_at(world& w, const visitor& v) { return must(w.db->find_session(v.token)).value().session.last_seen_at; }

void session_is_found_by_token(world& w) {
  const auto v = visit(w, somebody());
  const auto found = must(w.db->find_session(v.token));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->session.id == v.session.id);
  BOOST_TEST(found->account.id == v.account);
  BOOST_TEST(found->session.device == "Firefox on Linux");
  BOOST_TEST((found->session.created_at == found->session.authenticated_at));
  BOOST_TEST((found->session.expires_at == found->session.created_at + w.under.settings.identity.session_idle));
  BOOST_TEST(!must(w.db->find_session(w.new_digest())).has_value());
}

void idle_session_ends(world& w) {
  const auto v = visit(w, somebody());
  w.advance(w.under.settings.identity.session_idle - 1min);
  BOOST_TEST(is_live(w, v));
  w.advance(1min);
  BOOST_TEST(!is_live(w, v));
  BOOST_TEST(must(w.db->list_sessions(v.account)).empty());
  BOOST_TEST(!must(w.db->end_session(v.account, v.session.id)));
  BOOST_TEST(must(w.db->touch_sessions({v.session.id})) == 0);
}

void busy_session_ends_too(world& w) {
  const auto v = visit(w, somebody());
  const auto step = w.under.settings.identity.session_idle - 1h;
  auto lived = duration::zero();
  for (; lived + step < w.under.settings.retention.session; lived += step) {
    BOOST_REQUIRE(is_live(w, v));
    w.advance(step);
    BOOST_TEST(must(w.db->touch_sessions({v.session.id})) == 1);
  }
  w.advance(w.under.settings.retention.session - lived);
  BOOST_TEST(!is_live(w, v));
}

void touched_to_the_minute(world& w) {
  const auto v = visit(w, somebody());
  BOOST_TEST(must(w.db->touch_sessions({v.session.id})) == 0);
  BOOST_TEST((seen_at(w, v) == v.session.last_seen_at));
  w.advance(1min);
  BOOST_TEST(must(w.db->touch_sessions({v.session.id, {w.new_generation_id().value}})) == 1);
  BOOST_TEST((seen_at(w, v) >= v.session.last_seen_at + 1min));
  BOOST_TEST(must(w.db->touch_sessions({})) == 0);
}

void listed_newest_first(world& w) {
  const auto claims = somebody();
  std::vector<visitor> visits;
  for (int i = 0; i < 3; ++i) {
    visits.push_back(visit(w, claims));
    w.advance(1min);
  }
  (void)visit(w, somebody()); // somebody else
  const auto rows = must(w.db->list_sessions(visits[0].account));
  BOOST_REQUIRE(rows.size() == 3u);
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(rows[i].id == visits[2 - i].session.id);
}

void ended_one_is_gone(world& w) {
  const auto claims = somebody();
  const auto one = visit(w, claims);
  const auto two = visit(w, claims);
  const auto other = visit(w, somebody());
  BOOST_TEST(!must(w.db->end_session(one.account, other.session.id))); // not theirs
  BOOST_TEST(must(w.db->end_session(one.account, one.session.id)));
  BOOST_TEST(!must(w.db->end_session(one.account, one.session.id)));
  BOOST_TEST(!is_live(w, one));
  BOOST_TEST(is_live(w, two));
  BOOST_TEST(is_live(w, other));
}

void all_but_one_end(world& w) {
  const auto claims = somebody();
  const auto one = visit(w, claims);
  const auto two = visit(w, claims);
  const auto three = visit(w, claims);
  const auto other = visit(w, somebody());
  BOOST_TEST(must(w.db->end_sessions(one.account, two.session.id)) == 2);
  BOOST_TEST((!is_live(w, one) && is_live(w, two) && !is_live(w, three)));
  BOOST_TEST(must(w.db->end_sessions(one.account, std::nullopt)) == 1);
  BOOST_TEST(!is_live(w, two));
  BOOST_TEST(is_live(w, other));
}

void oldest_makes_room(world& w) {
  policies::identity_limits limits;
  limits.sessions = 2;
  w.db = w.under.open_with(limits);
  const auto claims = somebody();
  const auto one = visit(w, claims);
  w.advance(1min);
  const auto two = visit(w, claims);
  w.advance(1min);
  const auto three = visit(w, claims);
  BOOST_TEST((!is_live(w, one) && is_live(w, two) && is_live(w, three)));
  limits.sessions = 1;
  w.db = w.under.open_with(limits);
  const auto four = visit(w, claims);
  BOOST_TEST((!is_live(w, two) && !is_live(w, three) && is_live(w, four)));
}

// ---------------------------------------------------------------- a person's own keys

new_key key_for(world& w, account_id of) { return {of, "laptop", w.new_digest(), "abcd", std::nullopt}; }

void own_key_works(world& w) {
  const auto v = visit(w, somebody());
  const auto before = w.under.count_audit_rows();
  const auto wanted = key_for(w, v.account);
  const auto made = must(w.db->create_own_key(wanted));
  BOOST_REQUIRE((made.result == key_made::made));
  BOOST_TEST(made.key->name == "laptop");
  BOOST_TEST(made.key->hint == "abcd");
  BOOST_TEST(must(w.db->find_key(wanted.hash)).value().id == made.key->id);
  BOOST_TEST(!must(w.db->revoke_own_key(w.newcomer().account, made.key->id))); // not theirs
  BOOST_TEST(must(w.db->revoke_own_key(v.account, made.key->id)));
  BOOST_TEST(!must(w.db->revoke_own_key(v.account, made.key->id)));
  BOOST_TEST(!must(w.db->find_key(wanted.hash)).has_value());
  BOOST_TEST(must(w.db->list_keys(v.account)).size() == 1u);
  BOOST_TEST(w.under.count_audit_rows()
             == before + 2); // the newcomer's account and key; no operator had to do with ours
}

void key_expires(world& w) {
  const auto v = visit(w, somebody());
  auto wanted = key_for(w, v.account);
  wanted.expires_at = w.now() + 1h;
  BOOST_REQUIRE((must(w.db->create_own_key(wanted)).result == key_made::made));
  const auto key = must(w.db->find_key(wanted.hash)).value();
  BOOST_TEST((key.expires_at == wanted.expires_at));
  const person holder{v.account, key.id};
  BOOST_TEST((w.try_admit(w.order(holder)).result != admission::key_gone));
  w.advance(1h);
  BOOST_TEST((w.try_admit(w.order(holder)).result == admission::key_gone)); // also where the key is still remembered
  BOOST_TEST(!must(w.db->find_key(wanted.hash)).has_value());
  const auto listed = must(w.db->list_keys(v.account));
  BOOST_REQUIRE(listed.size() == 1u);
  BOOST_TEST((listed[0].expires_at == wanted.expires_at));
}

void keys_have_a_bound(world& w) {
  policies::identity_limits limits;
  limits.keys = 2;
  w.db = w.under.open_with(limits);
  const auto v = visit(w, somebody());
  auto short_lived = key_for(w, v.account);
  short_lived.expires_at = w.now() + 1h;
  BOOST_TEST((must(w.db->create_own_key(short_lived)).result == key_made::made));
  const auto second = must(w.db->create_own_key(key_for(w, v.account)));
  BOOST_TEST((second.result == key_made::made));
  BOOST_TEST((must(w.db->create_own_key(key_for(w, v.account))).result == key_made::too_many));
  BOOST_TEST(must(w.db->revoke_own_key(v.account, second.key->id)));
  BOOST_TEST((must(w.db->create_own_key(key_for(w, v.account))).result == key_made::made));
  w.advance(1h); // an expired one does not count
  BOOST_TEST((must(w.db->create_own_key(key_for(w, v.account))).result == key_made::made));
  BOOST_TEST((must(w.db->create_own_key(key_for(w, v.account))).result == key_made::too_many));
}

void bad_keys_are_refused(world& w) {
  const auto v = visit(w, somebody());
  auto past = key_for(w, v.account);
  past.expires_at = w.now() - 1s;
  BOOST_TEST(!w.db->create_own_key(past).has_value());
  auto unreadable = key_for(w, v.account);
  unreadable.name = nul;
  BOOST_TEST(!w.db->create_own_key(unreadable).has_value());
  const auto once = key_for(w, v.account);
  BOOST_TEST(w.db->create_own_key(once).has_value());
  BOOST_TEST(!w.db->create_own_key(once).has_value());
  w.under.close_account(v.account);
  BOOST_TEST((must(w.db->create_own_key(key_for(w, v.account))).result == key_made::account_gone));
}

} // namespace

std::vector<contract_case> session_cases() {
  return {
    {"a_session_is_found_by_its_token", session_is_found_by_token},
    {"a_session_that_is_idle_for_too_long_ends", idle_session_ends},
    {"a_busy_session_ends_as_well", busy_session_ends_too},
    {"a_session_is_seen_to_the_minute", touched_to_the_minute},
    {"own_sessions_are_listed_newest_first", listed_newest_first},
    {"an_ended_session_is_gone_and_no_other", ended_one_is_gone},
    {"all_sessions_or_all_but_one_end", all_but_one_end},
    {"one_session_too_many_ends_the_oldest", oldest_makes_room},
    {"a_person_makes_and_revokes_their_own_keys", own_key_works},
    {"a_key_that_expired_is_not_found_but_listed", key_expires},
    {"live_keys_of_a_person_have_a_bound", keys_have_a_bound},
    {"keys_that_cannot_be_are_refused", bad_keys_are_refused},
  };
}

} // namespace easel::persistence::contract
