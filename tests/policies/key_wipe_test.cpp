#include "policies/key_wipe.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(wiping_of_keys)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr instant now = instant(1'795'000'000s);
const retention_pace pace; // 6 h, and 5 min after an attempt in vain

key_remains in_table(duration for_that_long) {
  key_remains found;
  found.now = now;
  found.keys = 1;
  found.oldest = found.oldest_in_table = now - for_that_long;
  return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_is_written_anew_while_nothing_was_destroyed) {
  key_remains found;
  found.now = now;
  BOOST_TEST((next_wipe_step(found, pace) == wipe_step::none));
}

BOOST_AUTO_TEST_CASE(the_oldest_destroyed_key_says_when_the_tables_are_due) {
  BOOST_TEST((next_wipe_step(in_table(6h - 1us), pace) == wipe_step::none));
  BOOST_TEST((next_wipe_step(in_table(6h), pace) == wipe_step::rewrite_tables));
  auto at_once = pace;
  at_once.rewrite_after = 0s;
  BOOST_TEST((next_wipe_step(in_table(0s), at_once) == wipe_step::rewrite_tables));
}

BOOST_AUTO_TEST_CASE(keys_that_a_transaction_still_sees_are_waited_for) {
  auto found = in_table(23h);
  found.oldest_in_table.reset();
  BOOST_TEST((next_wipe_step(found, pace) == wipe_step::none));
}

BOOST_AUTO_TEST_CASE(a_rotation_waits_for_nothing) {
  auto found = in_table(1us);
  found.replaced = true;
  BOOST_TEST((next_wipe_step(found, pace) == wipe_step::rewrite_tables));
}

BOOST_AUTO_TEST_CASE(the_log_follows_the_tables_at_once) {
  auto found = in_table(7h);
  found.oldest_in_log = now - 8h;
  BOOST_TEST((next_wipe_step(found, pace) == wipe_step::rewrite_tables)); // then one look at the log does for both
  found.oldest_in_table = now - 1h;
  BOOST_TEST((next_wipe_step(found, pace) == wipe_step::recycle_log));
}

BOOST_AUTO_TEST_CASE(the_tables_are_written_anew_even_where_the_log_cannot_be_recycled) {
  auto found = in_table(7h);
  found.missing = {"pg_checkpoint"};
  BOOST_TEST((next_wipe_step(found, pace) == wipe_step::rewrite_tables));
  found.oldest_in_table.reset();
  found.oldest_in_log = now - 7h;
  BOOST_TEST((next_wipe_step(found, pace) == wipe_step::none));
}

BOOST_AUTO_TEST_CASE(what_was_in_vain_is_tried_again_after_a_pause) {
  const auto found = in_table(7h);
  BOOST_TEST((next_wipe_step(found, pace, now - 5min + 1us) == wipe_step::none));
  BOOST_TEST((next_wipe_step(found, pace, now - 5min) == wipe_step::rewrite_tables));
}

BOOST_AUTO_TEST_CASE(the_default_leaves_time_to_try_before_the_promise_is_broken) {
  BOOST_TEST((pace.rewrite_after + 100 * pace.rewrite_retry < longest_key_remains));
}

BOOST_AUTO_TEST_CASE(each_word_is_explained_by_what_to_change) {
  for (const auto* word : {"wal_recycle", "pg_checkpoint", "pg_switch_wal", "pg_ls_waldir"}) {
    const auto sentence = explain_missing(word);
    BOOST_TEST(sentence.find(word) != std::string::npos);
    BOOST_TEST((sentence.find("set ") != std::string::npos || sentence.find("grant ") != std::string::npos), word);
  }
}

BOOST_AUTO_TEST_SUITE_END()
