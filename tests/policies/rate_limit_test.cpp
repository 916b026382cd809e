#include "policies/address_table.hpp"
#include "policies/rate_limit.hpp"

#include "tests/policies/seeds.hpp"

#include <algorithm>
#include <vector>

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;
using easel::test::start;

namespace {

constexpr rate_limits account{{60, 3}, {600, 10}};
constexpr rate_limits one_key{{30, 2}, {300, 5}};

key_id key(std::uint8_t n) {
  key_id id;
  id.value.bytes[15] = n;
  return id;
}

address_block v4(std::uint64_t n) { return {n, false}; }

/// How many of `tries` requests at one moment are let in.
template <class Take>
int admitted(int tries, Take take) {
  int in = 0;
  for (int i = 0; i < tries; ++i)
    in += take().wait ? 0 : 1;
  return in;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limiting)

BOOST_AUTO_TEST_CASE(a_key_cannot_use_up_what_the_account_has_left_for_others) {
  caller_limits limits(account, one_key, start);
  BOOST_TEST(admitted(10, [&] { return limits.take(key(1), request_class::creation, start); }) == 2);
  BOOST_TEST(admitted(10, [&] { return limits.take(key(2), request_class::creation, start); }) == 1); // the account's
  BOOST_TEST(admitted(10, [&] { return limits.take(key(1), request_class::reading, start); }) == 5);
}

BOOST_AUTO_TEST_CASE(a_refusal_takes_nothing_and_names_when_both_buckets_have_a_token) {
  caller_limits limits(account, one_key, start);
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(!limits.take(key(1), request_class::creation, start).wait);
  for (int i = 0; i < 50; ++i) {
    const auto refused = limits.take(key(1), request_class::creation, start);
    BOOST_TEST((refused.wait == 2s)); // the key's: 30 a minute
    BOOST_TEST(refused.quotas[0].remaining == 1);
    BOOST_TEST(refused.quotas[1].remaining == 0);
  }
  BOOST_TEST(!limits.take(key(1), request_class::creation, start + 2s).wait);
}

BOOST_AUTO_TEST_CASE(what_is_told_is_what_is_left) {
  caller_limits limits(account, one_key, start);
  const auto first = limits.take(key(1), request_class::reading, start);
  BOOST_TEST(first.quotas[0].name == "account");
  BOOST_TEST(first.quotas[0].per_minute == 600);
  BOOST_TEST(first.quotas[0].remaining == 9);
  BOOST_TEST((first.quotas[0].until_full == 100ms));
  BOOST_TEST(first.quotas[1].name == "key");
  BOOST_TEST(first.quotas[1].remaining == 4);
  BOOST_TEST(tightest(first.quotas)->name == "key");
  BOOST_TEST(tightest({}) == nullptr);
}

BOOST_AUTO_TEST_CASE(in_any_minute_no_more_than_burst_and_rate_are_let_in) {
  for_seeds(100, [](seeded& random) {
    const int per_minute = random.between(1, 120);
    const rate r{per_minute, random.between(1, per_minute)};
    const rate_limits both{r, r};
    caller_limits limits(both, both, start);
    std::vector<moment> in;
    moment now = start;
    for (int i = 0; i < 400; ++i) {
      now += random.between(0, 2'000'000) * 1us;
      if (const auto d = limits.take(key(1), request_class::creation, now); !d.wait)
        in.push_back(now);
      else
        BOOST_TEST(!caller_limits(limits).take(key(1), request_class::creation, now + *d.wait).wait);
    }
    for (std::size_t i = 0; i < in.size(); ++i) {
      const auto within = std::count_if(in.begin() + static_cast<std::ptrdiff_t>(i), in.end(),
                                        [&](moment at) { return at < in[i] + 1min; });
      BOOST_TEST(within <= r.burst + r.per_minute);
    }
  });
}

BOOST_AUTO_TEST_CASE(it_is_full_again_after_a_minute_and_not_before_its_time) {
  caller_limits limits(account, one_key, start);
  BOOST_TEST(limits.is_full(start));
  (void)limits.take(key(1), request_class::creation, start);
  BOOST_TEST(!limits.is_full(start));
  BOOST_TEST(!limits.is_full(start + 2s - 1us));
  BOOST_TEST(limits.is_full(start + 2s));
}

BOOST_AUTO_TEST_CASE(many_keys_take_no_more_memory_and_the_busiest_stays_counted) {
  const rate_limits wide{{6000, 6000}, {6000, 6000}};
  caller_limits limits(wide, one_key, start);
  BOOST_TEST(admitted(10, [&] { return limits.take(key(0), request_class::creation, start); }) == 2);
  for (std::uint8_t n = 1; n < 200; ++n)
    BOOST_TEST(!limits.take(key(n), request_class::creation, start).wait);
  BOOST_TEST(limits.take(key(0), request_class::creation, start).wait.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(address_tables)

BOOST_AUTO_TEST_CASE(each_address_and_class_has_its_own_bucket) {
  address_table table(1024, {{60, 2}, {60, 3}, {60, 1}, {60, 4}}, 42);
  for (const auto who : {v4(1), v4(2), address_block{1, true}}) {
    BOOST_TEST(admitted(9, [&] { return table.take(who, request_class::creation, start); }) == 2);
    BOOST_TEST(admitted(9, [&] { return table.take(who, request_class::reading, start); }) == 3);
    BOOST_TEST(admitted(9, [&] { return table.take(who, request_class::sign_in, start); }) == 1);
    BOOST_TEST(admitted(9, [&] { return table.take(who, request_class::asset, start); }) == 4);
  }
  const auto refused = table.take(v4(1), request_class::creation, start);
  BOOST_TEST((refused.wait == 1s));
  BOOST_TEST(refused.left.remaining == 0);
  BOOST_TEST(!table.take(v4(1), request_class::creation, start + 1s).wait);
}

BOOST_AUTO_TEST_CASE(every_class_of_requests_has_its_rate_and_its_name) {
  const address_rates rates;
  for (const auto what : all_request_classes)
    BOOST_TEST(rates.of(what).burst <= rates.of(what).per_minute, to_string(what));
  BOOST_TEST(rates.of(request_class::sign_in).per_minute < rates.of(request_class::creation).per_minute);
  BOOST_TEST(to_string(request_class::creation) == "creation");
  BOOST_TEST(to_string(request_class::reading) == "reading");
  BOOST_TEST(to_string(request_class::sign_in) == "sign_in");
  BOOST_TEST(to_string(request_class::asset) == "asset");
}

BOOST_AUTO_TEST_CASE(a_million_addresses_take_the_memory_of_none) {
  address_table table(65'536, {{60, 30}, {600, 300}}, 42);
  const auto before = table.bytes();
  BOOST_TEST(before < 5u << 20);
  int forgotten = 0;
  for (std::uint64_t n = 0; n < 1'000'000; ++n)
    forgotten += table.take(v4(n), request_class::reading, start).forgot ? 1 : 0;
  BOOST_TEST(table.bytes() == before);
  BOOST_TEST(table.slots() == 65'536u);
  BOOST_TEST(forgotten >= 1'000'000 - 65'536);
}

BOOST_AUTO_TEST_CASE(who_keeps_calling_stays_limited_while_others_spray) {
  address_table table(64, {{60, 5}, {60, 5}}, 42);
  const address_block loud{7, true};
  int in = 0;
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    in += table.take(loud, request_class::creation, start).wait ? 0 : 1;
    (void)table.take(v4(n), request_class::creation, start);
  }
  BOOST_TEST(in == 5);
}

BOOST_AUTO_TEST_CASE(an_address_whose_bucket_is_full_again_gives_way_before_one_that_counts) {
  address_table table(address_table::ways, {{60, 1}, {60, 1}}, 42); // one set
  for (std::uint64_t n = 0; n < address_table::ways; ++n)
    BOOST_TEST(!table.take(v4(n), request_class::creation, start + (n == 3 ? 0s : 1s)).wait);
  const auto d = table.take(v4(99), request_class::creation, start + 1s + 500ms);
  BOOST_TEST(!d.forgot); // number 3 had its token back after a second
  for (std::uint64_t n = 0; n < address_table::ways; ++n)
    if (n != 3)
      BOOST_TEST(table.take(v4(n), request_class::creation, start + 1s + 500ms).wait.has_value());
}

BOOST_AUTO_TEST_CASE(addresses_spread_over_all_sets_whatever_the_secret) {
  for_seeds(20, [](seeded& random) {
    address_table table(8192, {{60, 1}, {60, 1}}, random.between<std::uint64_t>(0, ~0ULL - 1));
    int forgotten = 0;
    for (std::uint64_t n = 0; n < 2048; ++n) // neighbours, a quarter of the slots
      forgotten += table.take(v4(0x0a000000 + n), request_class::creation, start).forgot ? 1 : 0;
    BOOST_TEST(forgotten < 20);
  });
}

BOOST_AUTO_TEST_SUITE_END()
