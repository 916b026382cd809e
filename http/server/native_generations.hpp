#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <string_view>

namespace easel::server {

/// /v1/generations: a generation as a resource that is made, watched, fetched and deleted (docs/api.md).
class native_generations {
public:
  native_generations(actors::front_door& front, const api_settings& settings) : front_(front), settings_(settings) {}

  void create(const exchange_ptr& asked) const;
  void list(const exchange_ptr& asked) const;
  void quote(const exchange_ptr& asked) const;
  void show(const exchange_ptr& asked, std::string_view id) const;
  void remove(const exchange_ptr& asked, std::string_view id) const;
  void events(const exchange_ptr& asked, std::string_view id) const;
  void image(const exchange_ptr& asked, std::string_view id, std::string_view index) const;

private:
  actors::front_door& front_;
  api_settings settings_;
};

} // namespace easel::server
