#include "tests/persistence/contract/world.hpp"

namespace easel::persistence::contract {

namespace {

access_record line(world& w, std::string request_id) {
  access_record r;
  r.at = w.now();
  r.ip = "203.0.113.7";
  r.user_agent = "Agent/1.0 (x; y)";
  r.route = "GET /v1/generations/{id}";
  r.status = 200;
  r.took = std::chrono::microseconds(1234);
  r.request_id = std::move(request_id);
  return r;
}

std::string printed(const world& w, const access_record& r) {
  const auto micros = [](instant at) { return std::to_string(at.time_since_epoch().count()); };
  return micros(r.at) + '|' + r.ip + '|' + r.user_agent + '|' + (r.account ? to_string(r.account->value) : "-") + '|'
         + r.route + '|' + std::to_string(r.status) + '|' + std::to_string(r.took.count()) + '|' + r.request_id + '|'
         + micros(r.at + w.under.settings.retention.access_log) + '\n';
}

void lines_are_kept_as_they_are(world& w) {
  auto known = line(w, "req_1");
  known.account = w.newcomer().account;
  auto unknown = line(w, "req_2");
  unknown.ip = "2001:db8::1";
  unknown.route = "-";
  unknown.status = 404;
  auto odd = line(w, "req_3");
  odd.user_agent = R"(","},{NULL} \" 'x' $1 :at)";
  const std::vector lines{known, unknown, odd};
  BOOST_TEST(w.db->append_access(lines).value() == 3);
  BOOST_TEST(w.under.print_access_log() == printed(w, known) + printed(w, unknown) + printed(w, odd));
}

void no_lines_are_no_mistake(world& w) {
  BOOST_TEST(w.db->append_access({}).value() == 0);
  BOOST_TEST(w.under.print_access_log().empty());
}

void a_batch_may_be_large_and_span_midnight(world& w) {
  std::vector<access_record> lines;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    lines.push_back(line(w, "req_" + std::to_string(10'000 + i)));
    lines.back().at += std::chrono::minutes(i);
    expected += printed(w, lines.back());
  }
  BOOST_TEST(w.db->append_access(lines).value() == 1000);
  BOOST_TEST((w.under.print_access_log() == expected));
}

void one_bad_line_refuses_its_batch(world& w) {
  const auto spoilt = [&](auto spoil) {
    std::vector lines{line(w, "req_1"), line(w, "req_2")};
    spoil(lines[1]);
    return lines;
  };
  for (const auto& lines :
       {spoilt([](auto& r) { r.ip = "elsewhere"; }), spoilt([](auto& r) { r.at += std::chrono::hours(24 * 400); }),
        spoilt([&](auto& r) { r.user_agent = nul; }), spoilt([&](auto& r) { r.route = nul; })}) {
    const auto outcome = w.db->append_access(lines);
    BOOST_REQUIRE(!outcome.has_value());
    BOOST_TEST((outcome.error().what == store_error::kind::refused));
    BOOST_TEST(outcome.error().operation == "append_access");
  }
  BOOST_TEST(w.under.print_access_log().empty());
}

} // namespace

std::vector<contract_case> access_log_cases() {
  return {
    {"the access log keeps each line with its own expiry", lines_are_kept_as_they_are},
    {"an empty batch of the access log writes nothing", no_lines_are_no_mistake},
    {"a batch of the access log may be large and span days", a_batch_may_be_large_and_span_midnight},
    {"a line that the access log cannot hold refuses its whole batch", one_bad_line_refuses_its_batch},
  };
}

} // namespace easel::persistence::contract
