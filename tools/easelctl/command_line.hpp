#pragma once

#include "persistence/privacy_requests.hpp"
#include "policies/operators.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/names.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace easel::easelctl {

struct migrate {};
struct create_account {
  tier of = tier::free;
  std::optional<credits> gift;
  std::string reason;
};
struct show_account {
  account_id account;
};
struct set_tier {
  account_id account;
  tier to = tier::free;
  std::string reason;
};
struct lift_suspension {
  account_id account;
  std::string reason;
};
/// RIGHT-3 by a request that came by mail, CHILD-1 when a child's data was reported.
struct erase_account {
  account_id account;
  bool of_child = false;
  std::string reason;
};
/// RIGHT-4: each time that the person had their processing restricted, and what they object to.
struct list_objections {
  account_id account;
};
struct give {
  account_id account;
  credits amount;
  std::optional<int> days; ///< until it expires; none: never
  std::string reason;
};
struct create_key {
  account_id account;
  std::string name;
  std::optional<credits> monthly_cap{};
};
struct list_keys {
  account_id account;
};
struct revoke_key {
  account_id account;
  key_id key;
};
struct check_database {};
struct check_ledger {};
struct show_retention {};
struct confirm_clock {
  std::string reason;
};
struct audit_policy {
  std::string report; ///< the file that a report is written to; empty: none
};
struct verify_policy_report {
  std::string file;
  std::string key; ///< the file of the public key
};
/// The journal of erasures: is it as it was written, and what is in it.
struct verify_erasures {};
/// An empty journal, where none ever was.
struct begin_erasure_journal {};
struct check_billing_catalogue {};

struct add_operator {
  std::string name;
  policies::operator_role role = policies::operator_role::viewer;
  bool with_totp = false;
};
struct list_operators {};
struct set_operator_role {
  std::string name;
  policies::operator_role role = policies::operator_role::viewer;
};
struct set_operator_password {
  std::string name;
};
struct disable_operator {
  std::string name;
};
/// About those who run the service.
using operator_command =
  std::variant<add_operator, list_operators, set_operator_role, set_operator_password, disable_operator>;

struct create_backup {};
struct list_backups {};
struct verify_backup {
  uuid backup;
};
struct restore_backup {
  uuid backup;
  std::string into; ///< a libpq connection string or URI
};
struct reap_backups {};
/// About copies of the database.
using backup_command = std::variant<create_backup, list_backups, verify_backup, restore_backup, reap_backups>;

struct show_master_keys {};
struct rotate_master_key {
  int batch = 500; ///< content keys in one transaction
};
/// About the master key, and what it wraps.
using master_key_command = std::variant<show_master_keys, rotate_master_key>;

/// A request about personal data that came by mail (RIGHT-5).
struct record_request {
  persistence::new_privacy_request what;
};
struct list_requests {
  bool closed_too = false;
};
struct extend_request {
  persistence::privacy_request_id which;
};
/// Does what is asked, as the person could, and closes it.
struct fulfil_request {
  persistence::privacy_request_id which;
};
/// Which account an open request is about, where none was named.
struct assign_request {
  persistence::privacy_request_id which;
  account_id account;
};
struct close_request {
  persistence::privacy_request_id which;
  policies::request_outcome outcome = policies::request_outcome::done;
};
using request_command =
  std::variant<record_request, list_requests, extend_request, fulfil_request, close_request, assign_request>;

/// A look at the running server, through its operator's listener.
struct look {
  enum class at {
    top,
    tree,
    actor,
    upstreams,
    queues,
    generations,
    generation,
    graveyard,
    lints,
    ledger,
    billing,
    privacy,
    nodes,
    sessions,
    configuration,
    audit,
    log
  };
  at what = at::top;
  std::uint64_t actor = 0;
  generation_id generation;
  std::string sort = "mailbox"; ///< as the API takes it
  std::string type;             ///< empty: any
  bool once = false;            ///< top: print once and end
  std::string when;             ///< top: how it was then, as the API takes it; empty: now
  bool ended = false;           ///< generations: those that have ended
  std::string level = "debug";  ///< log: this one and graver, as the API takes it
  std::string find;             ///< log: a part of its lines; empty: any
  std::int64_t limit = 200;     ///< log: lines at most
  std::string url;              ///< of the operator's listener; empty: as the configuration has it
};

/// What an operator does to the running server, through its operator's listener.
struct act {
  std::string name; ///< as the API has it: "suspend_account"
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<std::pair<std::string, std::int64_t>> numbers;
  std::string reason; ///< empty: a preview alone
  bool yes = false;   ///< without a question
  std::string url;    ///< as of `look`
};

/// Following a generation, an account, a type of actors or one actor, message by message.
struct trace {
  std::string by;    ///< as the API has it: "generation", "account", "type", "actor"
  std::string which; ///< its id or name; empty for an actor
  std::uint64_t actor = 0;
  std::optional<std::int64_t> seconds; ///< none: as the server does it
  std::optional<std::int64_t> events;  ///< the same
  std::string reason;                  ///< of an account
  std::string url;                     ///< as of `look`
};

/// A script for a shell; needs neither configuration nor database.
struct print_completion {};

using command = std::variant<migrate, create_account, show_account, set_tier, lift_suspension, erase_account,
                             list_objections, give, create_key, list_keys, revoke_key, check_database, check_ledger,
                             show_retention, confirm_clock, audit_policy, verify_policy_report, verify_erasures,
                             begin_erasure_journal, check_billing_catalogue, look, act, trace, operator_command,
                             backup_command, request_command, master_key_command, print_completion>;

struct command_line {
  std::string config = "easel.toml";
  bool json = false;
  bool help = false;
  command what; ///< without meaning when `help`
};

/// The error is a sentence for the person who typed it. `arguments` without the program's name; options may stand
/// anywhere.
[[nodiscard]] expected<command_line, std::string> parse_command_line(const std::vector<std::string>& arguments);

[[nodiscard]] std::string_view usage();

} // namespace easel::easelctl
