#pragma once

#include <string>

/// Sessions of PostgreSQL that outlive their users. A new session knows no table, no function and no plan, and learning
/// them takes it longer than most tests ask of it; so whoever connects to a database for tests with the same words as
/// one before gets that one's session, as if it were new. Only a session that ended well is kept: within a transaction,
/// or with an answer outstanding, it ends as its user wants.
///
/// libpq's own PQconnectdb and PQfinish are replaced in programs that link this; for other databases they do what they
/// always do. Any thread.
namespace easel::tests {

/// From now on sessions of the database `name` are kept.
void keep_connections(const std::string& name);
/// Ends those that are kept, and keeps none any more.
void end_kept_connections(const std::string& name);

} // namespace easel::tests
