#include "persistence/postgres/billing.hpp"

#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/singletons.hpp"

namespace easel::persistence::postgres {

namespace {

instant at_of(columns& from) { return from.time(); }

/// The interface over the operations of this folder.
class billing_books final : public billing_store {
public:
  explicit billing_books(scope s) : s_(std::move(s)) {}

  answer<instant> now() override {
    return guarded(s_.to, "billing_now", [](soci::session& sql) { return now_of(sql); });
  }

  answer<std::optional<account_id>> account_of_session(const digest& token) override {
    const auto found = postgres::find_session(s_, token);
    if (!found)
      return unexpected(found.error());
    return *found ? std::optional((*found)->session.account) : std::nullopt;
  }

  answer<std::vector<bool>> keep(std::span<const policies::stripe::event> events, bool by_poll) override {
    return keep_events(s_, events, by_poll);
  }
  answer<std::vector<inbox_item>> due(int limit, std::span<const std::string> but_of) override {
    return due_events(s_, limit, but_of);
  }
  answer<int> ignore(std::span<const std::string> events, policies::ignored why) override {
    return ignore_events(s_, events, why);
  }
  answer<int> put_off(std::span<const std::string> events, std::optional<policies::parked> why,
                      duration pause) override {
    return put_off_events(s_, events, why, pause);
  }
  answer<int> wake(const std::string& customer) override { return wake_events(s_, customer); }
  answer<std::vector<open_difference>> differences(int limit) override { return list_differences(s_, limit); }

  answer<std::optional<billing_account_row>> find_billing(billing_id id) override {
    return postgres::find_billing(s_, "b.id = :value::uuid", text_of(id));
  }
  answer<std::optional<billing_account_row>> find_billing(account_id id) override {
    return postgres::find_billing(s_, "b.account_id = :value::uuid", text_of(id));
  }
  answer<std::optional<billing_account_row>> find_customer(const std::string& customer) override {
    return postgres::find_billing(s_, "b.customer = :value", customer);
  }
  answer<std::optional<purchase_row>> find_purchase(purchase_id id) override {
    return postgres::find_purchase(s_, "p.id = :value::uuid", text_of(id));
  }
  answer<std::optional<purchase_row>> find_purchase(const std::string& session) override {
    return postgres::find_purchase(s_, "p.session = :value", session);
  }
  answer<std::optional<sale_place>> sale_of_payment(const std::string& payment) override {
    return postgres::sale_of_payment(s_, payment);
  }
  answer<std::optional<billing_overview>> overview(account_id id, int purchases) override {
    return postgres::overview(s_, id, purchases);
  }
  answer<std::optional<purchase_seen>> see_purchase(purchase_id id) override { return postgres::see_purchase(s_, id); }

  answer<purchase_outcome> begin_purchase(const new_purchase& what) override {
    return postgres::begin_purchase(s_, what);
  }
  answer<std::string> keep_customer(billing_id id, const std::string& customer) override {
    return postgres::keep_customer(s_, id, customer);
  }
  answer<bool> keep_session(purchase_id id, const std::string& session) override {
    return postgres::keep_session(s_, id, session);
  }
  answer<bool> give_up_purchase(purchase_id id) override { return postgres::give_up_purchase(s_, id); }
  answer<freed> switch_to_free(account_id id) override { return postgres::switch_to_free(s_, id); }

  answer<change_result> apply(const billing_change& change) override { return apply_change(s_, change); }
  answer<int> forget_customer(const std::string& customer, std::span<const std::string> events) override {
    return postgres::forget_customer(s_, customer, events);
  }
  answer<std::vector<due_drip>> due_drips(int limit) override { return postgres::due_drips(s_, limit); }
  answer<change_result> drip(const due_drip& what, drip_step step, duration grace) override {
    return take_drip(s_, what, step, grace);
  }

  answer<std::vector<outbox_item>> due_outbox(int limit) override {
    return guarded(s_.to, "due_outbox", [&](soci::session& sql) {
      std::vector<outbox_item> items;
      // A customer goes after everything else of it, because with it goes what we know it by.
      const soci::rowset<soci::row> rows =
        (sql.prepare << "select o.what, o.target, o.attempts from easel.billing_outbox o"
                        " where o.due_at <= easel.now() and (o.what <> 2 or not exists (select from"
                        " easel.billing_outbox e where e.billing_id = o.billing_id and e.what < 2))"
                        " order by o.due_at, o.what limit :most",
         soci::use(limit, "most"));
      for (const auto& row : rows) {
        columns from(row);
        outbox_item item;
        item.what = static_cast<outbox_item::kind>(from.number());
        item.target = from.text();
        item.attempts = static_cast<int>(from.number());
        items.push_back(std::move(item));
      }
      return items;
    });
  }

