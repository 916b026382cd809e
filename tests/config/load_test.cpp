#include "sample.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace easel::config::test {

BOOST_AUTO_TEST_SUITE(load_suite)

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(the_smallest_file_is_valid_in_development) {
  const auto loaded = load_text(smallest, "test.toml", empty_environment);
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), mistakes(smallest).front());
  BOOST_TEST(loaded->store.database_url == "postgresql:///easel");
  BOOST_TEST(loaded->upstreams.moderation.key.reveal() == "m-key");
  BOOST_REQUIRE(loaded->upstreams.kie.size() == 1u);
  BOOST_TEST(loaded->upstreams.kie[0].base_url == "https://api.kie.ai");
  BOOST_TEST(loaded->upstreams.kie[0].connection.starts_per_window == 20);
  BOOST_TEST(loaded->keys.master.reveal() == development_master_key);
}

BOOST_AUTO_TEST_CASE(a_file_overrides_only_what_it_names) {
  const auto loaded = load_text(smallest + "[server]\nport = 9000\nsilence_limit = '2 s'\n", "t", empty_environment);
  BOOST_REQUIRE(loaded.has_value());
  BOOST_TEST(loaded->public_listener.port == 9000);
  BOOST_TEST((loaded->api.silence_limit == duration(2s)));
  BOOST_TEST((loaded->api.heartbeat == duration(10s)));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_no_backup_is_kept_for_more_than_30_days) {
  const auto kept = [](const std::string& keep) { return mistakes(smallest + "[backup]\nkeep = '" + keep + "'\n"); };
  for (const auto* within : {"1 day", "24 h", "30 days"})
    BOOST_TEST(kept(within).empty(), within);
  for (const auto* beyond : {"31 days", "721 h", "23 h", "0 s"})
    BOOST_TEST(holds(kept(beyond), "backup.keep: must be between 1 days and 30 days"), kept(beyond).front());
  BOOST_TEST(mistakes(smallest + "[backup]\ntimeout = '1 h'\n").size() == 1u); // the reaper's own hour
}

BOOST_AUTO_TEST_CASE(all_mistakes_are_named_at_once_with_their_lines) {
  const auto found = mistakes("deployment = 'staging'\n[server]\nport = 70000\nmax_body = '1 TiB'\n"
                              "heartbeat = 10\naddress = 5\nprot = 1\n[nodes]\n"
                              + smallest);
  BOOST_TEST(holds(found, "1 deployment: must be one of \"development\", \"production\""));
  BOOST_TEST(holds(found, "3 server.port: must be between 0 and 65535"));
  BOOST_TEST(holds(found, "4 server.max_body: must be bytes, such as"));
  BOOST_TEST(holds(found, "5 server.heartbeat: must be a duration such as"));
  BOOST_TEST(holds(found, "6 server.address: must be a text in quotes"));
  BOOST_TEST(holds(found, "7 server.prot: unknown key; did you mean \"port\"?"));
  BOOST_TEST(holds(found, "8 nodes: unknown key; did you mean \"node\"?"));
  BOOST_TEST(found.size() == 7u);
}

BOOST_AUTO_TEST_CASE(unknown_keys_inside_lists_are_named) {
  const auto found = mistakes(smallest + "wieght = 3\n");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0] == "13 upstream.kie[0].wieght: unknown key; did you mean \"weight\"?");
}

BOOST_AUTO_TEST_CASE(a_syntax_mistake_names_its_line) {
  const auto found = mistakes("[server]\nport = = 1\n");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(holds(found, "2 : no valid TOML"));
}

