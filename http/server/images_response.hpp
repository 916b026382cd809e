#pragma once

#include "actors/front_door.hpp"
#include "http/server/answers.hpp"
#include "http/server/exchange.hpp"

#include <string_view>
#include <vector>

/// OpenAI's answers around image bytes (upstreams, sections 1.5 and 1.6), composed by hand: the base64 of an image
/// is never a string of its own.
namespace easel::server {

/// `ImagesResponse`. What is reported of size and format is what was really delivered; `quality` and `background`
/// are left out where only "auto" is known. Token counts do not exist here and are zero.
[[nodiscard]] std::vector<segment> images_response(const persistence::generation_row& row,
                                                   const std::vector<blob>& images);

[[nodiscard]] std::vector<segment> partial_image_event(const persistence::generation_row& row,
                                                       const actors::generation_event::partial& part);
[[nodiscard]] std::vector<segment> completed_event(const persistence::generation_row& row,
                                                   const persistence::image_row& image, const blob& bytes);
/// Carries both marks that SDKs look for: the event's name, and a truthy `error`.
[[nodiscard]] std::string error_event(const problem& what, std::string_view request_id);

} // namespace easel::server
