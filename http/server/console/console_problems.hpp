#pragma once

#include "actors/console_door.hpp"
#include "http/server/answers.hpp"

#include <string_view>

namespace easel::server {

/// Why the console's door did not answer: 503, to be tried again in a second. `busy` ends the sentences about too many
/// questions, `down` the one that says what is not possible without a database.
[[nodiscard]] problem console_away(actors::console_fault fault, std::string_view busy, std::string_view down);

} // namespace easel::server
