#include "tools/easelctl/traces.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

BOOST_AUTO_TEST_SUITE(traces)

using namespace easel;
using namespace easel::easelctl;
using nlohmann::json;

namespace {

json event(int number, bool failed = false) {
  return {{"number", number},
          {"after_ms", number * 10},
          {"actor", {{"id", 17}, {"type", "session"}}},
          {"from", number == 1 ? json(nullptr) : json{{"id", 2}, {"type", "router"}}},
          {"message", "enter"},
          {"outcome", failed ? "failed" : "handled"},
          {"waited_ms", number == 1 ? json(nullptr) : json(0.04)},
          {"took_ms", 1.25}};
}

json trace_of(const char* ended, int recorded, json events = json::array()) {
  return {{"id", 7},
          {"running", ended == nullptr},
          {"ended", ended == nullptr ? json(nullptr) : json(ended)},
          {"bounds", {{"events", 500}, {"span_ms", 30'000}}},
          {"recorded", recorded},
          {"dropped", 0},
          {"events", std::move(events)}};
}

/// A server with one trace: each look finds the next page. A page that is no object: the server is away.
class scripted_client final : public operator_client {
public:
  explicit scripted_client(std::vector<json> pages) : operator_client("", secret_text("")), left(std::move(pages)) {}
  [[nodiscard]] expected<json, std::string> post(const std::string& target, const json& body) const override {
    asked.push_back(target);
    begun = body;
    if (refuses)
      return unexpected(std::string("as many traces run as may"));
    return trace_of(nullptr, 0);
  }
  [[nodiscard]] expected<json, std::string> get(const std::string& target) const override {
    asked.push_back(target);
    if (left.empty())
      return unexpected(std::string("the server does not answer"));
    auto next = left.front();
    left.erase(left.begin());
    if (!next.is_object())
      return unexpected(std::string("the server does not answer"));
    return next;
  }
  [[nodiscard]] expected<json, std::string> remove(const std::string& target) const override {
    removed.push_back(target);
    return trace_of("stopped", 1);
  }
  bool refuses = false;
  mutable std::vector<json> left;
  mutable json begun;
  mutable std::vector<std::string> asked, removed;
};

trace actor_17() {
  trace out;
  out.by = "actor";
  out.actor = 17;
  return out;
}

struct said {
  int code = 0;
  std::string out, err;
  int pauses = 0;
};

said followed(const trace& what, const operator_client& client, bool as_json = false, int most_pauses = 100) {
  said got;
  std::ostringstream out, err;
  got.code = follow_trace(what, client, {as_json, [&] { return ++got.pauses <= most_pauses; }}, out, err);
  got.out = out.str();
  got.err = err.str();
  return got;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

trace understood(const std::vector<std::string>& words) {
  const auto line = parse_command_line(words);
  BOOST_REQUIRE_MESSAGE(line.has_value(), (line ? "" : line.error()));
  BOOST_REQUIRE(std::holds_alternative<trace>(line->what));
  return std::get<trace>(line->what);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_trace_is_named_by_what_it_follows) {
  const auto id = to_string(generation_id{});
  BOOST_TEST(understood({"trace", "generation", id}).which == id);
  BOOST_TEST(understood({"trace", "type", "store worker"}).which == "store worker");
  BOOST_TEST(understood({"trace", "actor", "17"}).actor == 17u);
  const auto of_account = understood(
    {"trace", "account", to_string(account_id{}), "--reason", "it is slow", "--for", "2min", "--limit", "9"});
  BOOST_TEST(of_account.reason == "it is slow");
  BOOST_TEST(of_account.seconds.value() == 120);
  BOOST_TEST(of_account.events.value() == 9);
  BOOST_TEST(understood({"trace", "actor", "1", "--for", "30s"}).seconds.value() == 30);
  BOOST_TEST(understood({"trace", "actor", "1", "--for", "45"}).seconds.value() == 45);
  BOOST_TEST(!understood({"trace", "actor", "1"}).seconds.has_value());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_traced_is_not_understood) {
  const std::vector<std::vector<std::string>> all{
    {"trace"},
    {"trace", "everything"},
    {"trace", "actor"},
    {"trace", "actor", "x"},
    {"trace", "actor", "0"},
    {"trace", "generation", "gen_x"},
    {"trace", "account", to_string(account_id{})}, // without a reason
    {"trace", "actor", "1", "--for", "1h"},
    {"trace", "actor", "1", "--for", "s"},
    {"trace", "actor", "1", "--for", "0s"},
    {"trace", "actor", "1", "--limit", "0"},
    {"trace", "actor", "1", "2"},
  };
  for (const auto& words : all)
    BOOST_TEST(!parse_command_line(words).has_value(), words.back());
}

BOOST_AUTO_TEST_CASE(it_is_followed_from_where_it_was_to_its_end) {
  const scripted_client client(
    {trace_of(nullptr, 1, {event(1)}), trace_of(nullptr, 1), trace_of("count", 3, {event(2), event(3, true)})});
  auto what = actor_17();
  what.seconds = 5;
  const auto got = followed(what, client);
  BOOST_TEST(got.code == 0);
  BOOST_TEST(client.begun == json({{"actor", 17}, {"seconds", 5}}));
  BOOST_TEST(client.asked
               == (std::vector<std::string>{"/api/traces", "/api/traces/7?after=0", "/api/traces/7?after=1",
                                            "/api/traces/7?after=1"}),
             boost::test_tools::per_element());
  BOOST_TEST(has(got.out, "   10 ms         -    1.2 ms  session #17               enter                       -\n"));
  BOOST_TEST(
    has(got.out, "   20 ms     40 µs    1.2 ms  session #17               enter                       router #2\n"));
  BOOST_TEST(has(got.out, "enter FAILED"));
  BOOST_TEST(has(got.err, "trace 7 of actor: at most 500 messages, 30 s"));
  BOOST_TEST(has(got.err, "ended: it has recorded as many messages as it may; 3 messages\n"));
  BOOST_TEST(client.removed.empty());
}

BOOST_AUTO_TEST_CASE(a_long_one_is_read_page_by_page_without_waiting) {
  const scripted_client client({trace_of("time", 3, {event(1), event(2)}), trace_of("time", 3, {event(3)})});
  const auto got = followed(actor_17(), client, true);
  BOOST_TEST(got.code == 0);
  BOOST_TEST(got.pauses == 0);
  std::istringstream lines(got.out);
  std::vector<json> all;
  for (std::string line; std::getline(lines, line);)
    all.push_back(json::parse(line));
  BOOST_REQUIRE(all.size() == 4u);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(all[static_cast<std::size_t>(i)]["number"] == i + 1);
  BOOST_TEST(all[3]["trace"]["ended"] == "time");
  BOOST_TEST(!all[3]["trace"].contains("events"));
  BOOST_TEST(got.err.empty());
}

BOOST_AUTO_TEST_CASE(who_interrupts_it_stops_it) {
  const scripted_client client({trace_of(nullptr, 1, {event(1)}), trace_of(nullptr, 1), trace_of(nullptr, 1)});
  const auto got = followed(actor_17(), client, false, 1);
  BOOST_TEST(got.code == 0);
  BOOST_REQUIRE(client.removed.size() == 1u);
  BOOST_TEST(client.removed[0] == "/api/traces/7");
  BOOST_TEST(has(got.err, "ended: it was stopped; 1 messages"));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_for_a_moment_is_awaited_and_one_that_stays_away_is_not) {
  const scripted_client back({nullptr, nullptr, nullptr, nullptr, trace_of("time", 0)});
  BOOST_TEST(followed(actor_17(), back).code == 0);
  const scripted_client away({nullptr, nullptr});
  const auto got = followed(actor_17(), away);
  BOOST_TEST(got.code == 1);
  BOOST_TEST(got.err.find("easelctl: the server does not answer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_the_server_refuses_ends_with_1) {
  scripted_client client({});
  client.refuses = true;
  const auto got = followed(actor_17(), client);
  BOOST_TEST(got.code == 1);
  BOOST_TEST(got.err == "easelctl: as many traces run as may\n");
  BOOST_TEST(got.out.empty());
}

BOOST_AUTO_TEST_SUITE_END()
