#pragma once

#include "persistence/accounts.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"
#include "policies/vocabulary/bytes.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a person may demand of their data: an end of everything (RIGHT-3, CHILD-1), a pause (RIGHT-4), and a copy
/// (RIGHT-1), as commands and queries over values.
namespace easel::persistence {

struct erasure_tag {
  static constexpr std::string_view prefix = "erasure";
};
struct restriction_tag {
  static constexpr std::string_view prefix = "restr";
};
struct export_tag {
  static constexpr std::string_view prefix = "export";
};
using erasure_id = typed_id<erasure_tag>;
using restriction_id = typed_id<restriction_tag>;
using export_id = typed_id<export_tag>;

// ---------------------------------------------------------------- erasure

/// What a person would lose.
struct erasure_preview {
  credits available;
  std::int64_t generations = 0; ///< not yet expired
  std::int64_t images = 0;
  std::int64_t api_keys = 0; ///< live ones
  std::int64_t sessions = 0;
};

enum class erasure_clause {
  right_3, ///< the person's own wish; strikes and the day's allowance are remembered by the subject's keyed hash
  child_1, ///< a child's data was reported: nothing is remembered
};

[[nodiscard]] std::string_view to_string(erasure_clause);

/// What the journal of erasures (erasure_journal.hpp) says of one.
struct erasure_entry {
  account_id account;
  erasure_clause clause = erasure_clause::right_3;
  instant asked_at;

  friend bool operator==(const erasure_entry&, const erasure_entry&) = default;
};

/// What the same journal says of a single generation that a person deleted.
struct deletion_entry {
  generation_id generation;
  instant asked_at;

  friend bool operator==(const deletion_entry&, const deletion_entry&) = default;
};

/// What the database still has of accounts that somebody asks about.
struct account_presence {
  std::vector<account_id> present; ///< those whose row is there, closed or not
  bool any_account = false;        ///< whether there is an account at all
  instant now;                     ///< the database's clock
};

struct erasure_begun {
  erasure_id id;
  bool is_new = true; ///< else it was under way already
};

/// Which operator did it and why, for the audit.
struct operator_note {
  std::string actor;
  std::string reason;
};

/// What is left of an account. It leads to nobody.
struct erasure_receipt {
  erasure_id id;
  std::string clause;
  instant begun_at;                           ///< account closed, sessions and keys gone, content key destroyed
  instant finished_at;                        ///< nothing was left
  std::map<std::string, std::int64_t> counts; ///< rows by table
  std::int64_t number = 0;                    ///< its place in the chain of all receipts
  digest previous{};
  digest hash{}; ///< easel.receipt_hash says of what
};

// ---------------------------------------------------------------- restriction

struct restriction_row {
  restriction_id id;
  instant begun_at;
  std::optional<instant> lifted_at;
  secret_text objection; ///< empty when the person gave none
};

/// Code points of an objection.
inline constexpr std::size_t longest_objection = 1000;

// ---------------------------------------------------------------- export

/// So long the volumes of an export can be fetched, again as well, and so long it counts as one of those of a day.
inline constexpr duration export_lifetime = std::chrono::hours(24);

/// One file of an export. The first has the documents, and all images if there is no other.
struct export_volume {
  std::int64_t images = 0;
  std::int64_t bytes = 0;                       ///< of the images
  std::optional<std::chrono::year_month> first; ///< month of the first image, UTC; none without images
  std::optional<std::chrono::year_month> last;
  std::optional<generation_id> until; ///< the last generation with images here; none without images
};

/// What an export consists of, as of its beginning: what is made later is in none of its files.
struct export_plan {
  instant made_at;
  std::vector<export_volume> volumes;
};

struct export_row {
  export_id id;
  export_plan plan;
};

enum class export_claim {
  begun,
  running, ///< a file of this account's is being written
  spent,   ///< `rights_settings::exports_a_day` were begun within a day
  account_gone,
  no_such_volume, ///< of an export of this account that is younger than `export_lifetime`
};

struct export_begun {
  export_claim result = export_claim::account_gone;
  export_id id;
  instant until; ///< when the next one may begin, if this one did not
  export_plan plan;
};

/// How far the writing of an export has come. One made by default begins an export of everything there is.
struct export_cursor {
  std::size_t step = 0;
  std::string after;                  ///< the last row's key; empty at a step's beginning
  bool has_documents = true;          ///< else images alone
  std::optional<generation_id> since; ///< images of generations after this one; none: from the first on
  std::optional<generation_id> until; ///< and up to this one; none: up to the last
  std::optional<instant> made_at;     ///< images no younger than this
};

/// Where the volume with that number begins, counted from 1. Throws std::out_of_range.
[[nodiscard]] export_cursor beginning_of(const export_plan& plan, std::size_t number);

/// The next part of an export, in the order of the documents, and of the tables within one.
struct export_portion {
  std::string document;          ///< "account.json"; empty when the export is complete
  std::string table;             ///< whose rows these are
  std::vector<std::string> rows; ///< JSON objects, their fields named as in the data inventory
  bool ends_document = false;

