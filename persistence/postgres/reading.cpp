#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/serving.hpp"
#include "persistence/postgres/statements.hpp"

#include <algorithm>

namespace easel::persistence::postgres {

namespace {

/// The largest page that is fetched, whatever is asked for.
constexpr int largest_page = 1000;

/// Sorts after every id: the start of a list.
std::string before_or_last(const std::optional<uuid>& before) {
  return before ? to_string(*before) : "ffffffff-ffff-ffff-ffff-ffffffffffff";
}

template <class Row>
page<Row> cut(std::vector<Row> rows, int limit) {
  page<Row> found{std::move(rows), false};
  if (found.rows.size() > static_cast<std::size_t>(limit)) {
    found.rows.resize(static_cast<std::size_t>(limit));
    found.more = true;
  }
  return found;
}

grant_row read_grant(columns from) {
  grant_row row;
  row.id = from.id<grant_id>();
  row.kind = static_cast<grant_kind>(from.number());
  row.amount = from.amount();
  row.remaining = from.amount();
  row.created_at = from.time();
  row.expires_at = from.maybe_time();
  return row;
}

entry_row read_entry(columns from) {
  entry_row row;
  row.id = from.id<transfer_id>();
  row.from = static_cast<book>(from.number());
  row.to = static_cast<book>(from.number());
  row.amount = from.amount();
  if (!from.is_null())
    row.generation = from.id<generation_id>();
  else
    from.skip();
  if (const auto image = from.maybe_number())
    row.image = static_cast<std::int16_t>(*image);
  row.at = from.time();
  return row;
}

} // namespace

answer<std::optional<key_row>> find_key(scope& s, const digest& key_hash) {
  return guarded(s.to, "find_key", [&](soci::session& sql) -> std::optional<key_row> {
    const auto hash = hex_of(key_hash);
    soci::row row;
    sql << std::string("select") + key_columns
             + "from easel.api_key k join easel.account a on a.id = k.account_id"
               " where k.hash = decode(:hash, 'hex') and k.revoked_at is null"
               " and (k.expires_at is null or k.expires_at > easel.now()) and a.state <> 2",
      soci::use(hash, "hash"), soci::into(row);
    return sql.got_data() ? std::optional(read_key(columns(row))) : std::nullopt;
  });
}

answer<std::optional<account_row>> find_account(scope& s, account_id id) {
  return guarded(s.to, "find_account", [&](soci::session& sql) -> std::optional<account_row> {
    const auto account = text_of(id);
    soci::row row;
    sql << std::string("select") + account_columns + "from easel.account a where a.id = :account::uuid",
      soci::use(account, "account"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    return read_account(from);
  });
}

answer<std::optional<generation_row>> find_generation(scope& s, account_id owner, generation_id id) {
  return guarded(s.to, "find_generation", [&](soci::session& sql) -> std::optional<generation_row> {
    const auto account = text_of(owner);
    const auto generation = text_of(id);
    std::vector<generation_row> rows;
    {
      soci::row row;
      sql << one_generation(), soci::use(generation, "id"), soci::use(account, "account"), soci::into(row);
      if (!sql.got_data())
        return std::nullopt;
      columns from(row);
      rows.push_back(read_generation(from, *s.keys));
    }
    add_parts(sql, rows);
    return std::move(rows.front());
  });
}

answer<page<generation_row>> list_generations(scope& s, account_id owner, std::optional<generation_id> before,
                                              int limit) {
  limit = std::clamp(limit, 0, largest_page);
  return guarded(s.to, "list_generations", [&](soci::session& sql) {
    const auto account = text_of(owner);
    const auto end = before_or_last(before ? std::optional(before->value) : std::nullopt);
    const int wanted = limit + 1;
    std::vector<generation_row> rows;
    const soci::rowset<soci::row> found = (sql.prepare << newest_generations(), soci::use(account, "account"),
                                           soci::use(end, "before"), soci::use(wanted, "wanted"));
    for (const auto& row : found) {
      columns from(row);
      rows.push_back(read_generation(from, *s.keys));
    }
    auto cut_to_size = cut(std::move(rows), limit);
    add_parts(sql, cut_to_size.rows);
    return cut_to_size;
  });
}

answer<blob> find_image(scope& s, account_id owner, generation_id id, std::int16_t index) {
  if (!s.to.ready())
    return unexpected(error_of("find_image", "08001"));
  parameters values;
  values.id(id.value).time(minted_at(id.value)).int2(index).id(owner.value);
  if (!values.send(s.to.native(), "find_image") || !s.to.wait_for_result()) {
    s.to.drop();
    return unexpected(error_of("find_image", "08006"));
  }
  const result found(PQgetResult(s.to.native()));
  while (PGresult* rest = PQgetResult(s.to.native()))
    PQclear(rest);
  if (s.to.is_lost())
    s.to.drop();
  if (!found.is_ok())
    return unexpected(error_of("find_image", found.sqlstate()));
  if (PQntuples(found.get()) == 0)
    return blob();
  const auto key = s.keys->unwrap(cell(found.get(), 0, 1), owner);
  auto plain = key ? open(*key, image_context(id, index), cell(found.get(), 0, 0)) : std::nullopt;
  return plain ? make_blob(*std::move(plain)) : blob();
}

answer<balance> find_balance(scope& s, account_id owner) {
  return guarded(s.to, "find_balance", [&](soci::session& sql) {
    const auto account = text_of(owner);
    balance found;
    long long available = 0;
    long long held = 0;
    int due = 0;
    sql << "select easel.available(a.id, easel.now()), a.held,"
           " (a.tier = 0 and a.granted_on is distinct from (easel.now() at time zone 'UTC')::date)::int"
           " from easel.account a where a.id = :account::uuid",
      soci::use(account, "account"), soci::into(available), soci::into(held), soci::into(due);
    found.allowance_due = due != 0;
    found.available = credits::unchecked(available);
    found.held = credits::unchecked(held);
    const soci::rowset<soci::row> grants =
      (sql.prepare << "select id::text, kind, amount, remaining, easel.micros(created_at), easel.micros(expires_at)"
                      " from easel.credit_grant where account_id = :account::uuid and not closed and remaining > 0"
                      " and (expires_at is null or expires_at > easel.now()) order by expires_at nulls last, id",
       soci::use(account, "account"));
    for (const auto& row : grants)
      found.grants.push_back(read_grant(columns(row)));
    return found;
  });
}

answer<page<entry_row>> list_entries(scope& s, account_id owner, std::optional<transfer_id> before, int limit) {
  limit = std::clamp(limit, 0, largest_page);
  return guarded(s.to, "list_entries", [&](soci::session& sql) {
    const auto account = text_of(owner);
    const auto end = before_or_last(before ? std::optional(before->value) : std::nullopt);
    const int wanted = limit + 1;
    std::vector<entry_row> rows;
    const soci::rowset<soci::row> found =
      (sql.prepare << "select id::text, from_book, to_book, amount, generation_id::text, image_index,"
                      " easel.micros(at) from easel.credit_transfer where account_id = :account::uuid"
                      " and id < :before::uuid order by id desc limit :wanted",
       soci::use(account, "account"), soci::use(end, "before"), soci::use(wanted, "wanted"));
    for (const auto& row : found)
      rows.push_back(read_entry(columns(row)));
    return cut(std::move(rows), limit);
  });
}

namespace {

/// What one row with one number says of a person's generation: 0 is no.
answer<bool> ask_about(scope& s, const char* operation, const char* question, account_id owner, generation_id id) {
  return guarded(s.to, operation, [&](soci::session& sql) {
    const auto account = text_of(owner);
    const auto generation = text_of(id);
    int found = 0;
    sql << question, soci::use(account, "account"), soci::use(generation, "id"), soci::into(found);
    return found != 0;
  });
}

} // namespace

answer<bool> can_delete_generation(scope& s, account_id owner, generation_id id) {
  return ask_about(s, "can_delete_generation",
                   "select exists (select from easel.generation where id = :id::uuid and day = easel.day_of(:id::uuid)"
                   " and account_id = :account::uuid and expires_at > easel.now())::int",
                   owner, id);
}

answer<bool> delete_generation(scope& s, account_id owner, generation_id id) {
  return ask_about(s, "delete_generation", "select easel.delete_generation(:account::uuid, :id::uuid)::int", owner, id);
}

answer<bool> can_cancel_generation(scope& s, account_id owner, generation_id id) {
  return ask_about(s, "can_cancel_generation",
                   "select exists (select from easel.generation_in_work where id = :id::uuid"
                   " and account_id = :account::uuid and not cancel_requested)::int",
                   owner, id);
}

answer<bool> request_cancel(scope& s, account_id owner, generation_id id) {
  return guarded(s.to, "request_cancel", [&](soci::session& sql) {
    const auto account = text_of(owner);
    const auto generation = text_of(id);
    soci::statement update = (sql.prepare << "update easel.generation_in_work set cancel_requested = true"
                                             " where id = :id::uuid and account_id = :account::uuid",
                              soci::use(generation, "id"), soci::use(account, "account"));
    update.execute(true);
    return update.get_affected_rows() == 1;
  });
}

} // namespace easel::persistence::postgres
