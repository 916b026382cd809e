#include "tools/easelctl/looks.hpp"
#include "tools/easelctl/text_table.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

BOOST_AUTO_TEST_SUITE(looks)

using namespace easel;
using namespace easel::easelctl;
using nlohmann::json;

namespace {

/// Answers from a list of documents; what is not in it is refused.
class fake_client final : public operator_client {
public:
  fake_client() : operator_client("", secret_text("")) {}
  [[nodiscard]] expected<json, std::string> get(const std::string& target) const override {
    const auto found = documents.find(target);
    if (found == documents.end())
      return unexpected("the server does not answer at " + target);
    return found->second;
  }
  std::map<std::string, json> documents;
};

look at(look::at what) {
  look out;
  out.what = what;
  return out;
}

json actor(int id, const char* type, json children = json::array()) {
  return {{"id", id},
          {"type", type},
          {"state", "idle"},
          {"waiting", 3},
          {"rate", 12.3},
          {"busy", 0.25},
          {"handled", 77},
          {"failures", 0},
          {"stalled_ms", 0},
          {"age_ms", 61'000},
          {"children", std::move(children)},
          {"last", {{"type", "enter"}, {"took_ms", 0.034}, {"ago_ms", 12}, {"running", false}}}};
}

struct said {
  int code = 0;
  std::string out, err;
};

said shown(const look& what, const operator_client& client, bool as_json = false) {
  std::ostringstream out, err;
  const int code = show(what, client, {as_json, 0}, out, err);
  return {code, out.str(), err.str()};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_CASE(lengths_of_time_have_a_unit_and_few_digits) {
  const std::vector<std::pair<double, std::string>> cases{
    {0, "0"},        {0.034, "34 µs"}, {0.9996, "1000 µs"},   {1.25, "1.2 ms"},         {42, "42 ms"},
    {4200, "4.2 s"}, {59'900, "59 s"}, {61'000, "1 min 1 s"}, {3'700'000, "1 h 1 min"}, {180'000'000, "2 d 2 h"}};
  for (const auto& [ms, words] : cases)
    BOOST_TEST(in_words(ms) == words);
}

BOOST_AUTO_TEST_CASE(a_text_is_cut_by_columns_and_not_by_bytes) {
  BOOST_TEST(cut("ümlaut", 6) == "ümlaut");
  BOOST_TEST(cut("ümlaut", 3) == "üm…");
  BOOST_TEST(cut("ümlaut", 1) == "…");
  BOOST_TEST(cut("", 5).empty());
  BOOST_TEST(width_of("└─ é") == 4u);
}

BOOST_AUTO_TEST_CASE(figures_stand_at_the_right_of_their_column) {
  text_table table({{"NAME"}, {"COUNT", true}});
  table.add({"a", "7"});
  table.add({"longer", "1000"});
  BOOST_TEST(table.text() == "NAME    COUNT\na           7\nlonger   1000\n");
}

BOOST_AUTO_TEST_CASE(each_look_asks_at_its_place) {
  BOOST_TEST(target_of(at(look::at::tree)) == "/api/actors?view=tree&sort=mailbox");
  auto top = at(look::at::top);
  top.sort = "busy";
  top.type = "provider connection";
  BOOST_TEST(target_of(top) == "/api/actors?limit=50&sort=busy&type=provider%20connection");
  auto one = at(look::at::actor);
  one.actor = 17;
  BOOST_TEST(target_of(one) == "/api/actors/17");
  auto ended = at(look::at::generations);
  ended.ended = true;
  BOOST_TEST(target_of(ended) == "/api/generations?state=ended");
}

BOOST_AUTO_TEST_CASE(the_tree_is_drawn_and_large_groups_say_how_many_are_left_out) {
  fake_client client;
  json sessions = {{"type", "session"}, {"count", 40}, {"waiting", 9},
                   {"rate", 1.0},       {"busy", 0.1}, {"actors", json::array({actor(5, "session")})}};
  json router = {
    {"type", "router"}, {"count", 1}, {"actors", json::array({actor(2, "router", json::array({sessions}))})}};
  client.documents["/api/actors?view=tree&sort=mailbox"] = {{"tree", json::array({router})}};
  const auto got = shown(at(look::at::tree), client);
  BOOST_TEST(got.code == 0);
  BOOST_TEST(has(got.out, "└─ router #2  idle  3 waiting, 12/s, busy 25 %\n"));
  BOOST_TEST(has(got.out, "   └─ session × 40  9 waiting, 1.0/s, busy 10 %\n"));
  BOOST_TEST(has(got.out, "      ├─ session #5"));
  BOOST_TEST(has(got.out, "      └─ … 39 more\n"));
}

BOOST_AUTO_TEST_CASE(one_actor_is_told_with_its_messages) {
  fake_client client;
  auto a = actor(17, "generation");
  a["generation"] = "gen_x";
  a["messages"] = json::array({a["last"], {{"type", "slow"}, {"took_ms", 3000}, {"ago_ms", 3000}, {"running", true}}});
  a["supervisor"] = actor(2, "router");
  a["siblings_failed"] = 2;
  client.documents["/api/actors/17"] = a;
  auto what = at(look::at::actor);
  what.actor = 17;
  const auto got = shown(what, client);
  BOOST_TEST(got.code == 0);
  for (const auto* part : {"generation #17: idle", "router #2", "gen_x", "enter", "34 µs", "running, 3.0 s",
                           "2 like it failed lately", "1 min 1 s"})
    BOOST_TEST(has(got.out, part), part);
}

BOOST_AUTO_TEST_CASE(upstreams_show_breaker_window_and_what_failed) {
  fake_client client;
  client.documents["/api/upstreams"] = {
    {"upstreams",
     {{{"to", "kie"},
       {"label", "main"},
       {"state", "cooling down"},
       {"breaker", {{"state", "open"}, {"opens_in_ms", 4200}}},
       {"in_flight", 3},
       {"concurrency", 80},
       {"waiting", 0},
       {"window", {{"starts", 20}, {"used", 4}}},
       {"calls", 9},
       {"failing", 0.5},
       {"failures", {{{"what", "busy"}, {"count", 4}}}},
       {"latency", {{{"call", "create task"}, {"p50_ms", 12.5}, {"p95_ms", nullptr}, {"count", 9}}}}}}}};
  const auto got = shown(at(look::at::upstreams), client);
  for (const auto* part : {"kie/main", "open, probe in 4.2 s", "3/80", "4/20", "busy 4", "50 %", "create task"})
    BOOST_TEST(has(got.out, part), part);
}

BOOST_AUTO_TEST_CASE(queues_show_whose_turn_it_is_where_somebody_waits) {
  fake_client client;
  json first = {{"session", 17}, {"waiting", 40},    {"in_work", 8},
                {"turns", 5},    {"waits_ms", 9000}, {"since_turn_ms", 2000}};
  json second = first;
  second["session"] = nullptr;
  client.documents["/api/queues"] = {
    {"queues", json::array()},
    {"lines",
     json::array(
       {{{"tier", "free"}, {"accounts", 2}, {"longest_since_turn_ms", 2000}, {"most", json::array({first, second})}},
        {{"tier", "paid"}, {"accounts", 0}, {"longest_since_turn_ms", 0}, {"most", json::array()}}})}};
  const auto got = shown(at(look::at::queues), client);
  BOOST_TEST(got.code == 0);
  for (const auto* part : {"free tier: 2 accounts wait, the longest without a slot 2.0 s", "session #17", "none here"})
    BOOST_TEST(has(got.out, part), part);
  BOOST_TEST(!has(got.out, "paid tier"));
}

BOOST_AUTO_TEST_CASE(a_timeline_says_within_which_time_it_was_moderated) {
  json story = {
    {"id", "gen_x"},
    {"state", "completed"},
    {"judged", {{"after", "2026-11-18T11:06:40.100Z"}, {"by", "2026-11-18T11:06:41.400Z"}, {"within_ms", 1300}}},
    {"steps", json::array({{{"name", "moderated, then queued"}, {"took_ms", 1300}}})}};
  const auto text = text_of(at(look::at::generation), story);
  BOOST_TEST(has(text, "11:06:41"), text);
  BOOST_TEST(has(text, "within 1.3 s of being asked"), text);
  story["judged"] = nullptr;
  BOOST_TEST(!has(text_of(at(look::at::generation), story), "moderated by"));
}

BOOST_AUTO_TEST_CASE(json_is_the_servers_document_on_one_line) {
  fake_client client;
  client.documents["/api/queues"] = {{"queues", json::array()}};
  const auto got = shown(at(look::at::queues), client, true);
  BOOST_TEST(got.out == "{\"queues\":[]}\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_had_is_said_on_the_other_stream) {
  const fake_client client;
  for (const auto what : {look::at::top, look::at::tree, look::at::graveyard}) {
    const auto got = shown(at(what), client);
    BOOST_TEST(got.code == 1);
    BOOST_TEST(got.out.empty());
    BOOST_TEST(has(got.err, "does not answer"));
  }
}

BOOST_AUTO_TEST_CASE(top_fits_the_rows_it_is_given) {
  fake_client client;
  client.documents["/api/overview"] = {
    {"ready", true},
    {"values", {{"actors", 7}, {"completed", 2.5}}},
    {"types", {{{"kind", "session"}, {"live", 3}, {"busy", 0.5}}}},
    {"concerns", {{{"what", "Nothing leaves a queue"}, {"evidence", "the free tier"}, {"urgent", true}}}}};
  auto actors = json::array();
  for (int i = 0; i < 50; ++i)
    actors.push_back(actor(i, "session"));
  client.documents["/api/actors?limit=50&sort=mailbox"] = {{"actors", actors}, {"matching", 50}};
  const auto page = top_page(at(look::at::top), client, 12);
  BOOST_REQUIRE(page);
  BOOST_TEST(std::count(page->begin(), page->end(), '\n') == 11);
  BOOST_TEST(has(*page, "2.5/s completed"));
  BOOST_TEST(has(*page, "! Nothing leaves a queue: the free tier"));
  BOOST_TEST(has(*top_page(at(look::at::top), client, 0), "session #49"));
}

BOOST_AUTO_TEST_CASE(lints_show_what_they_found_and_which_are_quiet) {
  fake_client client;
  const json finding = {{"what", "session 17 falls behind"},
                        {"evidence", "150 messages wait."},
                        {"urgent", false},
                        {"since", "2026-11-23T05:32:00.123Z"}};
  client.documents["/api/lints"] = {
    {"lints",
     {{{"id", "mailbox-growing"}, {"why", "It waits."}, {"next", "Look."}, {"findings", {finding}}},
      {{"id", "hold-overdue"}, {"fires", "After 10 s."}, {"findings", json::array()}}}},
    {"more_findings", 3}};
  const auto got = shown(at(look::at::lints), client);
  BOOST_TEST(
    has(got.out, "  session 17 falls behind  [mailbox-growing, since 05:32:00.123]\n    150 messages wait.\n"));
  BOOST_TEST(has(got.out, "why:  It waits.\n    next: Look.\n"));
  BOOST_TEST(has(got.out, "3 more are not shown"));
  BOOST_TEST(has(got.out, "hold-overdue  After 10 s."));
  client.documents["/api/lints"] = {{"lints", json::array()}};
  BOOST_TEST(shown(at(look::at::lints), client).out == "nothing found\n");
}

BOOST_AUTO_TEST_CASE(the_log_ends_with_its_newest_line) {
  fake_client client;
  auto wanted = at(look::at::log);
  wanted.level = "warning";
  wanted.find = "a disk";
  client.documents["/api/log?level=warning&limit=200&find=a%20disk"] = {
    {"lines",
     {{{"number", 8}, {"at", "2026-11-27T18:00:01Z"}, {"level", "error"}, {"text", "a disk is full"}},
      {{"number", 7}, {"at", "2026-11-27T18:00:00Z"}, {"level", "warning"}, {"text", "a disk is nearly full"}}}}};
  BOOST_TEST(shown(wanted, client).out
             == "2026-11-27T18:00:00Z warning a disk is nearly full\n2026-11-27T18:00:01Z error a disk is full\n");
  client.documents["/api/log?level=debug&limit=200"] = {{"lines", json::array()}};
  BOOST_TEST(shown(at(look::at::log), client).out == "no line of the log matches\n");
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_shape_breaks_nothing) {
  for (const auto what :
       {look::at::top, look::at::tree, look::at::actor, look::at::upstreams, look::at::queues, look::at::generations,
        look::at::generation, look::at::graveyard, look::at::ledger, look::at::billing, look::at::privacy,
        look::at::nodes, look::at::sessions, look::at::configuration, look::at::audit, look::at::lints, look::at::log})
    for (const auto& odd :
         {json::object(),
          json{{"tree", 7}, {"actors", "x"}, {"upstreams", {json::object()}}, {"audit", 7}, {"process", "x"}}})
      BOOST_CHECK_NO_THROW((void)text_of(at(what), odd));
}

BOOST_AUTO_TEST_CASE(top_shows_a_moment_that_is_over) {
  fake_client client;
  auto then = at(look::at::top);
  then.when = "2026-11-26T18:00:00Z";
  client.documents["/api/history?at=2026-11-26T18%3A00%3A00Z"] = json::parse(R"({
    "at": "2026-11-26T18:00:00.000Z", "step_ms": 1000, "oldest": "2026-11-26T17:00:00.000Z",
    "values": {"live": 3, "queued_free": 2},
    "types": [{"kind": "session", "live": 9, "waiting": 4, "rate": 1.5, "busy": 0.25, "failures": 1},
              {"kind": "rights", "live": 0, "waiting": 0, "rate": 0, "busy": 0, "failures": 0}],
    "types_left_out": 0, "events_dropped": 6,
    "events": [{"number": 3, "at": "2026-11-26T17:59:58.000Z", "what": "actor_failed", "about": "session #7",
                "detail": "killed", "actor": 7}]})");
  const auto got = shown(then, client);
  BOOST_TEST(got.code == 0);
  for (const auto* part : {"as of 2026-11-26T18:00:00.000Z", "3 in work", "queued 2 free", "session", "actor failed",
                           "session #7", "killed", "6 older events are no longer kept"})
    BOOST_TEST(has(got.out, part), part);
  BOOST_TEST(!has(got.out, "rights")); // none lived
  BOOST_TEST(json::parse(shown(then, client, true).out)["step_ms"] == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
