#pragma once

#include <string>

namespace easel::simulation {

/// A statement whose rows are sentences: the promises that the tables break, and how many of their rows do. It knows
/// the tables alone, and none of the store's functions, views or queries. Parameters: the time as microseconds
/// (bigint); whether all is at rest (boolean); the generations that must have ended then (uuid[]).
[[nodiscard]] std::string tables_against_promises();

} // namespace easel::simulation
