#pragma once

#include "actors/rights_door.hpp"
#include "http/server/exchange.hpp"
#include "policies/retention.hpp"

namespace easel::server {

/// Answers with a file of an export while it is made: a part is asked for when what came before was written, so
/// that nothing but one part is in memory, however slowly it is read. An export that cannot go on is broken off: no
/// client of HTTP takes the answer for complete, and without its directory no program takes the file for whole.
void send_export(exchange& asked, std::shared_ptr<actors::export_source> from,
                 const policies::retention_windows& windows);

} // namespace easel::server
