#pragma once

#include <string>

/// Real PostgreSQL for tests: a throw-away cluster, and a fresh migrated database for whoever asks.
namespace easel::tests {

/// A cluster in a directory of its own, reached over a unix socket, gone with this object
/// (tools/setup/private-postgres).
class postgres_cluster {
public:
  postgres_cluster();
  ~postgres_cluster();
  postgres_cluster(const postgres_cluster&) = delete;
  postgres_cluster& operator=(const postgres_cluster&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::string log() const; ///< all that the server has written so far
  void start();                          ///< after `stop`, on the same data
  void stop();

private:
  std::string directory_;
  std::string url_;
};

/// A Boost.Test global fixture: one cluster for the whole program, started when first needed. EASEL_TEST_DATABASE_URL
/// names one that is running already, whose role may create databases.
struct private_postgres {
  ~private_postgres();
  [[nodiscard]] static const std::string& url();
};

/// A database that nobody else uses, with the schema in it (or, `empty`, without), dropped with this object. Programs
/// and cases that each have one can run at the same time on one cluster.
class fresh_database {
public:
  enum class kind { migrated, empty };

  explicit fresh_database(kind of = kind::migrated);
  explicit fresh_database(const std::string& cluster_url); ///< migrated, on that cluster
  ~fresh_database();
  fresh_database(const fresh_database&) = delete;
  fresh_database& operator=(const fresh_database&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// Deletes every row: as good as a new one, and much sooner there.
  void clear() const;
  /// Runs statements beside the code under test. Throws std::runtime_error with the server's message.
  void execute(const std::string& sql) const;
  /// The first value of the first row as text; empty when there is none.
  [[nodiscard]] std::string value(const std::string& sql) const;

private:
  std::string cluster_;
  std::string name_;
  std::string url_;
};

} // namespace easel::tests
