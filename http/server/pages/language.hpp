#pragma once

#include "http/server/cookies.hpp"

#include <optional>
#include <string_view>

namespace easel::server {

/// In which of `languages` a person reads the pages: their own choice, else the best offer to `Accept-Language`
/// (RFC 9110, section 12.5.4; "de-AT" is served by "de"), else the first. Neither value needs to be well-formed.
[[nodiscard]] std::string_view choose_language(std::optional<std::string_view> chosen,
                                               std::string_view accept_language);

} // namespace easel::server
