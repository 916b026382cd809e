#include "http/server/cookies.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>

BOOST_AUTO_TEST_SUITE(cookies)

using namespace easel;
using namespace easel::server;

namespace {

const std::string token(43, 'a');

/// What a browser takes from one Set-Cookie field: the pair, and the attributes with their case folded.
struct taken {
  std::string pair;
  std::set<std::string> attributes;
};

taken take(const set_cookie& cookie) {
  taken out;
  std::istringstream text(cookie.value());
  std::getline(text, out.pair, ';');
  for (std::string piece; std::getline(text, piece, ';');) {
    piece.erase(0, piece.find_first_not_of(' '));
    for (char& c : piece)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out.attributes.insert(piece);
  }
  return out;
}

expected<sent_cookies, cookie_fault> read(std::string_view field) { return read_cookies({field}); }

std::string session_of(std::string_view field) {
  const auto got = read(field);
  BOOST_REQUIRE(got);
  return got->session ? got->session->reveal() : "(none)";
}

} // namespace

BOOST_AUTO_TEST_CASE(COOKIE_1_both_cookies_carry_what_the_host_prefix_demands) {
  for (const auto& cookie :
       {keep_session(secret_text(token), std::chrono::hours(1)), forget_session(), keep_language("de")}) {
    const auto got = take(cookie);
    BOOST_TEST_CONTEXT(cookie.value()) {
      BOOST_TEST(got.pair.substr(0, 7) == "__Host-");
      for (const auto* needed : {"secure", "path=/", "samesite=lax"})
        BOOST_TEST(got.attributes.contains(needed), needed);
      for (const auto& attribute : got.attributes)
        BOOST_TEST(attribute.substr(0, 6) != "domain");
      BOOST_TEST(cookie.value().size() < 4096u);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_session_is_for_the_server_alone_and_ends_with_its_longest_life) {
  const auto kept = take(keep_session(secret_text(token), std::chrono::hours(1)));
  BOOST_TEST(kept.pair == "__Host-sid=" + token);
  BOOST_TEST(
    (kept.attributes == std::set<std::string>{"max-age=3600", "path=/", "secure", "samesite=lax", "httponly"}));
  const auto gone = take(forget_session());
  BOOST_TEST(gone.pair == "__Host-sid=");
  BOOST_TEST(gone.attributes.contains("max-age=0"));
  BOOST_TEST(gone.attributes.contains("httponly"));
}

BOOST_AUTO_TEST_CASE(only_languages_of_the_pages_are_kept_and_read) {
  BOOST_TEST(take(keep_language("en")).pair == "__Host-lang=en");
  BOOST_TEST(!take(keep_language("en")).attributes.contains("httponly"));
  BOOST_CHECK_THROW((void)keep_language("en; Domain=evil.example"), std::invalid_argument);
  BOOST_TEST(read("__Host-lang=de")->language.value_or("") == "de");
  for (const auto* other : {"__Host-lang=", "__Host-lang=fr", "__Host-lang=DE", "__Host-lang=de-AT",
                            "__Host-lang=\"de\"", "__host-lang=de", "lang=de"})
    BOOST_TEST(!read(other)->language.has_value(), other);
}

BOOST_AUTO_TEST_CASE(the_session_is_found_among_the_cookies_of_others) {
  BOOST_TEST(session_of("__Host-sid=" + token) == token);
  BOOST_TEST(session_of("a=b; __Host-sid=" + token + "; c") == token);
  BOOST_TEST(session_of("a=b;__Host-sid=" + token + ";c=d;") == token);
  BOOST_TEST(session_of("  __Host-sid=x  ") == "x");
  BOOST_TEST(session_of("__Host-sid=") == "");
  BOOST_TEST(session_of("__Host-sid=a=b") == "a=b");
  BOOST_TEST(session_of("\"__Host-sid=x\"") == "(none)");
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_the_session_is_not) {
  for (const std::string_view field : {"", ";", ";;;", "=", "__Host-sid", "__host-sid=x", "__HOST-SID=x", "sid=x",
                                       "__Host-sid =x", "a=__Host-sid=x", "x__Host-sid=x", "__Host-sid2=x"})
    BOOST_TEST(session_of(field) == "(none)", field);
}

BOOST_AUTO_TEST_CASE(a_cookie_of_ours_that_comes_twice_is_refused_wherever_it_stands) {
  BOOST_TEST((read("__Host-sid=a; __Host-sid=a").error() == cookie_fault::repeated));
  BOOST_TEST((read("__Host-sid=; __Host-sid=a").error() == cookie_fault::repeated));
  BOOST_TEST((read_cookies({"__Host-sid=a", "__Host-sid=b"}).error() == cookie_fault::repeated));
  BOOST_TEST((read("__Host-lang=xx; __Host-lang=de").error() == cookie_fault::repeated));
  BOOST_TEST(read("a=1; a=2; __Host-sid=x").has_value());
}

BOOST_AUTO_TEST_CASE(a_crowd_of_cookies_is_refused) {
  std::string field;
  for (int i = 0; i < most_cookies; ++i)
    field += "a=b;";
  BOOST_TEST(read(field).has_value());
  BOOST_TEST((read(field + "a=b").error() == cookie_fault::too_many));
  BOOST_TEST((read(std::string(8192, ';')).error() == cookie_fault::too_many));
}

BOOST_AUTO_TEST_CASE(no_byte_of_a_cookie_field_is_out_of_bounds) {
  for (int byte = 0; byte < 256; ++byte)
    for (const std::string around : {"", "__Host-sid=", "__Host-sid=x;", ";__Host-lang"}) {
      const auto got = read(around + static_cast<char>(byte));
      BOOST_TEST(got.has_value(), byte);
    }
}

BOOST_AUTO_TEST_CASE(the_operators_cookie_is_strict_and_neither_listener_knows_the_others) {
  for (const auto& cookie : {keep_operator(secret_text(token), std::chrono::hours(8)), forget_operator()}) {
    const auto got = take(cookie);
    BOOST_TEST(got.pair.substr(0, 15) == "__Host-operator");
    for (const auto* needed : {"secure", "path=/", "samesite=strict", "httponly"})
      BOOST_TEST(got.attributes.contains(needed), needed);
  }
  const std::string both = "__Host-sid=person; __Host-operator=" + token;
  BOOST_TEST(session_of(both) == "person");
  BOOST_TEST(session_of("__Host-operator=" + token) == "(none)");
  BOOST_TEST((*read_operator_cookie({both}))->reveal() == token);
  BOOST_TEST(!read_operator_cookie({"__Host-sid=person"})->has_value());
  BOOST_TEST(!read_operator_cookie({"__Host-operator=a; __Host-operator=b"}).has_value());
  std::string many;
  for (int i = 0; i <= most_cookies; ++i)
    many += "a=b; ";
  BOOST_TEST(!read_operator_cookie({many}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
