#include "tools/easelctl/command_line.hpp"

#include <boost/test/unit_test.hpp>

#include <iterator>
#include <sstream>

namespace easel::easelctl {

BOOST_AUTO_TEST_SUITE(command_line_suite)

namespace {

const std::string account = to_string(account_id{});
const std::string key = to_string(key_id{});

std::vector<std::string> split(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

std::string complaint(const std::string& line) {
  const auto parsed = parse_command_line(split(line));
  return parsed ? "" : parsed.error();
}

template <class Command>
Command understood(const std::string& line) {
  const auto parsed = parse_command_line(split(line));
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), line << ": " << complaint(line));
  BOOST_REQUIRE(std::holds_alternative<Command>(parsed->what));
  return std::get<Command>(parsed->what);
}

} // namespace

BOOST_AUTO_TEST_CASE(commands_about_the_master_key_are_understood) {
  BOOST_TEST(std::holds_alternative<show_master_keys>(understood<master_key_command>("keys status")));
  const auto rotate = [](const std::string& line) {
    return std::get<rotate_master_key>(understood<master_key_command>(line)).batch;
  };
  BOOST_TEST(rotate("keys rotate") == 500);
  BOOST_TEST(rotate("keys rotate --batch 20") == 20);
  BOOST_TEST(complaint("keys rotate --batch 0") == "--batch must be a whole number from 1 to 10000");
  BOOST_TEST(complaint("keys forget") == "unknown command: keys forget");
}

BOOST_AUTO_TEST_CASE(an_action_takes_its_fields_as_the_api_has_them) {
  const auto pause =
    understood<act>("act pause_upstream to=kie label=main=2 minutes=30 --reason ill --yes --url http://x");
  BOOST_TEST(pause.name == "pause_upstream");
  BOOST_REQUIRE(pause.texts.size() == 2u);
  BOOST_TEST(pause.texts[1].second == "main=2");
  BOOST_REQUIRE(pause.numbers.size() == 1u);
  BOOST_TEST(pause.numbers[0].second == 30);
  BOOST_TEST(pause.reason == "ill");
  BOOST_TEST(pause.yes);
  BOOST_TEST(pause.url == "http://x");
  const auto weight = understood<act>("act change_weight to=kie label=main weight=0");
  BOOST_REQUIRE(weight.numbers.size() == 1u);
  BOOST_TEST(weight.numbers[0].second == 0);
  BOOST_TEST(understood<act>("act reveal_prompt generation=gen_x seconds=30").numbers[0].second == 30);
  std::ignore = understood<print_completion>("completion bash");
  BOOST_TEST(!complaint("completion fish").empty());
  const auto run = understood<act>("act run_retention");
  BOOST_TEST(!run.yes);
  BOOST_TEST(run.reason.empty());
  for (const auto* wrong :
       {"act", "act ../audit", "act restart_actor actor=x", "act restart_actor actor=0", "act suspend_account acct",
        "act suspend_account =x", "act run_retention stamp=x", "act run_retention --once"})
    BOOST_TEST(!complaint(wrong).empty(), wrong);
}

BOOST_AUTO_TEST_CASE(a_look_back_is_of_all_types_and_printed_once) {
  const auto back = understood<look>("top --at -5m");
  BOOST_TEST(back.when == "-5m");
  BOOST_TEST(back.once);
  BOOST_TEST(understood<look>("top").when.empty());
  for (const auto* wrong : {"top --at", "top --at -5m --sort rate", "top --at -5m --type session", "tree --at -5m"})
    BOOST_TEST(!complaint(wrong).empty(), wrong);
}

