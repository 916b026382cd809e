#pragma once

#include "persistence/auditor.hpp"
#include "persistence/erasure_journal.hpp"
#include "persistence/keyring.hpp"
#include "persistence/retention.hpp"
#include "persistence/rights.hpp"
#include "persistence/store.hpp"
#include "tools/easelctl/command_line.hpp"

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace easel::easelctl {

/// Where a command acts, and as whom.
struct workplace {
  persistence::store& store;
  const persistence::keyring& keys;
  std::string actor;                    ///< for the audit table: who typed it
  bool allow_operator_accounts = false; ///< development only (config: accounts.allow_operator_accounts)
  bool json = false;
  persistence::retention* retention = nullptr;                                 ///< for the commands about retention
  persistence::auditor* auditor = nullptr;                                     ///< for the audit of the policy
  policies::evidence_terms terms{};                                            ///< by which it judges
  std::function<std::unique_ptr<persistence::rights>()> open_rights = nullptr; ///< for what needs it
  persistence::erasure_journal* journal = nullptr;                             ///< null: none is configured
  std::string build{};                                                         ///< the commit of this program
  std::string signing_key_file{};                                              ///< of reports; empty: not signed
};

/// Runs everything but `migrate`, `billing check` and a `look`, which need no store, and what is about operators
/// or requests by mail.
/// Prints to `out` what was asked for, to `err` why not; returns the exit code: 0 done, 1 not done.
[[nodiscard]] int run(const command& what, const workplace& at, std::ostream& out, std::ostream& err);

/// Says whether the signature of a report holds: 0, or 1 and why not. Needs nothing but the two files.
[[nodiscard]] int verify(const verify_policy_report& what, bool json, std::ostream& out, std::ostream& err);

} // namespace easel::easelctl
