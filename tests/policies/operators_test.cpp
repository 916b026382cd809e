#include "policies/operators.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(operators)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(each_role_may_what_the_ones_below_it_may) {
  for (const auto who : all_operator_roles)
    for (const auto needed : all_operator_roles)
      BOOST_TEST(may(who, needed) == (static_cast<int>(who) >= static_cast<int>(needed)));
  for (const auto role : all_operator_roles)
    BOOST_TEST((parse_operator_role(to_string(role)) == role));
  BOOST_TEST(!parse_operator_role("root"));
  BOOST_TEST(!parse_operator_role(""));
}

BOOST_AUTO_TEST_CASE(names_are_short_and_plain) {
  for (const auto* good : {"a", "7", "ada", "ada.l-2_x", "abcdefghijklmnopqrstuvwxyz012345"})
    BOOST_TEST(is_operator_name(good), good);
  for (const auto* bad : {"", "Ada", "-ada", ".a", "a b", "a'b", "ä", "abcdefghijklmnopqrstuvwxyz0123456", "a\n"})
    BOOST_TEST(!is_operator_name(bad), bad);
}

BOOST_AUTO_TEST_CASE(passwords_are_long) {
  BOOST_TEST(!is_operator_password("elevenchars"));
  BOOST_TEST(is_operator_password("twelve chars"));
  BOOST_TEST(is_operator_password(std::string(200, 'x')));
  BOOST_TEST(!is_operator_password(std::string(201, 'x')));
  BOOST_TEST(!is_operator_password("twelve chars\n"));
}

BOOST_AUTO_TEST_CASE(codes_are_cut_from_the_hmac_as_rfc_4226_says) {
  // RFC 4226, section 5.4.
  const std::array<std::uint8_t, 20> hmac{0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca, 0x16, 0x61, 0x85,
                                          0x50, 0xef, 0x7f, 0x19, 0xda, 0x8e, 0x94, 0x5b, 0x55, 0x5a};
  BOOST_TEST(totp_code(hmac) == "872921");
  const std::array<std::uint8_t, 8> counter{0, 0, 0, 0, 0, 0, 1, 2};
  BOOST_TEST((totp_counter(258) == counter));
}

BOOST_AUTO_TEST_CASE(a_code_is_taken_in_its_period_and_the_next_ones_and_never_twice) {
  const instant now(1'795'000'000s);
  const auto step = totp_step(now);
  BOOST_TEST(step == 1'795'000'000 / 30);
  const auto all = totp_steps(now, 0);
  BOOST_TEST((all[0] == step - 1));
  BOOST_TEST((all[1] == step));
  BOOST_TEST((all[2] == step + 1));
  const auto after = totp_steps(now, step);
  BOOST_TEST(!after[0]);
  BOOST_TEST(!after[1]);
  BOOST_TEST((after[2] == step + 1));
  for (const auto& one : totp_steps(now, step + 1))
    BOOST_TEST(!one);
}

BOOST_AUTO_TEST_CASE(a_secret_is_shown_as_authenticators_take_it) {
  // RFC 4648, section 10, without the padding.
  BOOST_TEST(to_rfc4648_base32("") == "");
  BOOST_TEST(to_rfc4648_base32("f") == "MY");
  BOOST_TEST(to_rfc4648_base32("fo") == "MZXQ");
  BOOST_TEST(to_rfc4648_base32("foobar") == "MZXW6YTBOI");
}

BOOST_AUTO_TEST_CASE(guessing_gets_slower_and_never_shuts_anybody_out_for_good) {
  const guess_limits limits;
  for (int failures = 0; failures < limits.free_guesses; ++failures)
    BOOST_TEST(lock_after(failures, limits).count() == 0);
  BOOST_TEST((lock_after(5, limits) == 1min));
  BOOST_TEST((lock_after(6, limits) == 2min));
  duration before{};
  for (int failures = 0; failures < 2000; ++failures) {
    const auto lock = lock_after(failures, limits);
    BOOST_TEST((lock >= before && lock <= limits.longest_lock));
    before = lock;
  }
  BOOST_TEST((before == limits.longest_lock));
}

BOOST_AUTO_TEST_SUITE_END()
