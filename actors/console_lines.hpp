#pragma once

#include "actors/console_door.hpp"
#include "actors/directory.hpp"
#include "actors/line_board.hpp"

namespace easel::actors {

/// Who waits at each tier's queue, known by the number of the account's session and by nothing else. Any thread.
[[nodiscard]] std::vector<tier_line> lines_of(const line_board& board, const directory& live);

} // namespace easel::actors
