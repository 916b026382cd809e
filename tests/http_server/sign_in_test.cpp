#include "server_fixture.hpp"

#include "http/server/sign_in_pages.hpp"

#include <boost/test/unit_test.hpp>

using namespace easel;
using namespace easel::tests;
using step = actors::sign_in_step;

namespace {

const std::string token(43, 'a');
const std::string cookie = "Cookie: __Host-sid=" + token + "\r\n";
const std::string form = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n";

actors::cookie_change fresh() { return {secret_text(std::string(43, 'b')), std::chrono::hours(1)}; }

struct sign_in_routes_fixture : server_fixture {
  sign_in_routes_fixture() : server_fixture(configured()) {}
  static server::api_settings configured() {
    server::api_settings api;
    api.sign_in_origin = "https://accounts.google.com";
    return api;
  }
  raw_response get(std::string_view target, const std::string& fields = {}) {
    return exchange(request_text("GET", target, fields));
  }
  /// Lets one step of a kind fail.
  template <class Queue>
  raw_response fails(const std::string& request, Queue& queue, step why) {
    auto client = connect();
    client.send(request);
    queue.take().reply(easel::unexpected(why));
    return client.read();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sign_in_routes, sign_in_routes_fixture)

BOOST_AUTO_TEST_CASE(the_form_leads_to_google_with_a_cookie_that_lives_as_long_as_the_sign_in) {
  auto client = connect();
  client.send(request_text("POST", "/sign-in", form, "return_to=%2Faccount%3Ftab%3Dkeys"));
  auto begun = door.begins.take();
  BOOST_TEST(!begun.sent.has_value());
  BOOST_TEST(begun.return_path == "/account?tab=keys");
  begun.reply(actors::begun_sign_in{"https://accounts.google.com/auth?state=s", fresh()});
  const auto got = client.read();
  BOOST_TEST(got.status == 303);
  BOOST_TEST(got.header("location") == "https://accounts.google.com/auth?state=s");
  BOOST_TEST(got.header("cache-control") == "private, no-store");
  BOOST_TEST(got.header("set-cookie").find("__Host-sid=" + std::string(43, 'b') + "; Max-Age=3600") == 0u);

  client.send(request_text("POST", "/sign-in", form + cookie));
  begun = door.begins.take();
  BOOST_TEST(begun.sent.value().reveal() == token);
  BOOST_TEST(begun.return_path == "/");
  begun.reply(actors::begun_sign_in{"https://accounts.google.com/auth", std::nullopt});
  BOOST_TEST(client.read().header("set-cookie").empty());
}

BOOST_AUTO_TEST_CASE(a_sign_in_leads_back_to_no_other_site) {
  for (const std::string path :
       {"https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "evil", "%2Fa%2F%2Fb"}) {
    const auto got = exchange(request_text("POST", "/sign-in", form, "return_to=" + path));
    BOOST_TEST(got.status == 400, path);
    BOOST_TEST(get("/sign-in?return_to=" + path).body.find("evil") == std::string::npos, path);
  }
  BOOST_TEST(door.begins.empty());
}

BOOST_AUTO_TEST_CASE(the_callback_hands_everything_on_once_and_leaves_a_clean_address) {
  auto client = connect();
  client.send(
    request_text("GET", "/sign-in/callback?state=s&code=c%2Fd&iss=https%3A%2F%2Faccounts.google.com&scope=x&iss=2",
                 cookie + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"));
  auto arrived = door.callbacks.take();
  BOOST_TEST(arrived.what.cookie.value().reveal() == token);
  BOOST_TEST(arrived.what.query.state == std::vector<std::string>{"s"}, boost::test_tools::per_element());
  BOOST_TEST(arrived.what.query.code == std::vector<std::string>{"c/d"}, boost::test_tools::per_element());
  BOOST_TEST(arrived.what.query.iss.size() == 2u);
  BOOST_TEST(arrived.what.query.error.empty());
  BOOST_TEST(arrived.what.device == "Firefox on Linux");
  arrived.reply(actors::finished_sign_in{fresh(), false, "/account"});
  auto got = client.read();
  BOOST_TEST(got.status == 303);
  BOOST_TEST(got.header("location") == "/account");
  BOOST_TEST(got.header("set-cookie").find("__Host-sid=" + std::string(43, 'b')) == 0u);
  BOOST_TEST(got.header("referrer-policy") == "no-referrer");

  client.send(request_text("GET", "/sign-in/callback?state=s&code=c", cookie));
  door.callbacks.take().reply(actors::finished_sign_in{fresh(), true, ""});
  got = client.read();
  BOOST_TEST(got.header("location") == "/sign-in/confirm");
  BOOST_TEST(got.header("set-cookie").find("__Host-sid=" + std::string(43, 'b')) == 0u);
}

BOOST_AUTO_TEST_CASE(whatever_fails_on_the_way_back_leads_to_the_page_that_says_so_and_begins_again) {
  for (const auto why : actors::all_sign_in_steps) {
    const auto got =
      fails(request_text("GET", "/sign-in/callback?state=secret&code=secret", cookie), door.callbacks, why);
    BOOST_TEST_CONTEXT(to_string(why)) {
      BOOST_TEST(got.status == 303);
      BOOST_TEST(got.header("location") == "/sign-in?after=" + std::string(to_string(why)));
      BOOST_TEST(got.header("set-cookie").empty());
      const auto page = get(got.header("location"));
      BOOST_TEST(page.status == 200);
      BOOST_TEST(page.body.find("action=\"/sign-in\"") != std::string::npos);
      if (why == step::cancelled || why == step::google_away || why == step::lapsed)
        BOOST_TEST(page.body.find("class=\"notice\"") != std::string::npos);
    }
  }
  BOOST_TEST(exchange(request_text("HEAD", "/sign-in/callback?state=s&code=c", cookie), true).status == 303);
  const auto broken = get("/sign-in/callback?state=%&code=c", cookie);
  BOOST_TEST(broken.header("location") == "/sign-in?after=not_ours");
  BOOST_TEST(door.callbacks.empty());
}

BOOST_AUTO_TEST_CASE(the_page_repeats_nothing_that_is_not_a_step) {
  for (const auto* after : {"%3Cscript%3E", "nonsense", "signed_in%22%3E"})
    BOOST_TEST(get(std::string("/sign-in?after=") + after).body.find("class=\"notice\"") == std::string::npos, after);
  BOOST_TEST(get("/sign-in?utm_source=x&a=1&a=2").status == 200);
}

BOOST_AUTO_TEST_CASE(CHILD_1_an_account_needs_both_confirmations) {
  for (const std::string body : {"", "age=yes", "terms=yes", "age=no&terms=yes", "age=yes&terms=on"}) {
    auto client = connect();
    client.send(request_text("POST", "/sign-in/confirm", form + cookie, body));
    door.looks.take().reply(persistence::person_to_confirm{secret_text("ada@example.com"), secret_text("Ada <3")});
    const auto got = client.read();
    BOOST_TEST(got.status == 422, body);
    BOOST_TEST(got.body.find("Ada &lt;3") != std::string::npos);
  }
  BOOST_TEST(door.confirmations.empty());

  auto client = connect();
  client.send(request_text("POST", "/sign-in/confirm", form + cookie, "age=yes&terms=yes"));
  auto confirmed = door.confirmations.take();
  BOOST_TEST(confirmed.sent.value().reveal() == token);
  confirmed.reply(actors::finished_sign_in{fresh(), false, "/"});
  const auto got = client.read();
  BOOST_TEST(got.status == 303);
  BOOST_TEST(got.header("location") == "/");
  BOOST_TEST(got.header("set-cookie").find("__Host-sid=" + std::string(43, 'b')) == 0u);
}

BOOST_AUTO_TEST_CASE(who_has_nothing_to_confirm_is_led_to_the_beginning) {
  BOOST_TEST(fails(request_text("GET", "/sign-in/confirm", cookie), door.looks, step::lapsed).header("location")
             == "/sign-in?after=lapsed");
  BOOST_TEST(fails(request_text("POST", "/sign-in/confirm", form + cookie, "age=yes&terms=yes"), door.confirmations,
                   step::lapsed)
               .header("location")
             == "/sign-in?after=lapsed");
}

BOOST_AUTO_TEST_CASE(declining_and_signing_out_take_the_cookie_away) {
  auto client = connect();
  client.send(request_text("POST", "/sign-in/decline", form + cookie));
  door.declines.take().reply({});
  auto got = client.read();
  BOOST_TEST(got.header("location") == "/sign-in?after=declined");
  BOOST_TEST(got.header("set-cookie").find("__Host-sid=; Max-Age=0;") == 0u);
  client.send(request_text("POST", "/sign-out", form + cookie));
  auto left = door.sign_outs.take();
  BOOST_TEST(left.sent.value().reveal() == token);
  left.reply({});
  got = client.read();
  BOOST_TEST(got.header("location") == "/sign-in?after=signed_out");
  BOOST_TEST(got.header("set-cookie").find("__Host-sid=; Max-Age=0;") == 0u);
}

BOOST_AUTO_TEST_CASE(a_session_that_could_not_be_ended_keeps_its_cookie_and_says_so) {
  const auto got = fails(request_text("POST", "/sign-out", form + cookie), door.sign_outs, step::unavailable);
  BOOST_TEST(got.status == 503);
  BOOST_TEST(got.header("set-cookie").empty());
  BOOST_TEST(got.header("retry-after") == "5");
  BOOST_TEST(got.header("content-type") == "text/html; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(forms_take_their_own_fields_and_no_others) {
  struct row {
    std::string target, fields, body;
    int status;
  };
  const std::string from_us = "Sec-Fetch-Site: same-origin\r\n";
  const std::vector<row> rows = {
    {"/sign-in", form, "x=1", 400},
    {"/sign-in", form, "return_to=%2F&return_to=%2F", 400},
    {"/sign-in", form, "return_to=%", 400},
    {"/sign-in", form, "return_to=%00", 400},
    {"/sign-in", form, std::string(5000, 'a'), 413},
    {"/sign-in", from_us + "Content-Type: application/json\r\n", "{}", 415},
    {"/sign-in", from_us, "return_to=%2F", 415},
    {"/sign-in/confirm", form, "age=yes&terms=yes&name=x", 400},
    {"/sign-in/decline", form, "x=1", 400},
    {"/sign-out", form, "x=1", 400},
    {"/sign-in", form + "Cookie: __Host-sid=a; __Host-sid=b\r\n", "", 400},
  };
  for (const auto& row : rows) {
    const auto got = exchange(request_text("POST", row.target, row.fields, row.body));
    BOOST_TEST_CONTEXT(row.target << ' ' << row.body.substr(0, 40)) {
      BOOST_TEST(got.status == row.status);
      BOOST_TEST(got.header("content-type") == "text/html; charset=utf-8");
    }
  }
  BOOST_TEST(door.begins.empty());
  BOOST_TEST(door.confirmations.empty());
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_dropped_is_answered_with_a_page) {
  auto client = connect();
  client.send(request_text("POST", "/sign-in", form));
  door.begins.take();
  const auto got = client.read();
  BOOST_TEST(got.status == 500);
  BOOST_TEST(got.header("content-type") == "text/html; charset=utf-8");
  BOOST_TEST(got.body.find(got.header("x-request-id")) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sign_in_routes_without_google, server_fixture)

BOOST_AUTO_TEST_CASE(signing_in_is_out_of_order_and_says_so) {
  const auto page = exchange(request_text("GET", "/sign-in"));
  BOOST_TEST(page.status == 503);
  BOOST_TEST(page.header("content-type") == "text/html; charset=utf-8");
  auto client = connect();
  client.send(request_text("POST", "/sign-in", form));
  door.begins.take().reply(easel::unexpected(step::not_configured));
  BOOST_TEST(client.read().status == 503);
}

BOOST_AUTO_TEST_SUITE_END()
