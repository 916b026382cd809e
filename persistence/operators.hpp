#pragma once

#include "persistence/keyring.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"
#include "policies/operators.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Those who run the service: their accounts, their sign-ins, and the record of what they did.
namespace easel::persistence {

struct operator_row {
  std::string name;
  policies::operator_role role = policies::operator_role::viewer;
  bool has_totp = false;
  bool is_locked = false; ///< by wrong guesses, for some minutes
  instant created_at;
  std::optional<instant> last_sign_in_at;
  std::optional<instant> disabled_at;
};

struct new_operator {
  std::string name; ///< policies::is_operator_name
  policies::operator_role role = policies::operator_role::viewer;
  secret_text password; ///< policies::is_operator_password
  bool with_totp = false;
};

/// `totp_secret`: 20 bytes to be shown this once; empty without.
struct made_operator {
  bool made = false; ///< false: there is one of this name
  secret_text totp_secret;
};

struct operator_attempt {
  std::string name;
  secret_text password;
  std::string code; ///< six digits, or empty
  digest token{};   ///< of the session that begins if it succeeds
};

struct operator_identity {
  std::string name;
  policies::operator_role role = policies::operator_role::viewer;
  instant expires_at;
};

struct operator_entry {
  enum class result { signed_in, wrong, locked };
  result how = result::wrong;
  std::optional<operator_identity> who; ///< when signed in
  std::optional<duration> wait;         ///< when locked
};

struct audit_row {
  std::int64_t id = 0;
  instant at;
  std::string actor;
  std::string action;
  bool about_account = false; ///< whose it was is in the table, and for no screen
  std::string reason;
};

/// What an operator is told of an account before an intervention: figures, and nothing of the person.
struct account_standing {
  bool suspended = false;
  std::optional<instant> cools_until; ///< not yet over
  int in_work = 0;                    ///< generations
  int sessions = 0;                   ///< signed in
};

/// The prompt of one generation, for an operator who has a reason to read it.
struct found_prompt {
  account_id account;
  bool is_restricted = false;      ///< its person wants nothing done with their data (RIGHT-4)
  std::optional<secret_text> text; ///< none: it was not asked for, or its key is gone
};

/// Used by one thread at a time. Errors are those of persistence/store.hpp. `by` is for the audit.
class operator_store {
public:
  virtual ~operator_store() = default;

  // easelctl's: each leaves its row in the audit, in the same transaction.
  [[nodiscard]] virtual answer<made_operator> add(const new_operator& who, const std::string& by) = 0;
  [[nodiscard]] virtual answer<std::vector<operator_row>> list() = 0;
  /// The three below are false when there is no such operator. They end every session of theirs.
  [[nodiscard]] virtual answer<bool> set_role(const std::string& name, policies::operator_role role,
                                              const std::string& by) = 0;
  /// Also lifts a lock.
  [[nodiscard]] virtual answer<bool> set_password(const std::string& name, const secret_text& password,
                                                  const std::string& by) = 0;
  [[nodiscard]] virtual answer<bool> disable(const std::string& name, const std::string& by) = 0;

  // The console's.
  /// Takes as long for a name that nobody has as for a wrong password. Counts wrong guesses; a code is taken once.
  /// Leaves an audit row for success, and for a lock.
  [[nodiscard]] virtual answer<operator_entry> sign_in(const operator_attempt& attempt,
                                                       const policies::operator_session_limits& limits) = 0;
  /// Nothing when it is unknown, idle for too long or over. Notes that it was seen.
  [[nodiscard]] virtual answer<std::optional<operator_identity>>
  find_session(const digest& token, const policies::operator_session_limits& limits) = 0;
  /// False when there was none.
  [[nodiscard]] virtual answer<bool> end_session(const digest& token) = 0;

  [[nodiscard]] virtual answer<bool> note(const std::string& by, const std::string& action,
                                          const std::string& reason) = 0;
  /// The same about an account, whose export then has it.
  [[nodiscard]] virtual answer<bool> note_about(account_id whom, const std::string& by, const std::string& action,
                                                const std::string& reason) = 0;
  /// Newest first.
  [[nodiscard]] virtual answer<std::vector<audit_row>> audit(int limit) = 0;

  /// Nothing when there is no such account, or it is closed.
  [[nodiscard]] virtual answer<std::optional<account_standing>> find_standing(account_id whom) = 0;
  // Each is announced to every node. False: there was nothing to change.
  [[nodiscard]] virtual answer<bool> suspend(account_id whom) = 0;
  /// Ends a cool-down too, and forgets the strikes.
  [[nodiscard]] virtual answer<bool> lift(account_id whom) = 0;
  [[nodiscard]] virtual answer<bool> end_sessions(account_id whom) = 0;

  /// Nothing when there is no such generation, its time has come (RET-1), or what was asked is deleted already.
  [[nodiscard]] virtual answer<std::optional<found_prompt>> find_prompt(generation_id id, bool with_text) = 0;

  /// A wish to cancel a generation that is in work: false when it is not. The node that owns it sees it with its next
  /// heartbeat.
  [[nodiscard]] virtual answer<bool> request_cancel(generation_id id) = 0;
};

/// Over a connection of its own, opened when first used.
[[nodiscard]] std::unique_ptr<operator_store>
make_operator_store(store_settings settings, std::shared_ptr<const keyring> keys, duration clock_shift = {});

// ---------------------------------------------------------------- secrets, tried by themselves

/// "scrypt$LOG2N$R$P$SALT$HASH" with a fresh salt (RFC 7914; N = 2^15, r = 8, p = 1: 32 MiB). The parameters are kept
/// with the hash, so that later ones may be dearer. Throws when memory is short.
[[nodiscard]] std::string hash_operator_password(const secret_text& password);
/// False for a hash of another form too.
[[nodiscard]] bool is_operator_password_of(const secret_text& password, const std::string& hash);
/// RFC 6238 with SHA-1, six digits.
[[nodiscard]] std::string totp_code_at(const std::string& secret, std::int64_t step);

} // namespace easel::persistence
