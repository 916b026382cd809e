#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/billing.hpp"

namespace easel::persistence::postgres {

namespace {

/// What became of the purchase p's sale x, with what it granted.
const char* const seen_columns =
  ", coalesce(x.charged, 0), coalesce(x.refunded, 0), coalesce(x.lost, 0), coalesce(x.disputed, false)::int,"
  " coalesce((select sum(g.amount - g.clawed) from easel.sale_grant g where g.reference = x.reference), 0)::bigint ";
/// Of a plan it is the first invoice: the purchase led to it. Sales are found by whose they are; no index has
/// `purchase_id`.
const char* const seen_from =
  "from easel.purchase p left join lateral (select * from easel.sale s where s.billing_id = p.billing_id"
  " and s.purchase_id = p.id order by s.at, s.reference limit 1) x on true ";

purchase_seen read_seen(columns& from) {
  purchase_seen seen;
  seen.row = read_purchase(from);
  seen.charged = from.number();
  seen.back.refunded = from.number();
  seen.back.lost = from.number();
  seen.back.disputed = from.flag();
  seen.granted = from.amount();
  return seen;
}

void read_subscriptions(soci::session& sql, const std::string& billing, billing_overview& into) {
  const soci::rowset<soci::row> subscriptions =
    (sql.prepare << "select id, status, price, easel.micros(period_end), easel.micros(ends_at)"
                    " from easel.subscription where billing_id = :billing::uuid and ended_at is null"
                    " and status not in ('canceled', 'incomplete_expired') order by id",
     soci::use(billing, "billing"));
  for (const auto& each : subscriptions) {
    columns of(each);
    subscription_row subscription;
    subscription.id = of.text();
    subscription.status = of.text();
    subscription.price = of.text();
    subscription.period_end = of.time();
    subscription.ends_at = of.maybe_time();
    into.subscriptions.push_back(std::move(subscription));
  }
}

void read_purchases(soci::session& sql, const std::string& billing, int most, billing_overview& into) {
  const soci::rowset<soci::row> bought =
    (sql.prepare << std::string("select") + purchase_columns + seen_columns + seen_from
                      + "where p.billing_id = :billing::uuid order by p.id desc limit :most",
     soci::use(billing, "billing"), soci::use(most, "most"));
  for (const auto& each : bought) {
    columns of(each);
    into.purchases.push_back(read_seen(of));
  }
}

/// A purchase shows its first sale (`seen_from`); of the others those of subscriptions are renewals. The account's
/// sales are all read for that: a dozen a year.
void read_renewals(soci::session& sql, const std::string& billing, int most, billing_overview& into) {
  const soci::rowset<soci::row> renewals =
    (sql.prepare
       << "select x.reference, x.purchase_id::text, x.charged, x.currency::text, x.refunded, x.lost,"
          " x.disputed::int, coalesce((select sum(g.amount - g.clawed) from easel.sale_grant g"
          " where g.reference = x.reference), 0)::bigint, easel.micros(x.at)"
          " from (select s.*, row_number() over (partition by s.purchase_id order by s.at, s.reference) as nth"
          " from easel.sale s where s.billing_id = :billing::uuid) x"
          " where x.subscription is not null and (x.purchase_id is null or x.nth > 1)"
          " order by x.at desc, x.reference desc limit :most",
     soci::use(billing, "billing"), soci::use(most, "most"));
  for (const auto& each : renewals) {
    columns of(each);
    renewal_seen seen;
    seen.reference = of.text();
    if (const auto purchase = of.id<purchase_id>(); purchase != purchase_id{})
      seen.purchase = purchase;
    seen.charged = of.number();
    seen.currency = of.text();
    seen.back.refunded = of.number();
    seen.back.lost = of.number();
    seen.back.disputed = of.flag();
    seen.granted = of.amount();
    seen.paid_at = of.time();
    into.renewals.push_back(std::move(seen));
  }
}

} // namespace

answer<std::optional<sale_place>> sale_of_payment(scope& s, const std::string& payment) {
  return guarded(s.to, "sale_of_payment", [&](soci::session& sql) -> std::optional<sale_place> {
    soci::row row;
    sql << "select s.reference, s.is_pack::int from easel.sale_payment p join easel.sale s using (reference)"
           " where p.payment = :payment",
      soci::use(payment, "payment"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    sale_place place;
    place.reference = from.text();
    place.is_pack = from.flag();
    return place;
  });
}

answer<std::optional<purchase_seen>> see_purchase(scope& s, purchase_id id) {
  return guarded(s.to, "see_purchase", [&](soci::session& sql) -> std::optional<purchase_seen> {
    const auto purchase = text_of(id);
    soci::row row;
    sql << std::string("select") + purchase_columns + seen_columns + seen_from + "where p.id = :id::uuid",
      soci::use(purchase, "id"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    return read_seen(from);
  });
}

answer<std::optional<billing_overview>> overview(scope& s, account_id id, int most) {
  return in_transaction(s.to, "billing_overview", [&](soci::session& sql) -> std::optional<billing_overview> {
    const auto account = text_of(id);
    soci::row row;
    sql << "select a.tier, a.blocked::int, easel.available(a.id, easel.now()), b.customer, b.id::text"
           " from easel.account a left join easel.billing_account b on b.account_id = a.id"
           " where a.id = :account::uuid and a.state <> 2",
      soci::use(account, "account"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    billing_overview found;
    found.of_tier = static_cast<tier>(from.number());
    found.blocked = from.flag();
    found.available = from.amount();
    found.customer = from.text();
    const auto billing = from.text();
    if (billing.empty())
      return found;
    read_subscriptions(sql, billing, found);
    read_purchases(sql, billing, most, found);
    read_renewals(sql, billing, most, found);
    return found;
  });
}

answer<billing_health> billing_health_of(scope& s) {
  return guarded(s.to, "billing_health", [](soci::session& sql) {
    soci::row row;
    sql
      << "select count(*) filter (where state = 0), count(*) filter (where state = 3),"
         " easel.micros(min(received_at) filter (where state = 0)),"
         " easel.micros(min(received_at) filter (where state = 3)),"
         " (select count(*) from easel.billing_outbox), (select easel.micros(min(asked_at)) from easel.billing_outbox)"
         " from easel.billing_inbox where due_at is not null",
      soci::into(row);
    columns from(row);
    billing_health health;
    health.waiting = from.number();
    health.parked = from.number();
    health.oldest_waiting = from.maybe_time();
    health.oldest_parked = from.maybe_time();
    health.outbox = from.number();
    health.oldest_outbox = from.maybe_time();
    return health;
  });
}

} // namespace easel::persistence::postgres
