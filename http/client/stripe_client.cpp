#include "http/client/stripe_client.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/exchanges.hpp"
#include "http/client/stripe_answers.hpp"
#include "http/client/stripe_event.hpp"
#include "http/client/stripe_objects.hpp"
#include "http/client/stripe_requests.hpp"

namespace easel::client {
namespace {

using nlohmann::json;
using policies::failure_class;
using policies::upstream_failure;
namespace values = policies::stripe;

template <class T>
using decoder = std::function<std::optional<T>(const json&)>;

upstream_failure no_id() { return {failure_class::our_request, std::nullopt, "no_id"}; }
upstream_failure too_many() { return {failure_class::bad_result, std::nullopt, "too_many_objects"}; }

std::optional<std::string> invoice_of(const json& payment) {
  const auto& found = member(payment, "invoice");
  const auto& id = found.is_object() ? text_member(found, "id") : text_member(payment, "invoice");
  return values::is_id(id) ? std::optional(id) : std::nullopt;
}

/// The items of a list's page, and the id from which the next one goes on; empty: there is none.
template <class T>
struct read_page {
  values::listing<T> found;
  std::string last;
};

template <class T>
expected<read_page<T>, upstream_failure> decode_page(const json& list, const decoder<T>& decode) {
  read_page<T> out;
  const auto& data = member(list, "data");
  const auto& more = member(list, "has_more");
  if (!data.is_array() || !more.is_boolean())
    return unexpected(stripe::malformed_answer());
  for (const auto& item : data) {
    auto one = decode(item);
    if (!one)
      return unexpected(stripe::malformed_answer());
    out.found.items.push_back(*std::move(one));
    out.last = text_member(item, "id");
  }
  out.found.has_more = more.get<bool>() && values::is_id(out.last);
  if (!out.found.has_more)
    out.last.clear();
  return out;
}

class http_stripe_client final : public stripe_client {
public:
  http_stripe_client(transport& net, stripe_settings settings)
      : wire_(std::make_shared<wire>(net, std::move(settings))) {}

  // ---------------------------------------------------------------- buying

  void create_customer(const std::string& account, const std::string& key, completion<std::string> done) override {
    wire_->fetch<std::string>(
      wire_->post("/v1/customers", stripe::encode_customer(account, wire_->settings.instance), key),
      [](const json& made) -> std::optional<std::string> {
        const auto& id = text_member(made, "id");
        return values::is_id(id) ? std::optional(id) : std::nullopt;
      },
      std::move(done));
  }

  void delete_customer(const std::string& id, completion<void> done) override {
    remove("/v1/customers/", id, std::move(done));
  }

  void create_session(const new_session& what, completion<made_session> done) override {
    wire_->fetch<made_session>(
      wire_->post("/v1/checkout/sessions", stripe::encode_session(what, wire_->settings.instance),
                  what.idempotency_key),
      [wire = wire_](const json& made) -> std::optional<made_session> {
        const auto session = stripe::decode_session(made);
        const auto& url = text_member(made, "url");
        if (!session || !stripe::is_page_url(url, wire->settings))
          return std::nullopt;
        return made_session{session->id, url, session->expires_at};
      },
      std::move(done));
  }

  void find_session(const std::string& id, maybe<values::checkout_session> done) override {
    find<values::checkout_session>("/v1/checkout/sessions/", id, "", stripe::decode_session, std::move(done));
  }

  void find_open_url(const std::string& id, maybe<std::string> done) override {
    const auto url_of = [wire = wire_](const json& found) -> std::optional<std::string> {
      const auto session = stripe::decode_session(found);
      const auto& url = text_member(found, "url");
      if (!session)
        return std::nullopt;
      return session->status == "open" && stripe::is_page_url(url, wire->settings) ? url : std::string();
    };
    find<std::string>("/v1/checkout/sessions/", id, "", url_of, [done = std::move(done)](auto got) {
      if (got && *got && (*got)->empty())
        *got = std::nullopt;
      done(std::move(got));
    });
  }

