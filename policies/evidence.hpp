#pragma once

#include "policies/inventory.hpp"
#include "policies/node_report.hpp"
#include "policies/retention.hpp"
#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Whether each clause of the policy is kept, judged from figures of the live system. The judge knows nothing of the
/// code that enforces.
namespace easel::policies {

/// One relation of the catalogue whose rows expire.
struct relation_fact {
  std::string name;
  std::string table;     ///< without the day
  std::optional<day> of; ///< of a daily table's partition, attached or not
  std::int64_t past_due = 0;
  std::optional<instant> oldest_due; ///< when it should have gone
  bool has_live_rows = false;
};

struct disclosure_fact {
  recipient to = recipient::openai_moderation;
  tier of = tier::free;
  std::int64_t count = 0;
  std::int64_t across = 0; ///< to the other tier's provider
};

struct round_fact {
  instant ended_at;
  duration took{};
  std::int64_t rows = 0;
  std::int64_t partitions = 0;
};

/// How many people have acknowledged one version of a document.
struct acknowledgement_fact {
  std::string document;
  std::string version;
  std::int64_t people = 0;
};

/// Requests by mail of one kind.
struct request_fact {
  std::string kind;
  std::int64_t open = 0;
  std::int64_t past_due = 0; ///< of the open ones
  std::int64_t closed = 0;
  std::int64_t unerased = 0; ///< of the closed ones: an erasure that is said to be done, of an account that lives
};

/// Accounts that were erased under one clause.
struct erasure_fact {
  std::string clause;
  std::int64_t finished = 0;
  std::int64_t under_way = 0;
  std::optional<instant> oldest; ///< when the oldest that is under way began
};

/// Rows of a table that name an account which is not there any more.
struct left_over_fact {
  std::string table; ///< without the day
  std::int64_t rows = 0;
};

/// The chain of receipts of erasures, and those that have none yet.
struct receipt_facts {
  std::int64_t receipts = 0;
  std::int64_t broken = 0; ///< whose hash, or link to the one before, does not hold
  std::int64_t under_way = 0;
  std::optional<instant> oldest_begun; ///< of those under way
};

/// Destroyed content keys whose bytes some file of the cluster may still hold.
struct key_wipe_facts {
  std::int64_t keys = 0;
  std::optional<instant> oldest;    ///< when the oldest of them was destroyed
  std::optional<instant> wiped_at;  ///< when such were last known to be gone
  std::vector<std::string> missing; ///< what the database does not let us do: words for `explain_missing`
};

/// What people may demand, as it works: the statements are tried for an account that does not exist.
struct rights_facts {
  std::int64_t exports_begun = 0; ///< of those that are still known
  std::int64_t exports_ended = 0;
  std::int64_t exports_broken_off = 0;
  std::int64_t tables_exported = 0;      ///< tried without an error
  std::vector<std::string> not_exported; ///< tables of the inventory that the export does not know, or fails to read
  std::int64_t names_corrected = 0;      ///< people who go by a name of their own
  bool correction_works = false;         ///< the statement was tried without an error
};

/// The oldest record of payments of one kind that nothing holds any more.
struct payment_fact {
  instant at;      ///< from which its window runs
  instant seen_at; ///< the first of the audits in a row that found this one to be the oldest
};

/// The ways in which people are given their content, each asked for something at the moment of its expiry.
struct serving_facts {
  std::int64_t tried = 0; ///< none: there was nothing to ask for
  bool failed = false;    ///< a statement does not fit the schema
  std::vector<std::string> give_expired;
};

/// Relations with which the auditor's role may do what it must not.
struct auditor_facts {
  std::int64_t writable = 0;
  std::int64_t readable = 0; ///< other than its own views
};

/// A node of the cluster that has not left.
struct node_fact {
  instant joined_at;
  instant heartbeat_at;
};

/// What the auditor found, at one moment.
struct live_facts {
  instant at; ///< the database's clock
  std::vector<relation_fact> relations;
  std::map<std::string, instant, std::less<>> oldest;       ///< rows of tables, by their own time
  std::vector<std::pair<std::string, std::string>> columns; ///< table and name
  std::vector<disclosure_fact> disclosures;
  std::int64_t completed = 0;
  std::int64_t completed_without_images = 0;
  std::int64_t dispatched = 0;
  std::int64_t dispatched_without_verdict = 0;
  std::int64_t dispatched_without_disclosure = 0;
  std::int64_t log_lines = 0;        ///< of the newest, looked at
  std::int64_t log_lines_beyond = 0; ///< that hold what TECH-1 does not allow
  std::int64_t restricted = 0;
  std::int64_t dispatched_for_restricted = 0;
  std::int64_t people = 0; ///< who have signed in and have an account
  std::vector<acknowledgement_fact> acknowledged;
  std::vector<request_fact> requests;
  std::vector<erasure_fact> erasures;
  std::vector<left_over_fact> left_over;
  std::map<std::string, payment_fact, std::less<>> oldest_payments; ///< by their kind
  receipt_facts receipts;
  key_wipe_facts keys;
  rights_facts rights;
  serving_facts serving;
  auditor_facts auditor;
  std::vector<node_fact> nodes;
  std::vector<node_report> reports;       ///< the latest of each process
  std::optional<std::int64_t> days_ahead; ///< for which there are partitions
  std::optional<round_fact> last_round;
  std::optional<instant> halted_at; ///< the reaper
};

struct evidence_terms {
  retention_windows windows;
  duration interval = std::chrono::minutes(1);       ///< from one audit to the next
  int record_years = 7;                              ///< of payments, after the end of their year (RET-3)
  duration event_life = std::chrono::hours(24 * 40); ///< of Stripe's events that are over
};

enum class finding {
  kept,
  broken,
  unproved, ///< there is no live evidence: as bad as broken
};

[[nodiscard]] std::string_view to_string(finding value);

struct proof {
  std::string_view clause;
  finding what = finding::unproved;
  std::vector<std::pair<std::string, std::string>> figures;
  std::vector<std::string> complaints; ///< sentences; empty when it is kept
  instant at;
};

[[nodiscard]] std::vector<std::string_view> probe_names();

/// One proof for each clause, in their order.
[[nodiscard]] std::vector<proof> judge(const live_facts& facts, const evidence_terms& terms);

/// A proof older than twice the interval is none.
[[nodiscard]] bool is_kept(const proof& p, instant now, duration interval);

/// The dead man's switch: for how long the oldest row that is past due has been so. Zero: there is none.
[[nodiscard]] duration longest_overdue(const live_facts& facts);
[[nodiscard]] std::int64_t rows_past_due(const live_facts& facts);

/// Requests by mail, of every kind, that are not answered yet.
struct open_requests {
  std::int64_t open = 0;
  std::int64_t past_due = 0;
};
[[nodiscard]] open_requests requests_open(const live_facts& facts);

} // namespace easel::policies
