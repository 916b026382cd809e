#pragma once

#include "policies/retention.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The data inventory: the one declaration of every stored personal field. Schema, export, erasure, reaper and policy
/// page are checked against it.
namespace easel::policies {

/// How long a field is kept.
enum class retention_window {
  account,        ///< as long as the account is active (RET-2)
  content,        ///< 30 days from the creation of its generation, then deleted automatically (RET-1)
  idempotency,    ///< one day at the longest, never longer than its generation
  attach,         ///< until its answer was written; a retry may attach to it for minutes only
  ledger,         ///< usage is folded into a balance after 90 days; what was paid stays as long as tax law asks (RET-3)
  access_log,     ///< the access log's own window (TECH-1)
  audit,          ///< the append-only record of what operators did
  sign_in,        ///< minutes, until a new person confirms or declines (ACCOUNT-1)
  session,        ///< until it ends, is idle for too long, or has lasted its longest (COOKIE-1)
  erasure,        ///< until the erasure of its account is finished
  erased_subject, ///< 30 days from an erasure on (RIGHT-3)
  privacy_request, ///< while it is open, and for its window from the closing on (RIGHT-5)
  billing_event,   ///< until no delivery of it can come any more (BILL-1); what could not be applied until it could
};

/// What happens to a field when its account is deleted.
enum class erasure_way {
  deleted,          ///< the row goes at once (RIGHT-3)
  deleted_unsealed, ///< the row goes at once, and the key that its copies in backups are sealed with is destroyed
  detached,         ///< usage goes at once; what was paid stays under a reference that leads to nobody (RET-3)
  pseudonymous,     ///< stays, and names an account that no longer exists
  ends_by_itself,   ///< there is no account yet: it goes with its window, or when the person declines
  outlives,         ///< stays for a window of its own as a keyed hash, so that deletion refills nothing
};

struct personal_field {
  std::string_view table;
  std::string_view column;
  data_class what = data_class::technical;
  std::string_view purpose;
  std::string_view clause; ///< of the privacy policy, under which it is kept
  retention_window window = retention_window::account;
  std::string_view exported; ///< the document of the export that shows it (RIGHT-1); empty when it is withheld
  std::string_view withheld; ///< why it tells the person nothing; empty when it is exported
  erasure_way erased = erasure_way::deleted;
};

/// Views of names that the caller keeps alive.
struct schema_column {
  std::string_view table;
  std::string_view column;

  friend auto operator<=>(const schema_column&, const schema_column&) = default;
};

/// How long that is, in words, with the windows that are in force: nothing is kept longer than it says.
[[nodiscard]] std::string describe(retention_window window, const retention_windows& lengths);
[[nodiscard]] std::string_view to_string(erasure_way way);

/// The length of a window that time alone ends; nothing for the others.
[[nodiscard]] std::optional<duration> length_of(retention_window window, const retention_windows& lengths);

/// Every column that holds personal data or leads to a person.
[[nodiscard]] std::span<const personal_field> data_inventory();

/// Every other column: service-wide state, and the working fields of rows whose person the inventory knows.
[[nodiscard]] std::span<const schema_column> non_personal_columns();

/// Compares the columns of a live schema with both lists: tables and partitioned tables, without their partitions,
/// without views. The error has one sentence for each column that is undeclared, missing or declared twice.
[[nodiscard]] expected<void, std::vector<std::string>> check_inventory(std::span<const schema_column> live);

} // namespace easel::policies
