#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <cstddef>
#include <limits>

namespace easel::server {

/// POST /v1/images/…: OpenAI's Images API as far as only prompt text may leave (docs/api.md).
class openai_images {
public:
  openai_images(actors::front_door& front, const api_settings& settings) : front_(front), settings_(settings) {}

  /// Of an upload, which is refused whatever it holds: as much as a listener reads at all, so that the reason is told.
  static constexpr std::size_t largest_upload = std::numeric_limits<std::size_t>::max();

  void generate(const exchange_ptr& asked) const;
  /// Edits and variations would send a person's image to a provider.
  void refuse_upload(const exchange_ptr& asked) const;

private:
  actors::front_door& front_;
  api_settings settings_;
};

} // namespace easel::server
