#pragma once

#include "persistence/postgres/operations.hpp"
#include "persistence/rights.hpp"

/// Each operation of `rights`, over one connection. What they promise is said in persistence/rights.hpp.
namespace easel::persistence::postgres {

/// What one `rights` works with.
struct rights_scope {
  scope at;
  const rights_settings settings;
};

// erasure.cpp
[[nodiscard]] answer<std::optional<erasure_preview>> preview_erasure(rights_scope& s, account_id who);
[[nodiscard]] answer<std::optional<erasure_id>> begin_erasure(rights_scope& s, account_id who, erasure_clause clause,
                                                              const std::optional<operator_note>& note);
[[nodiscard]] answer<std::optional<erasure_begun>> begin_erasure_anew(rights_scope& s, const erasure_entry& entry);
[[nodiscard]] answer<bool> note_wish(rights_scope& s, account_id who, const operator_note& note);
[[nodiscard]] answer<std::vector<generation_id>> find_generations(rights_scope& s,
                                                                  const std::vector<generation_id>& which);
[[nodiscard]] answer<int> delete_anew(rights_scope& s, const std::vector<generation_id>& which);
[[nodiscard]] answer<account_presence> look_for(rights_scope& s, const std::vector<account_id>& whom);
[[nodiscard]] answer<std::optional<erasure_receipt>> continue_erasure(rights_scope& s, erasure_id which);
[[nodiscard]] answer<std::vector<erasure_id>> unfinished_erasures(rights_scope& s);

// restriction.cpp
[[nodiscard]] answer<std::optional<restriction_row>> restrict(rights_scope& s, account_id who,
                                                              const std::optional<secret_text>& objection);
[[nodiscard]] answer<std::vector<generation_id>> work_of(rights_scope& s, account_id who);
[[nodiscard]] answer<int> end_work(rights_scope& s, account_id who);
[[nodiscard]] answer<bool> lift_restriction(rights_scope& s, account_id who);
[[nodiscard]] answer<std::vector<restriction_row>> list_restrictions(rights_scope& s, account_id who);
/// What a sealed objection is bound to.
[[nodiscard]] std::string objection_context(restriction_id id);

// export_claims.cpp
[[nodiscard]] answer<export_begun> begin_export(rights_scope& s, account_id who);
[[nodiscard]] answer<export_begun> open_volume(rights_scope& s, account_id who, export_id of, std::size_t number);
[[nodiscard]] answer<std::vector<export_row>> list_exports(rights_scope& s, account_id who);
[[nodiscard]] answer<bool> keep_export(rights_scope& s, export_id which);
[[nodiscard]] answer<bool> end_export(rights_scope& s, export_id which);

// export_volumes.cpp
/// What an export of that instant consists of: sizes alone, by keyset pages, each a statement of its own.
[[nodiscard]] answer<std::vector<export_volume>> plan_volumes(rights_scope& s, account_id who, instant made_at);

// export.cpp
[[nodiscard]] answer<export_portion> next_portion(rights_scope& s, account_id who, export_cursor& cursor);

} // namespace easel::persistence::postgres
