#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/billing.hpp"

namespace easel::persistence::postgres {

namespace {

using policies::purchase_state;

constexpr auto ask_again = std::chrono::hours(1); ///< about a drip whose subscription gives no access at present

long long micros_of(instant at) { return at.time_since_epoch().count(); }

/// The books of one customer, with their rows locked: first the account's, which is the mutex of its money.
struct locked_books {
  std::string billing;
  std::optional<std::string> account; ///< none: it was deleted, and nothing is granted any more
  std::string customer;
  std::int64_t version = 0;
};

std::optional<locked_books> lock_books(soci::session& sql, billing_id id) {
  locked_books books;
  books.billing = text_of(id);
  std::string account;
  soci::indicator has_account = soci::i_null;
  sql << "select account_id::text from easel.billing_account where id = :id::uuid", soci::use(books.billing, "id"),
    soci::into(account, has_account);
  if (!sql.got_data())
    return std::nullopt;
  if (has_account == soci::i_ok) {
    int is_open = 0;
    sql << "select (state <> 2)::int from easel.account where id = :account::uuid for no key update",
      soci::use(account, "account"), soci::into(is_open);
    if (sql.got_data() && is_open != 0)
      books.account = account;
  }
  soci::row row;
  sql << std::string("select") + billing_columns + "from easel.billing_account b where b.id = :id::uuid for update",
    soci::use(books.billing, "id"), soci::into(row);
  columns from(row);
  const auto now = read_billing(from);
  if (!now.account)
    books.account = std::nullopt; // deleted while we waited
  books.customer = now.customer;
  books.version = now.version;
  return books;
}

/// The number of rows that `statement`, already bound, changed.
long long run(soci::statement&& statement) {
  statement.execute(true);
  return statement.get_affected_rows();
}

long long keep_customer_of(soci::session& sql, const locked_books& books, const std::string& customer) {
  if (customer.empty() || !books.customer.empty() || !books.account)
    return 0; // of a deleted account it must not come back
  return run((sql.prepare << "update easel.billing_account set customer = :customer where id = :id::uuid"
                             " and not exists (select from easel.billing_account where customer = :customer)",
              soci::use(customer, "customer"), soci::use(books.billing, "id")));
}

long long step_purchase(soci::session& sql, const locked_books& books, const billing_change::purchase_step& step) {
  const auto id = text_of(step.id);
  int now = 0;
  sql << "select state from easel.purchase where id = :id::uuid and billing_id = :billing::uuid for update",
    soci::use(id, "id"), soci::use(books.billing, "billing"), soci::into(now);
  if (!sql.got_data())
    return 0;
  const int next = static_cast<int>(policies::settle_state(static_cast<purchase_state>(now), step.to));
  return run(
    (sql.prepare << "update easel.purchase set state = :state, session = coalesce(session, nullif(:session, '')),"
                    " subscription = coalesce(subscription, nullif(:subscription, '')),"
                    " changed_at = easel.now() where id = :id::uuid and (state <> :state"
                    " or (session is null and :session <> '')"
                    " or (subscription is null and :subscription <> ''))",
     soci::use(next, "state"), soci::use(step.session, "session"), soci::use(step.subscription, "subscription"),
     soci::use(id, "id")));
}

/// As last fetched; one that has ended stays so.
long long keep_subscription(soci::session& sql, const locked_books& books, const policies::stripe::subscription& what) {
  if (what.items.empty())
    return 0;
  const auto& item = what.items.front();
  const long long begin = micros_of(item.period_start);
  const long long end = micros_of(item.period_end);
  const long long quantity = item.quantity;
  // Both forms mean that it will end (billing-identity-edge, section 1.5).
  const bool will_end = what.cancel_at || what.cancel_at_period_end;
  const long long until = micros_of(what.cancel_at.value_or(item.period_end));
  const long long trial = what.trial_end ? micros_of(*what.trial_end) : 0;
  const long long ended = what.ended_at ? micros_of(*what.ended_at) : 0;
  const int is_over = policies::has_ended(what.status) ? 1 : 0;
  auto has_until = will_end ? soci::i_ok : soci::i_null;
  auto has_trial = what.trial_end ? soci::i_ok : soci::i_null;
  auto has_ended = what.ended_at ? soci::i_ok : soci::i_null;
  return run(
    (sql.prepare
       << "insert into easel.subscription as s (id, billing_id, status, price, quantity, period_start,"
          " period_end, ends_at, trial_end, ended_at, fetched_at) values (:id, :billing::uuid, :status, :price,"
          " :quantity, 'epoch'::timestamptz + :begin::bigint * interval '1 us',"
          " 'epoch'::timestamptz + :end::bigint * interval '1 us',"
          " 'epoch'::timestamptz + :until::bigint * interval '1 us',"
          " 'epoch'::timestamptz + :trial::bigint * interval '1 us',"
          " coalesce('epoch'::timestamptz + :ended::bigint * interval '1 us',"
          " case when :over::int <> 0 then easel.now() end), easel.now())"
          " on conflict (id) do update set status = excluded.status, price = excluded.price,"
          " quantity = excluded.quantity, period_start = excluded.period_start,"
          " period_end = excluded.period_end, ends_at = excluded.ends_at, trial_end = excluded.trial_end,"
          " ended_at = coalesce(s.ended_at, excluded.ended_at), fetched_at = excluded.fetched_at"
          " where s.status not in ('canceled', 'incomplete_expired')"
          " and (s.status, s.price, s.quantity, s.period_start, s.period_end, s.ends_at, s.trial_end)"
          " is distinct from (excluded.status, excluded.price, excluded.quantity, excluded.period_start,"
          " excluded.period_end, excluded.ends_at, excluded.trial_end)",
     soci::use(what.id, "id"), soci::use(books.billing, "billing"), soci::use(what.status, "status"),
     soci::use(item.price, "price"), soci::use(quantity, "quantity"), soci::use(begin, "begin"), soci::use(end, "end"),
     soci::use(until, has_until, "until"), soci::use(trial, has_trial, "trial"), soci::use(ended, has_ended, "ended"),
     soci::use(is_over, "over")));
}

long long keep_money_back(soci::session& sql, const char* table, const std::string& reference, const std::string& id,
                          std::int64_t amount, const std::string& status, instant created) {
  const long long value = amount;
  const long long at = micros_of(created);
  return run((sql.prepare << std::string("insert into easel.") + table
                               + " as r (id, reference, amount, status, created_at) values (:id, :reference, :amount,"
                                 " :status, 'epoch'::timestamptz + :at::bigint * interval '1 us')"
                                 " on conflict (id) do update set amount = excluded.amount, status = excluded.status"
                                 " where (r.amount, r.status) is distinct from (excluded.amount, excluded.status)",
              soci::use(id, "id"), soci::use(reference, "reference"), soci::use(value, "amount"),
              soci::use(status, "status"), soci::use(at, "at")));
}

long long keep_sale(soci::session& sql, const locked_books& books, const billing_change::settled_sale& settled) {
  const auto& what = settled.what;
  const int is_pack = what.is_pack ? 1 : 0;
  const auto purchase = settled.purchase ? text_of(*settled.purchase) : std::string();
  const long long charged = what.charged;
  const long long refunded = settled.back.refunded;
  const long long lost = settled.back.lost;
  const int disputed = settled.back.disputed ? 1 : 0;
  const long long at = micros_of(what.at);
  auto changed = run(
    (sql.prepare << "insert into easel.sale as s (reference, billing_id, is_pack, purchase_id, subscription, charged,"
                    " currency, refunded, lost, disputed, at) values (:reference, :billing::uuid, :pack::int <> 0,"
                    " coalesce(nullif(:purchase, '')::uuid, (select p.id from easel.purchase p"
                    " where p.subscription = nullif(:subscription, '') order by p.id limit 1)),"
                    " nullif(:subscription, ''), :charged, :currency, :refunded, :lost, :disputed::int <> 0,"
                    " 'epoch'::timestamptz + :at::bigint * interval '1 us')"
                    " on conflict (reference) do update set charged = excluded.charged,"
                    " refunded = excluded.refunded, lost = excluded.lost, disputed = excluded.disputed,"
                    " purchase_id = coalesce(s.purchase_id, excluded.purchase_id)"
                    " where (s.charged, s.refunded, s.lost, s.disputed, s.purchase_id) is distinct from"
                    " (excluded.charged, excluded.refunded, excluded.lost, excluded.disputed,"
                    " coalesce(s.purchase_id, excluded.purchase_id))",
     soci::use(what.reference, "reference"), soci::use(books.billing, "billing"), soci::use(is_pack, "pack"),
     soci::use(purchase, "purchase"), soci::use(what.subscription, "subscription"), soci::use(charged, "charged"),
     soci::use(what.currency, "currency"), soci::use(refunded, "refunded"), soci::use(lost, "lost"),
     soci::use(disputed, "disputed"), soci::use(at, "at")));
  for (const auto& payment : what.payments)
    changed += run((sql.prepare << "insert into easel.sale_payment (payment, reference) values (:payment, :reference)"
                                   " on conflict do nothing",
                    soci::use(payment, "payment"), soci::use(what.reference, "reference")));
  for (const auto& r : settled.refunds)
    changed += keep_money_back(sql, "refund", what.reference, r.id, r.amount, r.status, r.created);
  for (const auto& d : settled.disputes)
    changed += keep_money_back(sql, "dispute", what.reference, d.id, d.amount, d.status, d.created);
  return changed;
}

std::vector<policies::posted_grant> posted_for(soci::session& sql, const std::string& reference) {
  std::vector<policies::posted_grant> posted;
  const soci::rowset<soci::row> rows =
    (sql.prepare << "select business_key, amount, clawed from easel.sale_grant where reference = :reference"
                    " and account_id is not null order by business_key for update",
     soci::use(reference, "reference"));
  for (const auto& row : rows) {
    columns from(row);
    policies::posted_grant grant;
    grant.key = from.text();
    grant.amount = from.amount();
    grant.clawed = from.amount();
    posted.push_back(std::move(grant));
  }
  return posted;
}

/// Posts what is missing of this sale to the account's books.
long long post_moves(soci::session& sql, const std::string& account, const policies::sale& what,
                     const policies::money_back& back) {
  const auto moves = policies::moves_of(what, back, posted_for(sql, what.reference));
  const int kind = static_cast<int>(what.is_pack ? grant_kind::pack : grant_kind::subscription);
  for (const auto& grant : moves.grants) {
    const long long amount = grant.amount.value();
    const long long end = grant.expires_at ? micros_of(*grant.expires_at) : 0;
    auto has_end = grant.expires_at ? soci::i_ok : soci::i_null;
    int done = 0;
    sql << "select easel.grant_sold(:account::uuid, :kind::smallint, :key, :reference, :amount,"
           " 'epoch'::timestamptz + :end::bigint * interval '1 us', easel.now())::int",
      soci::use(account, "account"), soci::use(kind, "kind"), soci::use(grant.key, "key"),
      soci::use(what.reference, "reference"), soci::use(amount, "amount"), soci::use(end, has_end, "end"),
      soci::into(done);
  }
  if (!moves.grants.empty()) // a purchase makes the account a paid one
    sql << "update easel.account set tier = 1 where id = :account::uuid and tier <> 1", soci::use(account, "account");
  for (const auto& claw : moves.claws) {
    const long long delta = claw.delta.value();
    int unused = 0;
    sql << "select 1 from easel.claw(:account::uuid, :key, :delta, easel.now())", soci::use(account, "account"),
      soci::use(claw.key, "key"), soci::use(delta, "delta"), soci::into(unused);
  }
  return static_cast<long long>(moves.grants.size() + moves.claws.size());
}

long long keep_drips(soci::session& sql, const locked_books& books, const policies::sale& what) {
  long long changed = 0;
  for (const auto& drip : what.drips) {
    const long long monthly = drip.monthly.value();
    const long long begin = micros_of(drip.begins_at);
    const long long due = micros_of(policies::due_at(drip, 1));
    changed +=
      run((sql.prepare << "insert into easel.drip (business_key, reference, billing_id, subscription, price,"
                          " monthly, begins_at, months, granted, due_at) values (:key, :reference,"
                          " :billing::uuid, :subscription, :price, :monthly,"
                          " 'epoch'::timestamptz + :begin::bigint * interval '1 us', :months, 1,"
                          " 'epoch'::timestamptz + :due::bigint * interval '1 us') on conflict do nothing",
           soci::use(drip.key, "key"), soci::use(what.reference, "reference"), soci::use(books.billing, "billing"),
           soci::use(drip.subscription, "subscription"), soci::use(drip.price, "price"), soci::use(monthly, "monthly"),
           soci::use(begin, "begin"), soci::use(drip.months, "months"), soci::use(due, "due")));
  }
  return changed;
}

/// An open dispute blocks the account, whichever sale it is about.
long long set_blocked(soci::session& sql, const locked_books& books) {
  return run(
    (sql.prepare << "update easel.account a set blocked = d.is_open from (select exists (select from easel.sale"
                    " where billing_id = :billing::uuid and disputed) as is_open) d"
                    " where a.id = :account::uuid and a.blocked <> d.is_open",
     soci::use(books.billing, "billing"), soci::use(*books.account, "account")));
}

} // namespace

answer<change_result> apply_change(scope& s, const billing_change& change) {
  return in_transaction(s.to, "apply_billing", [&](soci::session& sql) {
    const auto books = lock_books(sql, change.who);
    if (!books || books->version != change.version)
      return change_result::outdated;
    auto changed = keep_customer_of(sql, *books, change.customer);
    if (change.purchase)
      changed += step_purchase(sql, *books, *change.purchase);
    if (change.subscription)
      changed += keep_subscription(sql, *books, *change.subscription);
    if (change.sale) {
      changed += keep_sale(sql, *books, *change.sale);
      if (books->account) {
        changed += post_moves(sql, *books->account, change.sale->what, change.sale->back);
        changed += keep_drips(sql, *books, change.sale->what);
        changed += set_blocked(sql, *books);
      }
    }
    end_events(sql, change.events);
    if (changed == 0)
      return change_result::nothing_new;
    sql << "update easel.billing_account set version = version + 1 where id = :id::uuid",
      soci::use(books->billing, "id");
    return change_result::done;
  });
}

answer<int> forget_customer(scope& s, const std::string& customer, std::span<const std::string> events) {
  return in_transaction(s.to, "forget_customer", [&](soci::session& sql) {
    const auto gone = run((sql.prepare << "update easel.billing_account set customer = null, version = version + 1"
                                          " where customer = :customer",
                           soci::use(customer, "customer")));
    end_events(sql, events);
    return static_cast<int>(gone);
  });
}

// ---------------------------------------------------------------- yearly plans, month by month

answer<std::vector<due_drip>> due_drips(scope& s, int limit) {
  return guarded(s.to, "due_drips", [&](soci::session& sql) {
    std::vector<due_drip> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << std::string("select d.business_key, d.reference, d.subscription, d.price, d.monthly,"
                                  " easel.micros(d.begins_at), d.months, d.granted,")
                        + billing_columns
                        + "from easel.drip d join easel.billing_account b on b.id = d.billing_id"
                          " where d.due_at <= easel.now() order by d.due_at limit :most",
       soci::use(limit, "most"));
    for (const auto& row : rows) {
      columns from(row);
      due_drip drip;
      drip.drip.key = from.text();
      drip.reference = from.text();
      drip.drip.subscription = from.text();
      drip.drip.price = from.text();
      drip.drip.monthly = from.amount();
      drip.drip.begins_at = from.time();
      drip.drip.months = static_cast<int>(from.number());
      drip.granted = static_cast<int>(from.number());
      drip.who = read_billing(from);
      found.push_back(std::move(drip));
    }
    return found;
  });
}

