#pragma once

#include "persistence/memory/tables.hpp"

#include <span>

/// Each operation of the store, over the tables and under their lock. What they promise is said in store.hpp.
namespace easel::persistence::memory {

// admission.cpp
answer<write_outcome> apply(scope& s, const admit& command);
/// Charged or held for what was asked with the key in this UTC month; nothing where there is no cap.
[[nodiscard]] credits used_this_month(const scope& s, const key_row& key);

// writes.cpp
answer<write_outcome> apply(scope& s, const dispatch& command);
answer<write_outcome> apply(scope& s, const block& command);
answer<write_outcome> apply(scope& s, const begin_call& command);
answer<write_outcome> apply(scope& s, const record_task& command);
answer<write_outcome> apply(scope& s, const store_image& command);
answer<write_outcome> apply(scope& s, const finish& command);
answer<write_outcome> apply(scope& s, const mark_answered& command);
/// The command's name in errors.
[[nodiscard]] std::string_view name_of(const write& command);
/// Whether any text of the command holds a NUL, which no text of PostgreSQL can.
[[nodiscard]] bool has_nul(const write& command);

// reading.cpp
[[nodiscard]] std::optional<key_row> find_key(scope& s, const digest& key_hash);
[[nodiscard]] std::optional<account_row> find_account(scope& s, account_id id);
[[nodiscard]] std::optional<generation_row> find_generation(scope& s, account_id owner, generation_id id);
[[nodiscard]] page<generation_row> list_generations(scope& s, account_id owner, std::optional<generation_id> before,
                                                    int limit);
[[nodiscard]] blob find_image(scope& s, account_id owner, generation_id id, std::int16_t index);
[[nodiscard]] balance find_balance(scope& s, account_id owner);
[[nodiscard]] page<entry_row> list_entries(scope& s, account_id owner, std::optional<transfer_id> before, int limit);
bool delete_generation(scope& s, account_id owner, generation_id id);
bool request_cancel(scope& s, account_id owner, generation_id id);

// leases.cpp
instant join(scope& s, node_id id);
std::optional<instant> heartbeat(scope& s, node_id id);
std::vector<resumable> take_over(scope& s, node_id by, duration dead_after, int limit);
std::optional<resumable> resume(scope& s, node_id by, generation_id id);
[[nodiscard]] std::vector<generation_id> cancel_requests(scope& s, node_id of);
[[nodiscard]] std::vector<generation_id> in_work(scope& s, node_id of);
std::optional<call_place> keep_hint(scope& s, const digest& callback, const std::string& task,
                                    const std::vector<std::string>& senders);
[[nodiscard]] std::vector<task_hint> task_hints(scope& s, node_id of);
bool leave(scope& s, node_id id);

// operators.cpp
/// An active account without credits.
account_id add_account(scope& s, tier of);
key_row add_key(scope& s, new_key key);
answer<account_id> create_account(scope& s, tier of, std::string actor, std::string reason);
answer<bool> set_tier(scope& s, account_id id, tier to, std::string actor, std::string reason);
answer<bool> lift_suspension(scope& s, account_id id, std::string actor, std::string reason);
answer<bool> gift(scope& s, account_id id, credits amount, std::optional<instant> expires_at, std::string actor,
                  std::string reason);
answer<key_row> create_key(scope& s, account_id id, std::string name, const digest& key_hash, std::string hint,
                           std::string actor, std::optional<credits> monthly_cap);
[[nodiscard]] std::vector<key_row> list_keys(scope& s, account_id id);
answer<bool> revoke_key(scope& s, account_id id, key_id key, std::string actor);
int ensure_partitions(scope& s, int days_ahead);

// access_log.cpp
answer<int> append_access(scope& s, std::span<const access_record> records);

// identity.cpp
answer<sign_in_begun> begin_sign_in(scope& s, const sign_in_start& command);
std::optional<taken_sign_in> take_sign_in(scope& s, const digest& token, const digest& state);
answer<sign_in_outcome> finish_sign_in(scope& s, const sign_in_finish& command);
[[nodiscard]] std::optional<person_to_confirm> find_unconfirmed(scope& s, const digest& token);
answer<sign_in_outcome> confirm_sign_in(scope& s, const sign_in_confirmation& command);
bool decline_sign_in(scope& s, const digest& token);
[[nodiscard]] std::optional<person_row> find_person(scope& s, account_id id);
answer<bool> rename_person(scope& s, account_id id, const secret_text& name);
[[nodiscard]] std::optional<std::vector<policies::acknowledgement>> find_acknowledgements(scope& s, account_id id);
answer<bool> acknowledge(scope& s, account_id id, const policies::acknowledgement& what);

// sessions.cpp
/// The session that a sign-in ends in, under `new_token`: that of the same account under `token` goes on, any other
/// one under `token` ends, and the account's oldest beyond the bound.
session_row put_session(scope& s, account_id account, const digest& token, const digest& new_token,
                        const std::string& device);
void end_session_under(scope& s, const digest& token);
[[nodiscard]] std::optional<live_session> find_session(scope& s, const digest& token);
int touch_sessions(scope& s, const std::vector<session_id>& seen);
[[nodiscard]] std::vector<session_row> list_sessions(scope& s, account_id of);
bool end_session(scope& s, account_id of, session_id which);
int end_sessions(scope& s, account_id of, std::optional<session_id> but);
answer<key_outcome> create_own_key(scope& s, const new_key& key);
bool revoke_own_key(scope& s, account_id of, key_id key);

// invariants.cpp
[[nodiscard]] invariants check_invariants(const tables& db);

} // namespace easel::persistence::memory
