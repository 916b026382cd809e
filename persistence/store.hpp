#pragma once

#include "persistence/accounts.hpp"
#include "persistence/identity.hpp"
#include "policies/catalogue.hpp"
#include "policies/moderation.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// The durable state of the service, as commands and queries over values. Two implementations keep one contract
/// (tests/persistence/contract): `postgres_store`, and `memory_store` for tests and the simulation.
///
/// A write command is atomic. What a person or a race can cause (no credit, a stale fence, a key reused) is a
/// value in the outcome; only what the store itself could not do is a `store_error`.
namespace easel::persistence {

// ---------------------------------------------------------------- errors

struct store_error {
  enum class kind {
    unavailable, ///< no connection, lost connection, time-out: the caller may try again; the write may have happened
    refused,     ///< the database refused this command: trying again does not help
  };
  kind what = kind::unavailable;
  std::string operation; ///< our name of the command, never a statement or a value
  std::string sqlstate;

  friend bool operator==(const store_error&, const store_error&) = default;
};

template <class T>
using answer = expected<T, store_error>;

// ---------------------------------------------------------------- writes of the hot path

/// A row in work carries its owner and a fencing number; a write with an old one changes nothing.
struct ownership {
  node_id node;
  std::int32_t fence = 1;

  friend bool operator==(const ownership&, const ownership&) = default;
};

/// Transaction 1: row, hold, idempotency claim, disclosure to moderation. State `accepted`.
struct admit {
  generation_id id; ///< minted by the caller; its timestamp names the day partition
  account_id account;
  std::optional<key_id> key;   ///< none for a signed-in session
  tier tier_seen = tier::free; ///< the tier the price was made for; another one in the row refuses
  policies::generation_plan plan;
  secret_text prompt;
  std::optional<std::string> idempotency_key; ///< the client's text; stored as a keyed hash only
  std::string fingerprint_source;             ///< canonical bytes of the request; stored as a keyed hash only
  int retry_count = 0;                        ///< X-Stainless-Retry-Count
  bool awaits_answer = false;                 ///< a synchronous call: may be attached to until `mark_answered`, or
                                              ///< until it failed
  node_id node;
  std::int32_t max_active = 0; ///< generations of this account not yet ended, over all nodes
  credits daily_allowance;     ///< granted on the first hold of a UTC day, to free accounts
};

enum class admission {
  admitted,
  attached,             ///< `id` names the generation that this request is a repeat of
  key_reused,           ///< same idempotency key, another body
  account_gone,         ///< unknown, closed or deleted: answered like a bad key
  key_gone,             ///< revoked, expired, or not this account's
  restricted,           ///< RIGHT-4
  suspended,            ///< strikes; `until` says when it ends, if it does
  tier_changed,         ///< ask again with the account's present tier
  insufficient_credits, ///< includes a negative balance
  too_many_active,
  key_capped, ///< the key's monthly cap does not cover it; `key_cap` says what it is, `until` when it counts anew
};

struct admitted {
  admission result = admission::admitted;
  generation_id id;
  tier account_tier = tier::free;
  credits balance; ///< available after the hold
  instant created_at;
  instant expires_at;
  std::optional<instant> until;
  std::optional<credits> key_cap{};
};

/// Transaction 2: verdict, disclosure to the provider, state `dispatched`.
struct dispatch {
  generation_id id;
  ownership owner;
  policies::verdict verdict;
  recipient to = recipient::sub2api;
  std::string credential; ///< the operator's label of the upstream credential
};

/// What a fenced write found.
enum class fenced {
  done,
  stale,          ///< another node owns the row now: stop, without a trace
  not_in_state,   ///< the row is where this write has no edge (ended, cancelled, already there)
  account_closed, ///< dispatch only: restricted, suspended, deleted or of another tier
};

/// The moderation refused: state `blocked`, hold released, one strike counted.
struct block {
  generation_id id;
  ownership owner;
  policies::verdict verdict;
};

/// A paid call got its task id: from here on the outcome can be asked for, also after a restart.
struct record_task {
  generation_id id;
  ownership owner;
  std::int16_t index = 0;
  std::string task; ///< the upstream's id
};

/// A paid create is about to leave; until its task is known its outcome is unknown and it is never repeated. The holder
/// of the same fence may begin it anew, with another credential, because it knows that nothing was started.
struct begin_call {
  generation_id id;
  ownership owner;
  std::int16_t index = 0;
  std::string credential;
  digest callback{}; ///< keyed hash of the unguessable part of the callback's path
};

/// Transaction 3: one image and its share of the hold, unique on (generation, index).
struct store_image {
  generation_id id;
  ownership owner;
  std::int16_t index = 0;
  image_id image;
  image_format format = image_format::png;
  std::int32_t width = 0;
  std::int32_t height = 0;
  blob bytes;
  bool last = false; ///< also release what is left of the hold and complete the generation; if its cancel was
                     ///< requested meanwhile, discard as `finish` does
};

/// Terminal without a further image: the rest of the hold goes back to the grants it came from.
/// `completed` when at least one image is stored, else `to`.
struct finish {
  generation_id id;
  ownership owner;
  generation_state to = generation_state::failed;
  failure reason = failure::none;
  bool strike = false;  ///< a refusal after acceptance
  bool discard = false; ///< cancelled after dispatch: what was delivered is charged, then its content deleted; so it is
                        ///< with a cancel request in the row
};

/// Answers that were written to their last byte: nothing can attach to these any more. Unfenced, lossy by design.
struct mark_answered {
  std::vector<generation_id> ids;
};

using write = std::variant<admit, dispatch, block, begin_call, record_task, store_image, finish, mark_answered>;

struct finished {
  fenced result = fenced::done;
  generation_state state = generation_state::failed;
  credits charged;
  credits balance;
};

using write_outcome = std::variant<admitted, fenced, finished>;

// ---------------------------------------------------------------- rows that are read

struct image_row {
  image_id id;
  std::int16_t index = 0;
  image_format format = image_format::png;
  std::int32_t width = 0;
  std::int32_t height = 0;
  std::int64_t bytes = 0;
  instant created_at;
};

struct disclosure_row {
  recipient to = recipient::openai_moderation;
  data_class what = data_class::content;
  instant at;
};

struct task_row {
  std::int16_t index = 0;
  std::string credential;
  std::string task; ///< empty while the create's answer is unknown
  digest callback{};
  instant begun_at;
};

/// Which image of which generation a paid call is for.
using call_place = std::pair<generation_id, std::int16_t>;

/// What a provider's callback said about a call whose own answer is not known: a reason to ask, nothing more.
struct task_hint {
  generation_id generation;
  std::int16_t index = 0;
  std::string task;

