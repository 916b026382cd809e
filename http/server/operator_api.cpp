#include "http/server/operator_api.hpp"

#include "http/server/console/console_actions.hpp"
#include "http/server/console/console_api.hpp"
#include "http/server/console/console_page.hpp"
#include "http/server/console/operator_guard.hpp"
#include "http/server/console/panels_api.hpp"
#include "http/server/console/traces_api.hpp"
#include "http/server/system.hpp"

namespace easel::server {

namespace {

using exchange_ref = const exchange_ptr&;
using captures_ref = const captures&;
using policies::operator_role;

/// Routes of one table, all but those that say so behind the guard.
class table {
public:
  explicit table(std::shared_ptr<const operator_guard> guard) : guard_(std::move(guard)) {}

  void open(std::string_view method, std::string_view pattern, std::function<void(exchange_ref, captures_ref)> serve) {
    routes_.push_back({method, pattern, surface::native, std::nullopt, std::move(serve)});
  }

  using guarded = std::function<void(exchange_ref, const actors::operator_caller&, std::string_view)>;
  void admit(std::string_view method, std::string_view pattern, operator_role needed, guarded serve) {
    open(method, pattern, [guard = guard_, needed, serve = std::move(serve)](exchange_ref x, captures_ref c) {
      // The views that were captured point into the request, which lives as long as it is unanswered.
      guard->admit(x, needed,
                   [serve, piece = c[0]](exchange_ref y, const actors::operator_caller& who) { serve(y, who, piece); });
    });
  }
  void look(std::string_view pattern, std::function<void(exchange_ref, std::string_view)> serve) {
    admit(
      "GET", pattern, operator_role::viewer,
      [serve = std::move(serve)](exchange_ref x, const actors::operator_caller&, std::string_view c) { serve(x, c); });
  }

  [[nodiscard]] route_table finish() && { return route_table(std::move(routes_)); }

private:
  std::shared_ptr<const operator_guard> guard_;
  std::vector<route> routes_;
};

} // namespace

route_table operator_api(actors::front_door& front, actors::console_door& console, operator_settings settings,
                         std::function<std::string()> metrics) {
  using piece = std::string_view;
  const auto guard = std::make_shared<const operator_guard>(console, std::move(settings));
  const system_probes system(front);
  const console_api api(console);
  const panels_api panels(console);
  const traces_api traces(console);
  auto* door = &console;
  table routes(guard);

  routes.look("/healthz", [=](exchange_ref x, piece) { system.healthy(x); });
  routes.look("/readyz", [=](exchange_ref x, piece) { system.ready(x); });
  routes.look("/metrics", [=](exchange_ref x, piece) {
    x->send({200, "text/plain; version=0.0.4; charset=utf-8", {}}, metrics());
  });

  routes.look("/api/overview", [=](exchange_ref x, piece) { api.overview(x); });
  routes.look("/api/lints", [=](exchange_ref x, piece) { api.lints(x); });
  routes.look("/api/history", [=](exchange_ref x, piece) { api.history(x); });
  routes.look("/api/stream", [=](exchange_ref x, piece) { api.stream(x, guard->recheck_of(*x)); });
  routes.look("/api/actors", [=](exchange_ref x, piece) { api.actors(x); });
  routes.look("/api/actors/{id}", [=](exchange_ref x, piece c) { api.actor(x, c); });
  routes.look("/api/graveyard", [=](exchange_ref x, piece) { api.graveyard(x); });
  routes.look("/api/log", [=](exchange_ref x, piece) { api.log(x); });
  routes.look("/api/upstreams", [=](exchange_ref x, piece) { api.upstreams(x); });
  routes.look("/api/queues", [=](exchange_ref x, piece) { api.queues(x); });
  routes.look("/api/generations", [=](exchange_ref x, piece) { api.generations(x); });
  routes.look("/api/generations/{id}", [=](exchange_ref x, piece c) { api.generation(x, c); });
  routes.look("/api/ledger", [=](exchange_ref x, piece) { panels.ledger(x); });
  routes.look("/api/billing", [=](exchange_ref x, piece) { panels.billing(x); });
  routes.look("/api/privacy", [=](exchange_ref x, piece) { panels.privacy(x); });
  routes.look("/api/nodes", [=](exchange_ref x, piece) { panels.cluster(x); });
  routes.look("/api/sessions", [=](exchange_ref x, piece) { panels.sessions(x); });
  routes.look("/api/configuration", [=](exchange_ref x, piece) { panels.configuration(x); });

  using caller = const actors::operator_caller&;
  routes.admit("GET", "/api/traces", operator_role::viewer,
               [=](exchange_ref x, caller who, piece) { traces.list(x, who); });
  routes.admit("POST", "/api/traces", operator_role::viewer,
               [=](exchange_ref x, caller who, piece) { traces.begin(x, who); });
  routes.admit("GET", "/api/traces/{id}", operator_role::viewer,
               [=](exchange_ref x, caller who, piece c) { traces.read(x, who, c); });
  routes.admit("GET", "/api/traces/{id}/stream", operator_role::viewer,
               [=](exchange_ref x, caller who, piece c) { traces.stream(x, who, c, guard->recheck_of(*x)); });
  routes.admit("DELETE", "/api/traces/{id}", operator_role::viewer,
               [=](exchange_ref x, caller who, piece c) { traces.stop(x, who, c); });

  routes.admit("GET", "/api/audit", operator_role::admin,
               [=](exchange_ref x, const actors::operator_caller&, piece) { serve_audit(*door, x); });
  routes.admit("POST", "/api/actions/{name}", operator_role::keeper,
               [=](exchange_ref x, const actors::operator_caller& who, piece c) { serve_action(*door, x, who, c); });

  routes.open("POST", "/api/session", [=](exchange_ref x, captures_ref) { guard->sign_in(x); });
  routes.open("GET", "/api/session", [=](exchange_ref x, captures_ref) { guard->show(x); });
  routes.open("DELETE", "/api/session", [=](exchange_ref x, captures_ref) { guard->sign_out(x); });

  routes.open("GET", "/", [](exchange_ref x, captures_ref) { serve_console_page(x); });
  routes.open("GET", "/console/{version}/{name}",
              [](exchange_ref x, captures_ref c) { serve_console_file(x, c[0], c[1]); });
  return std::move(routes).finish();
}

} // namespace easel::server
