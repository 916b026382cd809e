#include "persistence/postgres/rehearsals.hpp"

namespace easel::persistence::postgres {

answer<policies::rights_facts> try_rights(connection& to) {
  auto found = try_export(to);
  if (!found)
    return found;
  const auto renamed = try_rename(to);
  if (!renamed && renamed.error().what == store_error::kind::unavailable)
    return unexpected(renamed.error());
  found->correction_works = renamed && *renamed;
  return found;
}

} // namespace easel::persistence::postgres
