#include "evidence_system.hpp"

BOOST_AUTO_TEST_SUITE(evidence_of_nodes)

using namespace easel;
using namespace easel::tests;

namespace {

const clauses_named of_nodes{"THIRD-4", "THIRD-5", "MAIL-1", "COOKIE-1"};

} // namespace

BOOST_AUTO_TEST_CASE(without_a_fresh_report_nothing_is_proved) {
  auto facts = healthy();
  facts.reports.front().at = noon - 2min;
  BOOST_TEST(broken(facts).empty());
  facts.reports.front().at = noon - 2min - 1us;
  BOOST_TEST(broken(facts) == of_nodes);
  facts.reports.clear();
  BOOST_TEST(broken(facts) == of_nodes);
}

BOOST_AUTO_TEST_CASE(a_node_at_work_that_says_nothing_is_noticed) {
  auto facts = healthy();
  facts.nodes.push_back({noon - 10min, noon - 2s});
  BOOST_TEST(broken(facts) == of_nodes);
  facts.nodes.back().joined_at = noon - 1min; // it has hardly begun
  BOOST_TEST(broken(facts).empty());
  facts.nodes.back() = {noon - 10min, noon - 1min}; // dead, and not taken over yet
  BOOST_TEST(broken(facts).empty());
}

BOOST_AUTO_TEST_CASE(THIRD_4_a_host_that_is_not_declared_breaks_it) {
  auto facts = healthy();
  facts.reports.front().called.push_back({recipient::kie, "api.openai.com", 1, 1}); // another one's
  BOOST_TEST((broken(facts) == clauses_named{"THIRD-4", "MAIL-1"}));
  facts = healthy();
  auto second = healthy_report();
  second.called.push_back({recipient::kie, "ads.example", 1, 0});
  facts.reports.push_back(second);
  BOOST_TEST((broken(facts) == clauses_named{"THIRD-4", "MAIL-1"}));
  BOOST_TEST(proof_of("THIRD-4", facts).complaints.front() == "ads.example was called for kie and is not declared.");
}

BOOST_AUTO_TEST_CASE(THIRD_4_calls_are_added_up_over_all_nodes) {
  auto facts = healthy();
  facts.reports.push_back(healthy_report());
  facts.reports.back().refused_calls = 3;
  const auto figures = proof_of("THIRD-4", facts).figures;
  const auto says = [&](std::string name, std::string value) {
    return std::find(figures.begin(), figures.end(), std::pair(std::move(name), std::move(value))) != figures.end();
  };
  BOOST_TEST(says("calls to api.kie.ai for kie", "24"));
  BOOST_TEST(says("calls refused", "3"));
}

BOOST_AUTO_TEST_CASE(MAIL_1_a_socket_to_a_port_of_mail_breaks_it) {
  auto facts = healthy();
  facts.reports.front().mail_sockets = 1;
  BOOST_TEST(broken(facts) == clauses_named{"MAIL-1"});
  for (const int port : {25, 465, 587, 2525})
    BOOST_TEST(is_mail_port(port), port);
  BOOST_TEST(!is_mail_port(443));
}

BOOST_AUTO_TEST_CASE(THIRD_5_a_page_that_loads_from_others_breaks_it) {
  using change = void (*)(node_report&);
  for (const change each : {change([](node_report& r) { r.pages.front().loads.foreign = 1; }),
                            change([](node_report& r) { r.pages.front().loads.inlined = 1; }),
                            change([](node_report& r) { r.pages.front().content_policy.clear(); }),
                            change([](node_report& r) { r.pages.front().content_policy = "default-src *"; }),
                            change([](node_report& r) { r.pages.front().status = 0; }),
                            change([](node_report& r) { r.pages.front().status = 500; }),
                            change([](node_report& r) { r.pages.front().status = 404; }), // where there should be one
                            change([](node_report& r) { r.pages.front().due = 404; }), // one where there should be none
                            change([](node_report& r) { r.pages.clear(); })}) {
    auto facts = healthy();
    each(facts.reports.front());
    BOOST_TEST(broken(facts) == clauses_named{"THIRD-5"});
  }
}

