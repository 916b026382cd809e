#include "config/evidence.hpp"
#include "config/load.hpp"
#include "config/upstreams.hpp"
#include "persistence/backups.hpp"
#include "persistence/database_check.hpp"
#include "persistence/journaled_rights.hpp"
#include "persistence/key_rotation.hpp"
#include "persistence/migrate.hpp"
#include "persistence/postgres_auditor.hpp"
#include "persistence/postgres_retention.hpp"
#include "persistence/postgres_rights.hpp"
#include "persistence/postgres_store.hpp"
#include "tools/build_commit.hpp"
#include "tools/easelctl/acts.hpp"
#include "tools/easelctl/backup_commands.hpp"
#include "tools/easelctl/billing_check.hpp"
#include "tools/easelctl/command_line.hpp"
#include "tools/easelctl/commands.hpp"
#include "tools/easelctl/completion.hpp"
#include "tools/easelctl/looks.hpp"
#include "tools/easelctl/master_key_commands.hpp"
#include "tools/easelctl/operator_commands.hpp"
#include "tools/easelctl/request_commands.hpp"
#include "tools/easelctl/terminal.hpp"
#include "tools/easelctl/traces.hpp"

#include <pwd.h>
#include <unistd.h>

#include <iostream>

namespace {

using namespace easel;

/// Who typed the command, for the audit table: the account that sudo was called from, else the one that runs it.
std::string operator_name() {
  const auto env = config::process_environment();
  if (auto caller = env("SUDO_USER"); caller && !caller->empty() && caller->size() <= 64)
    return "easelctl:" + *caller;
  const passwd* user = ::getpwuid(::getuid());
  return "easelctl:" + (user == nullptr ? std::to_string(::getuid()) : std::string(user->pw_name));
}

int migrate_database(const config::settings& all) {
  const auto applied = persistence::migrate(all.store.database_url);
  if (!applied) {
    const auto& e = applied.error();
    std::cerr << "easelctl: " << e.sentence << (e.sqlstate.empty() ? "" : " (SQLSTATE " + e.sqlstate + ')') << '\n';
    return 1;
  }
  std::cout << (*applied == 0 ? "the schema is up to date" : std::to_string(*applied) + " migrations applied") << '\n';
  return 0;
}

/// What `db check` says beyond "it answers": version, rights, durability, and what the server's log would keep.
bool is_fit(const config::settings& all) {
  const auto facts = persistence::check_database(all.store.database_url);
  if (!facts)
    for (const auto& problem : facts.error())
      std::cerr << "easelctl: " << problem << '\n';
  const auto restored = persistence::check_restored(all.store.database_url);
  if (facts && !restored)
    std::cerr << "easelctl: " << restored.error() << '\n';
  const auto obstacles = facts ? persistence::obstacles_to_wiping(all.store.database_url) : std::vector<std::string>{};
  for (const auto& obstacle : obstacles)
    std::cerr << "easelctl: " << obstacle << '\n';
  return facts.has_value() && restored.has_value() && obstacles.empty();
}

int compare_with_stripe(const config::settings& all, bool json) {
  if (!all.stripe.enabled()) {
    std::cerr << "easelctl: nothing is for sale: stripe.key is not set\n";
    return 1;
  }
  const auto net = client::make_curl_transport(config::transport_settings(all));
  const auto stripe = client::make_stripe_client(*net, config::stripe_client_settings(all));
  return easelctl::check_billing(all.house.billing, all.house.sign_in.public_url, *stripe, json, std::cout, std::cerr);
}

/// Where the operator's listener is, as it is configured.
std::string operator_url(const config::settings& all) {
  const auto& at = all.operator_listener;
  const bool is_v6 = at.address.find(':') != std::string::npos;
  return "http://" + (is_v6 ? '[' + at.address + ']' : at.address) + ':' + std::to_string(at.port);
}

int look_at(const config::settings& all, const easelctl::look& what, bool json) {
  const easelctl::operator_client client(what.url.empty() ? operator_url(all) : what.url, all.operators.token);
  const bool live = what.what == easelctl::look::at::top && !what.once && !json && easelctl::is_terminal();
  return live ? easelctl::watch_top(what, client, std::cerr)
              : easelctl::show(what, client, {json, 0}, std::cout, std::cerr);
}

/// An erasure by hand stands in the journal like any other.
std::unique_ptr<persistence::rights> open_rights(const config::settings& all,
                                                 const std::shared_ptr<const persistence::keyring>& keys,
                                                 const std::shared_ptr<persistence::erasure_journal>& journal) {
  auto rights = persistence::make_postgres_rights(all.store, all.rights, keys);
  if (!journal)
    return rights;
  const auto now = [shift = all.clock_shift] {
    return std::chrono::floor<duration>(std::chrono::system_clock::now()) + shift;
  };
  const auto tell = [](const std::string& sentence) { std::cerr << "easelctl: " << sentence << '\n'; };
  return persistence::make_journaled_rights(std::move(rights), {journal, now, tell});
}

bool says_yes() {
  if (!easelctl::is_terminal())
    return false;
  std::cerr << "Do it? yes or no: " << std::flush;
  std::string answer;
  return std::getline(std::cin, answer) && answer == "yes";
}

int act_on(const config::settings& all, const easelctl::act& what, bool json) {
  const easelctl::operator_client client(what.url.empty() ? operator_url(all) : what.url, all.operators.token);
  easelctl::act_options how{json, says_yes, nullptr};
  if (easelctl::is_terminal())
    how.reveal = easelctl::show_for_a_while;
  return easelctl::carry_out(what, client, how, std::cout, std::cerr);
}

int follow(const config::settings& all, const easelctl::trace& what, bool json) {
  const easelctl::operator_client client(what.url.empty() ? operator_url(all) : what.url, all.operators.token);
  easelctl::heed_interrupts();
  return easelctl::follow_trace(what, client, {json, [] { return easelctl::rest(std::chrono::milliseconds(500)); }},
                                std::cout, std::cerr);
}

int rotate_keys(const easelctl::master_key_command& what, const config::settings& all,
                const std::shared_ptr<const persistence::keyring>& keys, persistence::retention& retention, bool json) {
  const auto rotation = persistence::make_key_rotation(all.store, keys, all.clock_shift);
  const auto checks = keys->key_checks(); // its own first
  policies::master_key_names configured{persistence::master_key_name(checks.front()), std::nullopt};
  if (checks.size() > 1)
    configured.previous = persistence::master_key_name(checks.back());
  return easelctl::run_master_keys(what, {*rotation, retention, configured, operator_name(), json}, std::cout,
                                   std::cerr);
}

int perform(const easelctl::command_line& line) {
  if (const auto* what = std::get_if<easelctl::verify_policy_report>(&line.what))
    return easelctl::verify(*what, line.json, std::cout, std::cerr);
  if (std::holds_alternative<easelctl::print_completion>(line.what)) {
    std::cout << easelctl::bash_completion(easelctl::read_usage(easelctl::usage()));
    return 0;
  }
  const auto all = config::load(line.config, config::process_environment());
  if (!all) {
    config::print(std::cerr, all.error());
    return 1;
  }
  if (std::holds_alternative<easelctl::migrate>(line.what))
    return migrate_database(*all);
  if (std::holds_alternative<easelctl::check_billing_catalogue>(line.what))
    return compare_with_stripe(*all, line.json);
  if (const auto* what = std::get_if<easelctl::look>(&line.what))
    return look_at(*all, *what, line.json);
  if (const auto* what = std::get_if<easelctl::act>(&line.what))
    return act_on(*all, *what, line.json);
  if (const auto* what = std::get_if<easelctl::trace>(&line.what))
    return follow(*all, *what, line.json);
  if (const auto* what = std::get_if<easelctl::backup_command>(&line.what))
    return easelctl::run_backups(
      *what,
      {all->backup, all->store, all->keys, all->retention.lock_wait, all->clock_shift, operator_name(), line.json},
      std::cout, std::cerr);
  if (std::holds_alternative<easelctl::check_database>(line.what) && !is_fit(*all))
    return 1;
  // A key or account made under another master key could never be used.
  auto keys = persistence::open_keyring(all->store.database_url, all->keys);
  if (!keys) {
    std::cerr << "easelctl: " << keys.error() << '\n';
    return 1;
  }
  const auto shared_keys = std::make_shared<const persistence::keyring>(std::move(*keys));
  if (const auto* what = std::get_if<easelctl::operator_command>(&line.what)) {
    const auto operators = persistence::make_operator_store(all->store, shared_keys);
    return easelctl::run_operators(*what, {*operators, operator_name(), easelctl::ask_password, line.json}, std::cout,
                                   std::cerr);
  }
  const auto journal = all->erasure_journal.path.empty()
                         ? nullptr
                         : std::make_shared<persistence::erasure_journal>(all->erasure_journal, shared_keys);
  const auto rights = [&] { return open_rights(*all, shared_keys, journal); };
  if (const auto* what = std::get_if<easelctl::request_command>(&line.what)) {
    const auto requests = persistence::make_postgres_privacy_requests(all->store, all->clock_shift);
    return easelctl::run_requests(*what, {*requests, rights, operator_name(), line.json}, std::cout, std::cerr);
  }
  const auto clock = std::make_shared<persistence::postgres_commons>();
  clock->shift_clock(all->clock_shift); // the clock that the server's reaper goes by
  const auto retention = persistence::make_postgres_retention(all->store, all->retention.lock_wait, clock);
  if (const auto* what = std::get_if<easelctl::master_key_command>(&line.what))
    return rotate_keys(*what, *all, shared_keys, *retention, line.json);
  const auto store = persistence::make_postgres_store(all->store, shared_keys);
  const auto auditor = persistence::make_postgres_auditor(all->store, all->audit.timeout, clock);
  const easelctl::workplace at{*store,
                               *shared_keys,
                               operator_name(),
                               all->accounts.allow_operator_accounts,
                               line.json,
                               retention.get(),
                               auditor.get(),
                               config::evidence_terms_of(*all),
                               rights,
                               journal.get(),
                               std::string(tools::build_commit),
                               all->audit.signing_key_file};
  return easelctl::run(line.what, at, std::cout, std::cerr);
}

} // namespace

int main(int argc, char** argv) {
  const auto line = easelctl::parse_command_line({argv + 1, argv + argc});
  if (!line) {
    std::cerr << "easelctl: " << line.error() << "\ntry: easelctl --help\n";
    return 2;
  }
  if (line->help) {
    std::cout << easelctl::usage();
    return 0;
  }
  const int code = perform(*line);
  std::cout.flush();
  return std::cout ? code : 1; // a full disk or a closed pipe must not look like success: the key was shown nowhere
}