BOOST_AUTO_TEST_CASE(every_command_of_the_usage_is_understood) {
  std::ignore = understood<migrate>("migrate");
  const auto created = understood<create_account>("account create --tier paid --gift 100 --reason demo");
  BOOST_TEST((created.of == tier::paid));
  BOOST_TEST(created.gift.value().value() == 100);
  BOOST_TEST(created.reason == "demo");
  BOOST_TEST(!understood<create_account>("account create --tier free").gift.has_value());
  BOOST_TEST((understood<show_account>("account show " + account).account == account_id{}));
  BOOST_TEST((understood<set_tier>("account tier " + account + " paid --reason asked").to == tier::paid));
  const auto erase = understood<erase_account>("account erase " + account + " --clause CHILD-1 --reason reported");
  BOOST_TEST(erase.of_child);
  BOOST_TEST(erase.reason == "reported");
  BOOST_TEST(!understood<erase_account>("account erase " + account + " --clause RIGHT-3 --reason asked").of_child);
  BOOST_TEST((understood<list_objections>("account objections " + account).account == erase.account));
  BOOST_TEST(understood<lift_suspension>("account lift " + account + " --reason talked").reason == "talked");
  BOOST_TEST(understood<give>("account gift " + account + " 5 --days 30").days.value() == 30);
  BOOST_TEST(understood<create_key>("key create " + account + " --name laptop").name == "laptop");
  BOOST_TEST(!understood<create_key>("key create " + account + " --name laptop").monthly_cap.has_value());
  BOOST_TEST(
    understood<create_key>("key create " + account + " --name laptop --monthly-cap 500").monthly_cap.value().value()
    == 500);
  std::ignore = understood<list_keys>("key list " + account);
  BOOST_TEST((understood<revoke_key>("key revoke " + account + ' ' + key).key == key_id{}));
  std::ignore = understood<check_database>("db check");
  std::ignore = understood<check_ledger>("ledger check");
  std::ignore = understood<show_retention>("retention show");
  BOOST_TEST(understood<audit_policy>("policy audit").report.empty());
  BOOST_TEST(understood<audit_policy>("policy audit --report r.json").report == "r.json");
  const auto check = understood<verify_policy_report>("policy verify r.json --key public.pem");
  BOOST_TEST(check.file == "r.json");
  BOOST_TEST(check.key == "public.pem");
  std::ignore = understood<verify_erasures>("erasures verify");
  std::ignore = understood<begin_erasure_journal>("erasures begin");
  BOOST_TEST(understood<confirm_clock>("retention confirm-clock --reason mended").reason == "mended");
  std::ignore = understood<check_billing_catalogue>("billing check");
}

BOOST_AUTO_TEST_CASE(every_look_of_the_usage_is_understood) {
  const auto top = understood<look>("top --sort busy --type session --once");
  BOOST_TEST((top.what == look::at::top));
  BOOST_TEST(top.sort == "busy");
  BOOST_TEST(top.type == "session");
  BOOST_TEST(top.once);
  BOOST_TEST((understood<look>("tree --url http://127.0.0.1:9").url == "http://127.0.0.1:9"));
  BOOST_TEST(understood<look>("actor 17").actor == 17u);
  BOOST_TEST((understood<look>("upstreams").what == look::at::upstreams));
  BOOST_TEST((understood<look>("ledger show").what == look::at::ledger));
  BOOST_TEST((understood<look>("billing show").what == look::at::billing));
  BOOST_TEST((understood<look>("policy show --url http://127.0.0.1:1").what == look::at::privacy));
  BOOST_TEST((understood<look>("nodes").what == look::at::nodes));
  BOOST_TEST((understood<look>("config show").what == look::at::configuration));
  BOOST_TEST((understood<look>("audit").what == look::at::audit));
  BOOST_TEST(understood<look>("sessions --sort age").sort == "age");
  BOOST_TEST((understood<look>("queues").what == look::at::queues));
  BOOST_TEST(understood<look>("generations --ended").ended);
  BOOST_TEST(!understood<look>("generations").ended);
  const auto id = to_string(generation_id{});
  BOOST_TEST((understood<look>("generation " + id).generation == generation_id{}));
  BOOST_TEST(understood<look>("graveyard --type router").type == "router");
  const auto log = understood<look>("log --level warning --find journal --limit 10");
  BOOST_TEST((log.what == look::at::log));
  BOOST_TEST(log.level == "warning");
  BOOST_TEST(log.find == "journal");
  BOOST_TEST(log.limit == 10);
  BOOST_TEST(complaint("log --level loud").find("--level is one of debug") == 0u);
  BOOST_TEST(complaint("log --limit 2001").find("--limit") == 0u);
  BOOST_TEST(complaint("actor x").find("the actor's number must be a whole number") == 0u);
  BOOST_TEST(complaint("actor") == "the actor's number is missing");
  BOOST_TEST(complaint("top --sort luck").find("--sort is one of mailbox") == 0u);
  BOOST_TEST(complaint("tree --once") == "unknown option --once");
  BOOST_TEST(complaint("top --once --once") == "--once is given twice");
}

