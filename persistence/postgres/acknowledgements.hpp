#pragma once

#include "policies/documents.hpp"
#include "policies/vocabulary/ids.hpp"

#include <soci/soci.h>

#include <vector>

/// What a person has acknowledged of the documents (CHANGE-1).
namespace easel::persistence::postgres {

/// Within the caller's transaction. The greater version stays. False: there is no such person.
bool note_acknowledgement(soci::session& sql, account_id who, const policies::acknowledgement& what);

[[nodiscard]] bool are_versions(const std::vector<policies::acknowledgement>& all);

} // namespace easel::persistence::postgres
