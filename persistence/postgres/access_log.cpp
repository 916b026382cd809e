#include "persistence/postgres/arrays.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rows.hpp"

#include <algorithm>

namespace easel::persistence::postgres {

namespace {

/// SOCI ends a text at its first NUL without a word.
bool record_holds_nul(const access_record& r) {
  return (r.ip + r.user_agent + r.route + r.request_id).find('\0') != std::string::npos;
}

} // namespace

answer<int> append_access(scope& s, std::span<const access_record> records) {
  constexpr auto operation = "append_access";
  if (std::any_of(records.begin(), records.end(), record_holds_nul))
    return unexpected(error_of(operation, "22021"));
  array_text ats, ips, agents, accounts, routes, statuses, durations, ids;
  for (const auto& r : records) {
    ats.add(r.at.time_since_epoch().count());
    ips.add(r.ip);
    agents.add(r.user_agent);
    accounts.add(r.account ? text_of(*r.account) : std::string());
    routes.add(r.route);
    statuses.add(r.status);
    durations.add(r.took.count());
    ids.add(r.request_id);
  }
  return in_transaction(s.to, operation, [&](soci::session& sql) {
    // The end of an erasure waits for us, and we look whose account is still there only now (easel.conclude_erasure):
    // a line that comes after its account names nobody.
    sql << "select pg_advisory_xact_lock_shared(hashtextextended('easel.access_log', 0))";
    const auto at = std::move(ats).close(), ip = std::move(ips).close(), agent = std::move(agents).close(),
               account = std::move(accounts).close(), route = std::move(routes).close(),
               status = std::move(statuses).close(), took = std::move(durations).close(), id = std::move(ids).close();
    const auto window = static_cast<long long>(s.settings.retention.access_log.count());
    soci::statement append =
      (sql.prepare << "insert into easel.access_log (day, at, ip, user_agent, account_id, route, status, duration_us,"
                      " request_id, expires_at)"
                      " select (t.at at time zone 'UTC')::date, t.at, r.ip, r.agent, a.id, r.route, r.status, r.took,"
                      " r.id, t.at + :window * interval '1 microsecond'"
                      " from unnest(:at::bigint[], :ip::inet[], :agent::text[], :account::text[], :route::text[],"
                      " :status::smallint[], :took::bigint[], :id::text[])"
                      " as r (at_us, ip, agent, account, route, status, took, id)"
                      " left join easel.account a on a.id = nullif(r.account, '')::uuid and a.state <> 2,"
                      " lateral (select 'epoch'::timestamptz + r.at_us * interval '1 microsecond' as at) t",
       soci::use(window, "window"), soci::use(at, "at"), soci::use(ip, "ip"), soci::use(agent, "agent"),
       soci::use(account, "account"), soci::use(route, "route"), soci::use(status, "status"), soci::use(took, "took"),
       soci::use(id, "id"));
    append.execute(true);
    return static_cast<int>(append.get_affected_rows());
  });
}

} // namespace easel::persistence::postgres
