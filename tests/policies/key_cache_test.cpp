#include "policies/key_cache.hpp"

#include "tests/policies/seeds.hpp"

#include <set>

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;

namespace easel::policies {
static std::ostream& operator<<(std::ostream& out, key_decision value) { return out << to_string(value); }
} // namespace easel::policies

BOOST_AUTO_TEST_SUITE(key_caches)

namespace {

constexpr moment start{1000h};
constexpr key_cache_rules rules;

/// A set that was fetched at `start` with an hour of max-age; the last fetch began then, or at another time.
key_set_age fetched(std::optional<moment> last_try = start) { return {start, 1h, last_try}; }

} // namespace

BOOST_AUTO_TEST_CASE(a_set_is_fresh_for_its_max_age_between_five_minutes_and_a_day) {
  BOOST_TEST((fresh_for(1h, rules) == 1h));
  BOOST_TEST((fresh_for(5min, rules) == 5min));
  BOOST_TEST((fresh_for(299s, rules) == 5min));
  BOOST_TEST((fresh_for(0s, rules) == 5min));
  BOOST_TEST((fresh_for(-1s, rules) == 5min));
  BOOST_TEST((fresh_for(24h, rules) == 24h));
  BOOST_TEST((fresh_for(duration::max(), rules) == 24h));
  BOOST_TEST((fresh_for(std::nullopt, rules) == 5min));
  BOOST_TEST((fresh_for(1h, {2h, 1h, 30s, 0s}) == 2h));
}

BOOST_AUTO_TEST_CASE(the_first_token_has_the_set_fetched_and_a_failed_fetch_is_not_repeated_at_once) {
  BOOST_TEST(decide_key({}, false, rules, start) == key_decision::fetch);
  const key_set_age failed{std::nullopt, std::nullopt, start};
  BOOST_TEST(decide_key(failed, false, rules, start) == key_decision::unavailable);
  BOOST_TEST(decide_key(failed, false, rules, start + 30s - 1ns) == key_decision::unavailable);
  BOOST_TEST(decide_key(failed, false, rules, start + 30s) == key_decision::fetch);
}

BOOST_AUTO_TEST_CASE(a_key_of_a_fresh_set_is_used_without_a_question) {
  BOOST_TEST(decide_key(fetched(), true, rules, start) == key_decision::use);
  BOOST_TEST(decide_key(fetched(), true, rules, start + 1h - 1ns) == key_decision::use);
  BOOST_TEST(decide_key(fetched(), true, rules, start + 1h) == key_decision::fetch);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_has_the_set_fetched_once_in_thirty_seconds) {
  BOOST_TEST(decide_key(fetched(), false, rules, start + 10s) == key_decision::unknown_key);
  BOOST_TEST(decide_key(fetched(), false, rules, start + 30s) == key_decision::fetch);
  BOOST_TEST(decide_key(fetched(start + 30s), false, rules, start + 31s) == key_decision::unknown_key);
}

BOOST_AUTO_TEST_CASE(an_old_set_serves_through_its_grace_while_fetches_fail_and_not_longer) {
  const auto last_try = [](moment at) { return fetched(at - 1s); };
  BOOST_TEST(decide_key(last_try(start + 1h), true, rules, start + 1h) == key_decision::use);
  BOOST_TEST(decide_key(last_try(start + 2h - 1ns), true, rules, start + 2h - 1ns) == key_decision::use);
  BOOST_TEST(decide_key(last_try(start + 2h), true, rules, start + 2h) == key_decision::unavailable);
  BOOST_TEST(decide_key(last_try(start + 1h), false, rules, start + 1h) == key_decision::unavailable);
}

BOOST_AUTO_TEST_CASE(a_flood_of_unknown_keys_causes_one_fetch_for_each_cool_down) {
  auto set = fetched();
  int fetches = 0;
  for (auto now = start; now < start + 5min; now += 100ms)
    if (decide_key(set, false, rules, now) == key_decision::fetch) {
      ++fetches;
      set.last_fetch_began_at = now;
      set.fetched_at = now;
    }
  BOOST_TEST(fetches == 9);
}

BOOST_AUTO_TEST_CASE(whatever_happens_no_two_fetches_are_closer_than_the_cool_down_and_no_old_key_is_used) {
  for_seeds(300, [](seeded& random) {
    key_set_age set;
    auto now = start;
    std::optional<moment> last_fetch;
    for (int i = 0; i < 200; ++i) {
      now += random.between(0, 1000) * (random.one_in(10) ? 10s : 100ms);
      const bool held = set.fetched_at && !random.one_in(4);
      const auto decision = decide_key(set, held, rules, now);
      if (decision == key_decision::use) {
        BOOST_REQUIRE(held);
        BOOST_TEST((now - *set.fetched_at < fresh_for(set.max_age, rules) + rules.grace));
      }
      if (decision != key_decision::fetch)
        continue;
      BOOST_TEST((!last_fetch || now - *last_fetch >= rules.cool_down));
      last_fetch = set.last_fetch_began_at = now;
      if (random.one_in(2)) { // it brought a set, else it failed
        set.fetched_at = now;
        set.max_age = random.one_in(3) ? std::nullopt : std::optional<duration>(random.between(0, 100'000) * 1s);
      }
      BOOST_TEST(decide_key(set, held, rules, now) != key_decision::fetch);
    }
  });
}

BOOST_AUTO_TEST_CASE(every_decision_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto each : all_key_decisions)
    names.insert(to_string(each));
  BOOST_TEST(names.size() == all_key_decisions.size());
  BOOST_TEST(!names.contains("unknown"));
}

BOOST_AUTO_TEST_SUITE_END()
