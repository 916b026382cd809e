#include "persistence/privacy_requests.hpp"

#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rows.hpp"

#include <atomic>

namespace easel::persistence {

namespace {

using postgres::columns;
using postgres::guarded;
using postgres::in_transaction;
using postgres::text_of;

const char* const request_columns =
  "select id::text, kind, account_id::text, coalesce(reference, ''), received_on - date '1970-01-01',"
  " due_on - date '1970-01-01', easel.micros(extended_at), easel.micros(begun_at), easel.micros(closed_at),"
  " coalesce(outcome, '') from easel.privacy_request ";

day day_at(std::int64_t number) { return day(std::chrono::days(number)); }

privacy_request_row read_request(columns from) {
  privacy_request_row row;
  row.id = from.id<privacy_request_id>();
  row.kind = policies::parse_request_kind(from.text()).value_or(policies::request_kind::complaint);
  if (from.is_null())
    from.skip();
  else
    row.account = from.id<account_id>();
  row.reference = from.text();
  row.received = day_at(from.number());
  row.due = day_at(from.number());
  row.extended_at = from.maybe_time();
  row.begun_at = from.maybe_time();
  row.closed_at = from.maybe_time();
  row.outcome = policies::parse_request_outcome(from.text());
  return row;
}

std::optional<privacy_request_row> find_request(soci::session& sql, privacy_request_id which, bool to_change) {
  const auto id = text_of(which);
  soci::row row;
  sql << std::string(request_columns) + "where id = :id::uuid" + (to_change ? " for update" : ""), soci::use(id, "id"),
    soci::into(row);
  return sql.got_data() ? std::optional(read_request(columns(row))) : std::nullopt;
}

/// The account's row is locked until the transaction ends.
bool is_account(soci::session& sql, account_id who) {
  const auto account = text_of(who);
  int found = 0;
  sql << "select 1 from easel.account where id = :account::uuid and state <> 2 for key share",
    soci::use(account, "account"), soci::into(found);
  return sql.got_data();
}

/// What an operator did. Whatever they write about it stays in the mail; here is only which request it was.
void note(soci::session& sql, const std::string& actor, const std::string& action, const privacy_request_row& what,
          std::string_view how = {}) {
  const auto account = what.account ? text_of(*what.account) : std::string();
  soci::indicator is_there = what.account ? soci::i_ok : soci::i_null;
  auto reason = to_string(what.id) + ' ' + std::string(to_string(what.kind));
  if (!how.empty())
    reason.append(": ").append(how);
  sql << "insert into easel.operator_audit (at, actor, action, account_id, reason)"
         " values (easel.now(), :actor, :action, :account::uuid, :reason)",
    soci::use(actor, "actor"), soci::use(action, "action"), soci::use(account, is_there, "account"),
    soci::use(reason, "reason");
}

class postgres_privacy_requests final : public privacy_requests {
public:
  postgres_privacy_requests(postgres::connection to, duration window) : to_(std::move(to)), window_(window) {}

  answer<std::optional<privacy_request_row>> record(const new_privacy_request& what, const std::string& by) override {
    constexpr auto operation = "record_privacy_request";
    if (!what.reference.empty() && !policies::is_request_reference(what.reference))
      return postgres::refused(operation, "22023");
    const auto now = guarded(to_, operation, [](soci::session& sql) { return postgres::now_of(sql); });
    if (!now)
      return unexpected(now.error());
    if (what.received > day_of(*now))
      return postgres::refused(operation, "22008");
    return in_transaction(to_, operation, [&](soci::session& sql) -> std::optional<privacy_request_row> {
      if (what.account && !is_account(sql, *what.account))
        return std::nullopt;
      const auto made = postgres::mint<privacy_request_id>(*now);
      insert(sql, made, what);
      auto row = find_request(sql, made, false);
      note(sql, by, operation, *row);
      return row;
    });
  }

  answer<std::optional<privacy_request_row>> find(privacy_request_id which) override {
    return guarded(to_, "find_privacy_request", [&](soci::session& sql) { return find_request(sql, which, false); });
  }

  answer<request_listing> list(bool closed_too) override {
    return guarded(to_, "list_privacy_requests", [&](soci::session& sql) {
      request_listing found;
      found.today = day_of(postgres::now_of(sql));
      const int all = closed_too ? 1 : 0;
      const int most = most_requests_listed;
      const soci::rowset<soci::row> rows =
        (sql.prepare << std::string(request_columns)
                          + "where closed_at is null or :all = 1 order by closed_at desc nulls first, due_on, id"
                            " limit :most",
         soci::use(all, "all"), soci::use(most, "most"));
      for (const auto& row : rows)
        found.rows.push_back(read_request(columns(row)));
      return found;
    });
  }

