#pragma once

#include "persistence/memory/tables.hpp"

/// The ledger: every change of a balance is a transfer, and `post` is the only place that makes one.
namespace easel::persistence::memory {

/// What can be spent now: grants that have expired are out of it at once, moved or not.
[[nodiscard]] credits available_now(const tables& db, const account& owner, instant now);

/// Issues a grant; `amount` is positive.
void issue(scope& s, account& owner, grant_kind kind, credits amount, std::optional<instant> expires_at,
           std::optional<day> of_day = std::nullopt);

/// The allowance of a free account's UTC day, once, until the next midnight.
void issue_daily(scope& s, account& owner, credits allowance);

/// Moves what is left of expired grants out of `available`.
void expire_grants(scope& s, account& owner);

/// Holds `amount` out of the grants that expire soonest. False, and nothing held, when there is not enough.
[[nodiscard]] bool hold(scope& s, account& owner, generation& of, credits amount);

/// Spends `amount` of the hold, in the order of its parts.
void settle(scope& s, account& owner, generation& of, credits amount, std::int16_t image);

/// Gives what is left of the hold back to the grants it came from.
void release(scope& s, account& owner, generation& of);

} // namespace easel::persistence::memory
