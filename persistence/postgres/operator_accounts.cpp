#include "persistence/operators.hpp"

#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/statements.hpp"
#include "policies/sign_in.hpp"

#include <algorithm>

namespace easel::persistence {

namespace {

using policies::operator_role;
using postgres::columns;
using postgres::hex_of;

constexpr std::size_t totp_secret_size = 20;
constexpr int most_audit_rows = 500;
constexpr policies::guess_limits guesses;

/// Authenticated with the sealed secret, so that it cannot be moved to another operator.
std::string totp_context(const std::string& name) { return "operator totp " + name; }

void write_note(soci::session& sql, const std::string& by, const std::string& action, const std::string& reason) {
  sql << "insert into easel.operator_audit (at, actor, action, reason) values (easel.now(), :by, :action, :reason)",
    soci::use(by, "by"), soci::use(action, "action"), soci::use(reason, "reason");
}

/// What a sign-in has to know of the one who tries.
struct candidate {
  operator_role role = operator_role::viewer;
  std::string password;
  std::string totp_sealed;
  std::int64_t totp_used = 0;
  int failures = 0;
  std::int64_t locked_for_us = 0; ///< what is left of a lock
  bool disabled = false;
};

std::optional<candidate> find_candidate(soci::session& sql, const std::string& name) {
  soci::row row;
  sql << "select role::int, password, coalesce(encode(totp_sealed, 'hex'), ''), totp_used, failures,"
         " coalesce(easel.micros(locked_until) - easel.micros(easel.now()), 0), (disabled_at is not null)::int"
         " from easel.operator where name = :name for update",
    soci::use(name, "name"), soci::into(row);
  if (!sql.got_data())
    return std::nullopt;
  columns from(row);
  candidate out;
  out.role = static_cast<operator_role>(from.number());
  out.password = from.text();
  out.totp_sealed = from.bytes();
  out.totp_used = from.number();
  out.failures = static_cast<int>(from.number());
  out.locked_for_us = from.number();
  out.disabled = from.flag();
  return out;
}

class postgres_operators final : public operator_store {
public:
  postgres_operators(store_settings settings, std::shared_ptr<const keyring> keys, duration clock_shift)
      : keys_(std::move(keys)),
        shift_(std::make_shared<std::atomic<std::int64_t>>(clock_shift.count())),
        to_({settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout},
            shift_) {}

  answer<made_operator> add(const new_operator& who, const std::string& by) override {
    made_operator out;
    std::string sealed;
    if (who.with_totp) {
      std::array<std::uint8_t, totp_secret_size> random{};
      fill_random(random.data(), random.size());
      out.totp_secret = secret_text(std::string(random.begin(), random.end()));
      sealed = hex_of(seal(keys_->sign_in_key(), totp_context(who.name), out.totp_secret.reveal()));
    }
    const auto hash = hash_operator_password(who.password);
    return postgres::in_transaction(to_, "add_operator", [&](soci::session& sql) {
      const int role = static_cast<int>(who.role);
      soci::statement insert =
        (sql.prepare << "insert into easel.operator (name, role, password, totp_sealed, created_at) values"
                        " (:name, :role, :hash, decode(nullif(:sealed, ''), 'hex'), easel.now())"
                        " on conflict do nothing",
         soci::use(who.name, "name"), soci::use(role, "role"), soci::use(hash, "hash"), soci::use(sealed, "sealed"));
      insert.execute(true);
      out.made = insert.get_affected_rows() == 1;
      if (out.made)
        write_note(sql, by, "operator.add " + who.name, "as " + std::string(to_string(who.role)));
      return std::move(out);
    });
  }

  answer<std::vector<operator_row>> list() override {
    return postgres::guarded(to_, "list_operators", [&](soci::session& sql) {
      std::vector<operator_row> out;
      const soci::rowset<soci::row> rows =
        (sql.prepare << "select name, role::int, (totp_sealed is not null)::int,"
                        " coalesce(locked_until > easel.now(), false)::int, easel.micros(created_at),"
                        " easel.micros(last_sign_in_at), easel.micros(disabled_at) from easel.operator order by name");
      for (const auto& row : rows) {
        columns from(row);
        operator_row one;
        one.name = from.text();
        one.role = static_cast<operator_role>(from.number());
        one.has_totp = from.flag();
        one.is_locked = from.flag();
        one.created_at = from.time();
        one.last_sign_in_at = from.maybe_time();
        one.disabled_at = from.maybe_time();
        out.push_back(std::move(one));
      }
      return out;
    });
  }

