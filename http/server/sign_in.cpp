#include "http/server/sign_in.hpp"

#include "http/server/credentials.hpp"
#include "http/server/form_body.hpp"
#include "http/server/routes.hpp"
#include "http/server/sign_in_pages.hpp"
#include "policies/device_label.hpp"
#include "policies/sign_in.hpp"

#include <algorithm>

namespace easel::server {

namespace {

using actors::finished_sign_in;
using actors::sign_in_step;

void begin_again(exchange& asked, std::string_view after, std::vector<set_cookie> cookies = {}) {
  see_other(asked, "/sign-in?after=" + std::string(after), std::move(cookies));
}

/// Where there is no going on: to begin again would end in the same.
bool is_out_of_order(sign_in_step step) {
  return step == sign_in_step::not_configured || step == sign_in_step::overloaded || step == sign_in_step::unavailable
         || step == sign_in_step::misconfigured || step == sign_in_step::google_away;
}

problem out_of_order(sign_in_step step) {
  if (step == sign_in_step::not_configured)
    return plain_problem(503, "sign_in_not_configured", "Nobody can sign in here: no sign-in is configured.");
  auto p = plain_problem(503, "sign_in_unavailable", "Signing in does not work at present. Please try again soon.");
  p.retry_after = std::chrono::seconds(5);
  p.remedy = "/sign-in";
  return p;
}

void send_failure(exchange& asked, sign_in_step step) {
  if (is_out_of_order(step))
    send_problem(asked, out_of_order(step));
  else
    begin_again(asked, to_string(step));
}

set_cookie keep(const actors::cookie_change& change) { return keep_session(change.token, change.longest); }

std::string device_of(const exchange& asked) { return policies::device_label(asked.field("user-agent").value_or("")); }

/// The one cookie that matters here; nothing when the request was answered already.
bool read_session(exchange& asked, std::optional<secret_text>& cookie) {
  auto cookies = read_cookies(asked);
  if (!cookies) {
    send_problem(asked, cookies.error());
    return false;
  }
  cookie = std::move(cookies->session);
  return true;
}

/// Wraps what is done with an answer.
template <class T, class Then>
actors::sign_in_reply<T> sign_in_then(exchange_ptr asked, Then go_on) {
  return [asked = std::move(asked), go_on = std::move(go_on)](expected<T, sign_in_step> got) {
    answer_or_fail(*asked, [&] { go_on(*asked, got); });
  };
}

/// What a person may have come from; anything else that stands in the query means nothing.
std::string_view known_step(std::string_view text) {
  for (const auto step : actors::all_sign_in_steps)
    if (to_string(step) == text)
      return to_string(step);
  return {};
}

} // namespace

void sign_in_routes::show(const exchange_ptr& asked) const {
  if (settings_.sign_in_origin.empty())
    return send_problem(*asked, out_of_order(sign_in_step::not_configured));
  const auto query = parse_query(asked->query).value_or(form{});
  const auto return_to = value_of(query, "return_to");
  send_sign_in_page(*asked, known_step(value_of(query, "after")), policies::is_local_path(return_to) ? return_to : "",
                    settings_.sign_in_origin);
}

void sign_in_routes::begin(const exchange_ptr& asked) const {
  auto fields = read_form(*asked, {"return_to"});
  if (!fields)
    return send_problem(*asked, fields.error());
  std::string return_to(value_of(*fields, "return_to"));
  if (return_to.empty())
    return_to = "/";
  if (!policies::is_local_path(return_to))
    return send_problem(*asked, describe(policies::field_error{"return_to", "invalid_value",
                                                               "`return_to` must be a path of this service."}));
  std::optional<secret_text> cookie;
  if (!read_session(*asked, cookie))
    return;
  door_.begin(std::move(cookie), std::move(return_to),
              sign_in_then<actors::begun_sign_in>(asked, [](exchange& x, auto& begun) {
                if (!begun)
                  return send_failure(x, begun.error());
                std::vector<set_cookie> cookies;
                if (begun->cookie)
                  cookies.push_back(keep(*begun->cookie));
                see_other(x, std::move(begun->location), std::move(cookies));
              }));
}

void sign_in_routes::callback(const exchange_ptr& asked) const {
  if (asked->method() == "HEAD") // whoever only looks must not use the code up
    return begin_again(*asked, to_string(sign_in_step::lapsed));
  actors::sign_in_callback what;
  const auto pairs = parse_pairs(asked->query);
  if (!pairs)
    return begin_again(*asked, to_string(sign_in_step::not_ours));
  for (const auto& [name, value] : *pairs) {
    if (name == "state")
      what.query.state.push_back(value);
    else if (name == "iss")
      what.query.iss.push_back(value);
    else if (name == "error")
      what.query.error.push_back(value);
    else if (name == "code")
      what.query.code.push_back(value);
  }
  if (!read_session(*asked, what.cookie))
    return;
  what.device = device_of(*asked);
  door_.callback(std::move(what), sign_in_then<finished_sign_in>(asked, [](exchange& x, auto& done) {
                   if (!done)
                     return begin_again(x, to_string(done.error()));
                   see_other(x, done->confirmation_needed ? "/sign-in/confirm" : done->return_path,
                             {keep(done->cookie)});
                 }));
}

void sign_in_routes::show_confirm(const exchange_ptr& asked) const {
  std::optional<secret_text> cookie;
  if (read_session(*asked, cookie))
    ask_to_confirm(asked, std::move(cookie), false);
}

void sign_in_routes::ask_to_confirm(const exchange_ptr& asked, std::optional<secret_text> cookie, bool missing) const {
  door_.pending(std::move(cookie),
                sign_in_then<persistence::person_to_confirm>(asked, [missing](exchange& x, auto& who) {
                  if (!who)
                    return send_failure(x, who.error());
                  send_confirm_page(x, *who, missing);
                }));
}

void sign_in_routes::confirm(const exchange_ptr& asked) const {
  const auto fields = read_form(*asked, {"age", "terms"});
  if (!fields)
    return send_problem(*asked, fields.error());
  std::optional<secret_text> cookie;
  if (!read_session(*asked, cookie))
    return;
  if (value_of(*fields, "age") != "yes" || value_of(*fields, "terms") != "yes")
    return ask_to_confirm(asked, std::move(cookie), true);
  door_.confirm(std::move(cookie), device_of(*asked),
                sign_in_then<finished_sign_in>(asked, [](exchange& x, auto& done) {
                  if (!done)
                    return send_failure(x, done.error());
                  see_other(x, done->return_path, {keep(done->cookie)});
                }));
}

void sign_in_routes::decline(const exchange_ptr& asked) const {
  std::optional<secret_text> cookie;
  if (const auto fields = read_form(*asked, {}); !fields)
    return send_problem(*asked, fields.error());
  if (read_session(*asked, cookie))
    door_.decline(std::move(cookie), sign_in_then<void>(asked, [](exchange& x, auto& done) {
                    if (!done)
                      return send_failure(x, done.error());
                    begin_again(x, to_string(sign_in_step::declined), {forget_session()});
                  }));
}

void sign_in_routes::sign_out(const exchange_ptr& asked) const {
  std::optional<secret_text> cookie;
  if (const auto fields = read_form(*asked, {}); !fields)
    return send_problem(*asked, fields.error());
  if (read_session(*asked, cookie))
    door_.sign_out(std::move(cookie), sign_in_then<void>(asked, [](exchange& x, auto& done) {
                     if (!done)
                       return send_failure(x, done.error());
                     begin_again(x, to_string(sign_in_step::signed_out), {forget_session()});
                   }));
}

} // namespace easel::server
