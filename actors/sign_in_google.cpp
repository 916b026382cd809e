#include "actors/sign_in_actor.hpp"

namespace easel::actors {

using policies::key_decision;

void sign_in_actor::with_endpoints(std::function<void(const client::google::endpoints*)> then) {
  if (!google_.settings.at.token.empty())
    return then(&google_.settings.at);
  if (!state.discovering) {
    const auto held = state.endpoints.has_value();
    const auto decision = policies::decide_key(state.endpoints_age, held, google_.settings.keys, now());
    if (decision != key_decision::fetch)
      return then(decision == key_decision::use ? &*state.endpoints : nullptr);
  }
  state.for_endpoints.push_back(std::move(then));
  if (std::exchange(state.discovering, true))
    return;
  state.endpoints_age.last_fetch_began_at = now();
  google_.client->discover([self = me()](expected<client::google::discovery_document, policies::upstream_failure> got) {
    caf::anon_send(self, endpoints_found{std::make_shared<decltype(got)>(std::move(got))});
  });
}

void sign_in_actor::on_endpoints(const expected<client::google::discovery_document, policies::upstream_failure>& got) {
  state.discovering = false;
  if (got) {
    state.endpoints = got->at;
    state.endpoints_age.fetched_at = now();
    state.endpoints_age.max_age = got->max_age;
  }
  for (auto& then : std::exchange(state.for_endpoints, {}))
    with_endpoints(std::move(then));
}

void sign_in_actor::fetch_keys() {
  if (std::exchange(state.fetching_keys, true))
    return;
  state.keys_age.last_fetch_began_at = now();
  with_endpoints([this](const client::google::endpoints* at) {
    if (!at)
      return on_keys(easel::unexpected(policies::upstream_failure{}));
    google_.client->fetch_keys(*at, [self = me()](expected<client::key_set, policies::upstream_failure> got) {
      caf::anon_send(self, keys_found{std::make_shared<decltype(got)>(std::move(got))});
    });
  });
}

void sign_in_actor::on_keys(const expected<client::key_set, policies::upstream_failure>& got) {
  state.fetching_keys = false;
  if (got) {
    state.keys = *got;
    state.keys_age.fetched_at = now();
    state.keys_age.max_age = got->max_age;
  }
  for (const auto ticket : std::exchange(state.for_keys, {}))
    verify(ticket);
}

} // namespace easel::actors