  answer<bool> set_role(const std::string& name, operator_role role, const std::string& by) override {
    const auto number = std::to_string(static_cast<int>(role));
    return change(name, "update easel.operator set role = :value::smallint where name = :name", number,
                  "operator.role " + name, "to " + std::string(to_string(role)), by);
  }

  answer<bool> set_password(const std::string& name, const secret_text& password, const std::string& by) override {
    return change(name,
                  "update easel.operator set password = :value, failures = 0, locked_until = null where name = :name",
                  hash_operator_password(password), "operator.password " + name, "", by);
  }

  answer<bool> disable(const std::string& name, const std::string& by) override {
    return change(name,
                  "update easel.operator set disabled_at = easel.now()"
                  " where name = :name and disabled_at is null and :value = ''",
                  "", "operator.disable " + name, "", by);
  }

  answer<operator_entry> sign_in(const operator_attempt& attempt,
                                 const policies::operator_session_limits& limits) override {
    return postgres::in_transaction(to_, "operator_sign_in", [&](soci::session& sql) -> operator_entry {
      const auto found = policies::is_operator_name(attempt.name) ? find_candidate(sql, attempt.name) : std::nullopt;
      if (found && found->locked_for_us > 0)
        return {operator_entry::result::locked, std::nullopt, duration(found->locked_for_us)};
      const bool knows = is_operator_password_of(attempt.password, found ? found->password : decoy());
      const auto period = found ? code_period(sql, *found, attempt) : std::nullopt;
      if (!found || !knows || !period || found->disabled) {
        if (found && !found->disabled)
          count_failure(sql, attempt.name, found->failures + 1);
        return {};
      }
      return {operator_entry::result::signed_in, begin_session(sql, attempt, *found, *period, limits), std::nullopt};
    });
  }

  answer<std::optional<operator_identity>> find_session(const digest& token,
                                                        const policies::operator_session_limits& limits) override {
    return postgres::guarded(to_, "operator_session", [&](soci::session& sql) -> std::optional<operator_identity> {
      const auto hash = hex_of(token);
      const auto idle = static_cast<long long>(limits.idle.count());
      soci::row row;
      sql << "update easel.operator_session s set last_seen_at = easel.now() from easel.operator o"
             " where s.token_hash = decode(:hash, 'hex') and s.expires_at > easel.now()"
             " and s.last_seen_at > easel.now() - :idle * interval '1 microsecond'"
             " and o.name = s.operator and o.disabled_at is null"
             " returning o.name, o.role::int, easel.micros(s.expires_at)",
        soci::use(hash, "hash"), soci::use(idle, "idle"), soci::into(row);
      if (!sql.got_data())
        return std::nullopt;
      columns from(row);
      operator_identity who;
      who.name = from.text();
      who.role = static_cast<operator_role>(from.number());
      who.expires_at = from.time();
      return who;
    });
  }

  answer<bool> end_session(const digest& token) override {
    return postgres::in_transaction(to_, "operator_sign_out", [&](soci::session& sql) {
      const auto hash = hex_of(token);
      std::string name;
      sql << "delete from easel.operator_session where token_hash = decode(:hash, 'hex') returning operator",
        soci::use(hash, "hash"), soci::into(name);
      if (!sql.got_data())
        return false;
      write_note(sql, "operator:" + name, "console.sign_out", "");
      return true;
    });
  }

  answer<bool> note(const std::string& by, const std::string& action, const std::string& reason) override {
    if (any_nul(by, action, reason))
      return postgres::refused("audit_note", "22021");
    return postgres::guarded(to_, "audit_note", [&](soci::session& sql) {
      write_note(sql, by, action, reason);
      return true;
    });
  }

  answer<bool> note_about(account_id whom, const std::string& by, const std::string& action,
                          const std::string& reason) override {
    if (any_nul(by, action, reason))
      return postgres::refused("audit_note", "22021");
    return postgres::guarded(to_, "audit_note", [&](soci::session& sql) {
      const auto account = postgres::text_of(whom);
      sql << "insert into easel.operator_audit (at, actor, action, account_id, reason)"
             " values (easel.now(), :by, :action, :account::uuid, :reason)",
        soci::use(by, "by"), soci::use(action, "action"), soci::use(account, "account"), soci::use(reason, "reason");
      return true;
    });
  }