BOOST_AUTO_TEST_CASE(a_syntax_mistake_does_not_repeat_a_secret) {
  for (const auto* text : {"[keys]\nmaster = \"hush-hush\nx", "[keys]\nmaster = hush-hush\n", "[keys]\nhush-hush\n",
                           "[keys]\nmaster = \"hush-hush\" hush-hush\n"})
    for (const auto& line : mistakes(text))
      BOOST_TEST(line.find("hush") == std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(no_mistake_repeats_the_value_of_a_secret) {
  const auto text =
    with(smallest, "\"m-key\"", "\"hush hush\"") + "[keys]\nmaster = 'hush'\n[operator]\ntoken='hush'\n";
  const auto found = mistakes(text);
  BOOST_TEST(found.size() == 3u);
  BOOST_TEST(!holds(found, "hush"));
}

BOOST_AUTO_TEST_CASE(keys_for_some_upstreams_only_are_a_mistake) {
  for (const auto& [part, named] :
       {std::pair{"key = \"m-key\"", "moderation.key"}, std::pair{"key = \"s-key\"", "upstream.sub2api[0].key"},
        std::pair{"key = \"k-key\"", "upstream.kie[0].key"}}) {
    const auto found = mistakes(with(smallest, part, ""));
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(holds(found, std::string(named) + ": is required"));
  }
  const auto found = mistakes("[database]\nurl = 'postgresql:///easel'\n[moderation]\nkey = 'm'\n");
  BOOST_TEST(found.size() == 2u);
  BOOST_TEST(holds(found, "upstream.sub2api: at least one credential is required"));
  BOOST_TEST(holds(found, "upstream.kie: at least one credential is required"));
}

BOOST_AUTO_TEST_CASE(a_missing_database_is_a_mistake) {
  BOOST_TEST(holds(mistakes(with(smallest, "url = \"postgresql:///easel\"", "")), "2 database.url: is required"));
}

BOOST_AUTO_TEST_CASE(credentials_need_labels_of_their_own_and_addresses_that_are_some) {
  BOOST_TEST(holds(mistakes(with(smallest, "kie-1", "relay-1")), "upstream.kie[0].label: names another credential"));
  BOOST_TEST(holds(mistakes(with(smallest, "kie-1", "kie one")), "upstream.kie[0].label: is required: letters"));
  for (const auto* url : {"relay.example.net", "ftp://relay.example.net", "https://user@relay.example.net",
                          "https://relay.example.net/", "https://relay.example.net:0", "https://"})
    BOOST_TEST(
      holds(mistakes(with(smallest, "https://relay.example.net", url)), "upstream.sub2api[0].base_url: must be"), url);
}

BOOST_AUTO_TEST_CASE(upstreams_on_this_machine_must_be_allowed) {
  const auto found = mistakes(with(smallest, "https://relay.example.net", "http://127.0.0.1:9000"));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(holds(found, "upstream.sub2api[0].base_url: needs upstream.allow_loopback"));
}

BOOST_AUTO_TEST_CASE(listeners_have_addresses_and_ports_of_their_own) {
  BOOST_TEST(holds(mistakes(smallest + "[server]\naddress = 'localhost'\n"), "server.address: must be an IP address"));
  BOOST_TEST(holds(mistakes(smallest + "[operator]\naddress = '::1]'\n"), "operator.address: must be an IP address"));
  BOOST_TEST(holds(mistakes(smallest + "[operator]\nport = 8080\n"), "operator.port: must not be the port"));
  BOOST_TEST(mistakes(smallest + "[server]\nport = 0\naddress = '::'\n[operator]\nport = 0\n").empty());
  BOOST_TEST(holds(mistakes(smallest + "[server]\ntrusted_proxies = ['10.0.0.0/8']\n"), "must hold IP addresses"));
}

BOOST_AUTO_TEST_CASE(request_bodies_fit_the_memory_budget_even_if_every_connection_sends_its_most) {
  const auto server = [](const char* keys) { return mistakes(smallest + "[server]\n" + keys); };
  BOOST_TEST(server("max_connections = 1000\nmax_body = '1 MiB'\nmemory_budget = '2100 MiB'\n").empty());
  BOOST_TEST(holds(
    server("max_connections = 1001\nmax_body = '1 MiB'\nmemory_budget = '2100 MiB'\n"),
    "server.max_connections: of all listeners may send bodies of 2102 MiB at a time, more than server.memory_budget"));
  BOOST_TEST(holds(server("max_body = '16 MiB'\n"), "more than server.memory_budget"));
}

BOOST_AUTO_TEST_CASE(a_burst_is_never_more_than_a_minute_brings) {
  for (const std::string section : {"address", "account", "key"}) {
    BOOST_TEST(holds(mistakes(smallest + "[limits." + section + "]\ncreations = 10\ncreation_burst = 11\n"),
                     "limits." + section + ".creation_burst: must not exceed creations"));
    BOOST_TEST(holds(mistakes(smallest + "[limits." + section + "]\nreadings = 10\nreading_burst = 11\n"),
                     "limits." + section + ".reading_burst: must not exceed readings"));
  }
  BOOST_TEST(holds(mistakes(smallest + "[limits.address]\nsign_ins = 10\nsign_in_burst = 11\n"),
                   "limits.address.sign_in_burst: must not exceed sign_ins"));
  BOOST_TEST(holds(mistakes(smallest + "[limits.address]\nassets = 10\nasset_burst = 11\n"),
                   "limits.address.asset_burst: must not exceed assets"));
  BOOST_TEST(holds(mistakes(smallest + "[limits.account]\nsign_ins = 10\n"), "limits.account.sign_ins"));
  BOOST_TEST(holds(mistakes(smallest + "[access_log]\nqueue = 10\nbatch = 11\n"), "access_log.batch: must not exceed"));
}

BOOST_AUTO_TEST_CASE(pages_are_at_origins) {
  for (const auto* url :
       {"easel.example", "https://easel.example/", "https://easel.example/studio", "ftp://easel.example"}) {
    BOOST_TEST(holds(mistakes(smallest + "[server]\npublic_url = '" + url + "'\n"), "server.public_url: must be"), url);
    BOOST_TEST(
      holds(mistakes(smallest + "[server]\ntrusted_origins = ['" + url + "']\n"), "server.trusted_origins: must hold"),
      url);
  }
  BOOST_TEST(
    mistakes(smallest + "[server]\npublic_url = 'https://easel.example'\ntrusted_origins = ['http://127.0.0.1:3000']\n")
      .empty());
}

BOOST_AUTO_TEST_CASE(the_master_key_before_is_another_one_and_stands_beside_its_successor) {
  const std::string one(64, 'a'), other(64, 'b');
  const auto keys = [](const std::string& lines) {
    return load_text(smallest + "[keys]\n" + lines, "test.toml", empty_environment);
  };
  BOOST_TEST(keys("master = '" + one + "'\nprevious = '" + other + "'\n").has_value());
  const auto complaint = [&](const std::string& lines) {
    const auto loaded = keys(lines);
    BOOST_REQUIRE(!loaded.has_value());
    return loaded.error().front().key + ": " + loaded.error().front().reason;
  };
  BOOST_TEST(complaint("master = '" + one + "'\nprevious = '" + one + "'\n")
             == "keys.previous: is the same key as keys.master");
  BOOST_TEST(complaint("previous = '" + one + "'\n")
             == "keys.previous: needs keys.master, the key that takes its place");
  BOOST_TEST(complaint("master = '" + one + "'\nprevious = 'short'\n").find("keys.previous: must be 32 bytes") == 0u);
}

BOOST_AUTO_TEST_CASE(keys_that_contradict_each_other_are_mistakes) {
  BOOST_TEST(
    holds(mistakes(smallest + "[node]\nheartbeat = '2 s'\n"), "node.dead_after: must be at least three times"));
  BOOST_TEST(holds(mistakes(smallest + "[breaker]\nopen_for = '6 min'\n"), "breaker.open_for: must not exceed"));
  BOOST_TEST(holds(mistakes(smallest + "[deadlines]\ndrawing = '1 min'\n"), "deadlines.drawing: must not be shorter"));
  BOOST_TEST(holds(mistakes(smallest + "[strikes]\nsuspend_after = 2\n"), "strikes.cooldown_after: must not exceed"));
}

BOOST_AUTO_TEST_CASE(content_cannot_be_kept_longer_than_the_policy_promises) {
  BOOST_TEST(holds(mistakes(smallest + "[retention]\ncontent = '31 days'\n"), "must be between 1 min and 30 days"));
  BOOST_TEST(mistakes(smallest + "[retention]\ncontent = '7 days'\n").empty());
}

BOOST_AUTO_TEST_CASE(thresholds_are_for_known_categories_and_never_for_minors) {
  const auto thresholds = [](const std::string& line) { return smallest + "[moderation.thresholds]\n" + line; };
  const auto text = with(smallest, "key = \"m-key\"", "key = \"m-key\"\nthresholds = { violence = 0.5, hate = 1 }");
  const auto loaded = load_text(text, "t", empty_environment);
  BOOST_REQUIRE(loaded.has_value());
  BOOST_TEST(loaded->house.moderation.thresholds.at("violence") == 0.5);
  BOOST_TEST(loaded->house.moderation.thresholds.at("hate") == 1.0);
  BOOST_TEST(holds(mistakes(thresholds("\"sexual/minors\" = 0.9\n")), "sexual/minors always blocks"));
  BOOST_TEST(holds(mistakes(thresholds("voilence = 0.9\n")), "is no category"));
  for (const auto* score : {"0", "1.01", "-0.5", "nan", "'0.5'", "true"})
    BOOST_TEST(holds(mistakes(thresholds(std::string("violence = ") + score)), "must be a number above 0"), score);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_a_mistake_of_its_own) {
  const auto loaded = load("/nonexistent/easel.toml", empty_environment);
  BOOST_REQUIRE(!loaded.has_value());
  BOOST_TEST(loaded.error().front().reason == "cannot be read");
  BOOST_TEST(load("/", empty_environment).error().front().reason == "is a directory");
}

BOOST_AUTO_TEST_CASE(problems_print_as_file_line_key_and_reason) {
  std::ostringstream out;
  print(out, {{"easel.toml", 3, "server.port", "must be a whole number"}, {"easel.toml", 9, "", "no valid TOML"}});
  BOOST_TEST(out.str() == "easel.toml:3: server.port: must be a whole number\neasel.toml:9: no valid TOML\n");
}

BOOST_AUTO_TEST_CASE(the_journal_of_erasures_is_looked_for_beside_the_file_and_none_is_kept_unless_asked_for) {
  const auto none = load_text(smallest, "/etc/easel/easel.toml", empty_environment);
  BOOST_REQUIRE(none);
  BOOST_TEST(none->erasure_journal.path == "");
  const auto at = [](const std::string& path) {
    return load_text(smallest + "[erasure_journal]\npath = '" + path + "'\nlock_wait = '2 s'\n",
                     "/etc/easel/easel.toml", empty_environment);
  };
  BOOST_TEST(at("erasures").value().erasure_journal.path == "/etc/easel/erasures");
  BOOST_TEST(at("/var/lib/easel/erasures").value().erasure_journal.path == "/var/lib/easel/erasures");
  BOOST_TEST((at("erasures").value().erasure_journal.lock_wait == std::chrono::seconds(2)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
