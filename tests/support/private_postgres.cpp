#include "tests/support/private_postgres.hpp"

#include "persistence/keyring.hpp"
#include "persistence/migrate.hpp"
#include "tests/support/kept_connections.hpp"

#include <libpq-fe.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace easel::tests {

namespace {

std::string for_shell(const std::string& text) {
  std::string shell = "'";
  for (const char c : text)
    shell += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return shell + "'";
}

/// Standard output of the script, without the end of the line.
std::string private_postgres_script(const std::string& arguments) {
  const auto command = for_shell(EASEL_SOURCE_DIR "/tools/setup/private-postgres") + " " + arguments;
  std::FILE* out = popen(command.c_str(), "r");
  if (out == nullptr)
    throw std::runtime_error("no shell for tools/setup/private-postgres");
  std::string text;
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), out) != nullptr)
    text += part.data();
  if (pclose(out) != 0)
    throw std::runtime_error("tools/setup/private-postgres failed");
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

struct close_connection {
  void operator()(PGconn* c) const { PQfinish(c); }
};

std::string run(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, close_connection> to(PQconnectdb(url.c_str()));
  PGresult* const r = PQexec(to.get(), sql.c_str());
  const auto status = PQresultStatus(r);
  const std::string value = PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "";
  PQclear(r);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(to.get()));
  return value;
}

std::string random_name(const std::string& prefix) {
  std::array<std::uint8_t, 8> random{};
  persistence::fill_random(random.data(), random.size());
  std::string name = prefix;
  for (const auto byte : random)
    for (const int digit : {byte >> 4, byte & 15})
      name += "0123456789abcdef"[digit];
  return name;
}

/// `url` with another database in it, in libpq's keyword form.
std::string with_database(const std::string& url, const std::string& name) {
  std::string text;
  PQconninfoOption* const options = PQconninfoParse(url.c_str(), nullptr);
  for (const auto* o = options; o != nullptr && o->keyword != nullptr; ++o) {
    const bool is_name = std::string_view(o->keyword) == "dbname";
    if (o->val == nullptr && !is_name)
      continue;
    text.append(o->keyword).append("='");
    for (const char c : is_name ? name : std::string(o->val))
      text.append(c == '\'' || c == '\\' ? "\\" : "").append(1, c);
    text += "' ";
  }
  PQconninfoFree(options);
  return text;
}

void migrate_or_throw(const std::string& url) {
  if (const auto done = persistence::migrate(url); !done)
    throw std::runtime_error(done.error().sentence);
}

/// What this program shares: the cluster, and a migrated database that all others are copies of.
struct shared {
  std::mutex mutex;
  std::optional<postgres_cluster> cluster;
  std::string url;
  std::string model;
};

shared& everything() {
  static shared s;
  return s;
}

const std::string& cluster_url(shared& s) {
  if (s.url.empty()) {
    if (const char* given = std::getenv("EASEL_TEST_DATABASE_URL"); given != nullptr && *given != '\0')
      s.url = given;
    else
      s.url = s.cluster.emplace().url();
  }
  return s.url;
}

std::string model_database() {
  shared& s = everything();
  const std::lock_guard lock(s.mutex);
  if (s.model.empty()) {
    const auto name = random_name("easel_model_");
    run(cluster_url(s), "create database " + name);
    s.model = name;
    migrate_or_throw(with_database(s.url, name));
  }
  return s.model;
}

} // namespace

// ---------------------------------------------------------------- the cluster

postgres_cluster::postgres_cluster() {
  auto name = (std::filesystem::temp_directory_path() / "easel-test.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("no directory for a test cluster");
  chmod(name.c_str(), 0711); // the server's own user must get through
  directory_ = name;
  start();
}

postgres_cluster::~postgres_cluster() {
  try {
    private_postgres_script("remove " + for_shell(directory_));
    std::filesystem::remove_all(directory_);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", directory_.c_str(), e.what());
  }
}

void postgres_cluster::start() { url_ = private_postgres_script("start " + for_shell(directory_) + " --fast"); }

void postgres_cluster::stop() { private_postgres_script("stop " + for_shell(directory_)); }

std::string postgres_cluster::log() const {
  std::ifstream file(directory_ + "/postgres.log");
  if (!file)
    throw std::runtime_error("the cluster's log cannot be read");
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

private_postgres::~private_postgres() {
  shared& s = everything();
  if (!s.model.empty() && !s.cluster)
    run(s.url, "drop database if exists " + s.model + " with (force)");
  s.cluster.reset();
}

const std::string& private_postgres::url() {
  shared& s = everything();
  const std::lock_guard lock(s.mutex);
  return cluster_url(s);
}

// ---------------------------------------------------------------- a database

fresh_database::fresh_database(kind of) : cluster_(private_postgres::url()), name_(random_name("easel_test_")) {
  run(cluster_, "create database " + name_ + (of == kind::migrated ? " template " + model_database() : ""));
  url_ = with_database(cluster_, name_);
  keep_connections(name_);
}

fresh_database::fresh_database(const std::string& cluster_url)
    : cluster_(cluster_url), name_(random_name("easel_test_")) {
  run(cluster_, "create database " + name_);
  url_ = with_database(cluster_, name_);
  migrate_or_throw(url_);
  keep_connections(name_);
}

fresh_database::~fresh_database() {
  end_kept_connections(name_);
  try {
    run(cluster_, "drop database if exists " + name_ + " with (force)");
  } catch (const std::exception&) {
    // The cluster may be gone already; then the database is, too.
  }
}

void fresh_database::clear() const {
  run(url_, "do $$ declare t text; begin"
            " alter table easel.operator_audit disable trigger user;"
            " alter table easel.erasure disable trigger user;"
            " for t in select relname from pg_class where relnamespace = 'easel'::regnamespace"
            "   and relkind in ('r', 'p') and not relispartition"
            "   and relname not in ('schema_migration', 'account', 'sale', 'billing_account') order by relname loop"
            "   execute format('delete from easel.%I', t);"
            " end loop;"
            " delete from easel.sale;" // others refer to these
            " delete from easel.billing_account;"
            " delete from easel.account;"
            " alter table easel.erasure enable trigger user;"
            " alter table easel.operator_audit enable trigger user; end $$");
}

void fresh_database::execute(const std::string& sql) const { run(url_, sql); }

std::string fresh_database::value(const std::string& sql) const { return run(url_, sql); }

} // namespace easel::tests
