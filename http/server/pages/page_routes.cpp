#include "http/server/pages/page_routes.hpp"

#include "http/server/cookies.hpp"
#include "http/server/credentials.hpp"
#include "http/server/pages/documents.hpp"
#include "http/server/pages/embedded_files.hpp"
#include "http/server/pages/notices.hpp"
#include "http/server/pages/pages.hpp"

#include <algorithm>

namespace easel::server {

namespace {

std::string_view media_type_of(std::string_view name) {
  const auto ends = [&](std::string_view end) {
    return name.size() > end.size() && name.substr(name.size() - end.size()) == end;
  };
  if (ends(".css"))
    return "text/css; charset=utf-8";
  if (ends(".mjs"))
    return "text/javascript; charset=utf-8";
  if (ends(".svg"))
    return "image/svg+xml";
  return "application/json";
}

/// Assets and the texts that scripts use, below an address that changes with their content. One of another version is
/// answered too, but kept by nobody: while servers are replaced, a page of one may load its files from another.
void serve_asset(const exchange_ptr& asked, std::string_view version, std::string_view name) {
  for (const auto& file : embedded_files()) {
    const bool offered = file.path.substr(0, 7) == "assets/" || file.path.substr(0, 6) == "texts/";
    if (!offered || file.path.substr(file.path.find('/') + 1) != name)
      continue;
    const bool current = version == embedded_version();
    const std::string etag = '"' + std::string(embedded_version()) + '"';
    answer_head head{200,
                     std::string(media_type_of(name)),
                     {{"Cache-Control", current ? "public, max-age=31536000, immutable" : "no-store"}, {"ETag", etag}}};
    if (current && asked->field("if-none-match") == etag)
      head.status = 304;
    return asked->send(std::move(head), std::string(file.text));
  }
  send_problem(*asked, plain_problem(404, "not_found", "There is nothing at this address."));
}

/// A page of the studio, with what the person has to be told (CHANGE-1). Its script asks the API who is there; whoever
/// cannot be signed in is spared that round. When nobody is found behind the cookie, or nobody can say, the page comes
/// without a notice: its script meets the same and says so, and the next page has it.
void serve_studio(actors::front_door& front, const exchange_ptr& asked, std::string_view name,
                  const page_values& known) {
  const auto cookie = asked->field("cookie");
  if (!cookie || cookie->find(session_cookie) == std::string_view::npos)
    return see_other(*asked, "/sign-in");
  auto who = read_credential(*asked);
  if (!who)
    return send_page(*asked, 200, name, known);
  front.ask(std::move(*who), actors::find_notices{},
            [asked, name, known](expected<actors::query_answer, actors::refusal> got) {
              // Runs on an actor's thread, which must not die of a page that cannot be built.
              try {
                auto values = known;
                const auto* found = got ? std::get_if<actors::notices_answer>(&*got) : nullptr;
                if (found)
                  values.merge(notice_values(*asked, found->open));
                return send_page(*asked, 200, name, std::move(values));
              } catch (const std::exception&) {
              }
              send_problem(*asked, internal_error());
            });
}

/// COOKIE-1: the language cookie exists for whoever chose a language, and for nobody else.
void keep_choice(const exchange_ptr& asked) {
  const auto form = parse_query(asked->body()).value_or(page_values{});
  const auto field = [&](std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string_view() : std::string_view(found->second);
  };
  const auto* tag = std::find(languages.begin(), languages.end(), field("language"));
  if (tag == languages.end())
    return send_problem(*asked, plain_problem(400, "invalid_value", "`language` must be one that the pages offer."));
  see_other(*asked, local_path(field("return_to")), {keep_language(*tag)});
}

} // namespace

std::vector<route> page_routes(actors::front_door& front, bool sells, const document_facts& facts) {
  check_pages();
  auto known = values_of(facts);
  known.emplace("sells", sells ? "yes" : "");
  const auto page = surface::page;
  using on = const exchange_ptr&;
  using at = const captures&;
  std::vector<route> out{
    {"GET", "/", page, policies::request_class::reading,
     [=, &front](on x, at) { serve_studio(front, x, "create", known); }},
    {"GET", "/account", page, policies::request_class::reading,
     [=, &front](on x, at) { serve_studio(front, x, "account", known); }},
    {"POST", "/notices", page, policies::request_class::reading, [&front](on x, at) { acknowledge_by_form(front, x); }},
    {"POST", "/language", page, policies::request_class::reading, [](on x, at) { keep_choice(x); }},
    {"GET", "/assets/{version}/{name}", page, policies::request_class::asset,
     [](on x, at c) { serve_asset(x, c[0], c[1]); }},
  };
  if (sells)
    out.push_back({"GET", "/billing", page, policies::request_class::reading,
                   [=, &front](on x, at) { serve_studio(front, x, "billing", known); }});
  return out;
}

} // namespace easel::server
