#include "persistence/database_check.hpp"

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rows.hpp"

#include <optional>

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
                               || number_of(setting(sql, "log_transaction_sample_rate")) != 0;
  if (logs_statements && setting(sql, "log_parameter_max_length") != "0")
    found.push_back("the server's log would keep parameters of logged statements: set log_parameter_max_length = 0");
  if (setting(sql, "auto_explain.log_min_duration").find_first_not_of("-1") != std::string::npos
      && setting(sql, "auto_explain.log_parameter_max_length") != "0")
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

expected<bool, std::string> check_master_key(const std::string& url, const keyring& keys) {
  auto sql = open(url);
  if (!sql)
    return unexpected(unreachable);
  try {
    const auto ours = postgres::hex_of(keys.key_check());
    *sql << "insert into easel.setting (name, value) values ('key_check', decode(:ours, 'hex'))"
            " on conflict (name) do nothing",
      soci::use(ours, "ours");
    std::string stored;
    *sql << "select encode(value, 'hex') from easel.setting where name = 'key_check'", soci::into(stored);
    if (stored == ours)
      return true;
    return unexpected(std::string("the master key is not the one that this database was first used with: "
                                  "what is stored could not be opened with it"));
  } catch (const soci::soci_error&) {
    return unexpected(std::string("the key check could not be read: is the database migrated?"));
  }
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
