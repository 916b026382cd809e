#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"
#include "tests/persistence/sleeping_session.hpp"

#include <algorithm>
#include <thread>

/// What the contract cannot see of signing in: the rows themselves, and races between connections.
namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(identity_in_postgres)

using contract::begun;
using contract::confirmed;
using contract::finished_sign_in;
using contract::must;
using contract::somebody;
using contract::taken;
using contract::visit;
using contract::world;

namespace {

/// Everything in the tables that `text` appears in, whatever the column.
std::string tables_with(const tests::fresh_database& database, const std::string& text) {
  std::string found;
  for (const auto* table : {"person", "sign_in", "session", "account", "api_key"})
    if (database.value(std::string("select count(*) from easel.") + table + " t where t::text like '%" + text
                       + "%' or t::text like '%' || encode('" + text + "'::bytea, 'hex') || '%'")
        != "0")
      found.append(found.empty() ? "" : " ").append(table);
  return found;
}

/// Runs `work(connection, i)` on `n` connections at once.
template <class Work>
void at_once(const postgres_fixture& fixture, int n, Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&, i] { work(*fixture.open_elsewhere(), i); });
  for (auto& thread : threads)
    thread.join();
}

} // namespace

BOOST_AUTO_TEST_CASE(ACCOUNT_1_nothing_of_a_person_is_readable_in_the_tables) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const policies::identity_claims claims{"https://accounts.google.com", secret_text("canary4711"),
                                         secret_text("canary@example.org"), secret_text("Canary Bird")};
  const auto waiting = w.new_digest();
  BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), waiting, claims).result == sign_in_result::confirmation_needed);
  BOOST_TEST(fixture.database->value("select count(*) from easel.sign_in where claims_sealed is not null") == "1");
  for (const auto* text : {"canary", "Canary", "dBjftJeZ4CVP"})
    BOOST_TEST(tables_with(*fixture.database, text) == "");
  BOOST_REQUIRE(confirmed(w, waiting, w.new_digest()).result == sign_in_result::signed_in);
  for (const auto* text : {"canary", "Canary"})
    BOOST_TEST(tables_with(*fixture.database, text) == "");
  BOOST_TEST(tables_with(*fixture.database, "Firefox on Linux") == "session"); // so it would have been seen
  BOOST_TEST(fixture.database->value("select count(*) from easel.sign_in") == "0");
}

BOOST_AUTO_TEST_CASE(nonce_and_verifier_are_gone_once_the_callback_took_them) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  taken(w, w.new_digest());
  BOOST_TEST(fixture.database->value("select count(*) from easel.sign_in"
                                     " where nonce is null and verifier_sealed is null")
             == "1");
}

BOOST_AUTO_TEST_CASE(sealed_fields_cannot_change_places) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto one = visit(w, somebody());
  const auto two = visit(w, somebody());
  fixture.database->execute("update easel.person set name_sealed = email_sealed where account_id = '"
                            + to_string(one.account.value) + "'");
  BOOST_TEST(must(w.db->find_person(one.account)).value().name.empty());
  BOOST_TEST(!must(w.db->find_person(one.account)).value().email.empty());
  fixture.database->execute("update easel.person set email_sealed = (select email_sealed from easel.person"
                            " where account_id = '"
                            + to_string(one.account.value) + "') where account_id = '" + to_string(two.account.value)
                            + "'");
  BOOST_TEST(must(w.db->find_person(two.account)).value().email.empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_3_without_the_accounts_key_nobody_is_there) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto claims = somebody();
  const auto v = visit(w, claims);
  fixture.database->execute("delete from easel.account_key");
  BOOST_TEST(!must(w.db->find_person(v.account)).has_value());
  BOOST_TEST(finished_sign_in(w, w.new_digest(), w.new_digest(), claims).result == sign_in_result::account_closed);
}

BOOST_AUTO_TEST_CASE(each_beginning_clears_away_some_of_what_has_expired) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  for (int i = 0; i < 5; ++i)
    (void)begun(w, w.new_digest());
  w.under.advance_clock(fixture.settings().retention.sign_in);
  (void)begun(w, w.new_digest());
  BOOST_TEST(fixture.database->value("select count(*) from easel.sign_in") == "1");
}