  answer<request_change> extend(privacy_request_id which, const std::string& by) override {
    return change("extend_privacy_request", which, [&](soci::session& sql, const privacy_request_row& row) {
      const auto today = day_of(postgres::now_of(sql));
      if (!policies::may_extend(row.received, row.extended_at.has_value(), today))
        return request_change::too_late;
      const auto until = policies::due_on(row.received, true);
      const auto id = text_of(row.id);
      const auto due = easel::to_string(until);
      sql << "update easel.privacy_request set due_on = :due::date, extended_at = easel.now() where id = :id::uuid",
        soci::use(due, "due"), soci::use(id, "id");
      note(sql, by, "extend_privacy_request", row, "due on " + due);
      return request_change::done;
    });
  }

  answer<request_change> begin(privacy_request_id which, const std::string& by) override {
    return change("fulfil_privacy_request", which, [&](soci::session& sql, const privacy_request_row& row) {
      const auto id = text_of(row.id);
      sql << "update easel.privacy_request set begun_at = coalesce(begun_at, easel.now()) where id = :id::uuid",
        soci::use(id, "id");
      note(sql, by, "fulfil_privacy_request", row);
      return request_change::done;
    });
  }

  answer<request_change> assign(privacy_request_id which, account_id who, const std::string& by) override {
    return change("assign_privacy_request", which, [&](soci::session& sql, privacy_request_row row) {
      if (row.account)
        return request_change::named;
      if (!is_account(sql, who))
        return request_change::nobody;
      const auto id = text_of(row.id);
      const auto account = text_of(who);
      sql << "update easel.privacy_request set account_id = :account::uuid where id = :id::uuid",
        soci::use(account, "account"), soci::use(id, "id");
      row.account = who;
      note(sql, by, "assign_privacy_request", row);
      return request_change::done;
    });
  }

  answer<request_change> close(privacy_request_id which, policies::request_outcome outcome,
                               const std::string& by) override {
    return change("close_privacy_request", which, [&](soci::session& sql, const privacy_request_row& row) {
      if (!policies::may_close(row.kind, outcome, row.account && is_account(sql, *row.account)))
        return request_change::lives;
      const auto id = text_of(row.id);
      const std::string how(to_string(outcome));
      const long long window = window_.count();
      sql << "update easel.privacy_request set closed_at = easel.now(), outcome = :how,"
             " expires_at = easel.now() + :window::bigint * interval '1 us' where id = :id::uuid",
        soci::use(how, "how"), soci::use(window, "window"), soci::use(id, "id");
      note(sql, by, "close_privacy_request", row, how);
      return request_change::done;
    });
  }

private:
  static void insert(soci::session& sql, privacy_request_id made, const new_privacy_request& what) {
    const auto id = text_of(made);
    const std::string kind(to_string(what.kind));
    const auto account = what.account ? text_of(*what.account) : std::string();
    soci::indicator has_account = what.account ? soci::i_ok : soci::i_null;
    soci::indicator has_reference = what.reference.empty() ? soci::i_null : soci::i_ok;
    const auto received = easel::to_string(what.received);
    const auto due = easel::to_string(policies::due_on(what.received, false));
    sql << "insert into easel.privacy_request (id, kind, account_id, reference, received_on, due_on, recorded_at)"
           " values (:id::uuid, :kind, :account::uuid, :reference, :received::date, :due::date, easel.now())",
      soci::use(id, "id"), soci::use(kind, "kind"), soci::use(account, has_account, "account"),
      soci::use(what.reference, has_reference, "reference"), soci::use(received, "received"), soci::use(due, "due");
  }

  /// Runs `work` on an open request, whose row is locked.
  template <class Work>
  answer<request_change> change(std::string_view operation, privacy_request_id which, Work work) {
    return in_transaction(to_, operation, [&](soci::session& sql) {
      const auto row = find_request(sql, which, true);
      if (!row)
        return request_change::not_found;
      return row->closed_at ? request_change::closed : work(sql, *row);
    });
  }

  postgres::connection to_;
  const duration window_;
};

} // namespace

std::unique_ptr<privacy_requests> make_postgres_privacy_requests(store_settings settings, duration clock_shift) {
  const auto shift = std::make_shared<const std::atomic<std::int64_t>>(clock_shift.count());
  return std::make_unique<postgres_privacy_requests>(
    postgres::connection(
      {settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout}, shift),
    settings.retention.privacy_request);
}

} // namespace easel::persistence
