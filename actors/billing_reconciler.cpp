#include "actors/billing_reconciler.hpp"

#include <algorithm>
#include <functional>

namespace easel::actors {

namespace stripe = policies::stripe;
using client::stripe_client;
using client::stripe_window;
using policies::stripe_kind;

namespace {

constexpr auto events_reach = std::chrono::hours(24 * 30);  ///< Stripe lists events of that time only
constexpr auto failures_reach = std::chrono::hours(24 * 4); ///< deliveries are repeated for three days
constexpr auto audit_reach = std::chrono::hours(24 * 35);
constexpr int rows_page = 100; ///< of our own rows, as of Stripe's lists

instant in_seconds(instant at) { return std::chrono::floor<std::chrono::seconds>(at); }

} // namespace

/// The ids that an audit saw, as hashes: a hundred thousand take 800 KB, however long they are.
class billing_reconciler::seen_objects {
public:
  void add(const std::string& id) { hashes_.push_back(std::hash<std::string>{}(id)); }
  void close() { std::sort(hashes_.begin(), hashes_.end()); }
  [[nodiscard]] bool contains(const std::string& id) const {
    return std::binary_search(hashes_.begin(), hashes_.end(), std::hash<std::string>{}(id));
  }

private:
  std::vector<std::size_t> hashes_; ///< sorted once all are in
};

void billing_reconciler::pace() const {
  pause_(std::chrono::duration_cast<duration>(std::chrono::seconds(1)) / std::max(1, settings_.reads_per_second));
}

bool billing_reconciler::enqueue(const std::vector<stripe::event>& events, sweep_result& into) {
  const auto kept = books_.keep(events, true);
  if (!kept)
    return false;
  const auto fresh = std::count(kept->begin(), kept->end(), true);
  into.found += fresh;
  counts_.missed.fetch_add(static_cast<std::uint64_t>(fresh), std::memory_order_relaxed);
  return true;
}

template <class T, class Call>
std::optional<stripe::listing<T>> billing_reconciler::read_page(Call call) {
  for (int tries = 1;; ++tries) {
    pace();
    auto page = stripe_.ask<stripe::listing<T>>(call);
    if (stripe_.is_stopped())
      return std::nullopt;
    if (page)
      return std::move(*page);
    counts_.stripe_failures.fetch_add(1, std::memory_order_relaxed);
    if (!client::may_be_repeated(page.error()) || tries >= settings_.attempts)
      return std::nullopt;
    pause_(billing_backoff(settings_, tries));
  }
}

// ---------------------------------------------------------------- events

bool billing_reconciler::list_events(instant from, instant to, bool failed_only, sweep_result& into) {
  for (int group = 0; group < stripe_client::event_groups; ++group) {
    stripe_window when{in_seconds(from), to, {}};
    for (bool has_more = true; has_more;) {
      const auto page = read_page<stripe::event>(
        [&](auto& client, auto done) { client.list_events(group, when, failed_only, std::move(done)); });
      if (!page || !enqueue(page->items, into))
        return false;
      into.looked_at += static_cast<std::int64_t>(page->items.size());
      has_more = page->has_more && !page->items.empty();
      if (has_more)
        when.starting_after = page->items.back().id;
    }
  }
  return true;
}

/// An inclusive window that overlaps the one before: what came late into the same second is seen again, and known.
std::optional<billing_reconciler::sweep_result> billing_reconciler::tail(std::optional<instant> reached, instant now) {
  sweep_result result;
  const instant from = reached ? std::max(*reached - settings_.tail_overlap, now - events_reach) : now - events_reach;
  return list_events(from, now, false, result) ? std::optional(result) : std::nullopt;
}

std::optional<billing_reconciler::sweep_result> billing_reconciler::failures(std::optional<instant>, instant now) {
  sweep_result result;
  return list_events(now - failures_reach, now, true, result) ? std::optional(result) : std::nullopt;
}

// ---------------------------------------------------------------- objects

/// An entry of our own for the inbox: the object is looked at as if Stripe had named it. It is one row for each object,
/// however often an audit asks.
stripe::event billing_reconciler::look_again(std::string object, const std::string& id,
                                             const std::string& payment_intent, instant now) const {
  stripe::event e;
  e.id = std::string(persistence::own_event) + id;
  e.id.resize(std::min(e.id.size(), stripe::longest_id));
  e.type = "audit." + object;
  e.api_version = settings_.api_version;
  e.created = now;
  e.livemode = settings_.livemode;
  e.object = std::move(object);
  e.object_id = id;
  e.payment_intent = payment_intent;
  e.ours.instance = settings_.instance;
  return e;
}

template <class T, class Call, class Listed>
bool billing_reconciler::audit_list(instant now, sweep_result& into, Call call, Listed listed) {
  stripe_window when{in_seconds(now - audit_reach), now, {}};
  for (bool has_more = true; has_more;) {
    const auto page = read_page<T>([&](auto& client, auto done) { call(client, when, std::move(done)); });
    if (!page)
      return false;
    std::vector<persistence::listed_object> objects;
    std::vector<stripe::event> again;
    for (const auto& item : page->items)
      listed(item, objects, again);
    const auto agreed = books_.agree(objects);
    if (!agreed)
      return false;
    std::vector<stripe::event> missed;
    for (std::size_t i = 0; i < agreed->size(); ++i)
      if (!(*agreed)[i])
        missed.push_back(std::move(again[i]));
    if (!enqueue(missed, into))
      return false;
    into.looked_at += static_cast<std::int64_t>(page->items.size());
    has_more = page->has_more && !page->items.empty();
    if (has_more)
      when.starting_after = page->items.back().id;
  }
  return true;
}

bool billing_reconciler::audit_unfinished(instant now, sweep_result& into) {
  for (std::string after;;) {
    const auto page = books_.unfinished(after, rows_page);
    if (!page)
      return false;
    if (page->empty())
      return true;
    std::vector<stripe::event> again;
    for (const auto& each : *page)
      again.push_back(
        look_again(each.kind == stripe_kind::session ? "checkout.session" : "subscription", each.id, {}, now));
    if (!books_.keep(again, true)) // not counted as missed: they may have nothing new
      return false;
    into.looked_at += static_cast<std::int64_t>(page->size());
    after = page->back().id;
  }
}

bool billing_reconciler::audit_sales(instant now, seen_objects& seen, sweep_result& into) {
  const auto is_foreign = [&](const stripe::our_marks& ours) {
    return !ours.instance.empty() && ours.instance != settings_.instance;
  };
  return audit_list<stripe::checkout_session>(
           now, into, [](auto& client, const auto& when, auto done) { client.list_sessions(when, std::move(done)); },
           [&](const stripe::checkout_session& s, auto& objects, auto& again) {
             seen.add(s.id);
             if (s.status != "complete" || s.payment_status == "unpaid" || is_foreign(s.ours))
               return;
             objects.push_back({stripe_kind::session, false, s.id, s.status, s.amount_total, s.currency, {}, false});
             again.push_back(look_again("checkout.session", s.id, {}, now));
           })
         && audit_list<stripe::invoice>(
           now, into, [](auto& client, const auto& when, auto done) { client.list_invoices(when, std::move(done)); },
           [&](const stripe::invoice& i, auto& objects, auto& again) {
             seen.add(i.id);
             if (i.status != "paid" || is_foreign(i.ours))
               return;
             objects.push_back({stripe_kind::invoice, false, i.id, i.status, i.amount_paid, i.currency, {}, false});
             again.push_back(look_again("invoice", i.id, {}, now));
           });
}

bool billing_reconciler::audit_money_back(instant now, sweep_result& into) {
  return audit_list<stripe::refund>(
           now, into, [](auto& client, const auto& when, auto done) { client.list_refunds(when, std::move(done)); },
           [&](const stripe::refund& r, auto& objects, auto& again) {
             objects.push_back({stripe_kind::payment, false, r.id, r.status, r.amount, r.currency, {}, false});
             again.push_back(look_again("refund", r.id, r.payment_intent, now));
           })
         && audit_list<stripe::dispute>(
           now, into, [](auto& client, const auto& when, auto done) { client.list_disputes(when, std::move(done)); },
           [&](const stripe::dispute& d, auto& objects, auto& again) {
             objects.push_back({stripe_kind::payment, true, d.id, d.status, d.amount, d.currency, {}, false});
             again.push_back(look_again("dispute", d.id, d.payment_intent, now));
           });
}

/// Sales that our books have and Stripe's lists do not: older ones that were paid of late, or none that Stripe knows,
/// which stay open as `gone`. The window ends where the lists may not have reached yet.
bool billing_reconciler::audit_unseen(instant now, const seen_objects& seen, sweep_result& into) {
  persistence::known_sale after;
  for (after.at = now - audit_reach;;) {
    const auto page = books_.sales(after, now - settings_.tail_overlap, rows_page);
    if (!page)
      return false;
    if (page->empty())
      return true;
    std::vector<stripe::event> again;
    for (const auto& sale : *page)
      if (!seen.contains(sale.reference))
        again.push_back(look_again(sale.is_pack ? "checkout.session" : "invoice", sale.reference, {}, now));
    if (!books_.keep(again, true)) // not counted as missed: they may have nothing new
      return false;
    into.looked_at += static_cast<std::int64_t>(again.size());
    after = page->back();
  }
}

std::optional<billing_reconciler::sweep_result> billing_reconciler::audit(std::optional<instant>, instant now) {
  sweep_result result;
  seen_objects seen;
  if (!audit_sales(now, seen, result) || !audit_money_back(now, result))
    return std::nullopt;
  seen.close();
  return audit_unseen(now, seen, result) && audit_unfinished(now, result) ? std::optional(result) : std::nullopt;
}

// ---------------------------------------------------------------- the balance

/// All money that moved. It has the time of the movement: what came in for an old invoice, and a refund that failed
/// weeks later, are in no list of young objects. Each movement is compared by itself, which a sum for each day could
/// not do better.
std::optional<billing_reconciler::sweep_result> billing_reconciler::balance(std::optional<instant>, instant now) {
  sweep_result result;
  const bool ok = audit_list<stripe::movement>(
    now, result, [](auto& client, const auto& when, auto done) { client.list_movements(when, std::move(done)); },
    [&](const stripe::movement& m, auto& objects, auto& again) {
      const bool is_charge = m.kind == "charge";
      if (m.kind.empty() || m.payment_intent.empty() || (is_charge && m.status != "succeeded"))
        return;
      const auto marked = m.ours.instance == settings_.instance;
      if (is_charge)
        objects.push_back(
          {stripe_kind::charge, false, m.payment_intent, m.status, m.amount, m.currency, m.customer, marked});
      else
        objects.push_back(
          {stripe_kind::payment, m.kind == "dispute", m.cause, m.status, m.amount, m.currency, {}, false});
      again.push_back(look_again(m.kind, m.cause, m.payment_intent, now));
    });
  return ok ? std::optional(result) : std::nullopt;
}

// ---------------------------------------------------------------- when

bool billing_reconciler::run_one(const std::string& name, duration every, run what, bool now_wanted) {
  const auto now = books_.now();
  const auto mark = books_.sweep_mark_of(name);
  if (!now || !mark)
    return false;
  const bool is_due = !*mark || (*mark)->ran_at + every <= *now;
  if (!now_wanted && (!is_due || not_before_[name] > *now))
    return true;
  const auto reached = *mark ? std::optional((*mark)->reached) : std::nullopt;
  const auto result = (this->*what)(reached, *now);
  if (!result) {
    not_before_[name] = *now + settings_.tail_every; // the mark stays: nothing is passed over
    return true;
  }
  counts_.swept.fetch_add(static_cast<std::uint64_t>(result->looked_at), std::memory_order_relaxed);
  const auto ended = books_.now();
  return ended && books_.keep_sweep(name, {*now, *now, result->looked_at, result->found, *ended - *now}).has_value();
}

bool billing_reconciler::run_due() {
  return run_one("events", settings_.tail_every, &billing_reconciler::tail, false)
         && run_one("failures", settings_.failures_every, &billing_reconciler::failures, false)
         && run_one("objects", settings_.audit_every, &billing_reconciler::audit, false)
         && run_one("balance", settings_.audit_every, &billing_reconciler::balance, false);
}

bool billing_reconciler::run_all() {
  return run_one("events", settings_.tail_every, &billing_reconciler::tail, true)
         && run_one("failures", settings_.failures_every, &billing_reconciler::failures, true)
         && run_one("objects", settings_.audit_every, &billing_reconciler::audit, true)
         && run_one("balance", settings_.audit_every, &billing_reconciler::balance, true);
}

} // namespace easel::actors
