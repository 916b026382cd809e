#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"

#include <string_view>

namespace easel::server {

/// GET /v1/models and /v1/models/{id}: what the asking account's tier is offered.
class openai_models {
public:
  explicit openai_models(actors::front_door& front) : front_(front) {}

  void list(const exchange_ptr& asked) const;
  void show(const exchange_ptr& asked, std::string_view name) const;

private:
  actors::front_door& front_;
};

} // namespace easel::server
