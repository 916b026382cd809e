#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/arrays.hpp"
#include "persistence/postgres/billing.hpp"

/// Our books beside what Stripe lists (billing-identity-edge, section 2.7).
namespace easel::persistence::postgres {

namespace {

const char* word_of(const listed_object& o) {
  switch (o.kind) {
  case policies::stripe_kind::session:
    return "session";
  case policies::stripe_kind::invoice:
    return "invoice";
  case policies::stripe_kind::charge:
    return "charge";
  default:
    return o.is_dispute ? "dispute" : "refund";
  }
}

/// The sale of the object o, and what it meant in credits: the grant of a pack whose buyer is still there, and of each
/// grant as much taken back as the sale's level says (policies/billing.hpp, `claw_target`).
const char* const sound_sale =
  "exists (select from easel.sale s where s.reference = o.id and s.charged = o.amount and s.currency = o.currency"
  " and (not s.is_pack or exists (select from easel.sale_grant g where g.reference = s.reference)"
  " or exists (select from easel.billing_account b where b.id = s.billing_id and b.account_id is null))"
  " and not exists (select from easel.sale_grant g where g.reference = s.reference and g.account_id is not null"
  " and g.clawed <> case when s.charged = 0 then 0"
  " else floor(g.amount::numeric * least(s.charged, s.refunded + s.lost) / s.charged) end))";

} // namespace

answer<std::vector<bool>> agree(scope& s, std::span<const listed_object> objects) {
  array_text kinds, ids, statuses, amounts, currencies, customers, marks;
  for (const auto& o : objects) {
    kinds.add(word_of(o));
    ids.add(o.id);
    statuses.add(o.status);
    amounts.add(o.amount);
    currencies.add(o.currency);
    customers.add(o.customer);
    marks.add(o.is_marked ? "t" : "f");
  }
  const auto kind = std::move(kinds).close(), id = std::move(ids).close(), status = std::move(statuses).close(),
             amount = std::move(amounts).close(), currency = std::move(currencies).close(),
             customer = std::move(customers).close(), mark = std::move(marks).close();
  return guarded(s.to, "agree", [&](soci::session& sql) {
    std::vector<bool> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << std::string("select (case o.kind when 'session' then exists (select from easel.purchase p"
                                  " where p.session = o.id and p.state = 3 and case when p.is_plan then exists"
                                  " (select from easel.subscription u where u.id = p.subscription) else ")
                        + sound_sale + " end) when 'invoice' then " + sound_sale
                        + " when 'refund' then exists (select from easel.refund r where r.id = o.id"
                          " and r.status = o.status and r.amount = o.amount)"
                          " when 'dispute' then exists (select from easel.dispute d where d.id = o.id"
                          " and d.status = o.status and d.amount = o.amount)"
                          " else not (o.mark or exists (select from easel.billing_account b"
                          " where b.customer = o.customer)) or exists (select from easel.sale_payment y"
                          " join easel.sale s using (reference) where y.payment = o.id and s.currency = o.currency"
                          " and s.charged >= o.amount) end)::int"
                          " from unnest(:kind::text[], :id::text[], :status::text[], :amount::bigint[],"
                          " :currency::text[], :customer::text[], :mark::boolean[])"
                          " with ordinality as o (kind, id, status, amount, currency, customer, mark, n) order by o.n",
       soci::use(kind, "kind"), soci::use(id, "id"), soci::use(status, "status"), soci::use(amount, "amount"),
       soci::use(currency, "currency"), soci::use(customer, "customer"), soci::use(mark, "mark"));
    for (const auto& row : rows)
      found.push_back(columns(row).flag());
    return found;
  });
}

answer<std::vector<policies::stripe_reference>> unfinished(scope& s, const std::string& after, int limit) {
  return guarded(s.to, "unfinished", [&](soci::session& sql) {
    std::vector<policies::stripe_reference> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select kind, id from ("
                      "select 0 as kind, session as id from easel.purchase where state < 3 and session > :after"
                      " union all select 2, id from easel.subscription where ended_at is null and id > :after) t"
                      " order by id limit :most",
       soci::use(after, "after"), soci::use(limit, "most"));
    for (const auto& row : rows) {
      columns from(row);
      const auto kind = static_cast<policies::stripe_kind>(from.number());
      found.push_back({kind, from.text()});
    }
    return found;
  });
}

answer<std::vector<known_sale>> sales_after(scope& s, const known_sale& after, instant until, int limit) {
  return guarded(s.to, "sales_after", [&](soci::session& sql) {
    const long long from = after.at.time_since_epoch().count();
    const long long to = until.time_since_epoch().count();
    std::vector<known_sale> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare
         << "select reference, is_pack::int, easel.micros(at) from easel.sale"
            " where (at, reference) > ('epoch'::timestamptz + :since::bigint * interval '1 us', :after)"
            " and at < 'epoch'::timestamptz + :to::bigint * interval '1 us' order by at, reference limit :most",
       soci::use(from, "since"), soci::use(after.reference, "after"), soci::use(to, "to"), soci::use(limit, "most"));
    for (const auto& row : rows) {
      columns each(row);
      known_sale sale;
      sale.reference = each.text();
      sale.is_pack = each.flag();
      sale.at = each.time();
      found.push_back(std::move(sale));
    }
    return found;
  });
}

} // namespace easel::persistence::postgres
