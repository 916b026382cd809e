#pragma once

#include "persistence/retention.hpp"
#include "persistence/store.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the panels of the operator's console read from the database: sums, counts, ages and states. Sums of all
/// accounts, never one account's; of single things there are the ids that Stripe and the cluster have for them.
namespace easel::persistence {

// ---------------------------------------------------------------- the ledger

inline constexpr std::size_t book_count = 5;

/// All transfers from one book to another.
struct ledger_flow {
  book from = book::issued;
  book to = book::available;
  struct sum {
    std::int64_t entries = 0;
    std::int64_t amount = 0;
  };
  sum ever, today, month; ///< since the beginning; since 0:00 UTC; in the last 30 days
};

/// What such a transfer is called: "granted", "held", "spent", "released", "expired", "taken back", "given back" or,
/// for usage that was folded, "spent, folded".
[[nodiscard]] std::string_view name_of(book from, book to);

/// The books over all accounts, and what the accounts' own rows say of the two that they keep a balance of. In one
/// snapshot.
struct ledger_books {
  std::vector<ledger_flow> flows;
  std::int64_t remaining = 0; ///< of all grants: must be what is in `available`
  std::int64_t held = 0;      ///< of all accounts: must be what is in `held`
};

/// What is in each book, by its number: what came in less what went out.
[[nodiscard]] std::array<std::int64_t, book_count> balances_of(const std::vector<ledger_flow>& flows);

/// How far the grants' and the accounts' rows are off from the transfers. Zero: the books agree.
struct ledger_drift {
  std::int64_t available = 0;
  std::int64_t held = 0;
};
[[nodiscard]] ledger_drift drift_of(const ledger_books& books);

/// How many are of one age.
struct age_group {
  std::string_view name; ///< "under a minute"
  std::int64_t count = 0;
  std::int64_t amount = 0; ///< of credits, where it has a meaning
};

struct ledger_state {
  instant at;                        ///< the database's clock
  std::optional<ledger_books> books; ///< none: there are too many entries to count them in time
  std::vector<age_group> holds;      ///< of generations in work, youngest first
  std::optional<instant> oldest_hold;
};

// ---------------------------------------------------------------- billing

struct inbox_group {
  std::string_view state; ///< waiting, parked, applied, ignored
  std::int64_t count = 0; ///< of those that are over: since yesterday
  std::optional<instant> oldest;
  std::vector<age_group> ages; ///< of those that are not over
};

struct parked_group {
  std::string reason;
  std::int64_t count = 0;
  std::optional<instant> oldest;
};

struct sweep_line {
  std::string name;
  instant ran_at;
  std::optional<duration> took;
  std::int64_t looked_at = 0;
  std::int64_t found = 0; ///< that had not come by themselves
};

struct difference_line {
  std::string event; ///< Stripe's id
  std::string type;
  std::string object;
  std::string object_id;
  std::optional<std::int64_t> amount; ///< in the currency's smallest unit
  std::string currency;
  std::string reason;
  instant since;
  std::optional<instant> next_try;
  int attempts = 0;
};
inline constexpr int most_differences = 100;

struct billing_state {
  instant at;
  std::vector<inbox_group> inbox;
  std::vector<parked_group> parked; ///< most first
  std::int64_t endings = 0;         ///< that Stripe has not confirmed yet
  std::optional<instant> oldest_ending;
  std::vector<sweep_line> sweeps;
  std::vector<difference_line> differences; ///< oldest first, at most `most_differences`
};

// ---------------------------------------------------------------- retention

struct retention_state {
  instant at;
  clock_record clock;
  std::optional<retention_run> last;
  std::int64_t rounds = 0; ///< of the last day, as the next three
  std::int64_t rows = 0;
  std::int64_t partitions = 0;
  std::map<std::string, std::int64_t> by_table;
};

// ---------------------------------------------------------------- the cluster

struct node_line {
  node_id id;
  std::string process; ///< as `process_name()`
  std::string version;
  instant joined_at;
  instant heartbeat_at;
  std::optional<instant> left_at;
  std::optional<instant> taken_over_at;
  std::int64_t in_work = 0; ///< generations that it owns
};
inline constexpr int most_nodes_listed = 50;

/// What one process of all does.
enum class singleton { reaper, auditor, billing_clerk, billing_reconciler };
inline constexpr std::array all_singletons{singleton::reaper, singleton::auditor, singleton::billing_clerk,
                                           singleton::billing_reconciler};
[[nodiscard]] std::string_view to_string(singleton which);

struct singleton_line {
  singleton what = singleton::reaper;
  std::string process;          ///< empty: nobody does it
  std::optional<instant> since; ///< its connection was opened
};

struct cluster_state {
  instant at;
  std::vector<node_line> nodes; ///< the latest first, at most `most_nodes_listed`
  std::vector<singleton_line> singletons;
};

/// Used by one thread at a time. Each reading is one snapshot that writes nothing and ends after a few seconds. Errors
/// are those of persistence/store.hpp.
class panel_store {
public:
  virtual ~panel_store() = default;

  [[nodiscard]] virtual answer<ledger_state> read_ledger() = 0;
  [[nodiscard]] virtual answer<billing_state> read_billing() = 0;
  [[nodiscard]] virtual answer<retention_state> read_retention() = 0;
  [[nodiscard]] virtual answer<cluster_state> read_cluster() = 0;
};

} // namespace easel::persistence
