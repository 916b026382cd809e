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

using on = const exchange_ptr&;
using at = const captures&;
using policies::operator_role;

/// Routes of one table, all but those that say so behind the guard.
class table {
public:
  explicit table(std::shared_ptr<const operator_guard> guard) : guard_(std::move(guard)) {}

  void open(std::string_view method, std::string_view pattern, std::function<void(on, at)> serve) {
    routes_.push_back({method, pattern, surface::native, std::nullopt, std::move(serve)});
  }

  using guarded = std::function<void(on, const actors::operator_caller&, std::string_view)>;
  void admit(std::string_view method, std::string_view pattern, operator_role needed, guarded serve) {
    open(method, pattern, [guard = guard_, needed, serve = std::move(serve)](on x, at c) {
      // The views that were captured point into the request, which lives as long as it is unanswered.
      guard->admit(x, needed,
                   [serve, piece = c[0]](on y, const actors::operator_caller& who) { serve(y, who, piece); });
    });
  }
  void look(std::string_view pattern, std::function<void(on, std::string_view)> serve) {
    admit("GET", pattern, operator_role::viewer,
          [serve = std::move(serve)](on x, const actors::operator_caller&, std::string_view c) { serve(x, c); });
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

  routes.look("/healthz", [=](on x, piece) { system.healthy(x); });
  routes.look("/readyz", [=](on x, piece) { system.ready(x); });
  routes.look("/metrics", [=](on x, piece) {
    x->send({200, "text/plain; version=0.0.4; charset=utf-8", {}}, metrics());
  });

  routes.look("/api/overview", [=](on x, piece) { api.overview(x); });
  routes.look("/api/lints", [=](on x, piece) { api.lints(x); });
  routes.look("/api/history", [=](on x, piece) { api.history(x); });
  routes.look("/api/stream", [=](on x, piece) { api.stream(x, guard->recheck_of(*x)); });
  routes.look("/api/actors", [=](on x, piece) { api.actors(x); });
  routes.look("/api/actors/{id}", [=](on x, piece c) { api.actor(x, c); });
  routes.look("/api/graveyard", [=](on x, piece) { api.graveyard(x); });
  routes.look("/api/upstreams", [=](on x, piece) { api.upstreams(x); });
  routes.look("/api/queues", [=](on x, piece) { api.queues(x); });
  routes.look("/api/generations", [=](on x, piece) { api.generations(x); });
  routes.look("/api/generations/{id}", [=](on x, piece c) { api.generation(x, c); });
  routes.look("/api/ledger", [=](on x, piece) { panels.ledger(x); });
  routes.look("/api/billing", [=](on x, piece) { panels.billing(x); });
  routes.look("/api/privacy", [=](on x, piece) { panels.privacy(x); });
  routes.look("/api/nodes", [=](on x, piece) { panels.cluster(x); });
  routes.look("/api/sessions", [=](on x, piece) { panels.sessions(x); });
  routes.look("/api/configuration", [=](on x, piece) { panels.configuration(x); });

  using caller = const actors::operator_caller&;
  routes.admit("GET", "/api/traces", operator_role::viewer, [=](on x, caller who, piece) { traces.list(x, who); });
  routes.admit("POST", "/api/traces", operator_role::viewer, [=](on x, caller who, piece) { traces.begin(x, who); });
  routes.admit("GET", "/api/traces/{id}", operator_role::viewer,
               [=](on x, caller who, piece c) { traces.read(x, who, c); });
  routes.admit("GET", "/api/traces/{id}/stream", operator_role::viewer,
               [=](on x, caller who, piece c) { traces.stream(x, who, c, guard->recheck_of(*x)); });
  routes.admit("DELETE", "/api/traces/{id}", operator_role::viewer,
               [=](on x, caller who, piece c) { traces.stop(x, who, c); });

  routes.admit("GET", "/api/audit", operator_role::admin,
               [=](on x, const actors::operator_caller&, piece) { serve_audit(*door, x); });
  routes.admit("POST", "/api/actions/{name}", operator_role::keeper,
               [=](on x, const actors::operator_caller& who, piece c) { serve_action(*door, x, who, c); });

  routes.open("POST", "/api/session", [=](on x, at) { guard->sign_in(x); });
  routes.open("GET", "/api/session", [=](on x, at) { guard->show(x); });
  routes.open("DELETE", "/api/session", [=](on x, at) { guard->sign_out(x); });

  routes.open("GET", "/", [](on x, at) { serve_console_page(x); });
  routes.open("GET", "/console/{version}/{name}", [](on x, at c) { serve_console_file(x, c[0], c[1]); });
  return std::move(routes).finish();
}

} // namespace easel::server