  answer<std::optional<account_standing>> find_standing(account_id whom) override {
    return postgres::guarded(to_, "account_standing", [&](soci::session& sql) -> std::optional<account_standing> {
      const auto account = postgres::text_of(whom);
      soci::row row;
      sql << "select (a.state = 1)::int, easel.micros(case when a.cooldown_until > easel.now() then a.cooldown_until "
             "end),"
             " (select count(*) from easel.generation_in_work w where w.account_id = a.id)::int,"
             " (select count(*) from easel.session s where s.account_id = a.id and s.expires_at > easel.now())::int"
             " from easel.account a where a.id = :account::uuid and a.state <> 2",
        soci::use(account, "account"), soci::into(row);
      if (!sql.got_data())
        return std::nullopt;
      columns from(row);
      account_standing out;
      out.suspended = from.flag();
      out.cools_until = from.maybe_time();
      out.in_work = static_cast<int>(from.number());
      out.sessions = static_cast<int>(from.number());
      return out;
    });
  }

  answer<bool> suspend(account_id whom) override {
    return change("console_suspend", "update easel.account set state = 1 where id = :account::uuid and state = 0",
                  whom);
  }
  answer<bool> lift(account_id whom) override {
    return change("console_lift",
                  std::string("update easel.account set ") + postgres::lifted
                    + " where id = :account::uuid and state <> 2 and (state = 1 or cooldown_until > "
                      "easel.now())",
                  whom);
  }
  answer<bool> end_sessions(account_id whom) override {
    return change("console_end_sessions",
                  "delete from easel.session where account_id = :account::uuid and expires_at > easel.now()", whom);
  }

  answer<std::vector<audit_row>> audit(int limit) override {
    return postgres::guarded(to_, "audit", [&](soci::session& sql) {
      const int most = std::clamp(limit, 1, most_audit_rows);
      std::vector<audit_row> out;
      const soci::rowset<soci::row> rows =
        (sql.prepare << "select id, easel.micros(at), actor, action, (account_id is not null)::int, reason"
                        " from easel.operator_audit order by id desc limit :most",
         soci::use(most, "most"));
      for (const auto& row : rows) {
        columns from(row);
        audit_row one;
        one.id = from.number();
        one.at = from.time();
        one.actor = from.text();
        one.action = from.text();
        one.about_account = from.flag();
        one.reason = from.text();
        out.push_back(std::move(one));
      }
      return out;
    });
  }

  answer<std::optional<found_prompt>> find_prompt(generation_id id, bool with_text) override {
    return postgres::guarded(to_, "find_prompt", [&](soci::session& sql) -> std::optional<found_prompt> {
      const auto which = postgres::text_of(id);
      soci::row row;
      sql << "select g.account_id::text, a.restricted::int, encode(g.prompt_sealed, 'hex'), encode(k.wrapped, 'hex')"
             " from easel.every_generation g join easel.account a on a.id = g.account_id"
             " join easel.account_key k on k.account_id = g.account_id"
             " where g.id = :id::uuid and g.day = easel.day_of(:id::uuid) and g.expires_at > easel.now()"
             " and g.prompt_sealed is not null and a.state <> 2",
        soci::use(which, "id"), soci::into(row);
      if (!sql.got_data())
        return std::nullopt;
      columns from(row);
      found_prompt out;
      out.account = from.id<account_id>();
      out.is_restricted = from.flag();
      const auto sealed = from.bytes();
      const auto wrapped = from.bytes();
      const auto key = with_text ? keys_->unwrap(wrapped, out.account) : std::nullopt;
      if (auto plain = key ? open(*key, postgres::prompt_context(id), sealed) : std::nullopt)
        out.text = secret_text(*std::move(plain));
      return out;
    });
  }

  answer<bool> request_cancel(generation_id id) override {
    return postgres::guarded(to_, "console_cancel", [&](soci::session& sql) {
      const auto which = postgres::text_of(id);
      soci::statement cancel =
        (sql.prepare << "update easel.generation_in_work set cancel_requested = true where id = :id::uuid",
         soci::use(which, "id"));
      cancel.execute(true);
      return cancel.get_affected_rows() == 1;
    });
  }

private:
  answer<bool> change(const char* operation, const std::string& statement, account_id whom) {
    return postgres::guarded(to_, operation, [&](soci::session& sql) {
      const auto account = postgres::text_of(whom);
      soci::statement one = (sql.prepare << statement, soci::use(account, "account"));
      one.execute(true);
      return one.get_affected_rows() > 0;
    });
  }

