#pragma once

#include "actors/audit_parts.hpp"
#include "actors/lone_actor.hpp"

namespace easel::actors {

/// The auditor. One in the cluster works: each `terms.interval` it collects figures as a role that can only count,
/// judges the clauses of the policy by them and publishes the proofs. A clause that is no longer kept is said to the
/// log once. It shares no code with what it looks after, but for the table of rules.
[[nodiscard]] lone_actor make_auditor(audit_parts parts);

} // namespace easel::actors
