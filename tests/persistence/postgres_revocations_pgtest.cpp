#include "persistence/postgres_revocations.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"

/// What the contract cannot see of revocation: other writers than the store, and a connection that breaks.
namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(revocations_in_postgres)

using contract::must;
using contract::somebody;
using contract::visit;
using contract::world;

namespace {

using namespace std::chrono_literals;

std::string quoted(const uuid& id) { return "'" + to_string(id) + "'"; }

std::optional<std::vector<revocation>> hear_something(revocation_source& source) {
  for (int i = 0; i < 50; ++i)
    if (auto heard = source.hear(100ms); !heard || !heard->empty())
      return heard;
  return std::vector<revocation>{};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_notification_is_a_kind_and_an_id_and_nothing_else) {
  const uuid id{{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16}};
  const auto text = to_string(id);
  BOOST_TEST((read_revocation("account " + text) == revocation{account_id{id}}));
  BOOST_TEST((read_revocation("key " + text) == revocation{key_id{id}}));
  BOOST_TEST((read_revocation("session " + text) == revocation{session_id{id}}));
  for (const auto& bad : {std::string(), std::string("key"), std::string("key "), "keys " + text, " " + text,
                          "key  " + text, "key " + text + " ", "key " + text.substr(1), "key key " + text})
    BOOST_TEST(!read_revocation(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_hand_in_the_database_is_heard_like_any_writer) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer();
  const auto v = visit(w, somebody());
  const auto source = w.under.open_revocations();
  BOOST_REQUIRE(source->listen());
  const auto expect = [&](const std::string& sql, std::vector<revocation> what) {
    fixture.database->execute(sql);
    BOOST_TEST((hear_something(*source) == what), sql);
  };
  expect("update easel.api_key set expires_at = now() where id = " + quoted(p.key.value), {p.key});
  expect("update easel.api_key set hash = pg_catalog.sha256('another') where id = " + quoted(p.key.value), {p.key});
  expect("delete from easel.api_key where id = " + quoted(p.key.value), {p.key});
  expect("delete from easel.session where id = " + quoted(v.session.id.value), {v.session.id});
  expect("delete from easel.account_key where account_id = " + quoted(p.account.value), {p.account});
  expect("delete from easel.account where id = " + quoted(p.account.value), {p.account});
}

BOOST_AUTO_TEST_CASE(what_is_rolled_back_is_not_heard) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer();
  const auto source = w.under.open_revocations();
  BOOST_REQUIRE(source->listen());
  fixture.database->execute("begin; update easel.account set restricted = true where id = " + quoted(p.account.value)
                            + "; rollback");
  BOOST_REQUIRE(must(w.db->revoke_key(p.account, p.key, "test")));
  BOOST_TEST((hear_something(*source) == std::vector<revocation>{p.key}));
}

BOOST_AUTO_TEST_CASE(a_destroyed_content_key_is_forgotten_by_whoever_hears_of_it) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::free, 100);
  const auto source = w.under.open_revocations();
  BOOST_REQUIRE(source->listen());
  (void)w.accepted(p); // the key is in this process's cache now
  fixture.database->execute("delete from easel.account_key where account_id = " + quoted(p.account.value));
  BOOST_TEST((hear_something(*source) == std::vector<revocation>{p.account}));
  BOOST_TEST((w.try_admit(w.order(p)).result == admission::account_gone));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_content_key_that_was_destroyed_while_nobody_listened_is_forgotten_by_who_listens_again) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer(tier::free, 100);
  const auto stays = w.newcomer(tier::free, 100);
  (void)w.accepted(p);
  (void)w.accepted(stays);
  fixture.database->execute("delete from easel.account_key where account_id = " + quoted(p.account.value));
  const auto source = w.under.open_revocations();
  BOOST_REQUIRE(source->listen());
  BOOST_TEST((w.try_admit(w.order(p)).result == admission::account_gone));
  BOOST_TEST((w.try_admit(w.order(stays)).result == admission::admitted)); // it is read again
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_told_and_another_one_hears_again) {
  const postgres_fixture fixture;
  world w(fixture.under_test());
  const auto p = w.newcomer();
  const auto source = w.under.open_revocations();
  BOOST_REQUIRE(source->listen());
  fixture.database->execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                            " where application_name like 'easel %' and datname = current_database()");
  BOOST_TEST(!hear_something(*source).has_value());
  BOOST_TEST(!source->hear(0ms).has_value());
  BOOST_REQUIRE(source->listen());
  fixture.database->execute("update easel.account set restricted = true where id = " + quoted(p.account.value));
  BOOST_TEST((hear_something(*source) == std::vector<revocation>{p.account}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_counts_as_a_loss) {
  const postgres_fixture fixture;
  const auto source = fixture.under_test().open_revocations();
  BOOST_REQUIRE(source->listen());
  fixture.database->execute("notify easel_ended, 'what is this'");
  BOOST_TEST(!hear_something(*source).has_value());
}

BOOST_AUTO_TEST_CASE(a_silent_connection_gives_a_sign_of_life) {
  const postgres_fixture fixture;
  const auto source = fixture.under_test().open_revocations();
  BOOST_REQUIRE(source->listen());
  BOOST_TEST((source->hear(5100ms) == std::vector<revocation>{}));
  fixture.database->execute("notify easel_ended, 'key 018f0000-0000-7000-8000-000000000001'");
  BOOST_TEST(hear_something(*source).value().size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_a_server_nobody_listens) {
  const postgres_fixture fixture;
  auto settings = fixture.settings();
  settings.database_url = "host=/nowhere";
  const auto source = make_postgres_revocations(settings, fixture.commons);
  BOOST_TEST(!source->listen());
  BOOST_TEST(!source->hear(0ms).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