BOOST_AUTO_TEST_CASE(COOKIE_1_a_third_cookie_breaks_it) {
  auto facts = healthy();
  facts.reports.front().cookies.emplace("_ga", 1);
  BOOST_TEST(broken(facts) == clauses_named{"COOKIE-1"});
  facts = healthy();
  facts.reports.front().unknown_cookies = 1;
  BOOST_TEST(broken(facts) == clauses_named{"COOKIE-1"});
}

BOOST_AUTO_TEST_CASE(a_report_is_read_as_it_was_written) {
  auto report = healthy_report();
  report.refused_calls = 5;
  report.mail_sockets = 6;
  report.unknown_cookies = 7;
  const auto got = parse_node_report(to_json(report));
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST((got->since == report.since));
  BOOST_TEST(got->build == report.build);
  BOOST_TEST((got->declared.hosts == report.declared.hosts));
  BOOST_TEST((got->called == report.called));
  BOOST_TEST((got->pages == report.pages));
  BOOST_TEST((got->cookies == report.cookies));
  BOOST_TEST(got->refused_calls == 5);
  BOOST_TEST(got->mail_sockets == 6);
  BOOST_TEST(got->unknown_cookies == 7);
  for (const auto* bad : {"", "{}", "[]", "null", "{\"since\":1}"})
    BOOST_TEST(!parse_node_report(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(what_a_page_loads_is_counted) {
  const auto is = [](std::string_view html, page_references wanted) {
    const auto found = references_in(html);
    BOOST_TEST_INFO(html);
    BOOST_TEST((found == wanted));
  };
  is("<a href=\"https://policies.example/\">law</a> <p>https://text.example</p>", {});
  is("<script src=\"/assets/1/a.mjs\" type=module></script><link rel=stylesheet href=/a.css>", {2, 0, 0});
  is("<img srcset=\"/a.png 1x, https://cdn.example/b.png 2x\">", {1, 1, 0});
  for (const auto* foreign :
       {"<img src=https://x.example/p.gif>", "<IMG SRC='//x.example/p'>", "<img src=\"\\\\x\">",
        "<link rel=preconnect href=\"https://x.example\">", "<iframe src = 'http://x/'>", "<video poster=data:x>",
        "<form action=\"https://x.example\">", "<img\nsrc=ftp://x>", "<a href=/ ping=https://x.example>"})
    is(foreign, {0, 1, 0});
  for (const auto* inlined : {"<script>track()</script>", "<style>p{}</style>", "<p style=color:red>",
                              "<body onload=\"x()\">", "<base target=x>", "<a href=' JavaScript:x()'>"})
    is(inlined, {0, 0, 1});
  is("<!-- <script>old()</script> --><p>", {});
  is("<", {});
  is("<p =", {});
  is("<img src=\"/unended", {1, 0, 0});
}

BOOST_AUTO_TEST_CASE(what_a_file_of_ours_refers_to_is_counted) {
  BOOST_TEST(references_in_asset("import {a} from './b.mjs'; // https://comment.example").foreign == 0);
  BOOST_TEST(references_in_asset("const ns = 'http://www.w3.org/2000/svg';").foreign == 0);
  for (const auto* text : {"fetch('https://x.example')", "@import \"//x.example/a.css\"", "url(https://x.example/f)"})
    BOOST_TEST(references_in_asset(text).foreign == 1, text);
}

BOOST_AUTO_TEST_CASE(a_closed_policy_names_nobody_else) {
  for (const auto* closed : {"default-src 'self'", "default-src 'none'; frame-ancestors 'none'",
                             "default-src 'self'; img-src 'self' blob:; form-action 'self' https://accounts.example"})
    BOOST_TEST(is_closed_policy(closed), closed);
  for (const auto* open : {"", "img-src 'self'", "default-src *", "default-src 'self' https://x.example",
                           "default-src 'self'; script-src 'unsafe-inline'", "default-src 'self'; IMG-SRC data:",
                           "default-src 'self'; script-src-elem https://x.example"})
    BOOST_TEST(!is_closed_policy(open), open);
}

BOOST_AUTO_TEST_SUITE_END()
