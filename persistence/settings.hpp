#pragma once

#include "policies/identity.hpp"
#include "policies/retention.hpp"
#include "policies/strikes.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <string>

namespace easel::persistence {

/// As configured in [keys]: see keyring::from_master.
struct master_keys {
  secret_text master;   ///< config::development_master_key when development sets none
  secret_text previous; ///< empty but while one takes the place of another
};

struct store_settings {
  std::string database_url; ///< a libpq connection string or URI
  policies::strike_policy strikes;
  policies::retention_windows retention;
  policies::identity_limits identity;
  duration connect_timeout = std::chrono::seconds(3);
  duration statement_timeout = std::chrono::seconds(10);
  duration lock_timeout = std::chrono::seconds(3);
  duration max_clock_skew = std::chrono::seconds(60); ///< between an id's timestamp and the database's clock
};

/// Of persistence/rights.hpp.
struct rights_settings {
  int exports_a_day = 3;
  std::int64_t export_volume = 2'000'000'000;      ///< bytes that no archive of images is larger than
  duration export_alive = std::chrono::minutes(5); ///< an export of which nothing is heard for this long is over
  int generations_a_step = 200;                    ///< of an erasure: one transaction
  int rows_a_step = 5000;                          ///< of the access log
  int export_page = 200;                           ///< rows of a document at a time
  duration statement_timeout = std::chrono::seconds(60);
};

/// Of persistence/erasure_journal.hpp.
struct erasure_journal_settings {
  std::string path;                               ///< empty: there is no journal
  duration lock_wait = std::chrono::seconds(5);   ///< longest wait for another process that writes to it
  duration comparison = std::chrono::minutes(60); ///< between two comparisons with the database while the server runs
};

/// Of persistence/backups.hpp. Without a directory there are none.
struct backup_settings {
  std::string directory;
  std::string programs; ///< where pg_dump and pg_restore are; empty: on the path
  duration keep = std::chrono::hours(24 * 30);
  duration timeout = std::chrono::minutes(30);  ///< of one backup: so long a day's partition may stay undropped
  duration lock_wait = std::chrono::seconds(5); ///< for the locks of a backup, all of them
  duration restore_timeout = std::chrono::hours(12);
  duration look_timeout = std::chrono::minutes(1); ///< of the server's look at the directory: then it says so
};

} // namespace easel::persistence
