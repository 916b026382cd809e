#include "persistence/expiry.hpp"

namespace easel::persistence {

namespace {

constexpr int batch = 5000;

answer<bool> drop_days(retention& database, const policies::retention_windows& windows, instant cut,
                       expiry_outcome& out) {
  for (;;) {
    const auto all = database.partitions();
    if (!all)
      return unexpected(all.error());
    const auto plan = policies::plan_partitions(*all, cut, windows);
    if (plan.empty())
      return true;
    const auto taken = database.take(plan.front());
    if (!taken)
      return unexpected(taken.error());
    if (!*taken) // it holds a row that lives: nothing of this plan can be done
      return true;
    out.partitions += plan.front().what == policies::partition_step::drop ? 1 : 0;
  }
}

} // namespace

answer<expiry_outcome> expire_all(retention& database, const policies::retention_windows& windows, instant cut) {
  const auto leads = database.lead();
  if (!leads)
    return unexpected(leads.error());
  if (!*leads)
    return unexpected(store_error{store_error::kind::unavailable, "lead_retention", "55P03"});
  expiry_outcome out;
  for (const auto& rule : policies::reaping_rules(windows))
    for (int some = batch; some == batch; out.rows += some) {
      const auto done = database.reap(rule, cut, batch);
      if (!done)
        return unexpected(done.error());
      some = *done;
    }
  if (const auto done = drop_days(database, windows, cut, out); !done)
    return unexpected(done.error());
  return out;
}

} // namespace easel::persistence
