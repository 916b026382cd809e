#pragma once

#include "persistence/auditor.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

/// What the house's auditor needs, and what it tells. No CAF in sight.
namespace easel::actors {

/// The latest proofs of this node's auditor. Written by its actor, read by any thread.
class audit_board {
public:
  /// What of one table has had its time.
  struct due_table {
    std::string name;
    std::int64_t relations = 0; ///< the table, or its days
    std::int64_t rows = 0;      ///< past due
    std::optional<instant> oldest;
  };
  struct findings {
    std::vector<policies::proof> proofs;
    instant at;
    duration longest_overdue{};
    std::int64_t past_due = 0;
    std::int64_t across_tiers = 0; ///< disclosures to the other tier's provider
    std::optional<std::int64_t> days_ahead;
    std::vector<due_table> due;       ///< by name
    policies::open_requests requests; ///< by mail (RIGHT-5)
  };

  void publish(findings found);
  void withdraw(); ///< another node audits
  [[nodiscard]] std::optional<findings> latest() const;

private:
  mutable std::mutex guard_;
  std::optional<findings> latest_;
};

struct audit_parts {
  std::function<std::unique_ptr<persistence::auditor>()> open; ///< called on the actor's thread
  /// What this process has seen of itself; nothing while it does not serve yet. Called on the actor's thread, once in
  /// an interval; null: there is nothing to tell.
  std::function<std::optional<policies::node_report>()> look_at_self;
  policies::evidence_terms terms;
  std::function<void(const std::string& sentence)> alarm; ///< for the log; nothing personal
  std::shared_ptr<audit_board> board;
  bool detached = true; ///< a thread of its own; off in virtual time
};

/// Prometheus text: a gauge for each clause, 0 also when its proof is older than twice the interval; and the dead man's
/// switch of deletion. Nothing while another node audits. Any thread.
[[nodiscard]] std::string render_metrics(const audit_board& board, instant now, duration interval);

} // namespace easel::actors