namespace {

/// The sale as its row has it: what the months of a drip need.
std::pair<policies::sale, policies::money_back> read_sale(soci::session& sql, const std::string& reference) {
  soci::row row;
  sql << "select charged, refunded, lost, disputed::int from easel.sale where reference = :reference",
    soci::use(reference, "reference"), soci::into(row);
  columns from(row);
  policies::sale what;
  policies::money_back back;
  what.reference = reference;
  what.charged = from.number();
  back.refunded = from.number();
  back.lost = from.number();
  back.disputed = from.flag();
  return {std::move(what), back};
}

constexpr instant no_more; ///< of a drip: no month is due any more

long long move_drip(soci::session& sql, const due_drip& what, int granted, instant due) {
  const long long at = micros_of(due);
  return run((sql.prepare << "update easel.drip set granted = :granted,"
                             " due_at = 'epoch'::timestamptz + nullif(:due::bigint, 0) * interval '1 us'"
                             " where business_key = :key and granted = :before and due_at is not null",
              soci::use(granted, "granted"), soci::use(at, "due"), soci::use(what.drip.key, "key"),
              soci::use(what.granted, "before")));
}

} // namespace

answer<change_result> take_drip(scope& s, const due_drip& what, billing_store::drip_step step, duration grace) {
  return in_transaction(s.to, "take_drip", [&](soci::session& sql) {
    const auto books = lock_books(sql, what.who.id);
    if (!books)
      return change_result::outdated;
    if (step == billing_store::drip_step::wait)
      return move_drip(sql, what, what.granted, now_of(sql) + ask_again) == 1 ? change_result::done
                                                                              : change_result::outdated;
    auto month = policies::month_of(what.drip, what.granted, grace);
    if (step == billing_store::drip_step::end || !books->account || !month)
      return move_drip(sql, what, what.granted, no_more) == 1 ? change_result::done : change_result::outdated;
    const auto next = what.granted + 1;
    const bool is_last = next >= what.drip.months;
    if (move_drip(sql, what, next, is_last ? no_more : policies::due_at(what.drip, next)) != 1)
      return change_result::outdated;
    auto [sale, back] = read_sale(sql, what.reference);
    sale.grants.push_back(std::move(*month));
    post_moves(sql, *books->account, sale, back);
    return change_result::done;
  });
}

} // namespace easel::persistence::postgres
