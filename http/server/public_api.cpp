#include "http/server/public_api.hpp"

#include "http/server/billing_routes.hpp"
#include "http/server/kie_webhook.hpp"
#include "http/server/native_account.hpp"
#include "http/server/native_generations.hpp"
#include "http/server/native_notices.hpp"
#include "http/server/native_person.hpp"
#include "http/server/native_rights.hpp"
#include "http/server/openai_images.hpp"
#include "http/server/openai_models.hpp"
#include "http/server/pages/documents.hpp"
#include "http/server/pages/page_routes.hpp"
#include "http/server/sign_in.hpp"
#include "http/server/stripe_webhook.hpp"
#include "http/server/system.hpp"

namespace easel::server {

route_table public_api(actors::front_door& front, actors::sign_in_door& sign_in, actors::rights_door& rights,
                       actors::billing_door& billing, api_settings settings,
                       std::shared_ptr<address_limits> per_address) {
  openai_images images(front, settings);
  openai_models models(front);
  native_generations generations(front, settings);
  native_account account(front, billing);
  native_person person(front);
  native_notices notices(front);
  native_rights own_data(front, rights, settings.documents.retention);
  sign_in_routes door(sign_in, settings);
  billing_routes shop(billing, settings);
  kie_webhook webhook(front, settings);
  stripe_webhook paid(billing);
  system_probes system(front);
  const auto openai = surface::openai;
  const auto native = surface::native;
  const auto page = surface::page;
  constexpr auto creation = policies::request_class::creation;
  constexpr auto reading = policies::request_class::reading;
  constexpr auto sign_in_step = policies::request_class::sign_in;
  using on = const exchange_ptr&;
  using at = const captures&;
  std::vector<route> routes{
    {"POST", "/v1/images/generations", openai, creation, [=](on x, at) { images.generate(x); }},
    {"POST", "/v1/images/edits", openai, reading, [=](on x, at) { images.refuse_upload(x); }, 0, false},
    {"POST", "/v1/images/variations", openai, reading, [=](on x, at) { images.refuse_upload(x); }, 0, false},
    {"GET", "/v1/models", openai, reading, [=](on x, at) { models.list(x); }},
    {"GET", "/v1/models/{id}", openai, reading, [=](on x, at c) { models.show(x, c[0]); }},

    {"POST", "/v1/generations", native, creation, [=](on x, at) { generations.create(x); }},
    {"GET", "/v1/generations", native, reading, [=](on x, at) { generations.list(x); }},
    {"POST", "/v1/generations/quote", native, reading, [=](on x, at) { generations.quote(x); }},
    {"GET", "/v1/generations/{id}", native, reading, [=](on x, at c) { generations.show(x, c[0]); }},
    {"DELETE", "/v1/generations/{id}", native, reading, [=](on x, at c) { generations.remove(x, c[0]); }},
    {"GET", "/v1/generations/{id}/events", native, reading, [=](on x, at c) { generations.events(x, c[0]); }},
    {"GET", "/v1/generations/{id}/images/{index}", native, reading,
     [=](on x, at c) { generations.image(x, c[0], c[1]); }},

    {"GET", "/v1/account", native, reading, [=](on x, at) { account.show(x); }},
    {"PATCH", "/v1/account", native, reading, [=](on x, at) { account.change(x); }},
    {"DELETE", "/v1/account", native, reading, [=](on x, at) { own_data.erase(x); }},
    {"GET", "/v1/account/deletion", native, reading, [=](on x, at) { own_data.preview(x); }},
    {"GET", "/v1/account/export", native, creation, [=](on x, at) { own_data.download(x); }},
    {"GET", "/v1/account/exports", native, reading, [=](on x, at) { own_data.list_exports(x); }},
    {"GET", "/v1/account/exports/{id}/volumes/{number}", native, creation,
     [=](on x, at c) { own_data.download_volume(x, c[0], c[1]); }},
    {"GET", "/v1/account/notices", native, reading, [=](on x, at) { notices.list(x); }},
    {"POST", "/v1/account/notices", native, reading, [=](on x, at) { notices.acknowledge(x); }},
    {"GET", "/v1/account/restriction", native, reading, [=](on x, at) { own_data.show_restriction(x); }},
    {"POST", "/v1/account/restriction", native, reading, [=](on x, at) { own_data.restrict(x); }},
    {"DELETE", "/v1/account/restriction", native, reading, [=](on x, at) { own_data.lift(x); }},
    {"GET", "/v1/account/credits", native, reading, [=](on x, at) { account.credits(x); }},
    {"POST", "/v1/account/tier", native, reading, [=](on x, at) { account.switch_tier(x); }},
    {"GET", "/v1/account/keys", native, reading, [=](on x, at) { person.list_keys(x); }},
    {"POST", "/v1/account/keys", native, reading, [=](on x, at) { person.make_key(x); }},
    {"DELETE", "/v1/account/keys/{id}", native, reading, [=](on x, at c) { person.revoke_key(x, c[0]); }},
    {"GET", "/v1/account/sessions", native, reading, [=](on x, at) { person.list_sessions(x); }},
    {"DELETE", "/v1/account/sessions", native, reading, [=](on x, at) { person.end_sessions(x); }},
    {"DELETE", "/v1/account/sessions/{id}", native, reading, [=](on x, at c) { person.end_session(x, c[0]); }},

    {"GET", "/v1/billing", native, reading, [=](on x, at) { shop.show(x); }},
    {"POST", "/v1/billing/checkout", native, creation, [=](on x, at) { shop.checkout(x); }},
    {"POST", "/v1/billing/portal", native, creation, [=](on x, at) { shop.portal(x); }},
    {"GET", "/billing/return", page, creation, [=](on x, at) { shop.show_return(x); }},

    {"GET", "/sign-in", page, reading, [=](on x, at) { door.show(x); }},
    {"POST", "/sign-in", page, sign_in_step, [=](on x, at) { door.begin(x); }},
    {"GET", "/sign-in/callback", page, sign_in_step, [=](on x, at) { door.callback(x); }},
    {"GET", "/sign-in/confirm", page, reading, [=](on x, at) { door.show_confirm(x); }},
    {"POST", "/sign-in/confirm", page, sign_in_step, [=](on x, at) { door.confirm(x); }},
    {"POST", "/sign-in/decline", page, sign_in_step, [=](on x, at) { door.decline(x); }},
    {"POST", "/sign-out", page, creation, [=](on x, at) { door.sign_out(x); }},

    {"POST", "/webhooks/kie/{token}", native, std::nullopt, [=](on x, at c) { webhook.called(x, c[0]); }},
    {"POST", "/webhooks/stripe", native, std::nullopt, [=](on x, at) { paid.called(x); },
     stripe_webhook::longest_delivery},

    {"GET", "/healthz", native, reading, [=](on x, at) { system.healthy(x); }},
    {"GET", "/readyz", native, reading, [=](on x, at) { system.ready(x); }},
    {"GET", "/openapi.json", native, reading, [=](on x, at) { system.openapi(x); }},
  };
  for (auto& one : page_routes(front, !billing.catalogue().empty(), settings.documents))
    routes.push_back(std::move(one));
  for (auto& one : document_routes(settings.documents))
    routes.push_back(std::move(one));
  return route_table(std::move(routes), std::move(per_address));
}

} // namespace easel::server