BOOST_AUTO_TEST_CASE(a_sign_in_that_somebody_holds_is_not_waited_for_and_the_next_is_displaced) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  policies::identity_limits limits;
  limits.sign_ins = 2;
  w.db = w.under.open_with(limits);
  const std::array<digest, 2> tokens{w.new_digest(), w.new_digest()};
  std::array<digest, 2> states{};
  for (std::size_t i = 0; i < 2; ++i) {
    states[i] = begun(w, tokens[i]);
    w.advance(std::chrono::seconds(1));
  }
  const auto displaced = [&] {
    return must(w.db->begin_sign_in({w.new_digest(), w.new_digest(), "n", secret_text("v"), "/"})).displaced;
  };
  {
    const sleeping_session oldest(*fixture.database,
                                  "select from easel.sign_in order by expires_at limit 1 for update");
    BOOST_TEST(displaced() == 1);
  }
  BOOST_TEST(must(w.db->take_sign_in(tokens[0], states[0])).has_value());
  BOOST_TEST(!must(w.db->take_sign_in(tokens[1], states[1])).has_value());
  {
    const sleeping_session all(*fixture.database, "select from easel.sign_in for update");
    BOOST_TEST(displaced() == 0); // one more than the bound, for the moment
  }
  w.advance(std::chrono::seconds(1));
  BOOST_TEST(displaced() == 2);
  BOOST_TEST(fixture.database->value("select count(*) from easel.sign_in") == "2");
}

BOOST_AUTO_TEST_CASE(of_callbacks_at_once_one_takes_the_sign_in) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  for (int round = 0; round < 5; ++round) {
    const auto token = w.new_digest();
    const auto state = begun(w, token);
    std::array<bool, 4> took{};
    at_once(fixture, 4, [&](store& db, int i) {
      took[static_cast<std::size_t>(i)] = db.take_sign_in(token, state).value().has_value();
    });
    BOOST_TEST(std::count(took.begin(), took.end(), true) == 1);
  }
}

BOOST_AUTO_TEST_CASE(confirmations_at_once_make_one_account) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto claims = somebody();
  std::array<digest, 4> waiting{};
  std::array<digest, 4> tokens{};
  for (std::size_t i = 0; i < 4; ++i) {
    waiting[i] = w.new_digest();
    tokens[i] = w.new_digest();
    BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), waiting[i], claims).result
                  == sign_in_result::confirmation_needed);
  }
  std::array<sign_in_outcome, 4> outcomes;
  at_once(fixture, 4, [&](store& db, int n) {
    const auto i = static_cast<std::size_t>(n);
    outcomes[i] = db.confirm_sign_in({waiting[i], tokens[i], "2026-11-01", "Firefox on Linux"}).value();
  });
  for (const auto& outcome : outcomes) {
    BOOST_REQUIRE(outcome.session.has_value());
    BOOST_TEST(outcome.session->account == outcomes[0].session->account);
  }
  BOOST_TEST(fixture.database->value("select count(*) from easel.account") == "1");
  BOOST_TEST(fixture.database->value("select count(*) from easel.person") == "1");
}

BOOST_AUTO_TEST_CASE(keys_made_at_once_keep_the_bound) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto v = visit(w, somebody());
  const auto most = fixture.settings().identity.keys;
  for (int i = 0; i + 1 < most; ++i)
    BOOST_REQUIRE((must(w.db->create_own_key({v.account, "k", w.new_digest(), "abcd", {}})).result == key_made::made));
  std::array<digest, 4> hashes{};
  for (auto& hash : hashes)
    hash = w.new_digest();
  std::array<bool, 4> made{};
  at_once(fixture, 4, [&](store& db, int n) {
    const auto i = static_cast<std::size_t>(n);
    made[i] = db.create_own_key({v.account, "k", hashes[i], "abcd", {}}).value().result == key_made::made;
  });
  BOOST_TEST(std::count(made.begin(), made.end(), true) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
