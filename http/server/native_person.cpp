#include "http/server/native_person.hpp"

#include "http/server/ask.hpp"
#include "http/server/native_body.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"
#include "policies/identity.hpp"

namespace easel::server {

namespace {

/// A listing that is always whole: the number of keys and sessions of one account is bounded.
nlohmann::json whole_list(nlohmann::json data) { return {{"object", "list"}, {"data", std::move(data)}}; }

answer_head forgetting(bool session) {
  answer_head head;
  if (session)
    head.cookies.push_back(forget_session());
  return head;
}

/// Refuses a query; an id that cannot be one is answered like one that nobody has.
template <class Id>
std::optional<Id> read_path_id(exchange& asked, std::string_view text) {
  const query_options query(asked, {});
  if (query.error()) {
    send_problem(asked, describe(*query.error()));
    return std::nullopt;
  }
  if (const auto who = read_credential(asked); !who) {
    send_problem(asked, who.error());
    return std::nullopt;
  }
  const auto id = parse_id<Id>(text);
  if (!id)
    send_problem(asked, describe(actors::refusal{actors::refusal::why::not_found, std::nullopt, std::nullopt}));
  return id;
}

} // namespace

void native_person::list_keys(const exchange_ptr& asked) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  ask<actors::keys_answer>(front_, asked, actors::list_keys{}, [](exchange& x, actors::keys_answer& found) {
    auto data = nlohmann::json::array();
    for (const auto& key : found.keys)
      data.push_back(view_of(key));
    x.send({}, dump(whole_list(std::move(data))));
  });
}

void native_person::make_key(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({"name", "expires_at", "monthly_cap"});
  actors::make_key what;
  if (auto name = fields.text("name"))
    what.name = std::move(*name);
  else
    fields.refuse("name", "missing_required_parameter", "is required.");
  if (!policies::is_display_name(what.name))
    fields.refuse("name", "invalid_value", name_rule());
  if (const auto text = fields.text("expires_at")) {
    what.expires_at = parse_instant(*text);
    if (!what.expires_at)
      fields.refuse("expires_at", "invalid_value", "must be a time of RFC 3339 in UTC, as in 2027-01-31T12:00:00Z.");
  }
  if (const auto cap = fields.whole("monthly_cap")) {
    if (*cap < 1 || *cap > policies::largest_key_cap)
      fields.refuse("monthly_cap", "invalid_value",
                    "must be 1 to " + std::to_string(policies::largest_key_cap) + " credits.");
    what.monthly_cap = credits::unchecked(*cap);
  }
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  ask<actors::made_key>(front_, asked, std::move(what), [](exchange& x, actors::made_key& made) {
    auto view = view_of(made.key);
    view["key"] = made.secret.reveal();
    x.send({201, "application/json", {{"Location", "/v1/account/keys/" + to_string(made.key.id)}}}, dump(view));
  });
}

void native_person::revoke_key(const exchange_ptr& asked, std::string_view text) const {
  if (const auto id = read_path_id<key_id>(*asked, text))
    ask<actors::revoked_key>(front_, asked, actors::revoke_key{*id}, [](exchange& x, actors::revoked_key& gone) {
      x.send({}, dump({{"id", to_string(gone.id)}, {"object", "api_key"}, {"revoked", true}}));
    });
}

void native_person::list_sessions(const exchange_ptr& asked) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  ask<actors::sessions_answer>(front_, asked, actors::list_sessions{}, [](exchange& x, actors::sessions_answer& found) {
    auto data = nlohmann::json::array();
    for (const auto& session : found.sessions) {
      data.push_back(view_of(session));
      data.back()["current"] = session.id == found.current;
    }
    x.send({}, dump(whole_list(std::move(data))));
  });
}

void native_person::end_session(const exchange_ptr& asked, std::string_view text) const {
  if (const auto id = read_path_id<session_id>(*asked, text))
    ask<actors::ended_sessions>(
      front_, asked, actors::end_session{*id}, [id = *id](exchange& x, actors::ended_sessions& ended) {
        x.send(forgetting(ended.current), dump({{"id", to_string(id)}, {"object", "session"}, {"ended", true}}));
      });
}

void native_person::end_sessions(const exchange_ptr& asked) const {
  query_options query(*asked, {"keep"});
  const bool keep_current = query.one_of("keep", {"current"}).has_value();
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  ask<actors::ended_sessions>(
    front_, asked, actors::end_sessions{keep_current}, [](exchange& x, actors::ended_sessions& ended) {
      x.send(forgetting(ended.current), dump({{"object", "sessions"}, {"ended", ended.count}}));
    });
}

} // namespace easel::server
