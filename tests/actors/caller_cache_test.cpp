#include "actors/caller_cache.hpp"

#include <boost/test/unit_test.hpp>

namespace callers {

using namespace easel;
using namespace easel::actors;
using namespace std::chrono_literals;
using place = caller_cache::place;

namespace {

digest hash_of(std::uint8_t n) {
  digest d{};
  d[0] = n;
  return d;
}

template <class Id>
Id id_of(std::uint8_t n) {
  Id id;
  id.value.bytes[15] = n;
  return id;
}

knock call_with(std::uint8_t secret, credential::kind is = credential::kind::api_key) {
  return {hash_of(secret), is, ask_call{}, nullptr};
}

const moment begin{};

caller_cache::known key_holder(std::uint8_t n, duration believed = 30s) {
  return {id_of<key_id>(n), id_of<account_id>(static_cast<std::uint8_t>(100 + n)), begin + believed};
}
caller_cache::known browser(std::uint8_t n) {
  return {signed_in{id_of<session_id>(n), instant{}}, id_of<account_id>(static_cast<std::uint8_t>(100 + n)),
          begin + 30s};
}

struct fixture {
  caller_cache cache{{4, 3}};
  fixture() { cache.hears(true); }

  /// Somebody comes and is looked up.
  void meet(std::uint8_t secret, const caller_cache::known& who) {
    BOOST_REQUIRE((cache.wait(call_with(secret)) == place::first));
    BOOST_TEST(cache.answer(hash_of(secret), who, cache.endings()).calls.size() == 1u);
  }
  bool knows(std::uint8_t secret, duration after = 0s) { return cache.find(hash_of(secret), begin + after) != nullptr; }
};

} // namespace

} // namespace callers

BOOST_FIXTURE_TEST_SUITE(callers, fixture)

BOOST_AUTO_TEST_CASE(who_was_looked_up_is_believed_until_their_time_is_over) {
  BOOST_TEST(!knows(1));
  meet(1, key_holder(1));
  BOOST_TEST(knows(1));
  BOOST_TEST(knows(1, 30s - 1us));
  BOOST_TEST(!knows(1, 30s));
  BOOST_TEST(!knows(2));
}

BOOST_AUTO_TEST_CASE(calls_with_one_secret_share_one_question) {
  BOOST_TEST((cache.wait(call_with(1)) == place::first));
  BOOST_TEST((cache.wait(call_with(1)) == place::behind));
  BOOST_TEST((cache.wait(call_with(2)) == place::first));
  BOOST_TEST((cache.wait(call_with(2)) == place::overloaded));
  BOOST_TEST(cache.waiting() == 3u);
  const auto served = cache.answer(hash_of(1), key_holder(1), cache.endings());
  BOOST_TEST(served.calls.size() == 2u);
  BOOST_TEST(!served.ask.has_value());
  BOOST_TEST(cache.waiting() == 1u);
  BOOST_TEST((cache.wait(call_with(2)) == place::behind));
}

BOOST_AUTO_TEST_CASE(nobody_is_remembered_as_nobody_and_is_no_longer_known) {
  meet(1, key_holder(1));
  BOOST_REQUIRE((cache.wait(call_with(1)) == place::first));
  BOOST_TEST(cache.answer(hash_of(1), std::nullopt, cache.endings()).calls.size() == 1u);
  BOOST_TEST(!knows(1));
  BOOST_TEST(cache.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(no_more_are_known_than_the_bound) {
  for (std::uint8_t n = 1; n <= 20; ++n)
    meet(n, key_holder(n));
  BOOST_TEST(cache.size() == 4u);
  BOOST_TEST(knows(20));
}

BOOST_AUTO_TEST_CASE(a_key_a_session_and_all_of_an_account_are_forgotten_by_id) {
  for (std::uint8_t n = 1; n <= 2; ++n)
    meet(n, key_holder(n));
  for (std::uint8_t n = 3; n <= 4; ++n)
    meet(n, browser(n));
  cache.forget(std::vector<persistence::revocation>{id_of<key_id>(1), id_of<session_id>(3)});
  BOOST_TEST((!knows(1) && knows(2) && !knows(3) && knows(4)));
  cache.forget(std::vector<persistence::revocation>{id_of<account_id>(102), id_of<account_id>(200)});
  BOOST_TEST((!knows(2) && knows(4)));
  cache.forget(hash_of(4));
  BOOST_TEST(cache.size() == 0u);
}

BOOST_AUTO_TEST_CASE(what_ended_while_the_answer_was_on_its_way_is_not_kept) {
  BOOST_REQUIRE((cache.wait(call_with(1)) == place::first));
  const auto asked_at = cache.endings();
  cache.forget(std::vector<persistence::revocation>{id_of<key_id>(1)});
  const auto served = cache.answer(hash_of(1), key_holder(1), asked_at);
  BOOST_TEST(served.calls.size() == 1u); // it came before the end
  BOOST_TEST(!served.ask.has_value());
  BOOST_TEST(!knows(1));
}

BOOST_AUTO_TEST_CASE(who_comes_after_an_end_is_not_served_with_an_answer_from_before_it) {
  BOOST_REQUIRE((cache.wait(call_with(1, credential::kind::session)) == place::first));
  const auto asked_at = cache.endings();
  cache.forget(hash_of(9));
  BOOST_TEST((cache.wait(call_with(1, credential::kind::session)) == place::behind));
  const auto first = cache.answer(hash_of(1), browser(1), asked_at);
  BOOST_TEST(first.calls.size() == 1u);
  BOOST_REQUIRE(first.ask.has_value());
  BOOST_TEST((*first.ask == credential::kind::session));
  BOOST_TEST(cache.waiting() == 1u);
  const auto second = cache.answer(hash_of(1), std::nullopt, cache.endings());
  BOOST_TEST(second.calls.size() == 1u);
  BOOST_TEST(!second.ask.has_value());
  BOOST_TEST(cache.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(without_news_of_endings_nobody_is_remembered) {
  meet(1, key_holder(1));
  cache.hears(false);
  BOOST_TEST(!knows(1));
  meet(2, key_holder(2));
  BOOST_TEST(!knows(2));
  BOOST_REQUIRE((cache.wait(call_with(3)) == place::first));
  const auto asked_at = cache.endings();
  cache.hears(true); // something may have ended before
  BOOST_TEST(cache.answer(hash_of(3), key_holder(3), asked_at).calls.size() == 1u);
  BOOST_TEST(!knows(3));
  meet(4, key_holder(4));
  BOOST_TEST(knows(4));
}

BOOST_AUTO_TEST_CASE(a_cache_that_was_told_nothing_keeps_nothing) {
  caller_cache silent{{4, 4}};
  BOOST_REQUIRE((silent.wait(call_with(1)) == place::first));
  BOOST_TEST(silent.answer(hash_of(1), key_holder(1), silent.endings()).calls.size() == 1u);
  BOOST_TEST(silent.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
