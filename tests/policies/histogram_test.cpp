#include "policies/histogram.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(histogram)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(every_duration_lies_within_its_bucket) {
  for (std::int64_t us = 1; us < 600'000'000; us += 1 + us / 50) {
    const auto bucket = bucket_of(duration(us));
    BOOST_TEST(us <= upper_bound_of(bucket).count(), us);
    if (bucket > 0)
      BOOST_TEST(us > upper_bound_of(bucket - 1).count() - 1, us);
  }
}

BOOST_AUTO_TEST_CASE(a_bound_belongs_to_the_bucket_below_it) {
  for (std::size_t i = 0; i < histogram_buckets; i += 4) // whole octaves: bounds without a fraction
    BOOST_TEST(bucket_of(upper_bound_of(i)) == i);
}

BOOST_AUTO_TEST_CASE(what_is_too_long_is_in_the_last_bucket) {
  BOOST_TEST(bucket_of(std::chrono::hours(48)) == histogram_buckets - 1);
  BOOST_TEST((upper_bound_of(histogram_buckets - 1) > 20min));
  BOOST_TEST(bucket_of(-1s) == 0u);
}

BOOST_AUTO_TEST_CASE(a_quantile_is_off_by_less_than_a_fifth) {
  std::array<double, histogram_buckets> counts{};
  for (int ms = 1; ms <= 1000; ++ms)
    counts[bucket_of(std::chrono::milliseconds(ms))] += 1;
  for (const double q : {0.5, 0.95, 0.99}) {
    const auto found = static_cast<double>(quantile(counts, q)->count()) / 1000;
    BOOST_TEST(found >= q * 1000);
    BOOST_TEST(found <= q * 1000 * 1.19);
  }
}

BOOST_AUTO_TEST_CASE(nothing_counted_has_no_quantile) {
  BOOST_TEST(!quantile(std::array<double, histogram_buckets>{}, 0.5));
}

BOOST_AUTO_TEST_SUITE_END()
