#include "persistence/revocations.hpp"
#include "tests/persistence/contract/visits.hpp"

#include <algorithm>

namespace easel::persistence::contract {

namespace {

using namespace std::chrono_literals;
using heard_list = std::vector<revocation>;

/// Hears until `last` was heard; each thing once, in the order of the first time.
heard_list hear_until(revocation_source& source, const revocation& last) {
  heard_list all;
  for (int i = 0; i < 50 && std::find(all.begin(), all.end(), last) == all.end(); ++i) {
    const auto some = source.hear(100ms);
    BOOST_REQUIRE(some.has_value());
    for (const auto& one : *some)
      if (std::find(all.begin(), all.end(), one) == all.end())
        all.push_back(one);
  }
  return all;
}

std::unique_ptr<revocation_source> listening(world& w) {
  auto source = w.under.open_revocations();
  BOOST_REQUIRE(source->listen());
  return source;
}

/// Whatever `quiet` did before, the next thing heard is what follows it.
void is_all(world& w, revocation_source& source, const heard_list& expected) {
  const auto mark = w.newcomer();
  BOOST_REQUIRE(must(w.db->revoke_key(mark.account, mark.key, "test")));
  auto got = hear_until(source, revocation{mark.key});
  BOOST_REQUIRE(!got.empty());
  got.pop_back();
  BOOST_TEST((got == expected));
}

new_key key_of(world& w, account_id of) { return {of, "laptop", w.new_digest(), "abcd", std::nullopt}; }

void keys_are_heard(world& w) {
  const auto source = listening(w);
  const auto p = w.newcomer();
  const auto v = visit(w, somebody());
  const auto own = must(w.db->create_own_key(key_of(w, v.account))).key.value().id;
  BOOST_REQUIRE(must(w.db->revoke_key(p.account, p.key, "test")));
  BOOST_REQUIRE(must(w.db->revoke_own_key(v.account, own)));
  (void)must(w.db->revoke_own_key(v.account, own)); // in vain
  is_all(w, *source, {p.key, own});
}

void sessions_are_heard(world& w) {
  const auto claims = somebody();
  const auto one = visit(w, claims);
  const auto two = visit(w, claims);
  const auto three = visit(w, claims);
  const auto source = listening(w);
  BOOST_REQUIRE(must(w.db->end_session(one.account, one.session.id)));
  BOOST_REQUIRE(must(w.db->end_sessions(one.account, three.session.id)) == 1);
  is_all(w, *source, {one.session.id, two.session.id});
}

void new_token_is_heard(world& w) {
  const auto claims = somebody();
  const auto v = visit(w, claims);
  const auto source = listening(w);
  taken(w, v.token);
  const auto again = finished_sign_in(w, v.token, w.new_digest(), claims);
  BOOST_REQUIRE(again.session.has_value());
  BOOST_TEST(again.session->id == v.session.id);
  is_all(w, *source, {v.session.id});
}

void accounts_are_heard(world& w) {
  const auto source = listening(w);
  const auto a = w.newcomer();
  const auto b = w.newcomer();
  const auto c = w.newcomer();
  BOOST_REQUIRE(must(w.db->set_tier(a.account, tier::paid, "test", "")));
  w.under.restrict_account(b.account, true);
  w.under.close_account(c.account);
  is_all(w, *source, {a.account, b.account, c.account});
}

void suspension_is_heard(world& w) {
  const auto p = w.newcomer(tier::free, 1000);
  const auto source = listening(w);
  for (int i = 0; i < w.under.settings.strikes.suspend_after; ++i) {
    w.strike(p);
    w.advance(w.under.settings.strikes.cooldown_for + 1s);
  }
  BOOST_REQUIRE(w.account_of(p).state == account_state::suspended);
  is_all(w, *source, {p.account});
  BOOST_REQUIRE(must(w.db->lift_suspension(p.account, "test", "")));
  is_all(w, *source, {p.account});
}

void what_changes_nothing_is_silent(world& w) {
  const auto source = listening(w);
  const auto p = w.newcomer(tier::free, 100);
  const auto v = visit(w, somebody());
  (void)w.completed(p);
  w.strike(p);
  w.give(p, 5);
  BOOST_REQUIRE(must(w.db->set_tier(p.account, tier::free, "test", ""))); // as it is
  w.advance(2min);
  BOOST_REQUIRE(must(w.db->touch_sessions({v.session.id})) == 1);
  BOOST_REQUIRE(must(w.db->rename_person(v.account, secret_text("Ada K."))));
  w.advance(w.under.settings.retention.session);
  (void)must(w.db->ensure_partitions(1)); // sweeps the session, which nobody finds any more
  is_all(w, *source, {});
}

void only_from_listen_on(world& w) {
  const auto source = w.under.open_revocations();
  BOOST_TEST(!source->hear(0ms).has_value());
  const auto p = w.newcomer();
  BOOST_REQUIRE(must(w.db->revoke_key(p.account, p.key, "test")));
  BOOST_REQUIRE(source->listen());
  is_all(w, *source, {});
  const auto q = w.newcomer();
  BOOST_REQUIRE(must(w.db->revoke_key(q.account, q.key, "test")));
  BOOST_REQUIRE(source->listen()); // anew
  is_all(w, *source, {});
}

void everybody_hears(world& w) {
  const auto one = listening(w);
  const auto two = listening(w);
  const auto p = w.newcomer();
  BOOST_REQUIRE(must(w.db->revoke_key(p.account, p.key, "test")));
  for (auto* each : {one.get(), two.get()})
    BOOST_TEST((hear_until(*each, p.key) == heard_list{p.key}));
}

} // namespace

std::vector<contract_case> revocation_cases() {
  return {{"a revoked key is heard of, whoever revoked it", keys_are_heard},
          {"ended sessions are heard of, each", sessions_are_heard},
          {"a session's new token is heard of", new_token_is_heard},
          {"a change of tier or restriction and the end of an account are heard of", accounts_are_heard},
          {"a suspension and its end are heard of", suspension_is_heard},
          {"what changes nothing for a caller is silent", what_changes_nothing_is_silent},
          {"only what ends after listening began is heard", only_from_listen_on},
          {"everybody who listens hears it", everybody_hears}};
}

} // namespace easel::persistence::contract
