#pragma once

#include "persistence/store.hpp"
#include "policies/vocabulary/time.hpp"

#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

/// One session with PostgreSQL. Private to persistence: nothing outside sees libpq or SOCI.
namespace easel::persistence::postgres {

struct connection_settings {
  std::string url; ///< a libpq connection string or URI
  duration connect_timeout = std::chrono::seconds(3);
  duration statement_timeout = std::chrono::seconds(10);
  duration lock_timeout = std::chrono::seconds(3);
};

/// Adds `keyword='value'` to a connection string in libpq's keyword form, quoted as libpq wants it.
void append_pair(std::string& text, std::string_view keyword, std::string_view value);

/// libpq's keyword form of `settings`, every wait bounded. The error is a sentence without the url.
[[nodiscard]] expected<std::string, std::string> connection_text(const connection_settings& settings);

/// Owns one result of libpq.
class result {
public:
  explicit result(PGresult* raw) : raw_(raw) {}
  [[nodiscard]] PGresult* get() const { return raw_.get(); }
  [[nodiscard]] ExecStatusType status() const { return PQresultStatus(raw_.get()); }
  [[nodiscard]] bool is_ok() const { return status() == PGRES_COMMAND_OK || status() == PGRES_TUPLES_OK; }
  [[nodiscard]] std::string sqlstate() const;

private:
  struct clear {
    void operator()(PGresult* r) const { PQclear(r); }
  };
  std::unique_ptr<PGresult, clear> raw_;
};

/// What SQLSTATE `code` means to whoever asked: worth another attempt, or never.
[[nodiscard]] store_error::kind kind_of(std::string_view code);
[[nodiscard]] store_error error_of(std::string_view operation, std::string_view code);

/// Connects when first used, and again whenever the connection was lost. Used by one thread at a time.
class connection {
public:
  /// `clock_shift` in microseconds is added to the database's clock as this session sees it; may be null.
  connection(connection_settings settings, std::shared_ptr<const std::atomic<std::int64_t>> clock_shift);

  /// True when there is a live session with its statements prepared and its clock set.
  [[nodiscard]] bool ready();
  /// Ends the session; the next `ready` opens another one.
  void drop() { session_.reset(); }

  [[nodiscard]] soci::session& sql() { return *session_; }
  [[nodiscard]] PGconn* native();
  /// True when the session is not to be used any more.
  [[nodiscard]] bool is_lost();

  /// Waits for input no longer than the statement time-out and a margin; false when the wait ended without any.
  [[nodiscard]] bool wait_for_result();
  /// Waits for input for at most `limit` and takes what there is; false when the session is lost.
  [[nodiscard]] bool take_input(duration limit);

private:
  [[nodiscard]] bool open();
  [[nodiscard]] bool set_clock();
  void notice_closed_by_server();

  connection_settings settings_;
  std::shared_ptr<const std::atomic<std::int64_t>> clock_shift_;
  std::int64_t shift_of_session_ = 0;
  std::unique_ptr<soci::session> session_;
};

/// Runs `work(soci::session&)` and turns every failure into a store_error that names the operation only: what SOCI
/// throws carries statements and values.
template <class Work>
auto guarded(connection& to, std::string_view operation, Work work) -> answer<decltype(work(to.sql()))> {
  if (!to.ready())
    return unexpected(error_of(operation, "08001"));
  std::string code = "08006";
  try {
    return work(to.sql());
  } catch (const soci::postgresql_soci_error& e) {
    code = e.sqlstate();
  } catch (const soci::soci_error&) {
    code = to.is_lost() ? "08006" : "XX000";
  }
  if (to.is_lost())
    to.drop();
  return unexpected(error_of(operation, code.size() == 5 ? code : "08006"));
}

/// As `guarded`, all of it in one transaction.
template <class Work>
auto in_transaction(connection& to, std::string_view operation, Work work) -> answer<decltype(work(to.sql()))> {
  return guarded(to, operation, [&](soci::session& sql) {
    soci::transaction transaction(sql);
    auto outcome = work(sql);
    transaction.commit();
    return outcome;
  });
}

} // namespace easel::persistence::postgres
