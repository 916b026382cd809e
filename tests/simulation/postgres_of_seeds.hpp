#pragma once

#include "tests/support/private_postgres.hpp"
#include "tests/support/virtual_database.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

namespace easel::simulation {

/// A PostgreSQL database for one seed after another, each of which finds it empty. Its clock stands still but for what
/// a session is told of the virtual time: two runs of a seed see the same microseconds, and a statement that takes time
/// from elsewhere than easel.now() is found in its rows.
class postgres_of_seeds {
public:
  postgres_of_seeds();
  /// For the next seed. At most one virtual database may be in use at a time; this object must outlive it.
  [[nodiscard]] testing::make_virtual_database maker();

  [[nodiscard]] const tests::fresh_database& database() const { return database_; }
  /// Runs statements over a connection that stays open. Throws std::runtime_error with the server's message.
  void execute(const std::string& sql);
  [[nodiscard]] std::vector<std::string> offences(instant now, const testing::virtual_database::moment& at);

private:
  struct close {
    void operator()(PGconn* c) const { PQfinish(c); }
  };
  std::vector<std::string> rows_of(PGresult* from);

  tests::fresh_database database_;
  std::unique_ptr<PGconn, close> beside_; ///< the stores' own connections are theirs
};

} // namespace easel::simulation