  // Stripe has no word for "is not open any more": whoever is refused looks.
  void expire_session(const std::string& id, completion<void> done) override {
    if (!values::is_id(id))
      return wire_->fail(no_id(), std::move(done));
    wire_->fetch<json>(
      wire_->post("/v1/checkout/sessions/" + id + "/expire", "", ""),
      [](const json& made) { return std::optional(made); },
      [this_wire = wire_, id, done = std::move(done)](expected<json, upstream_failure> got) {
        if (got)
          return done({});
        if (stripe::is_missing(got.error()))
          return done({});
        if (got.error().what != failure_class::our_request)
          return done(unexpected(std::move(got.error())));
        this_wire->fetch<values::checkout_session>(
          this_wire->get("/v1/checkout/sessions/" + id), stripe::decode_session,
          [refused = std::move(got.error()), done](expected<values::checkout_session, upstream_failure> now) {
            if (!now)
              return done(unexpected(std::move(now.error())));
            if (now->status == "open")
              return done(unexpected(refused));
            done({});
          });
      });
  }

  void create_portal(const std::string& customer, const std::string& return_url, const std::string& locale,
                     completion<std::string> url) override {
    wire_->fetch<std::string>(
      wire_->post("/v1/billing_portal/sessions", stripe::encode_portal(customer, return_url, locale), ""),
      [wire = wire_](const json& made) -> std::optional<std::string> {
        const auto& found = text_member(made, "url");
        return stripe::is_page_url(found, wire->settings) ? std::optional(found) : std::nullopt;
      },
      std::move(url));
  }

  // ---------------------------------------------------------------- looking again

  void find_subscription(const std::string& id, maybe<values::subscription> done) override {
    find<values::subscription>("/v1/subscriptions/", id, "", stripe::decode_subscription, std::move(done));
  }

  void find_payment(const std::string& id, maybe<values::payment> done) override {
    find<values::payment>("/v1/payment_intents/", id, "", stripe::decode_payment, std::move(done));
  }

  void find_refund(const std::string& id, maybe<values::refund> done) override {
    find<values::refund>("/v1/refunds/", id, "", stripe::decode_refund, std::move(done));
  }

  void find_dispute(const std::string& id, maybe<values::dispute> done) override {
    find<values::dispute>("/v1/disputes/", id, "", stripe::decode_dispute, std::move(done));
  }

  void find_price(const std::string& id, maybe<values::price> done) override {
    find<values::price>("/v1/prices/", id, "", stripe::decode_price, std::move(done));
  }

  void payment_of_charge(const std::string& charge, maybe<std::string> done) override {
    const auto intent_of = [](const json& found) -> std::optional<std::string> {
      if (text_member(found, "object") != "charge")
        return std::nullopt;
      const auto& intent = text_member(found, "payment_intent");
      return values::is_id(intent) ? intent : std::string();
    };
    find<std::string>("/v1/charges/", charge, "", intent_of, std::move(done));
  }

  // What is embedded of lines and payments is the first page of each.
  void find_invoice(const std::string& id, maybe<values::invoice> done) override {
    struct first_pages {
      values::invoice invoice;
      bool more_lines = false;
      bool more_payments = false;
    };
    const auto decode = [](const json& found) -> std::optional<first_pages> {
      auto invoice = stripe::decode_invoice(found);
      if (!invoice)
        return std::nullopt;
      return first_pages{*std::move(invoice), stripe::has_more_lines(found), stripe::has_more_payments(found)};
    };
    find<first_pages>(
      "/v1/invoices/", id, "?expand[]=payments", decode, [this_wire = wire_, done = std::move(done)](auto got) {
        if (!got)
          return done(unexpected(std::move(got.error())));
        if (!*got)
          return done(std::optional<values::invoice>());
        complete_lines(this_wire, std::move((*got)->invoice), (*got)->more_lines, (*got)->more_payments, done);
      });
  }

  void sessions_of_payment(const std::string& id, all<values::checkout_session> done) override {
    children<values::checkout_session>("/v1/checkout/sessions?", "payment_intent", id, stripe::decode_session,
                                       std::move(done));
  }

  void invoices_of_payment(const std::string& id, all<std::string> done) override {
    children<std::string>("/v1/invoice_payments?payment[type]=payment_intent&", "payment[payment_intent]", id,
                          invoice_of, std::move(done));
  }

  void refunds_of(const std::string& id, all<values::refund> done) override {
    children<values::refund>("/v1/refunds?", "payment_intent", id, stripe::decode_refund, std::move(done));
  }