  std::string file; ///< instead of a document: an image's name, without folder
  blob bytes;       ///< of the image
  instant made_at;  ///< of the image
};

// ---------------------------------------------------------------- the aggregate

/// One connection. Used by one thread at a time; blocks.
class rights {
public:
  virtual ~rights() = default;

  virtual answer<std::optional<erasure_preview>> preview_erasure(account_id) = 0;
  /// Closes the account at once: nothing is readable any more, nothing acts for it. Whoever began, `continue_erasure`
  /// must follow until there is a receipt. Nothing: there is no such account. An erasure under way is found again.
  virtual answer<std::optional<erasure_id>> begin_erasure(account_id, erasure_clause,
                                                          const std::optional<operator_note>&) = 0;
  /// The same for an account that was to be gone already: what is remembered of its subject ends when it would have.
  virtual answer<std::optional<erasure_begun>> begin_erasure_anew(const erasure_entry&) = 0;
  /// Notes for the audit that an operator wants the account erased: before anything is done about it.
  virtual answer<bool> note_wish(account_id, const operator_note&) = 0;
  virtual answer<account_presence> look_for(const std::vector<account_id>&) = 0;
  /// Those whose content stays: ended with it, or in work and not cancelled, whoever's they are; none that has expired.
  virtual answer<std::vector<generation_id>> find_generations(const std::vector<generation_id>&) = 0;
  /// Deletes them with all that hangs on them, ending what is in work first; how many. One transaction.
  virtual answer<int> delete_anew(const std::vector<generation_id>&) = 0;
  /// One step, in a transaction of its own: after a crash the next one goes on. The receipt, once all is gone.
  virtual answer<std::optional<erasure_receipt>> continue_erasure(erasure_id) = 0;
  virtual answer<std::vector<erasure_id>> unfinished_erasures() = 0; ///< the oldest hundred

  /// From here on nothing is admitted or dispatched (RIGHT-4); `end_work` must follow. The restriction in force, which
  /// may be an earlier one. Nothing: there is no such account. `objection` is text of at most `longest_objection`.
  virtual answer<std::optional<restriction_row>> restrict(account_id, const std::optional<secret_text>& objection) = 0;
  /// Ends what the account has in work and gives its holds back, keeping what was delivered; how many.
  virtual answer<std::vector<generation_id>> work_of(account_id) = 0;
  virtual answer<int> end_work(account_id) = 0;
  virtual answer<bool> lift_restriction(account_id) = 0;                          ///< false: there is no such account
  virtual answer<std::vector<restriction_row>> list_restrictions(account_id) = 0; ///< newest first

  /// Plans an export, which counts as one of the day whatever number of files it has, and claims its first one.
  virtual answer<export_begun> begin_export(account_id) = 0;
  /// Claims a file of an export that was begun, counted from 1; the first one as well.
  virtual answer<export_begun> open_volume(account_id, export_id, std::size_t number) = 0;
  virtual answer<std::vector<export_row>> list_exports(account_id) = 0; ///< of `export_lifetime`, newest first
  /// The portion at `cursor`, which moves on. Nothing expired is in it (RET-1).
  virtual answer<export_portion> next_portion(account_id, export_cursor& cursor) = 0;
  virtual answer<bool> keep_export(export_id) = 0; ///< its file is alive for another `export_alive`
  virtual answer<bool> end_export(export_id) = 0;  ///< its file, that is: the next one may be claimed
};

} // namespace easel::persistence
