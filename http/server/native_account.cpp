#include "http/server/native_account.hpp"

#include "http/server/ask.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"

namespace easel::server {

void native_account::show(const exchange_ptr& asked) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  ask<actors::account_answer>(front_, asked, actors::find_account{},
                              [](exchange& x, actors::account_answer& found) { x.send({}, dump(view_of(found))); });
}

void native_account::credits(const exchange_ptr& asked) const {
  query_options query(*asked, {"limit", "before"});
  actors::find_credits what;
  what.limit = query.whole("limit", 1, 100, 50);
  what.before = query.id<transfer_id>("before");
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  const int limit = what.limit;
  ask<actors::credits_answer>(front_, asked, what, [limit](exchange& x, actors::credits_answer& found) {
    auto view = view_of(found);
    const auto& rows = found.entries.rows;
    view["next"] =
      found.entries.more && !rows.empty()
        ? nlohmann::json("/v1/account/credits?limit=" + std::to_string(limit) + "&before=" + to_string(rows.back().id))
        : nlohmann::json(nullptr);
    x.send({}, dump(view));
  });
}

} // namespace easel::server
