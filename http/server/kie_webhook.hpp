#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <string>
#include <string_view>

namespace easel::server {

/// kie.ai calls when a task has ended. The call is only a hint to poll at once, so the answer is the same whatever
/// it says, and its body is neither kept nor logged.
class kie_webhook {
public:
  kie_webhook(actors::front_door& front, const api_settings& settings)
      : front_(front), max_body_(settings.webhook_body) {}

  void called(const exchange_ptr& asked, std::string_view token) const;

private:
  actors::front_door& front_;
  std::size_t max_body_;
};

/// The task id, from any of the three places where it has been seen (upstreams, section 4.7); empty when there is none.
[[nodiscard]] std::string task_id_of(std::string_view body);

} // namespace easel::server