  friend bool operator==(const task_hint&, const task_hint&) = default;
};

/// One generation as its owner may see it.
struct generation_row {
  generation_id id;
  account_id account;
  generation_state state = generation_state::accepted;
  tier of_tier = tier::free;
  policies::generation_plan plan;
  secret_text prompt;
  std::optional<policies::verdict> verdict;
  std::optional<recipient> dispatched_to;
  failure reason = failure::none;
  credits charged;
  instant created_at;
  std::optional<instant> dispatched_at;
  std::optional<instant> ended_at;
  instant expires_at;
  std::vector<image_row> images;
  std::vector<disclosure_row> disclosures;
};

/// A row in work that this node has taken over, with what is needed to go on.
struct resumable {
  generation_row row;
  ownership owner;           ///< the new fence
  std::int32_t restarts = 0; ///< how often it was resumed before
  bool cancel_requested = false;
  std::vector<task_row> tasks;
};

enum class grant_kind : std::uint8_t { daily = 0, gift = 1, subscription = 2, pack = 3 };

struct grant_row {
  grant_id id;
  grant_kind kind = grant_kind::gift;
  credits amount;
  credits remaining;
  instant created_at;
  std::optional<instant> expires_at;
};

struct balance {
  credits available;
  credits held;
  bool allowance_due = false;    ///< a free account whose daily grant of this UTC day the next hold will bring
  std::vector<grant_row> grants; ///< unexpired with something left, soonest-to-expire first
};

/// The books between which transfers move (docs/architecture, credits). A transfer leaves one and enters another,
/// so every sum over all books is zero by construction.
enum class book : std::uint8_t { issued = 0, available = 1, held = 2, spent = 3, expired = 4 };

struct entry_row {
  transfer_id id;
  book from = book::issued;
  book to = book::available;
  credits amount;
  std::optional<generation_id> generation;
  std::optional<std::int16_t> image;
  instant at;
};

/// As people and clients read them.
[[nodiscard]] std::string_view to_string(account_state);
[[nodiscard]] std::string_view to_string(grant_kind);
[[nodiscard]] std::string_view to_string(book);

template <class T>
struct page {
  std::vector<T> rows;
  bool more = false;
};

/// What must be zero at any quiet moment; each count names a promise or a rule of the ledger.
struct invariants {
  std::int64_t completed_without_images = 0;   ///< GEN-1
  std::int64_t dispatched_without_verdict = 0; ///< THIRD-3
  std::int64_t cross_tier_disclosures = 0;     ///< THIRD-1, THIRD-2
  std::int64_t calls_without_disclosure = 0;
  std::int64_t images_settled_twice = 0;
  std::int64_t balances_off = 0;       ///< projections that differ from their transfers
  std::int64_t holds_without_work = 0; ///< held for a generation that has ended
  std::int64_t overdrawn_grants = 0;
};

// ---------------------------------------------------------------- the access log

/// One answered request: what TECH-1 allows to be logged, and nothing else.
struct access_record {
  instant at;                        ///< when its head had been read
  std::string ip;                    ///< an IP address as text
  std::string user_agent;            ///< at most 200 characters, visible ASCII
  std::optional<account_id> account; ///< none unless the request came with a key that is known
  std::string route;                 ///< the template, "GET /v1/generations/{id}"; "-" when there is none
  std::int16_t status = 0;
  duration took{}; ///< until the last byte was written, or could not be
  std::string request_id;
};

// ---------------------------------------------------------------- the store

/// One connection to the durable state. Used by one thread at a time; blocks.
class store {
public:
  virtual ~store() = default;