  /// A hash that nobody knows the password of, as dear to try as a real one.
  static const std::string& decoy() {
    static const std::string hash = [] {
      std::array<std::uint8_t, 32> random{};
      fill_random(random.data(), random.size());
      return hash_operator_password(secret_text(std::string(random.begin(), random.end())));
    }();
    return hash;
  }

  answer<bool> change(const std::string& name, const std::string& update, const std::string& value,
                      const std::string& action, const std::string& reason, const std::string& by) {
    return postgres::in_transaction(to_, "change_operator", [&](soci::session& sql) {
      soci::statement statement = (sql.prepare << update, soci::use(value, "value"), soci::use(name, "name"));
      statement.execute(true);
      if (statement.get_affected_rows() != 1)
        return false;
      sql << "delete from easel.operator_session where operator = :name", soci::use(name, "name");
      write_note(sql, by, action, reason);
      return true;
    });
  }

  /// The period whose code was given; the latest used one when no code is asked for; nothing when it is wrong.
  std::optional<std::int64_t> code_period(soci::session& sql, const candidate& of, const operator_attempt& attempt) {
    if (of.totp_sealed.empty())
      return of.totp_used;
    const auto secret = open(keys_->sign_in_key(), totp_context(attempt.name), of.totp_sealed);
    if (!secret)
      return std::nullopt;
    for (const auto& step : policies::totp_steps(postgres::now_of(sql), of.totp_used))
      if (step && policies::same_secret(totp_code_at(*secret, *step), attempt.code))
        return step;
    return std::nullopt;
  }

  static void count_failure(soci::session& sql, const std::string& name, int failures) {
    const auto lock = policies::lock_after(failures, guesses);
    const auto lock_us = static_cast<long long>(lock.count());
    sql << "update easel.operator set failures = :failures,"
           " locked_until = case when :lock::bigint = 0 then null"
           " else easel.now() + :lock::bigint * interval '1 microsecond' end where name = :name",
      soci::use(failures, "failures"), soci::use(lock_us, "lock"), soci::use(name, "name");
    if (lock > duration::zero())
      write_note(sql, "operator:" + name, "console.locked", std::to_string(failures) + " wrong sign-ins in a row");
  }

  static operator_identity begin_session(soci::session& sql, const operator_attempt& attempt, const candidate& who,
                                         std::int64_t period, const policies::operator_session_limits& limits) {
    sql << "update easel.operator set failures = 0, locked_until = null, totp_used = :period,"
           " last_sign_in_at = easel.now() where name = :name",
      soci::use(period, "period"), soci::use(attempt.name, "name");
    // Those that are over go with the next sign-in of the same operator.
    sql << "delete from easel.operator_session where operator = :name and expires_at <= easel.now()",
      soci::use(attempt.name, "name");
    const auto hash = hex_of(attempt.token);
    const auto longest = static_cast<long long>(limits.longest.count());
    std::int64_t expires = 0;
    sql << "insert into easel.operator_session (token_hash, operator, created_at, last_seen_at, expires_at)"
           " values (decode(:hash, 'hex'), :name, easel.now(), easel.now(),"
           " easel.now() + :longest * interval '1 microsecond') returning easel.micros(expires_at)",
      soci::use(hash, "hash"), soci::use(attempt.name, "name"), soci::use(longest, "longest"), soci::into(expires);
    write_note(sql, "operator:" + attempt.name, "console.sign_in", "");
    return {attempt.name, who.role, instant(duration(expires))};
  }

  std::shared_ptr<const keyring> keys_;
  std::shared_ptr<std::atomic<std::int64_t>> shift_;
  postgres::connection to_;
};

} // namespace

std::unique_ptr<operator_store> make_operator_store(store_settings settings, std::shared_ptr<const keyring> keys,
                                                    duration clock_shift) {
  return std::make_unique<postgres_operators>(std::move(settings), std::move(keys), clock_shift);
}

} // namespace easel::persistence
