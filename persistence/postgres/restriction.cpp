#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/rights.hpp"
#include "persistence/postgres/rows.hpp"

#include <algorithm>

/// A pause that the person wants (RIGHT-4).
namespace easel::persistence::postgres {

namespace {

const char* const restriction_columns =
  " r.id::text, easel.micros(r.begun_at), easel.micros(r.lifted_at), encode(r.objection_sealed, 'hex') ";

restriction_row read_restriction(columns from, const std::optional<content_key>& key) {
  restriction_row row;
  row.id = from.id<restriction_id>();
  row.begun_at = from.time();
  row.lifted_at = from.maybe_time();
  const auto sealed = from.bytes();
  auto plain = key && !sealed.empty() ? open(*key, objection_context(row.id), sealed) : std::nullopt;
  row.objection = secret_text(std::move(plain).value_or(std::string()));
  return row;
}

/// The account's content key; nothing when the account is closed or was never there.
std::optional<content_key> key_of(soci::session& sql, const keyring& keys, account_id who) {
  const auto account = text_of(who);
  soci::row row;
  sql << "select encode(k.wrapped, 'hex') from easel.account a join easel.account_key k on k.account_id = a.id"
         " where a.id = :account::uuid and a.state <> 2",
    soci::use(account, "account"), soci::into(row);
  return sql.got_data() ? keys.unwrap(columns(row).bytes(), who) : std::nullopt;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

} // namespace

std::string objection_context(restriction_id id) {
  std::string context(reinterpret_cast<const char*>(id.value.bytes.data()), id.value.bytes.size());
  return context.append("restriction.objection");
}

answer<std::optional<restriction_row>> restrict(rights_scope& s, account_id who,
                                                const std::optional<secret_text>& objection) {
  constexpr auto operation = "restrict";
  if (objection && (any_nul(objection->reveal()) || code_points(objection->reveal()) > longest_objection))
    return refused(operation, "22001");
  return in_transaction(s.at.to, operation, [&](soci::session& sql) -> std::optional<restriction_row> {
    const auto key = key_of(sql, *s.at.keys, who);
    if (!key)
      return std::nullopt;
    const auto id = mint<restriction_id>(now_of(sql));
    const auto minted = text_of(id);
    const auto account = text_of(who);
    const bool has_text = objection && !objection->reveal().empty();
    const auto sealed = has_text ? hex_of(seal(*key, objection_context(id), objection->reveal())) : std::string();
    soci::indicator is_there = has_text ? soci::i_ok : soci::i_null;
    std::string in_force;
    soci::indicator is_known = soci::i_null;
    sql << "select easel.restrict(:id::uuid, :account::uuid, decode(:objection, 'hex'))::text", soci::use(minted, "id"),
      soci::use(account, "account"), soci::use(sealed, is_there, "objection"), soci::into(in_force, is_known);
    if (is_known != soci::i_ok)
      return std::nullopt;
    soci::row row;
    sql << std::string("select") + restriction_columns + "from easel.restriction r where r.id = :id::uuid",
      soci::use(in_force, "id"), soci::into(row);
    return read_restriction(columns(row), key);
  });
}

answer<std::vector<generation_id>> work_of(rights_scope& s, account_id who) {
  return guarded(s.at.to, "work_of", [&](soci::session& sql) {
    const auto account = text_of(who);
    std::vector<generation_id> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select id::text from easel.generation_in_work where account_id = :account::uuid order by id desc"
                      " limit 10000",
       soci::use(account, "account"));
    for (const auto& row : rows)
      found.push_back(columns(row).id<generation_id>());
    return found;
  });
}

answer<int> end_work(rights_scope& s, account_id who) {
  return guarded(s.at.to, "end_work", [&](soci::session& sql) {
    const auto account = text_of(who);
    int ended = 0;
    sql << "select easel.end_work(:account::uuid)", soci::use(account, "account"), soci::into(ended);
    return ended;
  });
}

answer<bool> lift_restriction(rights_scope& s, account_id who) {
  return guarded(s.at.to, "lift_restriction", [&](soci::session& sql) {
    const auto account = text_of(who);
    int done = 0;
    sql << "select easel.lift_restriction(:account::uuid)::int", soci::use(account, "account"), soci::into(done);
    return done != 0;
  });
}

answer<std::vector<restriction_row>> list_restrictions(rights_scope& s, account_id who) {
  return guarded(s.at.to, "list_restrictions", [&](soci::session& sql) {
    const auto key = key_of(sql, *s.at.keys, who);
    const auto account = text_of(who);
    std::vector<restriction_row> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << std::string("select") + restriction_columns
                        + "from easel.restriction r where r.account_id = :account::uuid"
                          " order by r.begun_at desc, r.id desc",
       soci::use(account, "account"));
    for (const auto& row : rows)
      found.push_back(read_restriction(columns(row), key));
    return found;
  });
}

} // namespace easel::persistence::postgres
