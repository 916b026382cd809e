#include "persistence/database_check.hpp"
#include "persistence/key_rotation.hpp"
#include "persistence/postgres_retention.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"
#include "tests/persistence/sleeping_session.hpp"

#include <set>

/// One master key takes the place of another on a real database, while stores that were given both go on.
namespace easel::persistence {

namespace rotation_of_a_master_key {

using namespace std::chrono_literals;
using contract::must;
using policies::rotation_step;

namespace {

const secret_text old_master(std::string(64, 'a')), new_master(std::string(64, 'b'));

struct fixture {
  std::shared_ptr<tests::fresh_database> database = lend_database();
  store_settings settings = [this] {
    store_settings s;
    s.database_url = database->url();
    return s;
  }();

  [[nodiscard]] std::shared_ptr<const keyring> opened(const master_keys& keys) const {
    auto ring = open_keyring(database->url(), keys);
    BOOST_REQUIRE_MESSAGE(ring.has_value(), (ring ? "" : ring.error()));
    return std::make_shared<const keyring>(*std::move(ring));
  }
  [[nodiscard]] std::string refusal(const master_keys& keys) const {
    const auto ring = open_keyring(database->url(), keys);
    return ring ? "" : ring.error();
  }
  [[nodiscard]] std::unique_ptr<store> store_with(const master_keys& keys) const {
    return make_postgres_store(settings, opened(keys));
  }
  [[nodiscard]] std::unique_ptr<key_rotation> rotation() const {
    return make_key_rotation(settings, opened({new_master, old_master}));
  }
  [[nodiscard]] policies::master_key_names names() const {
    return {master_key_name(keyring::from_master(new_master)->key_check()),
            master_key_name(keyring::from_master(old_master)->key_check())};
  }
  [[nodiscard]] std::string next(key_rotation& at) const {
    const auto step = policies::next_rotation_step(must(at.state()), names());
    if (!step)
      return step.error();
    return *step == rotation_step::begin ? "begin" : *step == rotation_step::rewrap ? "rewrap" : "none";
  }
  [[nodiscard]] std::int64_t count(const std::string& of) const {
    return std::stoll(database->value("select count(*) " + of));
  }

