#include "persistence/postgres/connection.hpp"

#include "persistence/postgres/statements.hpp"
#include "persistence/process.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

namespace easel::persistence::postgres {

namespace {

std::string milliseconds(duration d) { return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(d).count()); }

/// The server, too, finds out within half a minute that our machine is gone, and lets go of what it alone may do. JIT
/// would compile what runs for microseconds, and parallel workers start in milliseconds; a session idle inside a
/// transaction would hold accounts' locks. Plans are made once, and when a table has a page or two: the same look-ups
/// by key must be right for any size. Whoever reads whole tables (easel.check_invariants) turns the other ways of
/// joining on again.
std::string session_options(const connection_settings& settings) {
  return " -c statement_timeout=" + milliseconds(settings.statement_timeout)
         + " -c lock_timeout=" + milliseconds(settings.lock_timeout)
         + " -c idle_in_transaction_session_timeout=" + milliseconds(settings.statement_timeout * 2)
         + " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c "
           "enable_hashjoin=off"
           " -c enable_mergejoin=off -c enable_material=off -c enable_memoize=off"
         + " -c jit=off -c max_parallel_workers_per_gather=0 -c timezone=UTC -c datestyle=ISO -c "
           "client_min_messages=error"
           " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
}

bool is_ours(std::string_view keyword) {
  constexpr std::array<std::string_view, 9> ours{
    "connect_timeout",  "application_name",    "options",          "client_encoding",          "keepalives_idle",
    "tcp_user_timeout", "keepalives_interval", "keepalives_count", "fallback_application_name"};
  return std::find(ours.begin(), ours.end(), keyword) != ours.end();
}

struct free_options {
  void operator()(PQconninfoOption* o) const { PQconninfoFree(o); }
};

bool is_readable(PGconn* native, int timeout_ms) {
  pollfd socket{PQsocket(native), POLLIN, 0};
  return socket.fd >= 0 && poll(&socket, 1, timeout_ms) > 0;
}

} // namespace

void append_pair(std::string& text, std::string_view keyword, std::string_view value) {
  text.append(text.empty() ? "" : " ").append(keyword).append("='");
  for (const char c : value) {
    if (c == '\'' || c == '\\')
      text += '\\';
    text += c;
  }
  text += '\'';
}

expected<std::string, std::string> connection_text(const connection_settings& settings) {
  const std::unique_ptr<PQconninfoOption, free_options> parsed(PQconninfoParse(settings.url.c_str(), nullptr));
  if (!parsed)
    return unexpected(std::string("the database url is not a connection string that PostgreSQL understands"));
  std::string text;
  std::string options;
  for (const auto* o = parsed.get(); o->keyword != nullptr; ++o) {
    if (o->val != nullptr && std::string_view(o->keyword) == "options")
      options = o->val;
    else if (o->val != nullptr && !is_ours(o->keyword))
      append_pair(text, o->keyword, o->val);
  }
  const auto seconds =
    std::max<std::int64_t>(2, std::chrono::ceil<std::chrono::seconds>(settings.connect_timeout).count());
  append_pair(text, "connect_timeout", std::to_string(seconds)); // libpq raises 1 to 2 itself
  append_pair(text, "application_name", process_name());
  append_pair(text, "client_encoding", "UTF8");
  append_pair(text, "tcp_user_timeout", milliseconds(settings.statement_timeout + std::chrono::seconds(5)));
  append_pair(text, "keepalives_idle", "10");
  append_pair(text, "keepalives_interval", "5");
  append_pair(text, "keepalives_count", "3");
  append_pair(text, "options", options + session_options(settings));
  return text;
}

std::string result::sqlstate() const {
  const char* code = PQresultErrorField(raw_.get(), PG_DIAG_SQLSTATE);
  return code != nullptr ? code : "08006";
}

store_error::kind kind_of(std::string_view code) {
  // Appendix A of PostgreSQL's manual. 57 operator intervention (shutdown, time-out), 55P03 lock not available,
  // 40 rollback (deadlock), 53 out of resources, 08 connection, 25006 a replica.
  constexpr std::array<std::string_view, 6> transient{"08", "40", "53", "57", "55P03", "25006"};
  const auto fits = [&](std::string_view prefix) { return code.substr(0, prefix.size()) == prefix; };
  return std::any_of(transient.begin(), transient.end(), fits) ? store_error::kind::unavailable
                                                               : store_error::kind::refused;
}

store_error error_of(std::string_view operation, std::string_view code) {
  return {kind_of(code), std::string(operation), std::string(code)};
}

connection::connection(connection_settings settings, std::shared_ptr<const std::atomic<std::int64_t>> clock_shift)
    : settings_(std::move(settings)), clock_shift_(std::move(clock_shift)) {}

PGconn* connection::native() { return static_cast<soci::postgresql_session_backend*>(session_->get_backend())->conn_; }

bool connection::is_lost() { return !session_ || PQstatus(native()) != CONNECTION_OK; }

bool connection::ready() {
  if (session_)
    notice_closed_by_server();
  if (!session_ && !open())
    return false;
  return set_clock();
}

/// An idle session has nothing to say. If it is readable, the server has ended it (or sent a harmless notice), and
/// a write into it would be lost without our knowing whether it happened.
void connection::notice_closed_by_server() {
  for (int i = 0; i < 4 && !is_lost() && is_readable(native(), 0); ++i)
    if (PQconsumeInput(native()) == 0)
      return drop();
  if (is_lost())
    drop();
}

bool connection::open() {
  const auto text = connection_text(settings_);
  if (!text)
    return false;
  try {
    session_ = std::make_unique<soci::session>(soci::postgresql, *text);
  } catch (const soci::soci_error&) {
    session_.reset(); // its text may name the host and the user; the SQLSTATE of a failed connect is all we tell
    return false;
  }
  shift_of_session_ = 0;
  if (prepare_statements(native()))
    return true;
  drop();
  return false;
}

bool connection::set_clock() {
  const std::int64_t wanted = clock_shift_ ? clock_shift_->load() : 0;
  if (wanted == shift_of_session_)
    return true;
  const auto text = "set easel.clock_shift = '" + std::to_string(wanted) + " microseconds'";
  if (!result(PQexec(native(), text.c_str())).is_ok()) {
    drop();
    return false;
  }
  shift_of_session_ = wanted;
  return true;
}

bool connection::wait_for_result() {
  const auto margin = std::chrono::seconds(5);
  const auto deadline = std::chrono::steady_clock::now() + settings_.statement_timeout + margin;
  while (PQisBusy(native()) != 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !is_readable(native(), static_cast<int>(left.count())) || PQconsumeInput(native()) == 0)
      return false;
  }
  return true;
}

bool connection::take_input(duration limit) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(std::max(limit, duration::zero()));
  if (is_lost())
    return false;
  return !is_readable(native(), static_cast<int>(ms.count())) || (PQconsumeInput(native()) != 0 && !is_lost());
}

} // namespace easel::persistence::postgres