  /// Applies the commands in one transaction where it can (group commit). A command that the database refuses is
  /// split off and fails alone. Outcomes are in the order of the commands.
  virtual std::vector<answer<write_outcome>> apply(std::span<const write> commands) = 0;

  // who is calling
  virtual answer<std::optional<key_row>> find_key(const digest& key_hash) = 0; ///< live keys only
  virtual answer<std::optional<account_row>> find_account(account_id) = 0;

  // a person's own data; nothing expired is ever returned (RET-1)
  virtual answer<std::optional<generation_row>> find_generation(account_id, generation_id) = 0;
  virtual answer<page<generation_row>> list_generations(account_id, std::optional<generation_id> before, int limit) = 0;
  /// Null when there is none, or its account is closed.
  virtual answer<blob> find_image(account_id, generation_id, std::int16_t index) = 0;
  virtual answer<balance> find_balance(account_id) = 0;
  virtual answer<page<entry_row>> list_entries(account_id, std::optional<transfer_id> before, int limit) = 0;
  /// Deletes the content of an ended generation at once; false when there is none, or it is still in work.
  virtual answer<bool> delete_generation(account_id, generation_id) = 0;
  /// Leaves a cancel request for whichever node owns the row; false when nothing is in work under this id. Its content
  /// goes when it ends.
  virtual answer<bool> request_cancel(account_id, generation_id) = 0;

  // leases between nodes
  virtual answer<instant> join(node_id) = 0;                     ///< the database's time
  virtual answer<std::optional<instant>> heartbeat(node_id) = 0; ///< nothing: the lease was lost, rows are gone
  virtual answer<std::vector<resumable>> take_over(node_id, duration dead_after, int limit) = 0;
  /// Rows of this very node that no actor works on any more (after a crash of one).
  virtual answer<std::optional<resumable>> resume(node_id, generation_id) = 0;
  virtual answer<std::vector<generation_id>> cancel_requests(node_id) = 0;
  /// Everything in work that this node owns, in the order of the ids. An admission or a takeover may have been applied
  /// though its answer was lost: such a row is only known from here.
  virtual answer<std::vector<generation_id>> in_work(node_id) = 0;
  /// A provider called back. Where the call's own answer is still out, the task is kept beside it for the row's owner,
  /// whichever node that is (`task_hints`); a task that is known already is not replaced. Nothing: no such call, it was
  /// begun with a credential that is none of `senders`, or its generation was deleted or has expired.
  virtual answer<std::optional<call_place>> keep_hint(const digest& callback, std::string task,
                                                      std::vector<std::string> senders) = 0;
  /// Hints for calls of this node whose task is still unknown. They stay until the task is recorded.
  virtual answer<std::vector<task_hint>> task_hints(node_id) = 0;
  virtual answer<bool> leave(node_id) = 0; ///< gives up the lease: others may take over at once

