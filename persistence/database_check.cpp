#include "persistence/database_check.hpp"

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rows.hpp"
#include "policies/key_wipe.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

namespace easel::persistence {

namespace {

constexpr int oldest_version = 150000;

using problems = std::vector<std::string>;

const std::string unreachable = "the database cannot be reached: is it running, and is database.url right?";

std::optional<soci::session> open(const std::string& url) {
  const auto text = postgres::connection_text({url});
  if (!text)
    return std::nullopt;
  try {
    return std::optional<soci::session>(std::in_place, soci::postgresql, *text);
  } catch (const soci::soci_error&) {
    return std::nullopt;
  }
}

std::string setting(soci::session& sql, const std::string& name) {
  std::string value;
  soci::indicator is_there = soci::i_null;
  sql << "select current_setting(:name, true)", soci::use(name, "name"), soci::into(value, is_there);
  return is_there == soci::i_ok ? value : std::string();
}

bool holds(soci::session& sql, const std::string& condition) {
  int yes = 0;
  sql << "select (" + condition + ")::int", soci::into(yes);
  return yes != 0;
}

int number_of(const std::string& text) {
  try {
    return std::stoi(text);
  } catch (const std::exception&) {
    return 0;
  }
}

void check_version(const database_facts& facts, problems& found) {
  if (facts.server_version < oldest_version)
    found.push_back("the server is older than PostgreSQL 15: upgrade it");
}

void check_rights(soci::session& sql, problems& found) {
  const std::string has_schema = "exists (select from pg_namespace where nspname = 'easel')";
  if (!holds(sql, has_schema)) {
    if (!holds(sql, "has_database_privilege(current_database(), 'create')"))
      found.push_back("the role may not create the schema: grant create on the database to it");
  } else if (!holds(sql, "(select pg_has_role(nspowner, 'member') from pg_namespace where nspname = 'easel')")) {
    found.push_back("the schema easel belongs to another role: alter schema easel owner to the role of database.url");
  }
  if (!holds(sql, "exists (select from pg_roles where rolname = 'easel_auditor')"))
    found.push_back(
      "there is no role easel_auditor, as which the policy is audited: create role easel_auditor, and grant "
      "it to the role of database.url");
  else if (!holds(sql, "pg_has_role('easel_auditor', 'member')"))
    found.push_back("the role of database.url may not become easel_auditor: grant easel_auditor to it");
  if (holds(sql, "pg_is_in_recovery()"))
    found.push_back("the server is a replica: point database.url to the primary");
}

/// DETAIL lines, statements and parameters name values: prompts would stay in the server's log.
void check_log(soci::session& sql, problems& found) {
  if (setting(sql, "log_error_verbosity") != "terse")
    found.push_back("the server's log would keep values in DETAIL lines: set log_error_verbosity = terse");
  const auto least = setting(sql, "log_min_error_statement");
  if (least != "panic" && least != "fatal")
    found.push_back("the server's log would keep failed statements: set log_min_error_statement = panic");
  if (setting(sql, "log_parameter_max_length_on_error") != "0")
    found.push_back("the server's log would keep parameters of failures: set log_parameter_max_length_on_error = 0");
  const bool logs_statements = setting(sql, "log_statement") != "none" || setting(sql, "log_duration") == "on"
                               || setting(sql, "log_min_duration_statement") != "-1"
                               || setting(sql, "log_min_duration_sample") != "-1"
                               || setting(sql, "log_transaction_sample_rate") != "0"; // a part of one is some, too
  if (logs_statements && setting(sql, "log_parameter_max_length") != "0")
    found.push_back("the server's log would keep parameters of logged statements: set log_parameter_max_length = 0");
  const auto explained = setting(sql, "auto_explain.log_min_duration"); // empty: it is not loaded
  if (!explained.empty() && explained != "-1" && setting(sql, "auto_explain.log_parameter_max_length") != "0")
    found.push_back("auto_explain would keep parameters: set auto_explain.log_parameter_max_length = 0");
}

/// A transaction pooler gives every transaction another session: what one of them sets, the next does not see.
void check_session(soci::session& sql, problems& found) {
  const auto pid_of = [&] {
    int pid = 0;
    sql << "select pg_backend_pid()", soci::into(pid);
    return pid;
  };
  const int first = pid_of();
  sql << "set easel.session_probe = 'here'";
  bool is_ours = true;
  for (int i = 0; i < 8 && is_ours; ++i)
    is_ours = pid_of() == first && setting(sql, "easel.session_probe") == "here";
  if (!is_ours)
    found.push_back("the connection is pooled by transaction: give easel a session-level connection");
}

/// What the database knows of its keys.
struct key_settings {
  digest in_force{};     ///< the check of the master key that wraps new content keys
  std::string lasting;   ///< sealed; empty before the first rotation
  std::set<digest> used; ///< checks of those that wrapped the content keys that are there
};

key_settings read_key_settings(soci::session& sql, const digest& if_first) {
  const auto ours = postgres::hex_of(if_first);
  sql << "insert into easel.setting (name, value) values ('key_check', decode(:ours, 'hex'))"
         " on conflict (name) do nothing",
    soci::use(ours, "ours");
  key_settings found;
  soci::row row;
  sql << "select encode(value, 'hex'), coalesce((select encode(l.value, 'hex') from easel.setting l"
         " where l.name = 'lasting_keys'), '') from easel.setting where name = 'key_check'",
    soci::into(row);
  postgres::columns from(row);
  found.in_force = from.hash();
  found.lasting = from.bytes();
  const soci::rowset<soci::row> used =
    (sql.prepare << "select distinct encode(wrapped_by, 'hex') from easel.account_key where wrapped_by is not null");
  for (const auto& each : used)
    found.used.insert(postgres::columns(each).hash());
  return found;
}

/// A keyring that opens all that the database holds, or why there is none.
expected<keyring, std::string> fitting(const keyring& own, const std::optional<keyring>& before,
                                       const key_settings& found) {
  const auto ring = before ? own.beside(*before) : own;
  const auto checks = ring.key_checks();
  const auto knows = [&](const digest& check) {
    return std::find(checks.begin(), checks.end(), check) != checks.end();
  };
  if (!knows(found.in_force))
    return unexpected("the master key is not the one that this database was first used with, or that took its place: "
                      "what is stored could not be opened with it; it needs "
                      + master_key_name(found.in_force));
  for (const auto& check : found.used)
    if (!knows(check))
      return unexpected("content keys are still wrapped by the master key " + master_key_name(check)
                        + ": give it as keys.previous until easelctl keys rotate has come to its end");
  if (found.lasting.empty())
    return before && found.in_force == before->key_check() ? ring.with_lasting_keys_of(*before) : ring;
  auto opened = ring.with_lasting_keys(found.lasting);
  if (!opened)
    return unexpected(std::string("the keys that outlive their master key cannot be opened: easel.setting is damaged"));
  return *std::move(opened);
}

database_facts facts_of(soci::session& sql) {
  database_facts facts;
  facts.server_version = number_of(setting(sql, "server_version_num"));
  sql << "select current_database(), current_user", soci::into(facts.database), soci::into(facts.user);
  facts.is_durable = setting(sql, "fsync") == "on" && setting(sql, "full_page_writes") == "on"
                     && setting(sql, "synchronous_commit") != "off";
  return facts;
}

} // namespace

expected<database_facts, std::vector<std::string>> check_database(const std::string& url) {
  auto sql = open(url);
  if (!sql)
    return unexpected(problems{unreachable});
  try {
    const auto facts = facts_of(*sql);
    problems found;
    check_version(facts, found);
    check_rights(*sql, found);
    check_log(*sql, found);
    check_session(*sql, found);
    if (!found.empty())
      return unexpected(found);
    return facts;
  } catch (const soci::soci_error&) {
    return unexpected(problems{"the database stopped answering while it was checked: try again"});
  }
}

expected<keyring, std::string> open_keyring(const std::string& url, const master_keys& from) {
  const auto own = keyring::from_master(from.master);
  if (!own)
    return unexpected("keys.master: " + own.error());
  std::optional<keyring> before;
  if (!from.previous.empty()) {
    const auto made = keyring::from_master(from.previous);
    if (!made)
      return unexpected("keys.previous: " + made.error());
    before = *made;
  }
  auto sql = open(url);
  if (!sql)
    return unexpected(unreachable);
  try {
    return fitting(*own, before, read_key_settings(*sql, own->key_check()));
  } catch (const soci::soci_error&) {
    return unexpected(std::string("the key check could not be read: is the database migrated?"));
  }
}

std::vector<std::string> obstacles_to_wiping(const std::string& url) {
  problems found;
  auto sql = open(url);
  if (!sql)
    return found;
  try {
    std::string missing;
    *sql << "select easel.missing_for_wiping()", soci::into(missing);
    std::istringstream words(missing);
    for (std::string word; words >> word;)
      found.push_back("destroyed keys cannot leave the disk: " + policies::explain_missing(word));
  } catch (const soci::soci_error&) {
    found.emplace_back("what destroyed keys need to leave the disk could not be looked at: is the database migrated?");
  }
  return found;
}

std::vector<schema_column> schema_columns(const std::string& url) {
  std::vector<schema_column> found;
  auto sql = open(url);
  if (!sql)
    return found;
  const soci::rowset<soci::row> rows =
    (sql->prepare << "select c.relname::text, a.attname::text from pg_class c"
                     " join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'easel'"
                     " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
                     " where c.relkind in ('r', 'p') and not c.relispartition"
                     // a day that was detached and not yet dropped
                     " and c.relname !~ '^(generation|image|disclosure|access_log)_[0-9]{8}$' order by 1, 2");
  for (const auto& row : rows)
    found.push_back({row.get<std::string>(0), row.get<std::string>(1)});
  return found;
}

} // namespace easel::persistence
