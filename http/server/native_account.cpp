#include "http/server/native_account.hpp"

#include "http/server/ask.hpp"
#include "http/server/billing_views.hpp"
#include "http/server/native_body.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"
#include "policies/egress.hpp"
#include "policies/identity.hpp"

namespace easel::server {

namespace {

void send_tier(exchange& asked, tier of_tier, recipient to) {
  asked.send({}, dump({{"object", "tier"}, {"tier", to_string(of_tier)}, {"recipient", to_string(to)}}));
}

} // namespace

void native_account::show(const exchange_ptr& asked) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  ask<actors::account_answer>(front_, asked, actors::find_account{},
                              [](exchange& x, actors::account_answer& found) { x.send({}, dump(view_of(found))); });
}

// RIGHT-2. The e-mail address follows Google at the next sign-in.
void native_account::change(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({"name"});
  const auto name = fields.text("name");
  if (!name)
    fields.refuse("name", "missing_required_parameter", "is required.");
  else if (!policies::is_display_name(*name))
    fields.refuse("name", "invalid_value", name_rule());
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  ask<actors::account_answer>(front_, asked, actors::rename{secret_text(*name)},
                              [](exchange& x, actors::account_answer& found) { x.send({}, dump(view_of(found))); });
}

// THIRD-1: nobody but the person moves their prompts to another recipient, and is told which.
void native_account::switch_tier(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({"tier"});
  const auto wanted = fields.text("tier");
  const auto to = wanted ? parse_tier(*wanted) : std::nullopt;
  if (!wanted)
    fields.refuse("tier", "missing_required_parameter", "is required.");
  else if (!to)
    fields.refuse("tier", "invalid_value", "must be `free` or `paid`.");
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  const tier chosen = to.value_or(tier::free); // GCC 12 takes *to for uninitialized
  if (chosen == tier::free && !billing_.catalogue().empty())
    return leave_paid_tier(asked);
  ask<actors::tier_answer>(front_, asked, actors::switch_tier{chosen},
                           [](exchange& x, actors::tier_answer& now_of) { send_tier(x, now_of.of_tier, now_of.to); });
}

// Where something is sold, what was bought decides whether the person may.
void native_account::leave_paid_tier(const exchange_ptr& asked) const {
  auto who = read_credential(*asked);
  if (!who)
    return send_problem(*asked, who.error());
  if (who->is != actors::credential::kind::session)
    return send_problem(*asked,
                        describe(actors::refusal{actors::refusal::why::session_required, std::nullopt, std::nullopt}));
  billing_.switch_to_free(std::move(*who), [asked](expected<void, actors::billing_refusal> got) {
    if (!got)
      return send_problem(*asked, describe(got.error()));
    send_tier(*asked, tier::free, policies::provider_for(tier::free));
  });
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
