#pragma once

#include "actors/audit_parts.hpp"
#include "persistence/panels.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the panels of the operator's console show beside the live actors: the books, billing, the proofs of the policy,
/// the cluster, this process. Sums and states; no account, no prompt, no secret. No CAF in sight.
namespace easel::actors {

enum class console_fault;

/// Called once, on an actor's thread or the caller's; must not block.
template <class T>
using console_reply = std::function<void(expected<T, console_fault>)>;

/// Why a panel cannot be shown.
struct panel_fault {
  panel_fault(console_fault reason, std::optional<duration> ago = {}, std::optional<duration> again = {})
      : why(reason), failed_ago(ago), again_in(again) {}
  console_fault why;
  std::optional<duration> failed_ago; ///< when the database was asked last, in vain; none: it was not asked
  std::optional<duration> again_in;   ///< it is not asked before
};
template <class T>
using panel_reply = std::function<void(expected<T, panel_fault>)>;

struct billing_panel {
  bool sells = false;            ///< a key of Stripe's is configured
  bool leads = false;            ///< this node applies events
  bool can_buy = false;          ///< the catalogue agrees with Stripe's prices, as this node saw it
  std::int64_t price_faults = 0; ///< items that differ
  int open_lines = 0;            ///< customers whose events this node works on at this moment
  int most_lines = 0;            ///< as many of them as may be
  persistence::billing_state state;
};

struct privacy_panel {
  instant now;
  duration interval{}; ///< from one audit to the next; a proof older than twice that counts for nothing
  std::optional<audit_board::findings> audit; ///< none: another node audits, or none has yet
  persistence::retention_state retention;
};

/// This process, as its kernel counts.
struct process_figures {
  std::string name;
  std::string version;
  std::chrono::milliseconds uptime{0};
  std::int64_t resident_bytes = 0;
  std::int64_t threads = 0;
  std::int64_t open_files = 0;
  std::int64_t most_files = 0;
  duration cpu_user{};
  duration cpu_system{};
};

struct cluster_panel {
  persistence::cluster_state state;
  duration dead_after{};                   ///< a node that is silent for longer is taken over
  std::chrono::milliseconds lease_left{0}; ///< of this node
  process_figures here;
};

/// One key of the configuration in force.
struct setting_line {
  std::string key;
  std::string value; ///< of a secret only whether there is one
  bool is_secret = false;
  bool is_default = true; ///< as built in
};

struct session_panel {
  struct group {
    std::string_view tier; ///< "free", "paid", "not known yet"
    std::uint64_t count = 0;
    std::uint64_t waiting = 0; ///< messages
    double rate = 0;
  };
  std::vector<group> tiers;
};

/// Any thread may call; nothing blocks for longer than a walk over the live actors. What a panel read from the database
/// serves whoever else asks in the next seconds; so does its failure, for longer with each that follows.
class panels_door {
public:
  virtual ~panels_door() = default;

  virtual void ledger(panel_reply<persistence::ledger_state> done) = 0;
  virtual void billing(panel_reply<billing_panel> done) = 0;
  virtual void privacy(panel_reply<privacy_panel> done) = 0;
  virtual void cluster(panel_reply<cluster_panel> done) = 0;

  [[nodiscard]] virtual session_panel sessions() const = 0;
  /// In the order of the documentation.
  [[nodiscard]] virtual const std::vector<setting_line>& configuration() const = 0;
};

} // namespace easel::actors
