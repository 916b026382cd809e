#include "policies/session_token.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(session_token)

using namespace easel;
using namespace easel::policies;

BOOST_AUTO_TEST_CASE(a_token_is_43_characters_that_a_cookie_may_hold) {
  std::array<std::uint8_t, 32> random{};
  BOOST_TEST(make_session_token(random).reveal() == std::string(43, 'A'));
  random.fill(0xff);
  BOOST_TEST(make_session_token(random).reveal() == std::string(42, '_') + '8');
  for (std::size_t i = 0; i < random.size(); ++i) {
    random[i] = static_cast<std::uint8_t>(i * 37);
    BOOST_TEST(is_session_token(make_session_token(random).reveal()));
  }
}

BOOST_AUTO_TEST_CASE(whatever_is_not_one_is_refused_by_its_form) {
  const std::string good(43, 'A');
  BOOST_TEST(is_session_token(good));
  for (const std::string& text :
       {std::string(), std::string(42, 'A'), std::string(44, 'A'), good + '=', good + '\n', std::string(42, 'A') + 'B',
        std::string(42, 'A') + '+', '"' + std::string(42, 'A'), std::string(43, '\0'), std::string(1'000'000, 'A')})
    BOOST_TEST(!is_session_token(text));
}

BOOST_AUTO_TEST_SUITE_END()
