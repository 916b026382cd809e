#include "http/server/billing_routes.hpp"

#include "http/server/billing_views.hpp"
#include "http/server/credentials.hpp"
#include "http/server/native_body.hpp"
#include "http/server/pages/pages.hpp"
#include "http/server/query_options.hpp"
#include "http/server/routes.hpp"
#include "http/server/views.hpp"

namespace easel::server {

namespace {

using actors::billing_refusal;

/// The signed-in person; nothing when the request was answered already.
std::optional<actors::credential> read_person(exchange& asked) {
  auto who = read_credential(asked);
  if (who && who->is == actors::credential::kind::session)
    return std::move(*who);
  send_problem(asked, who
                        ? describe(actors::refusal{actors::refusal::why::session_required, std::nullopt, std::nullopt})
                        : who.error());
  return std::nullopt;
}

/// Wraps what is done with a good answer.
template <class T, class Then>
actors::billing_reply<T> billing_then(exchange_ptr asked, Then go_on) {
  return [asked = std::move(asked), go_on = std::move(go_on)](expected<T, billing_refusal> got) {
    answer_or_fail(*asked, [&] { got ? go_on(*asked, *got) : send_problem(*asked, describe(got.error())); });
  };
}

/// A link is for one visit of one person.
auto sends_to(const char* object) {
  return [object](exchange& asked, const std::string& url) {
    asked.send({200, "application/json", {{"Cache-Control", "no-store"}}}, dump({{"object", object}, {"url", url}}));
  };
}

/// Which of the page's texts fits a purchase.
std::string_view outcome_of(const actors::purchase_view& purchase) {
  if (purchase.state == "paid")
    return "paid";
  if (purchase.state == "awaiting_funds")
    return "waiting";
  return purchase.state == "created" || purchase.state == "open" ? "open" : "other";
}

} // namespace

void billing_routes::show(const exchange_ptr& asked) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  if (auto who = read_person(*asked))
    billing_.overview(std::move(*who), billing_then<actors::billing_view>(
                                         asked, [&offers = billing_.catalogue()](exchange& x, const auto& found) {
                                           x.send({}, dump(view_of(found, offers)));
                                         }));
}

void billing_routes::checkout(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({"item"});
  const auto item = fields.text("item");
  if (!item)
    fields.refuse("item", "missing_required_parameter", "is required.");
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  if (auto who = read_person(*asked))
    billing_.checkout(std::move(*who),
                      {*item, public_url_ + "/billing/return?session={CHECKOUT_SESSION_ID}", public_url_ + "/billing",
                       std::string(language_of(*asked))},
                      billing_then<std::string>(asked, sends_to("checkout")));
}

void billing_routes::portal(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({});
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  if (auto who = read_person(*asked))
    billing_.portal(std::move(*who), public_url_ + "/billing", std::string(language_of(*asked)),
                    billing_then<std::string>(asked, sends_to("portal")));
}

void billing_routes::show_return(const exchange_ptr& asked) const {
  const auto query = parse_query(asked->query).value_or(page_values{});
  const auto found = query.find("session");
  const auto not_found = describe(billing_refusal::not_found);
  if (found == query.end() || !policies::stripe::is_id(found->second))
    return send_problem(*asked, not_found);
  auto who = read_credential(*asked);
  if (!who || who->is != actors::credential::kind::session)
    return asked->send({303, "", {{"Location", "/sign-in?return_to=%2Fbilling"}}}, std::string());
  billing_.returned(std::move(*who), found->second,
                    billing_then<actors::purchase_view>(asked, [](exchange& x, const actors::purchase_view& purchase) {
                      page_values values{{"path", "/billing"}, // of the language's form: here it would lose the session
                                         {"reference", to_string(purchase.id)},
                                         {"credits", std::to_string(purchase.granted.value())}};
                      for (const auto* each : {"paid", "waiting", "open", "other"})
                        values.emplace(each, outcome_of(purchase) == each ? "yes" : "");
                      send_page(x, 200, "billing_return", std::move(values));
                    }));
}

} // namespace easel::server
