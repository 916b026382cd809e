#pragma once

#include "persistence/keyring.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/content_keys.hpp"
#include "persistence/settings.hpp"
#include "persistence/store.hpp"

/// Each operation of the store but `apply`, over one connection. What they promise is said in store.hpp.
namespace easel::persistence::postgres {

/// What one store works with.
struct scope {
  connection to;
  const store_settings settings;
  const std::shared_ptr<const keyring> keys;
  const std::shared_ptr<content_keys> cache;
};

// reading.cpp
[[nodiscard]] answer<std::optional<key_row>> find_key(scope& s, const digest& key_hash);
[[nodiscard]] answer<std::optional<account_row>> find_account(scope& s, account_id id);
[[nodiscard]] answer<std::optional<generation_row>> find_generation(scope& s, account_id owner, generation_id id);
[[nodiscard]] answer<page<generation_row>> list_generations(scope& s, account_id owner,
                                                            std::optional<generation_id> before, int limit);
[[nodiscard]] answer<blob> find_image(scope& s, account_id owner, generation_id id, std::int16_t index);
[[nodiscard]] answer<balance> find_balance(scope& s, account_id owner);
[[nodiscard]] answer<page<entry_row>> list_entries(scope& s, account_id owner, std::optional<transfer_id> before,
                                                   int limit);
/// Whether `delete_generation` would find it now.
[[nodiscard]] answer<bool> can_delete_generation(scope& s, account_id owner, generation_id id);
[[nodiscard]] answer<bool> delete_generation(scope& s, account_id owner, generation_id id);
/// Whether `request_cancel` would change something now.
[[nodiscard]] answer<bool> can_cancel_generation(scope& s, account_id owner, generation_id id);
[[nodiscard]] answer<bool> request_cancel(scope& s, account_id owner, generation_id id);

// leases.cpp
[[nodiscard]] answer<instant> join(scope& s, node_id id);
[[nodiscard]] answer<std::optional<instant>> heartbeat(scope& s, node_id id);
[[nodiscard]] answer<std::vector<resumable>> take_over(scope& s, node_id by, duration dead_after, int limit);
[[nodiscard]] answer<std::optional<resumable>> resume(scope& s, node_id by, generation_id id);
[[nodiscard]] answer<std::vector<generation_id>> cancel_requests(scope& s, node_id of);
[[nodiscard]] answer<std::vector<generation_id>> in_work(scope& s, node_id of);
[[nodiscard]] answer<std::optional<call_place>> keep_hint(scope& s, const digest& callback, const std::string& task,
                                                          const std::vector<std::string>& senders);
[[nodiscard]] answer<std::vector<task_hint>> task_hints(scope& s, node_id of);
[[nodiscard]] answer<bool> leave(scope& s, node_id id);

// operators.cpp
[[nodiscard]] answer<account_id> create_account(scope& s, tier of, const std::string& actor, const std::string& reason);
[[nodiscard]] answer<bool> set_tier(scope& s, account_id id, tier to, const std::string& actor,
                                    const std::string& reason);
[[nodiscard]] answer<bool> lift_suspension(scope& s, account_id id, const std::string& actor,
                                           const std::string& reason);
[[nodiscard]] answer<bool> gift(scope& s, account_id id, credits amount, std::optional<instant> expires_at,
                                const std::string& actor, const std::string& reason);
[[nodiscard]] answer<key_row> create_key(scope& s, account_id id, const std::string& name, const digest& key_hash,
                                         const std::string& hint, const std::string& actor,
                                         std::optional<credits> monthly_cap);
[[nodiscard]] answer<std::vector<key_row>> list_keys(scope& s, account_id id);
[[nodiscard]] answer<bool> revoke_key(scope& s, account_id id, key_id key, const std::string& actor);
[[nodiscard]] answer<int> ensure_partitions(scope& s, int days_ahead);
[[nodiscard]] answer<invariants> check_invariants(scope& s);

// access_log.cpp
[[nodiscard]] answer<int> append_access(scope& s, std::span<const access_record> records);

// identity.cpp
[[nodiscard]] answer<sign_in_begun> begin_sign_in(scope& s, const sign_in_start& command);
[[nodiscard]] answer<std::optional<taken_sign_in>> take_sign_in(scope& s, const digest& token, const digest& state);
[[nodiscard]] answer<sign_in_outcome> finish_sign_in(scope& s, const sign_in_finish& command);
[[nodiscard]] answer<std::optional<person_to_confirm>> find_unconfirmed(scope& s, const digest& token);
[[nodiscard]] answer<sign_in_outcome> confirm_sign_in(scope& s, const sign_in_confirmation& command);
[[nodiscard]] answer<bool> decline_sign_in(scope& s, const digest& token);
[[nodiscard]] answer<std::optional<person_row>> find_person(scope& s, account_id id);
[[nodiscard]] answer<bool> rename_person(scope& s, account_id id, const secret_text& name);

// acknowledgements.cpp
[[nodiscard]] answer<std::optional<std::vector<policies::acknowledgement>>> find_acknowledgements(scope& s,
                                                                                                  account_id id);
[[nodiscard]] answer<bool> acknowledge(scope& s, account_id id, const policies::acknowledgement& what);

// sessions.cpp
[[nodiscard]] answer<std::optional<live_session>> find_session(scope& s, const digest& token);
[[nodiscard]] answer<int> touch_sessions(scope& s, const std::vector<session_id>& seen);
[[nodiscard]] answer<std::vector<session_row>> list_sessions(scope& s, account_id of);
[[nodiscard]] answer<bool> end_session(scope& s, account_id of, session_id which);
[[nodiscard]] answer<int> end_sessions(scope& s, account_id of, std::optional<session_id> but);
[[nodiscard]] answer<key_outcome> create_own_key(scope& s, const new_key& key);
[[nodiscard]] answer<bool> revoke_own_key(scope& s, account_id of, key_id which);

} // namespace easel::persistence::postgres