BOOST_AUTO_TEST_CASE(what_is_about_operators_is_understood) {
  const auto about = [](const std::string& line) { return understood<operator_command>(line); };
  const auto added = std::get<add_operator>(about("operator add ada --role admin --totp"));
  BOOST_TEST(added.name == "ada");
  BOOST_TEST((added.role == policies::operator_role::admin));
  BOOST_TEST(added.with_totp);
  BOOST_TEST(!std::get<add_operator>(about("operator add ada --role viewer")).with_totp);
  BOOST_TEST(
    (std::get<set_operator_role>(about("operator role ada operator")).role == policies::operator_role::keeper));
  BOOST_TEST(std::get<set_operator_password>(about("operator password ada")).name == "ada");
  BOOST_TEST(std::get<disable_operator>(about("operator disable ada")).name == "ada");
  BOOST_TEST(std::holds_alternative<list_operators>(about("operator list")));
  BOOST_TEST(complaint("operator add Ada --role admin").find("an operator's name has") == 0u);
  BOOST_TEST(complaint("operator add ada") == "--role is missing");
  BOOST_TEST(complaint("operator add ada --role root").find("the role is 'viewer'") == 0u);
  BOOST_TEST(complaint("operator remove ada") == "unknown command: operator remove");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_what_is_about_requests_is_understood) {
  const auto about = [](const std::string& line) { return understood<request_command>("privacy-request " + line); };
  const auto id = to_string(persistence::privacy_request_id{});
  const auto recorded = std::get<record_request>(about("record --kind child --received 2026-11-26 --account " + account
                                                       + " --reference MAIL-4711"))
                          .what;
  BOOST_TEST((recorded.kind == policies::request_kind::child));
  BOOST_TEST((recorded.account == account_id{}));
  BOOST_TEST(recorded.reference == "MAIL-4711");
  BOOST_TEST(to_string(recorded.received) == "2026-11-26");
  for (const auto kind : policies::all_request_kinds) {
    const auto plain =
      std::get<record_request>(about("record --received 2026-11-26 --kind " + std::string(to_string(kind)))).what;
    BOOST_TEST((plain.kind == kind));
    BOOST_TEST(!plain.account.has_value());
    BOOST_TEST(plain.reference.empty());
  }
  BOOST_TEST(!std::get<list_requests>(about("list")).closed_too);
  BOOST_TEST(std::get<list_requests>(about("list --all")).closed_too);
  BOOST_TEST((std::get<extend_request>(about("extend " + id)).which == persistence::privacy_request_id{}));
  BOOST_TEST((std::get<fulfil_request>(about("fulfil " + id)).which == persistence::privacy_request_id{}));
  for (const auto outcome : policies::all_request_outcomes)
    BOOST_TEST((std::get<close_request>(about("close " + id + " --outcome " + std::string(to_string(outcome)))).outcome
                == outcome));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_what_is_wrong_with_a_request_is_named) {
  const auto about = [](const std::string& line) { return complaint("privacy-request " + line); };
  BOOST_TEST(about("record --received 2026-11-26") == "--kind is missing");
  BOOST_TEST(about("record --kind gossip --received 2026-11-26").find("--kind is one of access, correction") == 0u);
  BOOST_TEST(about("record --kind access") == "--received is missing");
  BOOST_TEST(about("record --kind access --received 2026-02-30").find("--received is a day such as") == 0u);
  BOOST_TEST(about("record --kind access --received 2026-11-26 --account ada").find("'ada' is no id of an account")
             == 0u);
  BOOST_TEST(about("record --kind access --received 2026-11-26 --reference ada@example.org").find("--reference has")
             == 0u);
  BOOST_TEST(about("record --kind access --received 2026-11-26 --note x") == "unknown option --note");
  BOOST_TEST(about("close " + to_string(persistence::privacy_request_id{})) == "--outcome is missing");
  BOOST_TEST(about("close " + account + " --outcome done").find("is no id of an open request, such as preq_")
             != std::string::npos);
  BOOST_TEST(
    about("close " + to_string(persistence::privacy_request_id{}) + " --outcome lost").find("--outcome is 'done'")
    == 0u);
  BOOST_TEST(about("forget") == "unknown command: privacy-request forget");
}

