#include "persistence/keyring.hpp"
#include "persistence/postgres/content_keys.hpp"
#include "tests/support/memory_search.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <thread>

/// What a core would hold of a content key, while it is used and after it was destroyed (RIGHT-3): every page of this
/// process that can be read is searched for its bytes.
namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(keys_in_memory)

namespace {

using tests::memory_search;
using tests::needle;

/// Everything that the service does with a content key, on the calling thread.
void use(const keyring& ring, const content_key& key, account_id owner, postgres::content_keys& cache) {
  const auto wrapped = ring.wrap(key, owner);
  const auto unwrapped = ring.unwrap(wrapped, owner);
  BOOST_REQUIRE(unwrapped.has_value());
  const auto sealed = seal(*unwrapped, "row", "a lighthouse in the rain, seen from a boat");
  BOOST_REQUIRE(open(*unwrapped, "row", sealed).has_value());
  BOOST_REQUIRE(!open(*unwrapped, "another row", sealed).has_value());
  cache.remember(owner, *unwrapped, cache.endings());
  BOOST_REQUIRE(cache.find(owner).has_value());
}

} // namespace

BOOST_AUTO_TEST_CASE(RIGHT_3_a_key_that_was_destroyed_is_nowhere_in_the_memory_of_the_process) {
  const auto ring = keyring::from_master(secret_text(std::string(64, 'a'))).value();
  const account_id owner{{{4, 2}}};
  postgres::content_keys cache(100);
  const memory_search memory;
  std::optional<needle> look_for;
  {
    const auto key = ring.new_content_key();
    look_for.emplace(key.bytes.data(), key.bytes.size());
    use(ring, key, owner, cache);
    std::thread([&] { use(ring, key, owner, cache); }).join();
    BOOST_TEST(memory.count(*look_for) >= 2); // here and in the cache
  }
  BOOST_TEST(memory.count(*look_for) >= 1); // in the cache: the search finds what is there
  cache.forget(owner);
  BOOST_TEST(memory.count(*look_for) == 0);
}

BOOST_AUTO_TEST_CASE(a_key_that_the_cache_has_no_room_for_is_wiped) {
  const auto ring = keyring::from_master(secret_text(std::string(64, 'a'))).value();
  postgres::content_keys cache(1);
  const memory_search memory;
  std::optional<needle> look_for;
  {
    const auto key = ring.new_content_key();
    look_for.emplace(key.bytes.data(), key.bytes.size());
    cache.remember(account_id{{{1}}}, key, cache.endings());
  }
  BOOST_TEST(memory.count(*look_for) == 1);
  cache.remember(account_id{{{2}}}, ring.new_content_key(), cache.endings());
  BOOST_TEST(memory.count(*look_for) == 0);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_a_key_that_was_destroyed_while_it_was_being_read_is_not_kept) {
  const auto ring = keyring::from_master(secret_text(std::string(64, 'a'))).value();
  const account_id owner{{{4, 2}}}, another{{{4, 3}}};
  postgres::content_keys cache(100);
  const memory_search memory;
  std::optional<needle> look_for;
  {
    const auto key = ring.new_content_key();
    look_for.emplace(key.bytes.data(), key.bytes.size());
    const auto asked_at = cache.endings();
    cache.forget(owner); // the database tells of its end before the answer with its row was looked at
    cache.remember(owner, key, asked_at);
    cache.remember(another, key, cache.endings());
  }
  BOOST_TEST(!cache.find(owner).has_value());
  BOOST_TEST(memory.count(*look_for) == 1);
  cache.forget_all();
  BOOST_TEST(memory.count(*look_for) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
