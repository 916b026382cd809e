#pragma once

#include "persistence/keyring.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/nul.hpp"
#include "persistence/revocations.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"
#include "policies/ledger.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

/// The rows behind a memory store. Private to persistence/memory.
namespace easel::persistence::memory {

struct grant {
  grant_row row;
  account_id account;
  std::optional<day> of_day; ///< business key of a daily grant: at most one per account and UTC day
};

/// Immutable. Between two books, for one grant, so that every credit can be followed from issue to end.
struct transfer {
  entry_row entry;
  account_id account;
  grant_id of;
};

struct account {
  account_row row;
  credits available; ///< projection of the transfers; includes what has expired and was not yet moved
  credits held;
  std::vector<grant_id> grants;
  std::vector<std::size_t> entries; ///< indexes into tables::transfers, oldest first
  std::vector<instant> strikes;     ///< since the last lift, oldest first
  std::set<generation_id> generations;
  std::set<generation_id> active; ///< not yet ended
};

struct generation {
  generation_row row;
  std::optional<key_id> key;
  digest fingerprint{};
  bool awaits_answer = false;
  bool answered = false;
  int attached = 0; ///< the highest retry that was attached
  ownership owner;
  std::int32_t restarts = 0;
  bool cancel_requested = false;
  bool discarded = false;                 ///< charged, but prompt and images were not kept
  bool deleted = false;                   ///< by its owner: no read finds it
  std::vector<policies::allocation> hold; ///< what is still held, in the order in which it is spent
  std::int32_t dispatched_fence = 0;      ///< the fence of the latest dispatch
  std::map<std::int16_t, blob> contents;
  std::map<std::int16_t, task_row> calls;
  std::map<std::int16_t, std::int32_t> call_fences; ///< under which fence each was begun
  std::map<std::int16_t, std::string> hints;        ///< tasks that callbacks named
};

/// An idempotency key in use.
struct claim {
  generation_id generation;
  digest fingerprint{};
  instant made_at;
};

struct node {
  instant heartbeat;
  bool lost = false; ///< left, or taken over
};

struct stored_key {
  key_row row;
  digest hash{};
};

/// A sign-in under way: nonce and verifier until it was taken, claims while a new person is asked to confirm.
struct sign_in {
  digest state{};
  std::optional<taken_sign_in> to_take;
  std::string return_path;
  std::optional<policies::identity_claims> claims;
  instant expires_at;
};

struct person {
  person_row row;
  digest subject{};
  std::map<policies::document, std::string> acknowledged; ///< up to which version
};

struct stored_session {
  session_row row;
  digest token{};
};

struct tables {
  std::unordered_map<account_id, account> accounts;
  std::map<grant_id, grant> grants;
  std::vector<transfer> transfers;
  std::map<generation_id, generation> generations;
  std::set<generation_id> in_work;
  std::map<std::pair<account_id, digest>, claim> claims;
  std::map<key_id, stored_key> keys;
  std::map<digest, key_id> keys_by_hash;
  std::map<digest, std::pair<generation_id, std::int16_t>> callbacks;
  std::map<node_id, node> nodes;
  std::map<digest, sign_in> sign_ins;
  std::map<account_id, person> people;
  std::map<digest, account_id> people_by_subject;
  std::map<session_id, stored_session> sessions;
  std::map<digest, session_id> sessions_by_token;
  std::vector<audit_entry> audit;
  std::vector<access_entry> access_log;
  std::vector<revocation> ended; ///< by the operation under way; told to whoever listens at its end
  std::optional<day> partitions_until;
  std::uint64_t minted = 0;
};

/// What one operation works with: everything but the command itself.
struct scope {
  tables& db;
  const store_settings& settings;
  const keyring& keys;
  instant now;
};

template <class Map, class Key>
[[nodiscard]] auto* find_in(Map& map, const Key& key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

/// A UUIDv7 of the scope's time whose random bits count up: unique, ordered and repeatable.
template <class Id>
[[nodiscard]] Id mint(scope& s) {
  std::array<std::uint8_t, 10> counter{};
  std::uint64_t n = ++s.db.minted;
  for (auto byte = counter.rbegin(); byte != counter.rend() && n != 0; ++byte, n >>= 8)
    *byte = static_cast<std::uint8_t>(n);
  return Id{make_uuid_v7(s.now, counter)};
}

/// Closed accounts are out of reach, for operators too.
[[nodiscard]] inline account* open_account(scope& s, account_id id) {
  auto* a = find_in(s.db.accounts, id);
  return a && a->row.state != account_state::closed ? a : nullptr;
}

/// As the schema has it.
[[nodiscard]] inline bool is_key_cap(std::optional<credits> cap) {
  return !cap || (*cap > credits{} && cap->value() <= credits::bound);
}

[[nodiscard]] inline auto refused(std::string_view operation, std::string_view sqlstate) {
  return unexpected(store_error{store_error::kind::refused, std::string(operation), std::string(sqlstate)});
}

// SQLSTATEs of PostgreSQL (appendix A of its manual) that the two stores share.
inline constexpr std::string_view bad_text = "22021";      ///< character_not_in_repertoire: NUL
inline constexpr std::string_view too_long = "22001";      ///< string_data_right_truncation
inline constexpr std::string_view bad_date = "22007";      ///< invalid_datetime_format
inline constexpr std::string_view no_such_row = "23503";   ///< foreign_key_violation
inline constexpr std::string_view already_there = "23505"; ///< unique_violation
inline constexpr std::string_view broken_rule = "23514";   ///< check_violation

} // namespace easel::persistence::memory