  [[nodiscard]] static account_id somebody_in(store& db) { return must(db.create_account(tier::free, "test", "test")); }
  [[nodiscard]] bool opens(account_id who, const keyring& keys) const {
    const auto hex = database->value("select encode(wrapped, 'hex') from easel.account_key where account_id = '"
                                     + to_string(who.value) + "'");
    std::string wrapped;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
      wrapped.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return keys.unwrap(wrapped, who).has_value();
  }
};

} // namespace

} // namespace rotation_of_a_master_key

BOOST_FIXTURE_TEST_SUITE(rotation_of_a_master_key, fixture)

BOOST_AUTO_TEST_CASE(every_content_key_is_wrapped_anew_and_the_hashes_stay) {
  const auto before = store_with({old_master, {}});
  std::vector<account_id> people;
  for (int i = 0; i < 5; ++i)
    people.push_back(somebody_in(*before));
  const auto old_ring = opened({old_master, {}});

  // Servers are given both: nothing changes by that.
  const auto both = opened({new_master, old_master});
  BOOST_TEST((both->keyed_hash(hash_purpose::api_key, "x") == old_ring->keyed_hash(hash_purpose::api_key, "x")));
  const auto serving = make_postgres_store(settings, both);
  people.push_back(somebody_in(*serving));
  BOOST_TEST(opens(people.back(), *old_ring));

  const auto at = rotation();
  BOOST_TEST(next(*at) == "begin");
  BOOST_TEST(must(at->begin("easelctl:ada")));
  BOOST_TEST(!must(at->begin("easelctl:ada")));
  people.push_back(somebody_in(*serving)); // by the store that began before it
  BOOST_TEST(!opens(people.back(), *old_ring));
  BOOST_TEST(next(*at) == "rewrap");
  const auto done = must(at->rewrap({}, 100));
  BOOST_TEST(done.rewrapped == 6);
  BOOST_TEST(done.unopened == 0);
  BOOST_TEST(!done.any_left);
  BOOST_TEST(next(*at) == "none");
  BOOST_TEST(must(at->conclude("easelctl:ada")));
  BOOST_TEST(!must(at->conclude("easelctl:ada")));

  const auto after = opened({new_master, {}}); // the old one is forgotten
  for (const auto who : people) {
    BOOST_TEST(opens(who, *after));
    BOOST_TEST(!opens(who, *old_ring));
  }
  for (const auto purpose : {hash_purpose::api_key, hash_purpose::cookie_token, hash_purpose::subject,
                             hash_purpose::email, hash_purpose::erasure_journal, hash_purpose::idempotency_key})
    BOOST_TEST((after->keyed_hash(purpose, "x") == old_ring->keyed_hash(purpose, "x")));
  BOOST_TEST((after->sign_in_key().bytes == old_ring->sign_in_key().bytes));
  BOOST_TEST(refusal({old_master, {}}).find("it needs " + names().own) != std::string::npos);
  BOOST_TEST(database->value("select string_agg(action || ' ' || reason, '; ' order by id) from easel.operator_audit"
                             " where actor = 'easelctl:ada'")
             == "rotate_master_key from " + *names().previous + " to " + names().own + "; master_key_rotated from "
                  + *names().previous + " to " + names().own);
}

BOOST_AUTO_TEST_CASE(it_may_be_cut_off_after_any_batch_and_goes_on) {
  const auto serving = store_with({old_master, {}});
  std::set<account_id> people;
  for (int i = 0; i < 5; ++i)
    people.insert(somebody_in(*serving));
  BOOST_TEST(must(rotation()->begin("test")));
  for (int batches = 0;; ++batches) {
    BOOST_REQUIRE(batches < 10);
    const auto keys = opened({new_master, old_master}); // whoever is started now reads all of them
    for (const auto who : people)
      BOOST_TEST(opens(who, *keys));
    const auto at = rotation(); // as after a crash
    if (next(*at) == "none")
      break;
    BOOST_TEST(refusal({new_master, {}}).find("keys.previous") != std::string::npos);
    BOOST_TEST(must(at->rewrap({}, 2)).rewrapped <= 2);
  }
  BOOST_TEST(refusal({new_master, {}}) == "");
}

BOOST_AUTO_TEST_CASE(a_node_that_has_not_the_new_key_holds_it_up_until_it_has_left) {
  const auto serving = store_with({old_master, {}});
  const node_id node{{{7}}};
  must(serving->join(node));
  const auto at = rotation();
  BOOST_TEST(next(*at).find(to_string(node.value)) != std::string::npos);
  must(serving->leave(node));
  BOOST_TEST(next(*at) == "begin");
  const auto informed = store_with({new_master, old_master});
  must(informed->join(node_id{{{8}}}));
  BOOST_TEST(next(*at) == "begin");
}

BOOST_AUTO_TEST_CASE(a_node_that_joins_while_a_rotation_begins_is_not_left_without_the_key) {
  const auto late = store_with({old_master, {}}); // looked at its keys before it
  const auto at = rotation();
  BOOST_TEST(next(*at) == "begin");
  const node_id node{{{7}}};
  must(late->join(node));
  BOOST_TEST(!must(at->begin("test"))); // though it was the next step
  BOOST_TEST(next(*at).find(to_string(node.value)) != std::string::npos);
  must(late->leave(node));
  BOOST_TEST(must(at->begin("test")));
  const auto joined = late->join(node_id{{{8}}});
  BOOST_REQUIRE(!joined.has_value());
  BOOST_TEST(joined.error().sqlstate == "55000");
  must(store_with({new_master, old_master})->join(node_id{{{9}}}));
}

BOOST_AUTO_TEST_CASE(a_store_without_the_key_in_force_makes_no_account) {
  const auto serving = store_with({old_master, {}});
  (void)somebody_in(*serving);
  BOOST_TEST(must(rotation()->begin("test")));
  const auto made = serving->create_account(tier::free, "test", "test");
  BOOST_REQUIRE(!made.has_value());
  BOOST_TEST(made.error().sqlstate == "55000");
  BOOST_TEST(count("from easel.account") == 1);
}

BOOST_AUTO_TEST_CASE(an_account_that_is_being_made_is_waited_for) {
  const auto serving = store_with({old_master, {}});
  (void)somebody_in(*serving);
  settings.lock_timeout = 100ms;
  {
    const sleeping_session making(*database, "select from easel.setting where name = 'key_check' for share");
    const auto begun = rotation()->begin("test");
    BOOST_REQUIRE(!begun.has_value());
    BOOST_TEST(begun.error().sqlstate == "55P03");
  }
  BOOST_TEST(must(rotation()->begin("test")));
}

BOOST_AUTO_TEST_CASE(a_content_key_that_nobody_can_open_is_counted_and_left) {
  const auto serving = store_with({old_master, {}});
  const auto damaged = somebody_in(*serving);
  (void)somebody_in(*serving);
  database->execute("update easel.account_key set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)"
                    " where account_id = '"
                    + to_string(damaged.value) + "'");
  const auto at = rotation();
  BOOST_TEST(must(at->begin("test")));
  const auto done = must(at->rewrap({}, 100));
  BOOST_TEST(done.rewrapped == 1);
  BOOST_TEST(done.unopened == 1);
  BOOST_TEST(next(*at) == "rewrap");
  BOOST_TEST(!must(at->conclude("test")));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_the_old_key_wrapped_is_to_leave_the_disk_at_once) {
  const auto serving = store_with({old_master, {}});
  (void)somebody_in(*serving);
  const auto at = rotation();
  BOOST_TEST(must(at->begin("test")));
  (void)must(at->rewrap({}, 100));
  const auto reaper = make_postgres_retention(settings, 100ms);
  eventually([&] { return must(reaper->find_key_remains()).oldest_in_table.has_value(); });
  const auto found = must(reaper->find_key_remains());
  BOOST_TEST(found.keys == 1);
  BOOST_TEST(found.replaced);
  BOOST_TEST((policies::next_wipe_step(found, {}) == policies::wipe_step::rewrite_tables));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
