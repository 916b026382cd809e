#pragma once

#include "tests/support/private_postgres.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace easel::persistence {

/// Looks until it is so; a case that never gets there fails.
template <class Condition>
void eventually(Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

/// Somebody who has done something in a transaction and neither commits nor goes on, until this object ends. One at a
/// time in a database.
class sleeping_session {
public:
  sleeping_session(const tests::fresh_database& in, const std::string& statement) : in_(in) {
    thread_ = std::thread([this, statement] {
      try {
        in_.execute("begin; " + statement + "; select pg_sleep(600)");
      } catch (const std::runtime_error&) {
        // its end
      }
    });
    while (pid().empty())
      std::this_thread::yield();
  }
  ~sleeping_session() {
    in_.execute("select pg_terminate_backend(" + pid() + ", 5000)");
    thread_.join();
  }
  sleeping_session(const sleeping_session&) = delete;
  sleeping_session& operator=(const sleeping_session&) = delete;

private:
  [[nodiscard]] std::string pid() const {
    return in_.value("select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
  }
  const tests::fresh_database& in_;
  std::thread thread_;
};

} // namespace easel::persistence
