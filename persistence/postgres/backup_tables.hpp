#pragma once

#include <libpq-fe.h>
#include <soci/soci.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace easel::persistence::postgres {

struct finish_connection {
  void operator()(PGconn* c) const { PQfinish(c); }
};
/// A session with nothing prepared: the database may have no schema.
using bare_connection = std::unique_ptr<PGconn, finish_connection>;

/// Runs a statement; the first value of its first row, empty when there is none. Throws a store_error.
std::string first_value(PGconn* to, const std::string& sql, const char* operation);

/// Rows of each table whose rows are dumped. Throws a store_error.
[[nodiscard]] std::map<std::string, std::int64_t> count_backed_up_rows(PGconn* to);

} // namespace easel::persistence::postgres
