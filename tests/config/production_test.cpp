#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config::test {

BOOST_AUTO_TEST_SUITE(production_suite)

std::vector<std::string> production_mistakes(const std::string& text) { return mistakes(text, production_environment); }

BOOST_AUTO_TEST_CASE(a_complete_production_file_is_valid) {
  const auto found = production_mistakes(production);
  BOOST_TEST(found.empty(), (found.empty() ? "" : found.front()));
}

BOOST_AUTO_TEST_CASE(production_refuses_the_simulator) {
  for (const auto* url :
       {"http://127.0.0.1:9000", "https://localhost", "https://10.0.0.7", "https://192.168.1.1", "https://a.localhost"})
    BOOST_TEST(holds(production_mistakes(with(production, "https://relay.example.net", url)),
                     "upstream.sub2api[0].base_url: production refuses loopback and private upstreams"),
               url);
}

BOOST_AUTO_TEST_CASE(production_refuses_upstreams_without_tls) {
  const auto found = production_mistakes(with(production, "https://relay", "http://relay"));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(holds(found, "upstream.sub2api[0].base_url: production refuses http://"));
}

BOOST_AUTO_TEST_CASE(production_refuses_test_keys) {
  const auto with_test_key = [](std::string_view variable) {
    return [variable](std::string_view name) -> std::optional<std::string> {
      return name == variable ? "sk-sim-0123456789" : production_environment(name);
    };
  };
  BOOST_TEST(
    holds(mistakes(production, with_test_key("MODERATION_KEY")), "moderation.key: production refuses test keys"));
  BOOST_TEST(holds(mistakes(production, with_test_key("SUB2API_KEY")), "upstream.sub2api[0].key: production refuses"));
  BOOST_TEST(
    holds(mistakes(production, with_test_key("KIE_KEY")), "upstream.kie[0].key: production refuses test keys"));
}

BOOST_AUTO_TEST_CASE(production_refuses_the_development_master_key_and_none) {
  const environment known = [](std::string_view name) -> std::optional<std::string> {
    return name == "MASTER_KEY" ? std::string(development_master_key) : production_environment(name);
  };
  BOOST_TEST(holds(mistakes(production, known), "keys.master: production refuses the development master key"));
  const auto without = with(production, R"(master = { env = "MASTER_KEY" })", "");
  BOOST_TEST(holds(production_mistakes(without), "keys.master: is required in production"));
}

BOOST_AUTO_TEST_CASE(production_believes_no_peer_out_on_the_internet) {
  for (const auto* peer : {"104.16.0.1", "2606:4700::1", "::ffff:8.8.8.8"})
    BOOST_TEST(holds(production_mistakes(production + "[server]\ntrusted_proxies = ['" + peer + "']\n"),
                     "server.trusted_proxies: production believes peers on this machine"),
               peer);
  const auto found = production_mistakes(
    production + "[server]\ntrusted_proxies = ['127.0.0.1', '::1', '10.1.2.3', 'fd00::7', '::ffff:192.168.0.1']\n");
  BOOST_TEST(found.empty(), (found.empty() ? "" : found.front()));
}

BOOST_AUTO_TEST_CASE(production_refuses_a_shifted_clock) {
  BOOST_TEST(holds(production_mistakes(production + "[node]\nclock_shift = '1 h'\n"),
                   "node.clock_shift: production refuses a shifted clock"));
}

BOOST_AUTO_TEST_CASE(production_refuses_pages_without_tls) {
  BOOST_TEST(holds(production_mistakes(production + "[server]\npublic_url = 'http://easel.example'\n"),
                   "server.public_url: production needs https://"));
  BOOST_TEST(holds(production_mistakes(production + "[server]\ntrusted_origins = ['http://studio.example']\n"),
                   "server.trusted_origins: production needs https://"));
}

BOOST_AUTO_TEST_CASE(production_refuses_accounts_without_google) {
  BOOST_TEST(holds(production_mistakes(production + "[accounts]\nallow_operator_accounts = true\n"),
                   "accounts.allow_operator_accounts: production refuses accounts without Google"));
}

BOOST_AUTO_TEST_CASE(production_refuses_upstreams_on_this_machine) {
  const auto text = with(production, "[[upstream.sub2api]]", "[upstream]\nallow_loopback = true\n[[upstream.sub2api]]");
  BOOST_TEST(holds(production_mistakes(text), "upstream.allow_loopback: production refuses"));
}

BOOST_AUTO_TEST_CASE(production_refuses_results_from_private_hosts) {
  const auto text =
    with(production, "[[upstream.sub2api]]", "[upstream]\nresult_hosts = ['127.0.0.1:9']\n[[upstream.sub2api]]");
  BOOST_TEST(holds(production_mistakes(text), "upstream.result_hosts: production refuses loopback"));
}

BOOST_AUTO_TEST_CASE(production_refuses_secrets_that_stand_in_the_file) {
  const auto found = production_mistakes(with(production, R"({ env = "KIE_KEY" })", "\"sk-hush\""));
  BOOST_TEST(holds(found, "upstream.kie[0].key: must be { env = \"NAME\" } or { file = \"PATH\" } in production"));
  BOOST_TEST(!holds(found, "hush"));
}

BOOST_AUTO_TEST_CASE(production_lets_nobody_kill_actors_unless_it_is_asked_for) {
  const auto chaos = [](const std::string& text) {
    const auto loaded = load_text(text, "easel.toml", production_environment);
    BOOST_REQUIRE(loaded.has_value());
    return loaded->operators.chaos;
  };
  BOOST_TEST(!chaos(production));
  BOOST_TEST(chaos(with(production, "[operator]", "[operator]\nchaos = true")));
  BOOST_TEST(defaults().operators.chaos);
}

BOOST_AUTO_TEST_CASE(production_needs_an_operators_token) {
  const auto without = with(production, R"(token = { env = "OPERATOR_TOKEN" })", "");
  BOOST_TEST(holds(production_mistakes(without), "operator.token: is required in production"));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_production_needs_a_journal_of_erasures) {
  const auto without = with(production, R"(path = "/var/lib/easel/erasure-journal")", "");
  BOOST_TEST(holds(production_mistakes(without), "erasure_journal.path: is required in production"));
}

BOOST_AUTO_TEST_CASE(development_accepts_all_of_it) {
  auto text = with(smallest, "https://relay.example.net", "http://127.0.0.1:9000");
  text = with(text, "\"k-key\"", "\"sk-sim-1\"");
  text = with(text, "[[upstream.sub2api]]", "[upstream]\nallow_loopback = true\n[[upstream.sub2api]]");
  text += "[node]\nclock_shift = '1 h'\n[accounts]\nallow_operator_accounts = true\n";
  const auto found = mistakes(text);
  BOOST_TEST(found.empty(), (found.empty() ? "" : found.front()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
