#include "http/server/console/operator_guard.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/console_problems.hpp"
#include "http/server/credentials.hpp"
#include "http/server/fields.hpp"
#include "http/server/json_body.hpp"
#include "http/server/views.hpp"
#include "policies/sign_in.hpp"

namespace easel::server {

namespace {

using nlohmann::json;

problem nobody() {
  auto p = plain_problem(401, "not_signed_in", "Sign in, or send the operator's token.");
  p.headers.push_back({"WWW-Authenticate", "Bearer realm=\"easel operators\""});
  return p;
}

problem nobody_recognized(actors::console_fault fault) {
  return console_away(fault, "Try again.", "nobody can be recognized.");
}

/// The browser forgets the cookie all the same: nobody has the session's token any more.
void forget_without_end(exchange& asked, actors::console_fault fault) {
  auto p = nobody_recognized(fault);
  p.message = "The session could not be ended at the server. This browser has forgotten it; it is over by itself when "
              "nobody uses it.";
  answer_head head;
  head.status = p.status;
  head.content_type = "application/problem+json";
  head.headers = problem_headers(p);
  head.cookies.push_back(forget_operator());
  asked.send(std::move(head), problem_document(p, asked.path, asked.request_id()));
}

json view_of_operator(const actors::operator_caller& who) {
  return {{"name", who.name}, {"role", to_string(who.role)}};
}

expected<std::optional<secret_text>, problem> cookie_of(const exchange& asked) {
  auto found = read_operator_cookie(values_of(asked, "cookie"));
  if (!found)
    return unexpected(plain_problem(400, "invalid_cookie", "The request's cookies are not valid. Delete them."));
  return std::move(*found);
}

} // namespace

problem role_required(policies::operator_role needed) {
  return plain_problem(403, "role_required",
                       "This needs an operator of the role \"" + std::string(to_string(needed)) + "\".");
}

bool operator_guard::has_token(const exchange& asked) const {
  const auto given = read_bearer(asked);
  return given && *given && !settings_.token.empty()
         && policies::same_secret((*given)->reveal(), settings_.token.reveal());
}

void operator_guard::admit(const exchange_ptr& asked, policies::operator_role needed, admitted then) const {
  if (asked->field("authorization"))
    return has_token(*asked) ? then(asked, {"operator token", policies::operator_role::admin})
                             : send_problem(*asked, nobody());
  const auto cookie = cookie_of(*asked);
  if (!cookie)
    return send_problem(*asked, cookie.error());
  if (!*cookie)
    return send_problem(*asked, nobody());
  if (auto foreign = refuse_cross_origin(*asked, {}))
    return send_problem(*asked, *foreign);
  door_.who(**cookie, [asked, needed, then = std::move(then)](auto found) {
    // Runs on an actor's thread, which must not die of an answer that cannot be built.
    try {
      if (!found)
        return send_problem(*asked, nobody_recognized(found.error()));
      if (!*found)
        return send_problem(*asked, nobody());
      if (!policies::may((*found)->role, needed))
        return send_problem(*asked, role_required(needed));
      return then(asked, **found);
    } catch (const std::exception&) {
      send_problem(*asked, internal_error());
    }
  });
}

operator_guard::recheck operator_guard::recheck_of(const exchange& asked) const {
  const auto cookie = cookie_of(asked);
  if (asked.field("authorization") || !cookie || !*cookie)
    return {};
  return [&door = door_, token = **cookie](std::function<void()> over) {
    door.who(token, [over = std::move(over)](const auto& found) {
      if (found && !*found)
        over();
    });
  };
}

void operator_guard::sign_in(const exchange_ptr& asked) const {
  if (auto foreign = refuse_cross_origin(*asked, {}))
    return send_problem(*asked, *foreign);
  auto body = parse_object(asked->body());
  if (!body)
    return send_problem(*asked, describe(body.error()));
  field_reader fields(*body);
  fields.allow_only({"name", "password", "code"});
  actors::operator_sign_in what;
  what.name = fields.text("name").value_or("");
  what.password = secret_text(fields.text("password").value_or(""));
  what.code = fields.text("code").value_or("");
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  door_.sign_in(std::move(what), [asked](auto found) {
    using result = persistence::operator_entry::result;
    if (!found)
      return send_problem(*asked, nobody_recognized(found.error()));
    const auto& entry = found->entry;
    if (entry.how == result::signed_in) {
      const actors::operator_caller who{"operator:" + entry.who->name, entry.who->role};
      answer_head head;
      head.cookies.push_back(keep_operator(found->token, found->longest));
      return asked->send(std::move(head), dump(view_of_operator(who)));
    }
    if (entry.how == result::locked) {
      auto locked = plain_problem(429, "locked", "Too many wrong attempts. Wait, or have the password set anew.");
      locked.retry_after = entry.wait.value_or(std::chrono::minutes(1));
      return send_problem(*asked, locked);
    }
    send_problem(*asked, plain_problem(401, "wrong_credentials", "Name, password or code is wrong."));
  });
}

// A page asks this first of all: that nobody is signed in is an answer, and no fault that a browser would report.
void operator_guard::show(const exchange_ptr& asked) const {
  const auto tell_nobody = [](exchange& x) { x.send({}, std::string(R"({"name":null,"role":null})")); };
  if (asked->field("authorization"))
    return admit(asked, policies::operator_role::viewer, [](const exchange_ptr& x, const actors::operator_caller& who) {
      x->send({}, dump(view_of_operator(who)));
    });
  const auto cookie = cookie_of(*asked);
  if (!cookie)
    return send_problem(*asked, cookie.error());
  if (!*cookie)
    return tell_nobody(*asked);
  door_.who(**cookie, [asked, tell_nobody](auto found) {
    if (!found)
      return send_problem(*asked, nobody_recognized(found.error()));
    return *found ? asked->send({}, dump(view_of_operator(**found))) : tell_nobody(*asked);
  });
}

void operator_guard::sign_out(const exchange_ptr& asked) const {
  if (auto foreign = refuse_cross_origin(*asked, {}))
    return send_problem(*asked, *foreign);
  const auto cookie = cookie_of(*asked);
  const auto bye = [asked] {
    answer_head head;
    head.cookies.push_back(forget_operator());
    asked->send(std::move(head), std::string(R"({"signed_out":true})"));
  };
  if (!cookie || !*cookie)
    return bye();
  door_.sign_out(**cookie, [asked, bye](auto ended) {
    if (ended)
      bye();
    else
      forget_without_end(*asked, ended.error());
  });
}

} // namespace easel::server
