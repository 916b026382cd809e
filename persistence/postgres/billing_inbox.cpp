#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/arrays.hpp"
#include "persistence/postgres/billing.hpp"

#include <algorithm>
#include <set>

namespace easel::persistence::postgres {

namespace {

using policies::stripe::event;

constexpr int state_ignored = 2;

bool event_holds_nul(const event& e) {
  return any_nul(e.id, e.type, e.api_version, e.object, e.object_id, e.customer, e.subscription, e.invoice,
                 e.payment_intent, e.charge, e.status, e.currency, e.ours.instance);
}

std::string array_of_texts(std::span<const std::string> texts) {
  array_text array;
  for (const auto& text : texts)
    array.add(text);
  return std::move(array).close();
}

/// Whose event i is, as far as our rows know; an empty text is in none of these columns. Not every event names its
/// customer: of a refund, a dispute or a payment of an invoice only what it belongs to is known.
constexpr const char* owner_of_event =
  " coalesce((select b.id from easel.billing_account b where b.customer = i.customer),"
  " (select p.billing_id from easel.purchase p where p.session = i.object_id),"
  " (select s.billing_id from easel.sale s where s.reference in (i.object_id, i.invoice) limit 1),"
  " (select u.billing_id from easel.subscription u where u.id in (i.object_id, i.subscription) limit 1),"
  " (select s.billing_id from easel.sale_payment m join easel.sale s on s.reference = m.reference"
  " where m.payment in (i.object_id, i.payment_intent, i.charge) limit 1))::text";

/// Of these, our own that have ended are due again.
void reopen(soci::session& sql, std::span<const event> events, std::set<std::string>& fresh) {
  array_text own;
  bool is_any = false;
  for (const auto& e : events)
    if (e.id.starts_with(own_event)) {
      own.add(e.id);
      is_any = true;
    }
  if (!is_any)
    return;
  const auto ids = std::move(own).close();
  const soci::rowset<soci::row> rows =
    (sql.prepare << "update easel.billing_inbox set state = 0, reason = '', attempts = 0, created_at = easel.now(),"
                    " received_at = easel.now(), due_at = easel.now(), ended_at = null"
                    " where event_id = any (:ids::text[]) and ended_at is not null returning event_id",
     soci::use(ids, "ids"));
  for (const auto& row : rows)
    fresh.insert(columns(row).text());
}

event read_event(columns& from) {
  event e;
  e.id = from.text();
  e.type = from.text();
  e.api_version = from.text();
  e.livemode = from.flag();
  e.object = from.text();
  e.object_id = from.text();
  e.customer = from.text();
  e.subscription = from.text();
  e.invoice = from.text();
  e.payment_intent = from.text();
  e.charge = from.text();
  e.status = from.text();
  e.amount = from.maybe_number();
  e.currency = from.text();
  e.ours.instance = from.text();
  e.created = from.time();
  return e;
}

} // namespace

answer<std::vector<bool>> keep_events(scope& s, std::span<const event> events, bool by_poll) {
  constexpr auto operation = "keep_events";
  if (std::any_of(events.begin(), events.end(), event_holds_nul))
    return unexpected(error_of(operation, "22021"));
  if (events.empty())
    return std::vector<bool>();
  array_text ids, types, versions, modes, objects, object_ids, customers, subscriptions, invoices, payments, charges,
    statuses, amounts, currencies, instances, times;
  for (const auto& e : events) {
    ids.add(e.id);
    types.add(e.type);
    versions.add(e.api_version);
    modes.add(e.livemode ? "t" : "f");
    objects.add(e.object);
    object_ids.add(e.object_id);
    customers.add(e.customer);
    subscriptions.add(e.subscription);
    invoices.add(e.invoice);
    payments.add(e.payment_intent);
    charges.add(e.charge);
    statuses.add(e.status);
    if (e.amount)
      amounts.add(*e.amount);
    else
      amounts.add_null();
    currencies.add(e.currency);
    instances.add(e.ours.instance);
    times.add(e.created.time_since_epoch().count());
  }
  const auto id = std::move(ids).close(), type = std::move(types).close(), version = std::move(versions).close(),
             mode = std::move(modes).close(), object = std::move(objects).close(),
             object_id = std::move(object_ids).close(), customer = std::move(customers).close(),
             subscription = std::move(subscriptions).close(), invoice = std::move(invoices).close(),
             payment = std::move(payments).close(), charge = std::move(charges).close(),
             status = std::move(statuses).close(), amount = std::move(amounts).close(),
             currency = std::move(currencies).close(), instance = std::move(instances).close(),
             time = std::move(times).close();
  const int polled = by_poll ? 1 : 0;
  return guarded(s.to, operation, [&](soci::session& sql) {
    std::set<std::string> fresh;
    if (by_poll)
      reopen(sql, events, fresh);
    const soci::rowset<soci::row> rows =
      (sql.prepare << "insert into easel.billing_inbox (event_id, type, api_version, livemode, object, object_id,"
                      " customer, subscription, invoice, payment_intent, charge, status, amount, currency, instance,"
                      " created_at, received_at, by_poll, due_at)"
                      " select r.id, r.type, r.version, r.mode, r.object, r.object_id, r.customer, r.subscription,"
                      " r.invoice, r.payment, r.charge, r.status, r.amount, r.currency, r.instance,"
                      " 'epoch'::timestamptz + r.at * interval '1 us', easel.now(), :polled::int <> 0, easel.now()"
                      " from unnest(:id::text[], :type::text[], :version::text[], :mode::boolean[], :object::text[],"
                      " :object_id::text[], :customer::text[], :subscription::text[], :invoice::text[],"
                      " :payment::text[], :charge::text[], :status::text[], :amount::bigint[], :currency::text[],"
                      " :instance::text[], :time::bigint[])"
                      " as r (id, type, version, mode, object, object_id, customer, subscription, invoice, payment,"
                      " charge, status, amount, currency, instance, at)"
                      " on conflict (event_id) do nothing returning event_id",
       soci::use(polled, "polled"), soci::use(id, "id"), soci::use(type, "type"), soci::use(version, "version"),
       soci::use(mode, "mode"), soci::use(object, "object"), soci::use(object_id, "object_id"),
       soci::use(customer, "customer"), soci::use(subscription, "subscription"), soci::use(invoice, "invoice"),
       soci::use(payment, "payment"), soci::use(charge, "charge"), soci::use(status, "status"),
       soci::use(amount, "amount"), soci::use(currency, "currency"), soci::use(instance, "instance"),
       soci::use(time, "time"));
    for (const auto& row : rows)
      fresh.insert(columns(row).text());
    std::vector<bool> is_new;
    is_new.reserve(events.size());
    for (const auto& e : events)
      is_new.push_back(fresh.erase(e.id) == 1);
    return is_new;
  });
}

answer<std::vector<inbox_item>> due_events(scope& s, int limit, std::span<const std::string> but_of) {
  return guarded(s.to, "due_events", [&](soci::session& sql) {
    std::vector<inbox_item> items;
    const auto others = array_of_texts(but_of);
    const soci::rowset<soci::row> rows =
      (sql.prepare << std::string("select i.event_id, i.type, i.api_version, i.livemode::int, i.object, i.object_id,"
                                  " i.customer, i.subscription, i.invoice, i.payment_intent, i.charge, i.status,"
                                  " i.amount, i.currency, i.instance, easel.micros(i.created_at), i.attempts,")
                        + owner_of_event
                        + " from easel.billing_inbox i where i.due_at <= easel.now()"
                          " and not i.customer = any (:others::text[]) order by i.due_at, i.number limit :most",
       soci::use(others, "others"), soci::use(limit, "most"));
    for (const auto& row : rows) {
      columns from(row);
      inbox_item item;
      item.what = read_event(from);
      item.attempts = static_cast<int>(from.number());
      if (from.is_null())
        from.skip();
      else
        item.owner = from.id<billing_id>();
      items.push_back(std::move(item));
    }
    return items;
  });
}

void end_events(soci::session& sql, std::span<const std::string> events) {
  if (events.empty())
    return;
  const auto ids = array_of_texts(events);
  sql << "update easel.billing_inbox set state = 1, reason = '', due_at = null, ended_at = easel.now(),"
         " attempts = attempts + 1 where event_id = any (:ids::text[]) and ended_at is null",
    soci::use(ids, "ids");
}

answer<int> ignore_events(scope& s, std::span<const std::string> events, policies::ignored why) {
  return guarded(s.to, "ignore_events", [&](soci::session& sql) {
    const auto ids = array_of_texts(events);
    const std::string reason(to_string(why));
    const int state = state_ignored;
    soci::statement update =
      (sql.prepare << "update easel.billing_inbox set state = :state, reason = :reason, due_at = null,"
                      " ended_at = easel.now(), attempts = attempts + 1"
                      " where event_id = any (:ids::text[]) and ended_at is null",
       soci::use(state, "state"), soci::use(reason, "reason"), soci::use(ids, "ids"));
    update.execute(true);
    return static_cast<int>(update.get_affected_rows());
  });
}

answer<int> put_off_events(scope& s, std::span<const std::string> events, std::optional<policies::parked> why,
                           duration pause) {
  return guarded(s.to, "put_off_events", [&](soci::session& sql) {
    const auto ids = array_of_texts(events);
    const std::string reason(why ? to_string(*why) : "");
    const int state = why ? 3 : 0;
    const long long wait = pause.count();
    soci::statement update =
      (sql.prepare << "update easel.billing_inbox set state = :state, reason = :reason, attempts = attempts + 1,"
                      " due_at = easel.now() + :wait::bigint * interval '1 us'"
                      " where event_id = any (:ids::text[]) and ended_at is null",
       soci::use(state, "state"), soci::use(reason, "reason"), soci::use(wait, "wait"), soci::use(ids, "ids"));
    update.execute(true);
    return static_cast<int>(update.get_affected_rows());
  });
}

answer<int> wake_events(scope& s, const std::string& customer) {
  return guarded(s.to, "wake_events", [&](soci::session& sql) {
    soci::statement update =
      (sql.prepare << "update easel.billing_inbox set due_at = easel.now() where customer = :customer and state = 3"
                      " and due_at > easel.now()",
       soci::use(customer, "customer"));
    update.execute(true);
    return static_cast<int>(update.get_affected_rows());
  });
}

answer<std::vector<open_difference>> list_differences(scope& s, int limit) {
  return guarded(s.to, "list_differences", [&](soci::session& sql) {
    std::vector<open_difference> found;
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select event_id, type, object_id, reason, easel.micros(received_at), attempts"
                      " from easel.billing_inbox where due_at is not null and state = 3"
                      " order by received_at, number limit :most",
       soci::use(limit, "most"));
    for (const auto& row : rows) {
      columns from(row);
      open_difference d;
      d.event_id = from.text();
      d.type = from.text();
      d.object_id = from.text();
      d.reason = from.text();
      d.since = from.time();
      d.attempts = static_cast<int>(from.number());
      found.push_back(std::move(d));
    }
    return found;
  });
}

} // namespace easel::persistence::postgres