  // what operators do; each leaves a row in the append-only audit table, in the same transaction
  virtual answer<account_id> create_account(tier, std::string actor, std::string reason) = 0;
  virtual answer<bool> set_tier(account_id, tier, std::string actor, std::string reason) = 0;
  virtual answer<bool> lift_suspension(account_id, std::string actor, std::string reason) = 0;
  virtual answer<bool> gift(account_id, credits, std::optional<instant> expires_at, std::string actor,
                            std::string reason) = 0;
  virtual answer<key_row> create_key(account_id, std::string name, const digest& key_hash, std::string hint,
                                     std::string actor, std::optional<credits> monthly_cap = {}) = 0;
  virtual answer<std::vector<key_row>> list_keys(account_id) = 0;
  virtual answer<bool> revoke_key(account_id, key_id, std::string actor) = 0;

  /// Writes all of them in one statement, or none: a text that is no IP address, or a day without a partition, refuses
  /// the batch. Each lives for `retention.access_log` from its own time on. One that was `unavailable` may have been
  /// written.
  virtual answer<int> append_access(std::span<const access_record> records) = 0;

  // upkeep
  virtual answer<int> ensure_partitions(int days_ahead) = 0;
  virtual answer<invariants> check_invariants() = 0;

  // signing in; what has expired is never found
  /// Displaces others by policies::make_room; of what another transaction holds the next is taken, and if all are held
  /// none, so that nobody waits. A displaced one is not found any more.
  virtual answer<sign_in_begun> begin_sign_in(const sign_in_start&) = 0;
  /// The callback: finds the sign-in of this cookie and state, and nobody finds it again. Another state leaves it.
  virtual answer<std::optional<taken_sign_in>> take_sign_in(const digest& token, const digest& state) = 0;
  /// Known: the person's e-mail and name are refreshed and the sign-in ends in a session. A live session of the same
  /// account under `token` goes on under the new one; of another account, it ends. Refused for a bad claim (22001).
  virtual answer<sign_in_outcome> finish_sign_in(const sign_in_finish&) = 0;
  virtual answer<std::optional<person_to_confirm>> find_unconfirmed(const digest& token) = 0;
  /// Creates account, person and session. Who was confirmed meanwhile in another browser is signed in there.
  virtual answer<sign_in_outcome> confirm_sign_in(const sign_in_confirmation&) = 0;
  virtual answer<bool> decline_sign_in(const digest& token) = 0; ///< deletes everything known of it

  // sessions
  virtual answer<std::optional<live_session>> find_session(const digest& token) = 0;
  /// They were seen now. Writes to the minute, skips rows that are busy: lossy by design. At most 1000 at a time.
  virtual answer<int> touch_sessions(const std::vector<session_id>&) = 0;
  virtual answer<std::vector<session_row>> list_sessions(account_id) = 0; ///< newest first
  virtual answer<bool> end_session(account_id, session_id) = 0;
  virtual answer<int> end_sessions(account_id, std::optional<session_id> but) = 0;

  // a person
  virtual answer<std::optional<person_row>> find_person(account_id) = 0;
  /// False when there is no such person. A name that is not policies::is_display_name is refused (22001).
  virtual answer<bool> rename_person(account_id, const secret_text& name) = 0; ///< RIGHT-2
  /// Up to which version a person has acknowledged each document (CHANGE-1). Nothing: there is no such person.
  virtual answer<std::optional<std::vector<policies::acknowledgement>>> find_acknowledgements(account_id) = 0;
  /// An older version than the one on record changes nothing. False when there is no such person. Refused when it is no
  /// policies::is_document_version (22007).
  virtual answer<bool> acknowledge(account_id, const policies::acknowledgement&) = 0;
  virtual answer<key_outcome> create_own_key(const new_key&) = 0;
  virtual answer<bool> revoke_own_key(account_id, key_id) = 0;
};

} // namespace easel::persistence
