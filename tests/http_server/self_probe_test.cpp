#include "http/server/self_probe.hpp"

#include "http/server/pages/embedded_files.hpp"
#include "server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace self_probe {

using namespace easel;
using namespace easel::tests;

namespace {

server::api_settings with_sign_in() {
  server::api_settings api;
  api.sign_in_origin = "https://accounts.example";
  return api;
}

struct fixture : server_fixture {
  fixture() : server_fixture(with_sign_in()) {}

  server::self_findings look() {
    return server::look_at_own_pages(server::public_api(front, door, rights, billing, with_sign_in()));
  }
};

const policies::page_fact* page_of(const server::self_findings& found, std::string_view path) {
  const auto page = std::find_if(found.pages.begin(), found.pages.end(), [&](const auto& p) { return p.path == path; });
  return page == found.pages.end() ? nullptr : &*page;
}

/// One page at /own, and what is found on it.
policies::page_fact look_at(server::answer_head head, const std::string& body) {
  std::vector<server::route> routes{
    {"GET", "/own", server::surface::page, std::nullopt,
     [=](const server::exchange_ptr& x, const server::captures&) { x->send(head, body); }}};
  const auto found = server::look_at_own_pages(server::route_table(std::move(routes)));
  const auto* page = page_of(found, "/own");
  BOOST_REQUIRE(page != nullptr);
  return *page;
}

} // namespace

} // namespace self_probe

BOOST_FIXTURE_TEST_SUITE(self_probe, fixture)

BOOST_AUTO_TEST_CASE(THIRD_5_every_page_of_our_own_loads_our_own_files_alone) {
  const auto found = look();
  for (const auto* path : {"/", "/account", "/sign-in", "/sign-in/confirm", "/billing/return", "/privacy", "/terms",
                           "/acceptable-use", "/cookies", "/there-is-no-such-page"})
    BOOST_TEST((page_of(found, path) != nullptr), path);
  std::size_t files = 0;
  for (const auto& page : found.pages) {
    BOOST_TEST_CONTEXT(page.path) {
      BOOST_TEST(page.status == page.due);
      BOOST_TEST(page.loads.foreign == 0);
      BOOST_TEST(page.loads.inlined == 0);
      BOOST_TEST(policies::is_closed_policy(page.content_policy));
    }
    files += page.path.starts_with("/assets/") ? 1 : 0;
  }
  BOOST_TEST(page_of(found, "/there-is-no-such-page")->status == 404);
  BOOST_TEST(page_of(found, "/language")->status == 303);
  const auto offered = server::embedded_files();
  BOOST_TEST(files == static_cast<std::size_t>(std::count_if(offered.begin(), offered.end(), [](const auto& file) {
               return file.path.starts_with("assets/") || file.path.starts_with("texts/");
             })));
  BOOST_TEST(page_of(found, "/")->loads.own > 0); // it has been read
}

BOOST_AUTO_TEST_CASE(it_asks_past_the_listener_which_logs_and_counts_nothing) {
  (void)look();
  BOOST_TEST(log.empty());
  BOOST_TEST(listener->figures().cookies.at(std::string(server::language_cookie)) == 0u);
}

BOOST_AUTO_TEST_CASE(THIRD_5_a_page_that_loads_from_others_is_found) {
  BOOST_TEST(look_at({200, "text/html", {}}, "<img src=\"https://ads.example/p.gif\">").loads.foreign == 1);
  BOOST_TEST(look_at({200, "text/html", {}}, "<script>track()</script>").loads.inlined == 1);
  BOOST_TEST(look_at({200, "text/javascript", {}}, "import 'https://cdn.example/a.mjs'").loads.foreign == 1);
  const auto plain = look_at({200, "text/html", {}}, "<p>");
  BOOST_TEST(policies::is_closed_policy(plain.content_policy)); // what the listener adds
  const auto open = look_at({200, "text/html", {{"Content-Security-Policy", "default-src *"}}}, "<p>");
  BOOST_TEST(open.content_policy == "default-src *");
}

BOOST_AUTO_TEST_CASE(a_page_that_fails_is_found) {
  std::vector<server::route> routes{
    {"GET", "/own", server::surface::page, std::nullopt,
     [](const server::exchange_ptr&, const server::captures&) { throw std::runtime_error("broken"); }}};
  const auto found = server::look_at_own_pages(server::route_table(std::move(routes)));
  BOOST_TEST(page_of(found, "/own")->status == 500);
  BOOST_TEST(page_of(found, "/own")->due == 200);
  // A table without the pages that every one has.
  BOOST_TEST(page_of(found, "/language")->status == 404);
  BOOST_TEST(page_of(found, "/language")->due == 303);
}

BOOST_AUTO_TEST_CASE(where_nobody_can_sign_in_its_page_has_to_say_so) {
  const auto found = server::look_at_own_pages(server::public_api(front, door, rights, billing, {}), false);
  BOOST_TEST(page_of(found, "/sign-in")->status == 503);
  BOOST_TEST(page_of(found, "/sign-in")->due == 503);
}

BOOST_AUTO_TEST_CASE(COOKIE_1_each_cookie_that_is_set_is_counted_by_its_name) {
  BOOST_TEST((look().cookies == std::set<std::string, std::less<>>{std::string(server::language_cookie)}));
  const auto chosen = exchange(request_text("POST", "/language",
                                            "Accept: text/html\r\nSec-Fetch-Site: same-origin\r\n"
                                            "Content-Type: application/x-www-form-urlencoded\r\n",
                                            "language=de&return_to=%2F"));
  BOOST_REQUIRE_EQUAL(chosen.status, 303);
  const auto figures = listener->figures();
  BOOST_TEST(figures.cookies.at(std::string(server::language_cookie)) == 1u);
  BOOST_TEST(figures.cookies.at(std::string(server::session_cookie)) == 0u);
  BOOST_TEST(figures.unknown_cookies == 0u);
}

BOOST_AUTO_TEST_CASE(COOKIE_1_a_field_that_sets_one_past_the_table_is_counted) {
  std::vector<server::route> routes{
    {"GET", "/own", server::surface::page, std::nullopt, [](const server::exchange_ptr& x, const server::captures&) {
       x->send({200, "text/html", {{std::string(server::set_cookie::field), "_ga=1"}}}, std::string("<p>"));
     }}};
  const server::route_table table(routes);
  BOOST_TEST(server::look_at_own_pages(table).cookies.contains("_ga"));
  server::listener_settings net;
  net.port = 0;
  const auto own = server::listener::open(net, table, [](const persistence::access_record&) {});
  BOOST_REQUIRE(own.has_value());
  raw_client client((*own)->port());
  client.send(request_text("GET", "/own"));
  BOOST_REQUIRE_EQUAL(client.read().status, 200);
  BOOST_TEST((*own)->figures().unknown_cookies == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
