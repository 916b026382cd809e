#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

namespace easel::server {

/// POST /v1/images/…: OpenAI's Images API as far as only prompt text may leave (docs/api.md).
class openai_images {
public:
  openai_images(actors::front_door& front, const api_settings& settings) : front_(front), settings_(settings) {}

  void generate(const exchange_ptr& asked) const;
  /// Edits and variations would send a person's image to a provider. Reads no body.
  void refuse_upload(const exchange_ptr& asked) const;

private:
  actors::front_door& front_;
  api_settings settings_;
};

} // namespace easel::server