BOOST_AUTO_TEST_CASE(options_may_stand_anywhere) {
  const auto parsed = parse_command_line(split("--json account --config /etc/easel.toml show " + account));
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->json);
  BOOST_TEST(parsed->config == "/etc/easel.toml");
  BOOST_TEST(parse_command_line({"--help"})->help);
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_named) {
  BOOST_TEST(complaint("") == "a command is missing");
  BOOST_TEST(complaint("acount show") == "unknown command: acount");
  BOOST_TEST(complaint("account delete") == "unknown command: account delete");
  BOOST_TEST(complaint("account create") == "--tier is missing");
  BOOST_TEST(complaint("account create --tier gold") == "the tier is 'free' or 'paid', not 'gold'");
  BOOST_TEST(complaint("account show " + key).find("is no id of an account, such as acct_") != std::string::npos);
  BOOST_TEST(complaint("account tier " + account + " paid") == "--reason is missing");
  BOOST_TEST(complaint("account show " + account + " more") == "'more' is too much");
  BOOST_TEST(complaint("migrate --force yes") == "unknown option --force");
  BOOST_TEST(complaint("migrate --config") == "--config needs a value");
  BOOST_TEST(complaint("migrate --config a --config b") == "--config is given twice");
}

BOOST_AUTO_TEST_CASE(backups_are_named_by_their_id_and_restored_into_a_database_that_is_named) {
  const std::string id = "0193a5c0-0000-7000-8000-000000000001";
  const auto what = [](const std::string& line) { return understood<backup_command>(line); };
  BOOST_TEST(std::holds_alternative<create_backup>(what("backup create")));
  BOOST_TEST(std::holds_alternative<list_backups>(what("backup list")));
  BOOST_TEST(std::holds_alternative<reap_backups>(what("backup reap")));
  BOOST_TEST(to_string(std::get<verify_backup>(what("backup verify " + id)).backup) == id);
  const auto restored = std::get<restore_backup>(what("backup restore " + id + " --into dbname=fresh"));
  BOOST_TEST(to_string(restored.backup) == id);
  BOOST_TEST(restored.into == "dbname=fresh");
  BOOST_TEST(complaint("backup restore " + id) == "--into is missing: the url of an empty database");
  BOOST_TEST(complaint("backup verify latest") == "a backup's id is as `backup list` shows it");
  BOOST_TEST(complaint("backup erase " + id) == "unknown command: backup erase");
}

BOOST_AUTO_TEST_CASE(amounts_are_whole_positive_and_bounded) {
  for (const auto* amount : {"0", "-5", "1.5", "1e3", "ten", "1000000000001", "99999999999999999999"})
    BOOST_TEST(complaint("account gift " + account + ' ' + amount).find("the amount must be a whole number") == 0u,
               amount);
  BOOST_TEST(complaint("account gift " + account + " 1 --days 0").find("--days must be") == 0u);
}

BOOST_AUTO_TEST_CASE(texts_are_bounded_and_hold_no_control_characters) {
  const auto named = [](const std::string& name) {
    return parse_command_line({"key", "create", account, "--name", name}).has_value();
  };
  BOOST_TEST(named("my laptop, the grey one"));
  BOOST_TEST(named(std::string(200, 'x')));
  BOOST_TEST(!named(std::string(201, 'x')));
  BOOST_TEST(!named(""));
  BOOST_TEST(!named("a\nb"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::easelctl