  void disputes_of(const std::string& id, all<values::dispute> done) override {
    children<values::dispute>("/v1/disputes?", "payment_intent", id, stripe::decode_dispute, std::move(done));
  }

  void subscriptions_of(const std::string& customer, all<values::subscription> done) override {
    children<values::subscription>("/v1/subscriptions?status=all&", "customer", customer, stripe::decode_subscription,
                                   std::move(done));
  }

  void cancel_subscription(const std::string& id, completion<void> done) override {
    remove("/v1/subscriptions/", id, std::move(done));
  }

  // ---------------------------------------------------------------- lists

  void list_events(int group, const stripe_window& when, bool failed_only, page<values::event> done) override {
    list<values::event>("/v1/events?" + stripe::encode_events(group, when, failed_only), stripe::decode_event,
                        std::move(done));
  }

  void list_invoices(const stripe_window& when, page<values::invoice> done) override {
    list<values::invoice>("/v1/invoices?expand[]=data.payments&" + stripe::encode_window(when), stripe::decode_invoice,
                          std::move(done));
  }

  void list_refunds(const stripe_window& when, page<values::refund> done) override {
    list<values::refund>("/v1/refunds?" + stripe::encode_window(when), stripe::decode_refund, std::move(done));
  }

  void list_disputes(const stripe_window& when, page<values::dispute> done) override {
    list<values::dispute>("/v1/disputes?" + stripe::encode_window(when), stripe::decode_dispute, std::move(done));
  }

  void list_sessions(const stripe_window& when, page<values::checkout_session> done) override {
    list<values::checkout_session>("/v1/checkout/sessions?" + stripe::encode_window(when), stripe::decode_session,
                                   std::move(done));
  }

  void list_movements(const stripe_window& when, page<values::movement> done) override {
    list<values::movement>("/v1/balance_transactions?expand[]=data.source&" + stripe::encode_window(when),
                           stripe::decode_movement, std::move(done));
  }

private:
  /// What answers under way share with the client, which may be gone before they come.
  struct wire {
    wire(transport& t, stripe_settings s) : net(t), settings(std::move(s)) {}

    [[nodiscard]] http_call get(const std::string& path) const {
      auto call = make_get(recipient::stripe, settings.base_url + path, settings.key, settings.limits);
      call.headers.emplace_back("Stripe-Version", settings.api_version);
      return call;
    }

    /// Stripe does a write once for each key, so it may be sent again; without a key a second one does no harm.
    [[nodiscard]] http_call post(const std::string& path, std::string body, const std::string& key) const {
      auto call = get(path);
      call.method = "POST";
      call.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
      if (!key.empty())
        call.headers.emplace_back("Idempotency-Key", key);
      call.body = std::move(body);
      return call;
    }

    template <class T>
    void fetch(http_call call, decoder<T> decode, completion<T> done) const {
      start_whole<T>(
        net, std::move(call),
        [decode = std::move(decode)](answer&& got) -> expected<T, upstream_failure> {
          const auto object = stripe::decode_object(got);
          if (!object)
            return unexpected(object.error());
          auto out = decode(*object);
          if (!out)
            return unexpected(stripe::malformed_answer());
          return *std::move(out);
        },
        std::move(done));
    }

    template <class T>
    void fetch_page(const std::string& target, decoder<T> decode, completion<read_page<T>> done) const {
      start_whole<read_page<T>>(
        net, get(target),
        [decode = std::move(decode)](answer&& got) -> expected<read_page<T>, upstream_failure> {
          const auto list = stripe::decode_object(got);
          if (!list)
            return unexpected(list.error());
          return decode_page<T>(*list, decode);
        },
        std::move(done));
    }

    template <class T>
    void fail(upstream_failure failure, completion<T> done) const {
      fail_without_call(net, recipient::stripe, std::move(failure), std::move(done));
    }

    transport& net;
    const stripe_settings settings;
  };
  using wire_ptr = std::shared_ptr<const wire>;

  template <class T>
  void find(const std::string& path, const std::string& id, const std::string& query, decoder<T> decode,
            maybe<T> done) const {
    if (!values::is_id(id))
      return wire_->fail<std::optional<T>>(no_id(), std::move(done));
    wire_->fetch<T>(wire_->get(path + id + query), std::move(decode),
                    [done = std::move(done)](expected<T, upstream_failure> got) {
                      if (got)
                        return done(std::optional<T>(*std::move(got)));
                      if (stripe::is_missing(got.error()))
                        return done(std::optional<T>());
                      done(unexpected(std::move(got.error())));
                    });
  }