  answer<bool> outbox_done(const outbox_item& what) override {
    return in_transaction(s_.to, "outbox_done", [&](soci::session& sql) {
      const int kind = static_cast<int>(what.what);
      soci::statement gone = (sql.prepare << "delete from easel.billing_outbox where what = :what and target = :target",
                              soci::use(kind, "what"), soci::use(what.target, "target"));
      gone.execute(true);
      if (what.what == outbox_item::kind::delete_customer)
        sql << "update easel.billing_account set customer = null, version = version + 1 where customer = :target",
          soci::use(what.target, "target");
      return gone.get_affected_rows() == 1;
    });
  }

  answer<bool> outbox_later(const outbox_item& what, duration pause) override {
    return guarded(s_.to, "outbox_later", [&](soci::session& sql) {
      const int kind = static_cast<int>(what.what);
      const long long wait = pause.count();
      soci::statement later = (sql.prepare << "update easel.billing_outbox set attempts = attempts + 1,"
                                              " due_at = easel.now() + :wait::bigint * interval '1 us'"
                                              " where what = :what and target = :target",
                               soci::use(wait, "wait"), soci::use(kind, "what"), soci::use(what.target, "target"));
      later.execute(true);
      return later.get_affected_rows() == 1;
    });
  }

  answer<bool> lead(role as) override {
    return guarded(s_.to, "lead", [&](soci::session& sql) {
      const long long lock = clerk_lock + static_cast<int>(as);
      int is_held = 0;
      sql << "select case when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
             " and (classid::bigint << 32) + objid::bigint = :lock) then 1"
             " else pg_try_advisory_lock(:lock)::int end",
        soci::use(lock, "lock"), soci::into(is_held);
      return is_held != 0;
    });
  }

  answer<std::optional<sweep_mark>> sweep_mark_of(const std::string& name) override {
    return guarded(s_.to, "sweep_mark", [&](soci::session& sql) -> std::optional<sweep_mark> {
      soci::row row;
      sql << "select easel.micros(reached), easel.micros(ran_at), looked_at, found, took_us from easel.billing_sweep"
             " where name = :name",
        soci::use(name, "name"), soci::into(row);
      if (!sql.got_data())
        return std::nullopt;
      columns from(row);
      sweep_mark mark;
      mark.reached = at_of(from);
      mark.ran_at = at_of(from);
      mark.looked_at = from.number();
      mark.found = from.number();
      if (const auto took = from.maybe_number())
        mark.took = duration(*took);
      return mark;
    });
  }

  answer<bool> keep_sweep(const std::string& name, const sweep_mark& mark) override {
    return guarded(s_.to, "keep_sweep", [&](soci::session& sql) {
      const long long reached = mark.reached.time_since_epoch().count();
      const long long ran_at = mark.ran_at.time_since_epoch().count();
      const long long looked_at = mark.looked_at;
      const long long found = mark.found;
      const long long took = mark.took.value_or(duration{}).count();
      auto has_took = mark.took ? soci::i_ok : soci::i_null;
      sql << "insert into easel.billing_sweep (name, reached, ran_at, looked_at, found, took_us)"
             " values (:name, 'epoch'::timestamptz + :reached::bigint * interval '1 us',"
             " 'epoch'::timestamptz + :ran_at::bigint * interval '1 us', :looked_at, :found,"
             " :took::bigint)"
             " on conflict (name) do update set reached = excluded.reached, ran_at = excluded.ran_at,"
             " looked_at = excluded.looked_at, found = excluded.found, took_us = excluded.took_us",
        soci::use(name, "name"), soci::use(reached, "reached"), soci::use(ran_at, "ran_at"),
        soci::use(looked_at, "looked_at"), soci::use(found, "found"), soci::use(took, has_took, "took");
      return true;
    });
  }

  answer<std::vector<bool>> agree(std::span<const listed_object> objects) override {
    return postgres::agree(s_, objects);
  }
  answer<std::vector<policies::stripe_reference>> unfinished(const std::string& after, int limit) override {
    return postgres::unfinished(s_, after, limit);
  }
  answer<std::vector<known_sale>> sales(const known_sale& after, instant until, int limit) override {
    return postgres::sales_after(s_, after, until, limit);
  }
  answer<billing_health> health() override { return billing_health_of(s_); }

  answer<int> sweep(instant events_until, instant sales_until, int limit) override {
    return guarded(s_.to, "sweep_billing", [&](soci::session& sql) {
      const long long events = events_until.time_since_epoch().count();
      const long long sales = sales_until.time_since_epoch().count();
      int gone = 0;
      sql << "select easel.sweep_billing('epoch'::timestamptz + :events::bigint * interval '1 us',"
             " 'epoch'::timestamptz + :sales::bigint * interval '1 us', :most)"
             " + easel.sweep_payments('epoch'::timestamptz + :sales::bigint * interval '1 us', :most)",
        soci::use(events, "events"), soci::use(sales, "sales"), soci::use(limit, "most"), soci::into(gone);
      return gone;
    });
  }

private:
  scope s_;
};

} // namespace

std::unique_ptr<billing_store> make_billing_books(scope s) { return std::make_unique<billing_books>(std::move(s)); }

} // namespace easel::persistence::postgres
