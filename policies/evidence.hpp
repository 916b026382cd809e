#pragma once

#include "policies/inventory.hpp"
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
};

/// Accounts that were erased under one clause.
struct erasure_fact {
  std::string clause;
  std::int64_t finished = 0;
  std::int64_t under_way = 0;
  std::optional<instant> oldest; ///< when the oldest that is under way began
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
  std::optional<std::int64_t> days_ahead; ///< for which there are partitions
  std::optional<round_fact> last_round;
  std::optional<instant> halted_at; ///< the reaper
};

struct evidence_terms {
  retention_windows windows;
  duration interval = std::chrono::minutes(1); ///< from one audit to the next
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
