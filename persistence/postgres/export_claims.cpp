#include "persistence/export_volumes.hpp"
#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/rights.hpp"
#include "persistence/postgres/rows.hpp"

/// Which exports an account has, and which of their files is being written (RIGHT-1): easel.data_export.
namespace easel::persistence::postgres {

namespace {

export_claim claim_of(columns& from) {
  return static_cast<export_claim>(from.number(static_cast<std::int64_t>(export_claim::account_gone)));
}

answer<export_begun> claim_export(rights_scope& s, account_id who) {
  return in_transaction(s.at.to, "begin_export", [&](soci::session& sql) {
    export_begun out;
    out.plan.made_at = now_of(sql);
    out.id = mint<export_id>(out.plan.made_at);
    const auto id = text_of(out.id);
    const auto account = text_of(who);
    const long long alive = s.settings.export_alive.count();
    soci::row row;
    sql << "select result, easel.micros(until) from easel.begin_export(:id::uuid, :account::uuid, :most, :alive)",
      soci::use(id, "id"), soci::use(account, "account"), soci::use(s.settings.exports_a_day, "most"),
      soci::use(alive, "alive"), soci::into(row);
    columns from(row);
    out.result = claim_of(from);
    out.until = from.time();
    return out;
  });
}

answer<bool> keep_plan(rights_scope& s, const export_begun& begun) {
  return guarded(s.at.to, "plan_export", [&](soci::session& sql) {
    const auto id = text_of(begun.id);
    const auto volumes = encode_volumes(begun.plan.volumes);
    soci::statement kept =
      (sql.prepare << "update easel.data_export set volumes = :volumes::jsonb where id = :id::uuid",
       soci::use(volumes, "volumes"), soci::use(id, "id"));
    kept.execute(true);
    return kept.get_affected_rows() == 1;
  });
}

/// One that could not be planned was none: it does not count.
void drop_export(rights_scope& s, export_id which) {
  (void)guarded(s.at.to, "drop_export", [&](soci::session& sql) {
    const auto id = text_of(which);
    sql << "delete from easel.data_export where id = :id::uuid and volumes is null", soci::use(id, "id");
    return true;
  });
}

} // namespace

answer<export_begun> begin_export(rights_scope& s, account_id who) {
  auto begun = claim_export(s, who);
  if (!begun || begun->result != export_claim::begun)
    return begun;
  auto volumes = plan_volumes(s, who, begun->plan.made_at);
  if (!volumes) {
    drop_export(s, begun->id);
    return unexpected(volumes.error());
  }
  begun->plan.volumes = *std::move(volumes);
  const auto kept = keep_plan(s, *begun);
  if (!kept) {
    drop_export(s, begun->id);
    return unexpected(kept.error());
  }
  if (!*kept)
    begun->result = export_claim::account_gone;
  return begun;
}

answer<export_begun> open_volume(rights_scope& s, account_id who, export_id of, std::size_t number) {
  constexpr auto operation = "open_volume";
  auto opened = in_transaction(s.at.to, operation, [&](soci::session& sql) -> std::optional<export_begun> {
    export_begun out;
    out.id = of;
    const auto id = text_of(of);
    const auto account = text_of(who);
    const auto place = static_cast<long long>(number);
    const long long alive = s.settings.export_alive.count();
    soci::row row;
    sql << "select result, easel.micros(until), easel.micros(made_at), volumes::text"
           " from easel.open_volume(:id::uuid, :account::uuid, :number, :alive)",
      soci::use(id, "id"), soci::use(account, "account"), soci::use(place, "number"), soci::use(alive, "alive"),
      soci::into(row);
    columns from(row);
    out.result = claim_of(from);
    out.until = from.time();
    out.plan.made_at = from.time();
    if (out.result == export_claim::begun) {
      auto volumes = decode_volumes(from.text());
      if (!volumes)
        return std::nullopt;
      out.plan.volumes = *std::move(volumes);
    }
    return out;
  });
  if (!opened)
    return unexpected(opened.error());
  if (!*opened)
    return refused(operation, "22023");
  return **std::move(opened);
}

answer<std::vector<export_row>> list_exports(rights_scope& s, account_id who) {
  constexpr auto operation = "list_exports";
  auto found = guarded(s.at.to, operation, [&](soci::session& sql) -> std::optional<std::vector<export_row>> {
    const auto account = text_of(who);
    const long long lifetime = export_lifetime.count();
    std::vector<export_row> exports;
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select e.id::text, easel.micros(e.begun_at), e.volumes::text from easel.data_export e"
                      " where e.account_id = :account::uuid and e.volumes is not null"
                      " and e.begun_at > easel.now() - :lifetime::bigint * interval '1 us'"
                      " order by e.begun_at desc, e.id desc limit 100",
       soci::use(account, "account"), soci::use(lifetime, "lifetime"));
    for (const auto& row : rows) {
      columns from(row);
      export_row each;
      each.id = from.id<export_id>();
      each.plan.made_at = from.time();
      auto volumes = decode_volumes(from.text());
      if (!volumes)
        return std::nullopt;
      each.plan.volumes = *std::move(volumes);
      exports.push_back(std::move(each));
    }
    return exports;
  });
  if (!found)
    return unexpected(found.error());
  if (!*found)
    return refused(operation, "22023");
  return **std::move(found);
}

answer<bool> keep_export(rights_scope& s, export_id which) {
  return guarded(s.at.to, "keep_export", [&](soci::session& sql) {
    const auto id = text_of(which);
    const long long alive = s.settings.export_alive.count();
    soci::statement kept = (sql.prepare << "update easel.data_export set alive_until = easel.now()"
                                           " + :alive::bigint * interval '1 us' where id = :id::uuid"
                                           " and ended_at is null",
                            soci::use(alive, "alive"), soci::use(id, "id"));
    kept.execute(true);
    return kept.get_affected_rows() == 1;
  });
}

answer<bool> end_export(rights_scope& s, export_id which) {
  return guarded(s.at.to, "end_export", [&](soci::session& sql) {
    const auto id = text_of(which);
    soci::statement ended =
      (sql.prepare << "update easel.data_export set ended_at = easel.now() where id = :id::uuid and ended_at is null",
       soci::use(id, "id"));
    ended.execute(true);
    return ended.get_affected_rows() == 1;
  });
}

} // namespace easel::persistence::postgres
