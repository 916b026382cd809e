#include "tests/simulation/tables.hpp"

#include <array>
#include <string_view>

namespace easel::simulation {

namespace {

/// What the questions below are asked of. Each partitioned table is planned and read once.
constexpr std::string_view tables = R"sql(
ended as materialized (
  select id, account_id, api_key_id, tier, state, images, price_each, charged, stored, dispatched_to, dispatched_at,
         verdict_blocked, verdict_moderated, prompt_sealed, created_at, ended_at, expires_at, fence, content_deleted
    from easel.generation),
work as materialized (
  select id, account_id, api_key_id, tier, state, images, price_each, charged, stored, dispatched_to, dispatched_at,
         verdict_blocked, verdict_moderated, prompt_sealed, created_at, ended_at, expires_at, fence, content_deleted
    from easel.generation_in_work),
one as materialized (select * from work union all select * from ended),
image as materialized (select * from easel.image),
told as materialized (select * from easel.disclosure),
call as materialized (select * from easel.provider_call),
moved as materialized (
  select account_id, grant_id, generation_id, from_book as book, -amount as amount from easel.credit_transfer
  union all select account_id, grant_id, generation_id, to_book, amount from easel.credit_transfer),
per_account as materialized (select account_id, book, sum(amount) as amount from moved group by account_id, book),
per_grant as materialized (select grant_id, book, sum(amount) as amount from moved group by grant_id, book),
per_one as materialized (
  select generation_id, book, sum(amount) as amount from moved where generation_id is not null
   group by generation_id, book),
settled as materialized (
  select generation_id, image_index, sum(amount) as amount, count(*) as times from easel.credit_transfer
   where to_book = 3 group by generation_id, image_index),
hours as materialized (
  select created_at as at from one union all select dispatched_at from one union all select ended_at from one
  union all select created_at from image union all select at from told union all select begun_at from call
  union all select at from easel.credit_transfer union all select created_at from easel.credit_grant
  union all select created_at from easel.account union all select created_at from easel.awaiting_answer
  union all select created_at from easel.api_key union all select last_used_at from easel.api_key
  union all select revoked_at from easel.api_key union all select at from easel.strike
  union all select at from easel.operator_audit union all select joined_at from easel.node
  union all select heartbeat_at from easel.node union all select left_at from easel.node
  union all select taken_over_at from easel.node)
)sql";

struct promise {
  std::string_view broken; ///< as a sentence
  std::string_view rows;   ///< a select that finds a row for each time it is broken
};

/// Books: 0 issued, 1 available, 2 held, 3 spent, 4 expired. States: 3 completed. Recipients: 0 moderation, then the
/// provider of tier 0 and that of tier 1.
constexpr std::array at_any_moment{
  promise{"the books of an account do not add up to zero",
          "select from easel.account a"
          " where a.held + (select coalesce(sum(remaining), 0) from easel.credit_grant where account_id = a.id)"
          " + (select coalesce(sum(amount), 0) from per_account where account_id = a.id and book in (0, 3, 4)) <> 0"},
  promise{"an account's hold is not what its transfers hold",
          "select from easel.account a left join per_account m on m.account_id = a.id and m.book = 2"
          " where a.held <> coalesce(m.amount, 0)"},
  promise{"an account's work is miscounted",
          "select from easel.account a where a.active <> (select count(*) from work where account_id = a.id)"},
  promise{"what is left of a grant is not what its transfers left",
          "select from easel.credit_grant g full join (select * from per_grant where book = 1) m on m.grant_id = g.id"
          " where g.remaining is distinct from coalesce(m.amount, 0)"},
  promise{"a grant was not issued once, and as it says",
          "select from easel.credit_grant g left join per_grant m on m.grant_id = g.id and m.book = 0"
          " where g.amount is distinct from -m.amount"},
  promise{"a book of a grant is overdrawn", "select from per_grant where book > 0 and amount < 0"},
  promise{"a transfer is of another's grant",
          "select from easel.credit_transfer t left join easel.credit_grant g on g.id = t.grant_id"
          " where g.account_id is distinct from t.account_id"},
  promise{"a transfer is for another's generation",
          "select from easel.credit_transfer t join one on one.id = t.generation_id"
          " where one.account_id <> t.account_id"},
  promise{"a generation's hold is not what its transfers hold",
          "select from easel.generation_in_work w left join per_one m on m.generation_id = w.id and m.book = 2"
          " where (select coalesce(sum(part), 0) from unnest(w.hold_left) part) <> coalesce(m.amount, 0)"},
  promise{"credits are held for work that is not there",
          "select from per_one m where book = 2 and amount <> 0 and not exists (select from work where id ="
          " m.generation_id)"},
  promise{"credits were spent on no image", "select from settled where generation_id is null or image_index is null"},
  promise{"an image was settled twice, or at another price",
          "select from settled s join one on one.id = s.generation_id where s.amount <> one.price_each"},
  promise{"a key's count is not what is charged and held in its month", // what was deleted since still counts
          "select from (select k.account_id, k.used, (select coalesce(sum(charged), 0) from one where api_key_id = k.id"
          " and date_trunc('month', created_at at time zone 'UTC') = k.used_month)"
          " + (select coalesce(sum(part), 0) from easel.generation_in_work w cross join unnest(w.hold_left) part"
          " where w.api_key_id = k.id and date_trunc('month', w.created_at at time zone 'UTC') = k.used_month) as there"
          " from easel.api_key k where k.monthly_cap is not null and k.used_month is not null) k"
          " where k.used < k.there or (k.used > k.there and not exists (select from moved m"
          " where m.account_id = k.account_id and m.generation_id is not null"
          " and not exists (select from one where one.id = m.generation_id)))"},
  promise{"a charge is not what was spent",
          "select from one left join per_one m on m.generation_id = one.id and m.book = 3"
          " where one.charged <> coalesce(m.amount, 0)"},
  promise{"a charge is not that of the stored images",
          "select from one where charged <> price_each * bit_count(stored::bit(32))"},
  promise{"the stored images are not there",
          "select from one where not content_deleted and stored <> (select coalesce(bit_or(1 << index), 0) from image"
          " where generation_id = one.id)"},
  promise{"an image is left of what is gone, or is more than was asked for",
          "select from image i left join one on one.id = i.generation_id"
          " where one.id is null or one.content_deleted or one.account_id <> i.account_id or i.index >= one.images"},
  promise{"ended as something that has no end", "select from ended where state not between 3 and 6"},
  promise{"completed without an image", "select from ended where state = 3 and stored = 0"},
  promise{"charged, though it did not complete",
          "select from ended where state <> 3 and (charged <> 0 or stored <> 0)"},
  promise{"dispatched without a clean verdict",
          "select from one where (dispatched_at is not null or dispatched_to is not null or state = 2 or stored <> 0)"
          " and (dispatched_at is null or verdict_moderated is null or verdict_blocked is distinct from false)"},
  promise{"disclosed to the other tier's provider",
          "select from told left join one on one.id = told.generation_id"
          " where told.recipient <> 0 and (told.recipient <> told.tier + 1 or told.tier is distinct from one.tier)"},
  promise{"accepted without a disclosure to the moderation",
          "select from one where not exists (select from told where generation_id = one.id and recipient = 0"
          " and at = one.created_at)"},
  promise{"dispatched without a disclosure to its provider",
          "select from one where dispatched_at is not null and not exists (select from told"
          " where generation_id = one.id and recipient = one.dispatched_to and at = one.dispatched_at)"},
  promise{"called without a disclosure before it",
          "select from call c where not exists (select from told where generation_id = c.generation_id"
          " and recipient = 2 and at <= c.begun_at)"},
  promise{
    "a call or a disclosure of nothing, or of another's",
    "select from (select generation_id, account_id from call union all select generation_id, account_id from told)"
    " x left join one on one.id = x.generation_id where one.account_id is distinct from x.account_id"},
  promise{"a fence from the future", "select from call c join one on one.id = c.generation_id where c.fence > one.fence"
                                     " union all select from easel.generation_in_work where dispatched_fence > fence"},
  promise{"a key that repeats nothing",
          "select from easel.idempotency_claim c left join one on one.id = c.generation_id"
          " where one.account_id is distinct from c.account_id"},
  promise{
    "content that outlives its generation",
    "select from (select generation_id, expires_at from image union all select generation_id, expires_at from told"
    " union all select generation_id, expires_at from call union all select generation_id, expires_at"
    " from easel.idempotency_claim) x join one on one.id = x.generation_id where x.expires_at > one.expires_at"},
  promise{"content in clear", "select from one where position('wish' in prompt_sealed) > 0"
                              " union all select from image where position('picture' in bytes_sealed) > 0"},
  promise{"an hour that was not the database's", // the first of them is the day on which each town is founded
          "select from hours where at < '2026-11-23' or at > 'epoch'::timestamptz + $1::bigint * interval '1 us'"},
};

constexpr std::array at_rest{
  promise{"in work when all is quiet", "select from work"},
  promise{"held when all is quiet", "select from easel.account where held <> 0 or active <> 0"},
  promise{"an answer is awaited that will not come",
          "select from easel.awaiting_answer a left join ended on ended.id = a.generation_id"
          " where ended.state is distinct from 3"},
  promise{"accepted, and not ended",
          "select from unnest($3::uuid[]) a(id) where not exists (select from ended where ended.id = a.id)"},
};

std::string quoted(std::string_view text) {
  std::string sql = "'";
  for (const char c : text)
    sql.append(c == '\'' ? 2 : 1, c);
  return sql + "'";
}

} // namespace

std::string tables_against_promises() {
  std::string sql = "with" + std::string(tables) + "select broken || ': ' || times from (";
  const auto ask = [&](const promise& p, std::string_view when) {
    sql.append("select ").append(quoted(p.broken)).append(" as broken, (select count(*) from (").append(p.rows);
    sql.append(") x) as times").append(when);
  };
  for (const auto& p : at_any_moment)
    ask(p, " union all ");
  for (const auto& p : at_rest)
    ask(p, p.broken == at_rest.back().broken ? " where $2" : " where $2 union all ");
  return sql + ") q where times <> 0";
}

} // namespace easel::simulation
