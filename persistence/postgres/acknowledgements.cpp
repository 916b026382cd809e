#include "persistence/postgres/acknowledgements.hpp"

#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rows.hpp"

#include <algorithm>

namespace easel::persistence::postgres {

bool note_acknowledgement(soci::session& sql, account_id who, const policies::acknowledgement& what) {
  const auto account = text_of(who);
  const std::string document(to_string(what.what));
  int known = 0;
  sql << "select easel.acknowledge(:account::uuid, :document, :version::date)::int", soci::use(account, "account"),
    soci::use(document, "document"), soci::use(what.version, "version"), soci::into(known);
  return known != 0;
}

bool are_versions(const std::vector<policies::acknowledgement>& all) {
  return std::all_of(all.begin(), all.end(),
                     [](const auto& each) { return policies::is_document_version(each.version); });
}

answer<std::optional<std::vector<policies::acknowledgement>>> find_acknowledgements(scope& s, account_id id) {
  using found = std::vector<policies::acknowledgement>;
  return guarded(s.to, "find_acknowledgements", [&](soci::session& sql) -> std::optional<found> {
    const auto account = text_of(id);
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select coalesce(k.document, ''), coalesce(to_char(k.version, 'YYYY-MM-DD'), '')"
                      " from easel.person p join easel.account a on a.id = p.account_id"
                      " left join easel.acknowledgement k on k.account_id = p.account_id"
                      " where p.account_id = :account::uuid and a.state <> 2",
       soci::use(account, "account"));
    std::optional<found> all;
    for (const auto& row : rows) {
      columns from(row);
      if (!all)
        all.emplace();
      const auto what = policies::parse_document(from.text()); // one of a later program is unknown here
      auto version = from.text();
      if (what)
        all->push_back({*what, std::move(version)});
    }
    return all;
  });
}

answer<bool> acknowledge(scope& s, account_id id, const policies::acknowledgement& what) {
  if (!policies::is_document_version(what.version))
    return refused("acknowledge", "22007");
  return guarded(s.to, "acknowledge", [&](soci::session& sql) { return note_acknowledgement(sql, id, what); });
}

} // namespace easel::persistence::postgres
