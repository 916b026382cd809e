#include "policies/admission.hpp"
#include "policies/token_bucket.hpp"

#include "tests/policies/seeds.hpp"

#include <climits>
#include <set>
#include <vector>

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;
using easel::test::start;

namespace {} // namespace

BOOST_AUTO_TEST_SUITE(token_buckets)

BOOST_AUTO_TEST_CASE(it_starts_full_and_says_when_the_next_token_is_there) {
  token_bucket bucket({3, 6, 60s}, start);
  BOOST_TEST(bucket.take(start).value() == 2);
  BOOST_TEST(bucket.take(start, 2).value() == 0);
  BOOST_TEST((bucket.take(start).error() == 10s));
  BOOST_TEST((bucket.take(start + 4s, 2).error() == 16s));
  BOOST_TEST(!bucket.take(start + 10s - 1us));
  BOOST_TEST(bucket.take(start + 10s).value() == 0);
  BOOST_TEST((bucket.until_full(start + 10s) == 30s));
}

BOOST_AUTO_TEST_CASE(a_refused_take_takes_nothing) {
  token_bucket bucket({5, 1, 1s}, start);
  BOOST_TEST(bucket.take(start, 3).has_value());
  for (int i = 0; i < 100; ++i)
    BOOST_TEST((bucket.take(start, 3).error() == 1s));
  BOOST_TEST(bucket.remaining(start) == 2);
}

BOOST_AUTO_TEST_CASE(more_than_the_capacity_is_never_there) {
  token_bucket bucket({5, 1, 1s}, start);
  BOOST_TEST((bucket.take(start, 6).error() == duration::max()));
  BOOST_TEST(bucket.remaining(start) == 5);
}

BOOST_AUTO_TEST_CASE(it_never_holds_more_than_its_capacity_however_long_nobody_came) {
  token_bucket bucket({5, 1000, 1us}, start);
  BOOST_TEST(bucket.remaining(start + 24h * 365 * 100) == 5);
  BOOST_TEST(bucket.take(start + 24h * 365 * 100, 5).value() == 0);
}

BOOST_AUTO_TEST_CASE(a_moment_before_the_last_one_brings_nothing) {
  token_bucket bucket({1, 1, 1s}, start);
  BOOST_TEST(bucket.take(start).has_value());
  BOOST_TEST(!bucket.take(start - 1h));
  BOOST_TEST(!bucket.take(start));
  BOOST_TEST(bucket.take(start + 1s).has_value());
}

BOOST_AUTO_TEST_CASE(senseless_settings_count_as_one) {
  token_bucket bucket({0, -5, 0s}, start);
  BOOST_TEST(bucket.take(start).value() == 0);
  BOOST_TEST((bucket.take(start).error() == 1us));
}

BOOST_AUTO_TEST_CASE(the_time_named_is_the_first_at_which_it_works) {
  for_seeds(200, [](seeded& random) {
    token_bucket bucket({random.between(1, 20), random.between(1, 50), random.between(1, 60'000'000) * 1us}, start);
    moment now = start;
    for (int i = 0; i < 60; ++i) {
      now += random.between(0, 3'000'000) * 1us;
      if (const auto left = bucket.take(now); !left) {
        auto early = bucket;
        BOOST_TEST(!early.take(now + left.error() - 1us));
        now += left.error();
        BOOST_TEST(bucket.take(now).has_value());
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(no_span_yields_more_than_the_burst_and_what_it_refilled) {
  for_seeds(60, [](seeded& random) {
    const token_bucket_policy policy{random.between(1, 10), random.between(1, 7), random.between(1, 3000) * 1ms};
    token_bucket bucket(policy, start);
    moment now = start;
    std::vector<moment> taken;
    for (int i = 0; i < 400; ++i) {
      now += random.between(0, 400'000'000) * 1ns;
      if (bucket.take(now))
        taken.push_back(now);
    }
    int exceeded = 0;
    for (std::size_t first = 0; first < taken.size(); ++first)
      for (std::size_t last = first; last < taken.size(); ++last) {
        const double passed = std::chrono::duration<double>(taken[last] - taken[first]).count();
        const double per = std::chrono::duration<double>(policy.per).count();
        // One microsecond of slack: fractions below it are counted with the next call.
        exceeded +=
          static_cast<double>(last - first + 1) > policy.capacity + policy.refill * (passed + 1e-6) / per + 1e-9;
      }
    BOOST_TEST(exceeded == 0);
  });
}

BOOST_AUTO_TEST_CASE(refills_of_fractions_add_up_exactly) {
  token_bucket bucket({1000, 7, 10ms}, start);
  BOOST_TEST(bucket.take(start, 1000).has_value());
  int taken = 0;
  for (moment now = start; now <= start + 100ms; now += 1300ns)
    taken += bucket.take(now).has_value();
  BOOST_TEST(taken == 69); // the seventieth is there at 100 ms, which is no multiple of 1300 ns
  BOOST_TEST(bucket.take(start + 100ms).value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(admissions)

namespace {

using why = overloaded::why;

constexpr admission_limits limits{10, 5, 2, 1s, 60s};

} // namespace

BOOST_AUTO_TEST_CASE(below_every_limit_work_is_admitted) {
  BOOST_TEST(admit(limits, {}).has_value());
  BOOST_TEST(admit(limits, {false, 9, 4, 1, 5s}).has_value());
}

BOOST_AUTO_TEST_CASE(each_limit_refuses_at_its_very_value_and_with_its_own_reason) {
  BOOST_TEST((admit(limits, {false, 10, 4, 1, {}}).error().reason == why::node_full));
  BOOST_TEST((admit(limits, {false, 9, 5, 1, {}}).error().reason == why::tier_full));
  BOOST_TEST((admit(limits, {false, 9, 4, 2, {}}).error().reason == why::account_full));
  BOOST_TEST((admit(limits, {true, 0, 0, 0, {}}).error().reason == why::draining));
  BOOST_TEST((admit(limits, {false, 10, 5, 2, {}}).error().reason == why::account_full));
}

BOOST_AUTO_TEST_CASE(the_pause_is_the_time_of_a_tenth_of_the_queue_within_its_bounds) {
  const admission_limits wide{10'000, 1000, 1000, 1s, 60s};
  BOOST_TEST((admit(wide, {false, 0, 1000, 0, 200ms}).error().retry_after == 20s));
  BOOST_TEST((admit(wide, {false, 0, 1001, 0, 200ms}).error().retry_after == 20200ms));
  BOOST_TEST((admit(wide, {false, 0, 1000, 0, 0s}).error().retry_after == 1s));
  BOOST_TEST((admit(wide, {false, 0, 1000, 0, 10s}).error().retry_after == 60s));
  BOOST_TEST((admit(wide, {false, 0, INT_MAX, 0, duration::max()}).error().retry_after == 60s));
  BOOST_TEST((admit(wide, {false, 0, 1000, 0, -5s}).error().retry_after == 1s));
}

BOOST_AUTO_TEST_CASE(every_reason_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto reason : {why::draining, why::node_full, why::tier_full, why::account_full})
    names.insert(to_string(reason));
  BOOST_TEST(names.size() == 4);
  BOOST_TEST(!names.contains("unknown"));
}

BOOST_AUTO_TEST_SUITE_END()