  void remove(const std::string& path, const std::string& id, completion<void> done) const {
    if (!values::is_id(id))
      return wire_->fail<void>(no_id(), std::move(done));
    auto call = wire_->get(path + id);
    call.method = "DELETE";
    wire_->fetch<json>(
      std::move(call), [](const json& gone) { return std::optional(gone); },
      [done = std::move(done)](expected<json, upstream_failure> got) {
        if (!got && !stripe::is_missing(got.error()))
          return done(unexpected(std::move(got.error())));
        done({});
      });
  }

  template <class T>
  void list(const std::string& target, decoder<T> decode, page<T> done) const {
    wire_->fetch_page<T>(target, std::move(decode),
                         [done = std::move(done)](expected<read_page<T>, upstream_failure> got) {
                           if (!got)
                             return done(unexpected(std::move(got.error())));
                           done(std::move(got->found));
                         });
  }

  /// One page after the other, from `starting_after` on, behind what `so_far` holds.
  template <class T>
  static void gather(const wire_ptr& wire, const std::string& path, const std::string& filter, const std::string& of,
                     const std::string& starting_after, std::vector<T> so_far, std::size_t most, decoder<T> decode,
                     all<T> done) {
    const auto target = path + stripe::encode_children(filter, of, starting_after);
    wire->fetch_page<T>(
      target, decode,
      [=, so_far = std::move(so_far), done = std::move(done)](expected<read_page<T>, upstream_failure> got) mutable {
        if (!got)
          return done(unexpected(std::move(got.error())));
        auto& items = got->found.items;
        so_far.insert(so_far.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
        if (so_far.size() > most)
          return done(unexpected(too_many()));
        if (got->last.empty())
          return done(std::move(so_far));
        gather<T>(wire, path, filter, of, got->last, std::move(so_far), most, decode, std::move(done));
      });
  }

  template <class T>
  void children(const std::string& path, const std::string& filter, const std::string& of, decoder<T> decode,
                all<T> done) const {
    if (!values::is_id(of))
      return wire_->fail<std::vector<T>>(no_id(), std::move(done));
    gather<T>(wire_, path, filter, of, "", {}, most_listed, std::move(decode), std::move(done));
  }

  static void complete_lines(const wire_ptr& wire, values::invoice invoice, bool more_lines, bool more_payments,
                             const maybe<values::invoice>& done) {
    if (!more_lines || invoice.lines.empty())
      return complete_payments(wire, std::move(invoice), more_payments, done);
    const auto path = "/v1/invoices/" + invoice.id + "/lines?";
    const auto last = invoice.lines.back().id;
    auto lines = std::move(invoice.lines);
    gather<values::invoice_line>(wire, path, "", "", last, std::move(lines), values::most_lines, stripe::decode_line,
                                 [wire, invoice = std::move(invoice), more_payments, done](auto got) mutable {
                                   if (!got)
                                     return done(unexpected(std::move(got.error())));
                                   invoice.lines = *std::move(got);
                                   complete_payments(wire, std::move(invoice), more_payments, done);
                                 });
  }

  static void complete_payments(const wire_ptr& wire, values::invoice invoice, bool more,
                                const maybe<values::invoice>& done) {
    if (!more)
      return done(std::optional(std::move(invoice)));
    const auto id = invoice.id;
    gather<values::invoice_payment>(wire, "/v1/invoice_payments?", "invoice", id, "", {}, values::most_lines,
                                    stripe::decode_invoice_payment,
                                    [invoice = std::move(invoice), done](auto got) mutable {
                                      if (!got)
                                        return done(unexpected(std::move(got.error())));
                                      invoice.payments = *std::move(got);
                                      done(std::optional(std::move(invoice)));
                                    });
  }

  const wire_ptr wire_;
};

} // namespace

std::unique_ptr<stripe_client> make_stripe_client(transport& net, stripe_settings settings) {
  return std::make_unique<http_stripe_client>(net, std::move(settings));
}

} // namespace easel::client
