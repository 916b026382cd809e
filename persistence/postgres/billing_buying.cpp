#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/billing.hpp"

namespace easel::persistence::postgres {

using policies::purchase_state;

const char* const billing_columns = " b.id::text, b.account_id::text, b.customer, b.version ";
const char* const purchase_columns =
  " p.id::text, p.billing_id::text, p.item, p.is_plan::int, p.price, p.amount, p.currency, p.credits, p.state,"
  " p.session, p.subscription, easel.micros(p.created_at), easel.micros(p.open_until) ";

billing_account_row read_billing(columns& from) {
  billing_account_row row;
  row.id = from.id<billing_id>();
  if (from.is_null())
    from.skip();
  else
    row.account = from.id<account_id>();
  row.customer = from.text();
  row.version = from.number();
  return row;
}

purchase_row read_purchase(columns& from) {
  purchase_row row;
  row.id = from.id<purchase_id>();
  row.billing = from.id<billing_id>();
  row.item = from.text();
  row.terms.is_plan = from.flag();
  row.price = from.text();
  row.terms.amount = from.number();
  row.terms.currency = from.text();
  row.terms.amount_of_credits = from.amount();
  row.terms.state = static_cast<purchase_state>(from.number());
  row.session = from.text();
  row.subscription = from.text();
  row.created_at = from.time();
  row.open_until = from.time();
  return row;
}

answer<std::optional<billing_account_row>> find_billing(scope& s, const char* condition, const std::string& value) {
  return guarded(s.to, "find_billing", [&](soci::session& sql) -> std::optional<billing_account_row> {
    soci::row row;
    sql << std::string("select") + billing_columns + "from easel.billing_account b where " + condition,
      soci::use(value, "value"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    return read_billing(from);
  });
}

answer<std::optional<purchase_row>> find_purchase(scope& s, const char* condition, const std::string& value) {
  return guarded(s.to, "find_purchase", [&](soci::session& sql) -> std::optional<purchase_row> {
    soci::row row;
    sql << std::string("select") + purchase_columns + "from easel.purchase p where " + condition,
      soci::use(value, "value"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    return read_purchase(from);
  });
}

namespace {

billing_account_row ensure_billing(soci::session& sql, const std::string& account) {
  const auto fresh = text_of(mint<billing_id>(now_of(sql)));
  sql << "insert into easel.billing_account (id, account_id, created_at)"
         " values (:id::uuid, :account::uuid, easel.now()) on conflict (account_id) do nothing",
    soci::use(fresh, "id"), soci::use(account, "account");
  soci::row row;
  sql << std::string("select") + billing_columns + "from easel.billing_account b where b.account_id = :account::uuid",
    soci::use(account, "account"), soci::into(row);
  columns from(row);
  return read_billing(from);
}

/// A subscription that goes on, or one that was paid for a moment ago and is not known yet.
bool is_subscribed(soci::session& sql, const std::string& billing) {
  int found = 0;
  sql << "select (exists (select from easel.subscription where billing_id = :billing::uuid and ended_at is null"
         " and status not in ('canceled', 'incomplete_expired'))"
         " or exists (select from easel.purchase p where p.billing_id = :billing::uuid and p.is_plan and p.state = 3"
         " and not exists (select from easel.subscription s where s.id = p.subscription)))::int",
    soci::use(billing, "billing"), soci::into(found);
  return found != 0;
}

bool had_plan(soci::session& sql, const std::string& billing) {
  int found = 0;
  sql << "select (exists (select from easel.subscription where billing_id = :billing::uuid)"
         " or exists (select from easel.purchase where billing_id = :billing::uuid and is_plan and state = 3))::int",
    soci::use(billing, "billing"), soci::into(found);
  return found != 0;
}

/// What can still be paid, after ending what cannot.
std::optional<purchase_row> open_purchase(soci::session& sql, const std::string& billing) {
  // One without a session was left by a call whose answer was lost: nobody has its link. If its time has come, Stripe
  // has ended it by itself.
  sql << "update easel.purchase set state = case when session is null then 5 else 4 end, changed_at = easel.now()"
         " where billing_id = :billing::uuid and state < 2 and (session is null or open_until <= easel.now())",
    soci::use(billing, "billing");
  soci::row row;
  sql << std::string("select") + purchase_columns
           + "from easel.purchase p where p.billing_id = :billing::uuid and p.state < 2",
    soci::use(billing, "billing"), soci::into(row);
  if (!sql.got_data())
    return std::nullopt;
  columns from(row);
  return read_purchase(from);
}

purchase_row insert_purchase(soci::session& sql, const new_purchase& what, const std::string& billing) {
  const auto id = text_of(mint<purchase_id>(now_of(sql)));
  const int is_plan = what.is_plan ? 1 : 0;
  const long long amount = what.amount;
  const long long granted = what.amount_of_credits.value();
  const long long life = what.session_life.count();
  soci::row row;
  // In whole seconds: Stripe is told the same end.
  sql << std::string("insert into easel.purchase as p (id, billing_id, item, is_plan, price, amount, currency, credits,"
                     " created_at, open_until, changed_at) values (:id::uuid, :billing::uuid, :item, :plan::int <> 0,"
                     " :price, :amount, :currency, :credits, easel.now(),"
                     " date_trunc('second', easel.now() + :life::bigint * interval '1 us'), easel.now()) returning")
           + purchase_columns,
    soci::use(id, "id"), soci::use(billing, "billing"), soci::use(what.item, "item"), soci::use(is_plan, "plan"),
    soci::use(what.price, "price"), soci::use(amount, "amount"), soci::use(what.currency, "currency"),
    soci::use(granted, "credits"), soci::use(life, "life"), soci::into(row);
  columns from(row);
  return read_purchase(from);
}

} // namespace

answer<purchase_outcome> begin_purchase(scope& s, const new_purchase& what) {
  if (any_nul(what.item, what.price, what.currency))
    return refused("begin_purchase", "22021");
  return in_transaction(s.to, "begin_purchase", [&](soci::session& sql) {
    purchase_outcome outcome;
    const auto account = text_of(what.account);
    int may_buy = 0;
    int is_blocked = 0;
    sql << "select (state = 0 and not restricted)::int, blocked::int from easel.account where id = :account::uuid"
           " for no key update",
      soci::use(account, "account"), soci::into(may_buy), soci::into(is_blocked);
    if (!sql.got_data() || may_buy == 0) {
      outcome.result = purchase_begun::account_gone;
      return outcome;
    }
    if (is_blocked != 0) {
      outcome.result = purchase_begun::blocked;
      return outcome;
    }
    outcome.who = ensure_billing(sql, account);
    const auto billing = text_of(outcome.who.id);
    if (what.is_plan && is_subscribed(sql, billing)) {
      outcome.result = purchase_begun::already_subscribed;
      return outcome;
    }
    if (auto open = open_purchase(sql, billing)) {
      const bool is_same = open->item == what.item && open->price == what.price && open->terms.is_plan == what.is_plan;
      outcome.result = is_same ? purchase_begun::open_already : purchase_begun::other_open;
      outcome.purchase = std::move(*open);
      return outcome;
    }
    outcome.had_plan = had_plan(sql, billing);
    outcome.purchase = insert_purchase(sql, what, billing);
    return outcome;
  });
}

namespace {

/// What was made at Stripe while the account was closed: its deletion did not know of it.
void undo_at_stripe(soci::session& sql, const std::string& billing, outbox_item::kind what, const std::string& target) {
  const int kind = static_cast<int>(what);
  sql << "insert into easel.billing_outbox (billing_id, what, target, asked_at, due_at)"
         " values (:billing::uuid, :what, :target, easel.now(), easel.now()) on conflict do nothing",
    soci::use(billing, "billing"), soci::use(kind, "what"), soci::use(target, "target");
}

} // namespace

answer<std::string> keep_customer(scope& s, billing_id id, const std::string& customer) {
  return in_transaction(s.to, "keep_customer", [&](soci::session& sql) {
    const auto billing = text_of(id);
    std::string kept;
    int is_closed = 0;
    sql << "update easel.billing_account set customer = coalesce(customer, :customer) where id = :id::uuid"
           " returning customer, (account_id is null)::int",
      soci::use(customer, "customer"), soci::use(billing, "id"), soci::into(kept), soci::into(is_closed);
    if (is_closed == 0)
      return kept;
    undo_at_stripe(sql, billing, outbox_item::kind::delete_customer, customer);
    return std::string();
  });
}

answer<bool> keep_session(scope& s, purchase_id id, const std::string& session) {
  return in_transaction(s.to, "keep_session", [&](soci::session& sql) {
    const auto purchase = text_of(id);
    // The row is locked, so that a deletion either sees this session or is seen here.
    std::string billing;
    int is_closed = 0;
    sql << "select b.id::text, (b.account_id is null)::int from easel.billing_account b"
           " join easel.purchase p on p.billing_id = b.id where p.id = :id::uuid for share of b",
      soci::use(purchase, "id"), soci::into(billing), soci::into(is_closed);
    if (!sql.got_data())
      return false;
    sql << "update easel.purchase set session = coalesce(session, :session),"
           " state = case when state = 0 then 1 else state end, changed_at = easel.now() where id = :id::uuid",
      soci::use(session, "session"), soci::use(purchase, "id");
    if (is_closed != 0)
      undo_at_stripe(sql, billing, outbox_item::kind::expire_session, session);
    return is_closed == 0;
  });
}

answer<bool> give_up_purchase(scope& s, purchase_id id) {
  return guarded(s.to, "give_up_purchase", [&](soci::session& sql) {
    const auto purchase = text_of(id);
    soci::statement give_up =
      (sql.prepare << "update easel.purchase set state = case when session is null then 5 else 4 end,"
                      " changed_at = easel.now() where id = :id::uuid and state < 2",
       soci::use(purchase, "id"));
    give_up.execute(true);
    return give_up.get_affected_rows() == 1;
  });
}

answer<billing_store::freed> switch_to_free(scope& s, account_id id) {
  using enum billing_store::freed;
  return in_transaction(s.to, "switch_to_free", [&](soci::session& sql) {
    const auto account = text_of(id);
    int is_blocked = 0;
    long long available = 0;
    sql << "select blocked::int, easel.available(id, easel.now()) from easel.account"
           " where id = :account::uuid and state <> 2 for no key update",
      soci::use(account, "account"), soci::into(is_blocked), soci::into(available);
    if (!sql.got_data() || is_blocked != 0 || available < 0)
      return blocked;
    std::string billing;
    sql << "select id::text from easel.billing_account where account_id = :account::uuid",
      soci::use(account, "account"), soci::into(billing);
    if (sql.got_data() && is_subscribed(sql, billing))
      return still_subscribed;
    if (available > 0)
      return credits_left;
    sql << "update easel.account set tier = 0, granted_on = null where id = :account::uuid and tier <> 0",
      soci::use(account, "account");
    return done;
  });
}

} // namespace easel::persistence::postgres
