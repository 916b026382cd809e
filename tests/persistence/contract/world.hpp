#pragma once

#include "tests/persistence/contract/contract.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string_view>
#include <vector>

namespace easel {
inline std::ostream& operator<<(std::ostream& out, generation_state s) { return out << to_string(s); }
inline std::ostream& operator<<(std::ostream& out, failure f) { return out << to_string(f); }
inline std::ostream& operator<<(std::ostream& out, tier t) { return out << to_string(t); }
inline std::ostream& operator<<(std::ostream& out, recipient r) { return out << to_string(r); }
inline std::ostream& operator<<(std::ostream& out, credits c) { return out << c.value(); }
template <class Tag>
std::ostream& operator<<(std::ostream& out, const typed_id<Tag>& id) {
  return out << to_string(id);
}
} // namespace easel

namespace easel::persistence {
std::ostream& operator<<(std::ostream& out, admission a);
std::ostream& operator<<(std::ostream& out, fenced f);
std::ostream& operator<<(std::ostream& out, account_state s);
} // namespace easel::persistence

namespace easel::persistence::contract {

inline credits amount(std::int64_t value) { return credits::unchecked(value); }

inline const std::string nul("a\0b", 3); ///< what PostgreSQL keeps in no text

template <class T>
bool is_refused(const answer<T>& got) {
  return !got.has_value() && got.error().what == store_error::kind::refused;
}

struct person {
  account_id account;
  key_id key;
};

/// A generation in work, with what its owner must present.
struct work {
  generation_id id;
  ownership owner;
};

/// What a case acts on: one empty database with one node on it, and words for what happens there.
class world {
public:
  explicit world(store_under_test under);

  store_under_test under;
  std::unique_ptr<store> db;
  node_id node; ///< joined, owner of everything that the short forms make

  // time and names
  [[nodiscard]] instant now(); ///< the database's
  void advance(duration span);
  [[nodiscard]] generation_id new_generation_id();
  [[nodiscard]] node_id new_node(bool joined = true);
  /// A hash that no other call returns.
  [[nodiscard]] digest new_digest();

  // people
  [[nodiscard]] person newcomer(tier of = tier::free, std::int64_t gifted = 0);
  void give(const person& to, std::int64_t credits, std::optional<instant> expires_at = {});
  [[nodiscard]] balance balance_of(const person& who);
  [[nodiscard]] std::vector<entry_row> entries_of(const person& who);
  [[nodiscard]] account_row account_of(const person& who);

  // commands
  [[nodiscard]] admit order(const person& by, std::int64_t price_each = 5, int images = 1);
  [[nodiscard]] dispatch sending(const work& w, tier of = tier::free);
  [[nodiscard]] store_image picture(const work& w, std::int16_t index, bool last = false, std::string bytes = "png");
  answer<write_outcome> write_one(write command);
  admitted try_admit(const admit& command);
  fenced try_write(write command);
  finished try_end(write command);

  // short forms that must succeed
  [[nodiscard]] work accepted(const admit& command);
  [[nodiscard]] work accepted(const person& by, std::int64_t price_each = 5, int images = 1);
  [[nodiscard]] work dispatched(const person& by, std::int64_t price_each = 5, int images = 1);
  /// Stores every image that was asked for.
  generation_id completed(const person& by, std::int64_t price_each = 5, int images = 1);
  void strike(const person& by);

  [[nodiscard]] generation_row row_of(const person& who, generation_id id);
  /// Everything that must be zero is.
  void check_invariants();
};

[[nodiscard]] policies::verdict clean_verdict();
[[nodiscard]] policies::verdict blocking_verdict();

/// A case is a sentence and what makes it true.
struct contract_case {
  std::string_view sentence;
  void (*body)(world&);
};

// One table per aspect of the contract.
[[nodiscard]] std::vector<contract_case> admission_cases();
[[nodiscard]] std::vector<contract_case> batch_cases();
[[nodiscard]] std::vector<contract_case> repetition_cases();
[[nodiscard]] std::vector<contract_case> progress_cases();
[[nodiscard]] std::vector<contract_case> ending_cases();
[[nodiscard]] std::vector<contract_case> ledger_cases();
[[nodiscard]] std::vector<contract_case> lease_cases();
[[nodiscard]] std::vector<contract_case> reading_cases();
[[nodiscard]] std::vector<contract_case> operator_cases();
[[nodiscard]] std::vector<contract_case> identity_cases();
[[nodiscard]] std::vector<contract_case> acknowledgement_cases();
[[nodiscard]] std::vector<contract_case> session_cases();
[[nodiscard]] std::vector<contract_case> access_log_cases();
[[nodiscard]] std::vector<contract_case> revocation_cases();
[[nodiscard]] std::vector<contract_case> key_cap_cases();
[[nodiscard]] std::vector<contract_case> property_cases();

} // namespace easel::persistence::contract
