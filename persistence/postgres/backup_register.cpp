#include "persistence/backups.hpp"
#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rows.hpp"

namespace easel::persistence {

namespace {

using policies::backup_state;
using policies::registered_backup;
using postgres::columns;
using postgres::guarded;
using postgres::in_transaction;

registered_backup read_backup(columns from) {
  registered_backup row;
  row.id = parse_uuid(from.text()).value_or(uuid{});
  row.place = parse_uuid(from.text()).value_or(uuid{});
  row.created_at = from.time();
  row.expires_at = from.time();
  row.state = static_cast<backup_state>(from.number());
  row.bytes = from.number();
  row.removed_at = from.maybe_time();
  return row;
}

class postgres_backup_register final : public backup_register {
public:
  explicit postgres_backup_register(postgres::connection to) : to_(std::move(to)) {}

  answer<instant> now() override {
    return guarded(to_, "read_clock", [](soci::session& sql) { return postgres::now_of(sql); });
  }

  answer<bool> add(const registered_backup& backup, const std::string& actor) override {
    return in_transaction(to_, "add_backup", [&](soci::session& sql) {
      const auto id = to_string(backup.id), place = to_string(backup.place);
      const long long created = backup.created_at.time_since_epoch().count();
      const long long expires = backup.expires_at.time_since_epoch().count();
      const int state = static_cast<int>(backup.state);
      sql << "insert into easel.backup (id, place, created_at, expires_at, state)"
             " values (:id::uuid, :place::uuid, 'epoch'::timestamptz + :created * interval '1 us',"
             " 'epoch'::timestamptz + :expires * interval '1 us', :state)",
        soci::use(id, "id"), soci::use(place, "place"), soci::use(created, "created"), soci::use(expires, "expires"),
        soci::use(state, "state");
      sql << "insert into easel.operator_audit (at, actor, action, reason)"
             " values (easel.now(), :actor, 'create_backup', :id)",
        soci::use(actor, "actor"), soci::use(id, "id");
      return true;
    });
  }

  answer<bool> conclude(const uuid& which, backup_state state, std::int64_t bytes) override {
    return guarded(to_, "conclude_backup", [&](soci::session& sql) {
      const auto id = to_string(which);
      const int to = static_cast<int>(state);
      const long long size = bytes;
      soci::statement update = (sql.prepare << "update easel.backup set state = :state, bytes = :bytes"
                                               " where id = :id::uuid and state = 0 and removed_at is null",
                                soci::use(to, "state"), soci::use(size, "bytes"), soci::use(id, "id"));
      update.execute(true);
      return update.get_affected_rows() == 1;
    });
  }

  answer<bool> note_removed(const uuid& which) override {
    return guarded(to_, "note_removed_backup", [&](soci::session& sql) {
      const auto id = to_string(which);
      soci::statement update = (sql.prepare << "update easel.backup set removed_at = easel.now(),"
                                               " state = case when state = 0 then 2 else state end"
                                               " where id = :id::uuid and removed_at is null",
                                soci::use(id, "id"));
      update.execute(true);
      return update.get_affected_rows() == 1;
    });
  }

  answer<std::vector<registered_backup>> list() override {
    return guarded(to_, "list_backups", [](soci::session& sql) {
      std::vector<registered_backup> found;
      const soci::rowset<soci::row> rows =
        (sql.prepare << "select id::text, place::text, easel.micros(created_at), easel.micros(expires_at), state::int,"
                        " bytes, easel.micros(removed_at) from easel.backup order by created_at, id");
      for (const auto& row : rows)
        found.push_back(read_backup(columns(row)));
      return found;
    });
  }

private:
  postgres::connection to_;
};

} // namespace

std::unique_ptr<backup_register> make_backup_register(const store_settings& settings, duration clock_shift) {
  return std::make_unique<postgres_backup_register>(postgres::connection(
    {settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout},
    std::make_shared<const std::atomic<std::int64_t>>(clock_shift.count())));
}

} // namespace easel::persistence
