#include "policies/evidence_look.hpp"
#include "policies/retention_rules.hpp"

#include <algorithm>

/// Whether what stands between content and its end is still in its place.
namespace easel::policies {

void expired_is_hidden(const look& at) {
  at.figure("ways of reading asked for something expired", at.facts.serving.tried);
  if (at.facts.serving.failed)
    at.complain("what gives people their content could not be asked for something expired.");
  for (const auto& way : at.facts.serving.give_expired)
    at.complain(way + " is given to people after its time.");
}

/// A partition for whatever has no day, or a table that joined: its rows have an end, and nobody brings it.
void all_has_an_end(const look& at) {
  const auto rules = reaping_rules(at.terms.windows);
  for (const auto& r : at.facts.relations)
    if (std::none_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.table == r.table; }))
      at.complain(r.name + " holds rows that expire, and no rule deletes them.");
}

void auditor_is_apart(const look& at) {
  at.must_be_zero("relations that the auditor could change", at.facts.auditor.writable);
  at.must_be_zero("relations of rows that the auditor could read", at.facts.auditor.readable);
}

} // namespace easel::policies
