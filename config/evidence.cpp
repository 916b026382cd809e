#include "config/evidence.hpp"

namespace easel::config {

policies::evidence_terms evidence_terms_of(const settings& all) {
  policies::evidence_terms terms;
  terms.windows = all.store.retention;
  terms.interval = all.audit.interval;
  terms.record_years = all.house.billing.record_years;
  terms.event_life = all.house.billing.event_life;
  return terms;
}

} // namespace easel::config
