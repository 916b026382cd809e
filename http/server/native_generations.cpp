#include "http/server/native_generations.hpp"

#include "http/server/ask.hpp"
#include "http/server/generation_body.hpp"
#include "http/server/generation_events.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"
#include "http/server/waiting_call.hpp"

#include <charconv>

namespace easel::server {

namespace {

using actors::generation_event;
using actors::generation_view;

/// Answers as soon as the generation is durable.
class create_call final : public waiting_call {
public:
  using waiting_call::waiting_call;

  bool accepted(const generation_view& view, bool attached) override {
    answer_head head{202, "application/json", {{"Location", location_of(view.row.id)}}};
    if (attached)
      head.headers.push_back({"Idempotent-Replayed", "true"});
    answer(std::move(head), dump(view_of(view)));
    return false;
  }
  bool event(const generation_event&) override { return false; }
  void expired(const generation_view&) override {}
};

/// Answers with the end, or with how far it came when the wait is over.
class long_poll final : public waiting_call {
public:
  using waiting_call::waiting_call;

  bool accepted(const generation_view& view, bool) override {
    remember(view.row.id);
    if (!is_terminal(view.row.state))
      return true;
    answer({}, dump(view_of(view)));
    return false;
  }
  bool event(const generation_event& event) override {
    const auto* end = std::get_if<generation_event::ended>(&event.what);
    if (end)
      answer({}, dump(view_of(end->final)));
    return end == nullptr;
  }
  void expired(const generation_view& view) override { answer({}, dump(view_of(view))); }
};

problem no_such_generation() {
  actors::refusal why;
  why.reason = actors::refusal::why::not_found;
  return describe(why);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || bad != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// RFC 9110, section 13.1.2: weak comparison over a list, or any representation.
bool matches_etag(std::string_view condition, std::string_view etag) {
  return condition == "*" || condition.find(etag) != std::string_view::npos;
}

void send_image(exchange& x, generation_id id, const actors::image_answer& found) {
  const std::string etag = '"' + to_string(found.row.id) + '"';
  answer_head head;
  head.content_type = media_type(found.row.format);
  head.headers = {{"ETag", etag},
                  {"Cache-Control", "private, no-store"},
                  {"Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'"},
                  {"Content-Disposition", "inline; filename=\"" + to_string(id) + "-" + std::to_string(found.row.index)
                                            + "." + std::string(to_string(found.row.format)) + "\""}};
  if (matches_etag(x.field("if-none-match").value_or(""), etag))
    head.status = 304;
  x.send(std::move(head), std::vector<segment>{{std::string(), found.bytes, false}});
}

/// What both POSTs need: a key, JSON, and a body that reads as a generation.
struct read_post {
  actors::credential who;
  generation_body body;
};

expected<read_post, problem> read_generation_post(const exchange& asked) {
  auto who = read_credential(asked);
  if (!who)
    return unexpected(who.error());
  if (!has_json_body(asked))
    return unexpected(plain_problem(415, "unsupported_media_type", "The body must be application/json."));
  const query_options query(asked, {});
  if (query.error())
    return unexpected(describe(*query.error()));
  auto body = read_native_generation(asked.body());
  if (!body)
    return unexpected(describe(body.error()));
  return read_post{std::move(*who), std::move(*body)};
}

} // namespace

void native_generations::create(const exchange_ptr& asked) const {
  auto post = read_generation_post(*asked);
  if (!post)
    return send_problem(*asked, post.error());
  auto key = read_idempotency_key(*asked);
  if (!key)
    return send_problem(*asked, describe(key.error()));
  actors::create_request what;
  what.request = std::move(post->body.request);
  what.idempotency_key = std::move(*key);
  what.fingerprint_source = std::move(post->body.canonical);
  what.retry_count = read_retry_count(*asked);
  actors::watch_options how;
  how.wants_images = false;
  front_.create(std::move(post->who), std::move(what), how, std::make_shared<create_call>(asked));
}

void native_generations::quote(const exchange_ptr& asked) const {
  auto post = read_generation_post(*asked);
  if (!post)
    return send_problem(*asked, post.error());
  ask<actors::quote_answer>(front_, asked, actors::quote{std::move(post->body.request)},
                            [](exchange& x, actors::quote_answer& found) { x.send({}, dump(view_of(found))); });
}

void native_generations::list(const exchange_ptr& asked) const {
  query_options query(*asked, {"limit", "before"});
  actors::list_generations what;
  what.limit = query.whole("limit", 1, 100, 20);
  what.before = query.id<generation_id>("before");
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  using rows = persistence::page<persistence::generation_row>;
  ask<rows>(front_, asked, what, [limit = what.limit](exchange& x, rows& found) {
    auto data = nlohmann::json::array();
    for (const auto& row : found.rows)
      data.push_back(view_of(row));
    nlohmann::json next;
    if (found.more && !found.rows.empty())
      next = "/v1/generations?limit=" + std::to_string(limit) + "&before=" + to_string(found.rows.back().id);
    x.send({}, dump({{"object", "list"}, {"data", std::move(data)}, {"has_more", found.more}, {"next", next}}));
  });
}

void native_generations::show(const exchange_ptr& asked, std::string_view text) const {
  query_options query(*asked, {"wait"});
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(settings_.max_wait).count();
  const int wait = query.whole("wait", 0, static_cast<int>(most), 0);
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  const auto id = parse_id<generation_id>(text);
  auto who = read_credential(*asked);
  if (!who)
    return send_problem(*asked, who.error());
  if (!id)
    return send_problem(*asked, no_such_generation());
  if (wait == 0)
    return ask<generation_view>(front_, asked, actors::find_generation{*id},
                                [](exchange& x, generation_view& found) { x.send({}, dump(view_of(found))); });
  actors::watch_options how;
  how.wait = std::chrono::seconds(wait);
  how.wants_images = false;
  front_.watch(std::move(*who), *id, how, std::make_shared<long_poll>(asked));
}

void native_generations::remove(const exchange_ptr& asked, std::string_view text) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  const auto id = parse_id<generation_id>(text);
  if (const auto who = read_credential(*asked); !who)
    return send_problem(*asked, who.error());
  if (!id)
    return send_problem(*asked, no_such_generation());
  ask<actors::cancel_answer>(
    front_, asked, actors::cancel_generation{*id}, [id = *id](exchange& x, actors::cancel_answer& found) {
      if (found.deleted)
        return x.send({}, dump({{"id", to_string(id)}, {"object", "generation"}, {"deleted", true}}));
      x.send({202, "application/json", {{"Location", location_of(id)}}}, dump(view_of(found.view)));
    });
}

void native_generations::events(const exchange_ptr& asked, std::string_view text) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  const auto id = parse_id<generation_id>(text);
  auto who = read_credential(*asked);
  if (!who)
    return send_problem(*asked, who.error());
  const auto last = asked->field("last-event-id");
  const auto after = last ? parse_number<std::uint64_t>(*last) : std::optional<std::uint64_t>(0);
  if (!after)
    return send_problem(*asked, describe(policies::field_error{"Last-Event-ID", "invalid_value",
                                                               "`Last-Event-ID` must be the id of an event."}));
  if (!id)
    return send_problem(*asked, no_such_generation());
  actors::watch_options how;
  how.wants_images = false;
  how.wants_partials = true;
  how.after_sequence = *after;
  stream_options options{settings_.heartbeat, settings_.stream_backlog,
                         "event: error\ndata: {\"code\":\"stream_too_slow\",\"detail\":\"The events were read too "
                         "slowly. Connect again with Last-Event-ID.\"}\n\n"};
  front_.watch(std::move(*who), *id, how, stream_generation_events(asked, std::move(options)));
}

void native_generations::image(const exchange_ptr& asked, std::string_view text, std::string_view index_text) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  const auto id = parse_id<generation_id>(text);
  const auto index = parse_number<std::int16_t>(index_text);
  if (const auto who = read_credential(*asked); !who)
    return send_problem(*asked, who.error());
  if (!id || !index || *index < 0)
    return send_problem(*asked, no_such_generation());
  ask<actors::image_answer>(front_, asked, actors::find_image{*id, *index},
                            [id = *id](exchange& x, actors::image_answer& found) {
                              if (!found.bytes)
                                return send_problem(x, internal_error());
                              send_image(x, id, found);
                            });
}

} // namespace easel::server
