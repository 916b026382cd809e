#include "http/server/pages/pages.hpp"

#include "http/server/cookies.hpp"
#include "http/server/pages/embedded_files.hpp"
#include "http/server/pages/language.hpp"
#include "http/server/pages/texts.hpp"
#include "policies/documents.hpp"
#include "policies/sign_in.hpp"

#include <stdexcept>

namespace easel::server {

namespace {

std::optional<std::string_view> file_named(std::string_view path) {
  for (const auto& file : embedded_files())
    if (file.path == path)
      return file.text;
  return std::nullopt;
}

/// What is made of the embedded files for one language.
struct edition {
  explicit edition(std::string_view tag) : texts(file_named("texts/" + std::string(tag) + ".json").value_or("")) {
    const auto files = [](std::string_view name) { return file_named("pages/" + std::string(name) + ".html"); };
    const auto words = [this](std::string_view key) { return texts.find(key); };
    for (const auto& file : embedded_files()) {
      if (file.path.substr(0, 6) != "pages/" || file.path[6] == '_')
        continue;
      auto made = page_template::compile(file.text, files, words);
      if (!made)
        throw std::logic_error(std::string(file.path) + ": " + made.error());
      pages.emplace(file.path.substr(6, file.path.size() - 6 - 5), std::move(*made));
    }
  }

  text_catalogue texts;
  std::map<std::string, page_template, std::less<>> pages;
};

const edition& edition_of(std::string_view tag) {
  static const auto editions = [] {
    std::map<std::string_view, edition> all;
    for (const auto one : languages)
      all.try_emplace(one, one);
    return all;
  }();
  return editions.at(tag);
}

/// Nothing but our own files, nothing inline, no frame around us.
std::string content_policy(std::string_view form_targets) {
  std::string out = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob:; object-src 'none'; "
                    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
  if (!form_targets.empty())
    out += ' ' + std::string(form_targets);
  return out;
}

answer_head page_head(int status, std::string_view tag, std::string_view form_targets) {
  // With "no-referrer", which other answers have, browsers would name no origin when a form is sent.
  return {status,
          "text/html; charset=utf-8",
          {{"Cache-Control", "private, no-store"},
           {"Content-Language", std::string(tag)},
           {"Content-Security-Policy", content_policy(form_targets)},
           {"Cross-Origin-Opener-Policy", "same-origin"},
           {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
           {"Referrer-Policy", "same-origin"}}};
}

std::string filled(const exchange& asked, std::string_view tag, std::string_view name, page_values values) {
  const auto& pages = edition_of(tag).pages;
  const auto page = pages.find(name);
  if (page == pages.end())
    throw std::logic_error("no page " + std::string(name));
  values.try_emplace("path", asked.method() == "GET" ? std::string(asked.path) : "/");
  values.try_emplace("language", tag);
  values.try_emplace("assets", "/assets/" + std::string(embedded_version()));
  values.try_emplace("is_" + std::string(tag), "yes");
  values.try_emplace("on_" + std::string(name), "yes");
  return page->second.fill(values);
}

std::string_view problem_text(const text_catalogue& texts, const problem& what, std::string_view part) {
  const auto of = [&](const std::string& name) { return texts.find("problem." + name + "." + std::string(part)); };
  if (const auto own = of(what.code))
    return *own;
  if (const auto by_status = of(std::to_string(what.status)))
    return *by_status;
  return of(what.status < 500 ? "400" : "500").value_or("");
}

} // namespace

void send_page(exchange& asked, int status, std::string_view name, page_values values, std::string_view form_targets) {
  const auto tag = language_of(asked);
  asked.send(page_head(status, tag, form_targets), filled(asked, tag, name, std::move(values)));
}

void send_problem_page(exchange& asked, const problem& what) {
  const auto tag = language_of(asked);
  const auto& texts = edition_of(tag).texts;
  auto head = page_head(what.status, tag, {});
  for (auto& one : problem_headers(what))
    head.headers.push_back(std::move(one));
  page_values values{{"title", std::string(problem_text(texts, what, "title"))},
                     {"text", std::string(problem_text(texts, what, "text"))},
                     {"status", std::to_string(what.status)},
                     {"remedy", std::string(what.remedy.empty() ? "/" : what.remedy)},
                     {"request_id", asked.request_id()}};
  asked.send(std::move(head), filled(asked, tag, "problem", std::move(values)));
}

std::optional<std::string_view> page_text(const exchange& asked, std::string_view key) {
  return edition_of(language_of(asked)).texts.find(key);
}

std::string_view language_of(const exchange& asked) {
  std::vector<std::string_view> fields;
  if (const auto field = asked.field("cookie"))
    fields.push_back(*field);
  const auto sent = read_cookies(fields);
  return choose_language(sent ? sent->language : std::nullopt, asked.field("accept-language").value_or(""));
}

bool wants_page(const exchange& asked) {
  const auto accept = asked.field("accept");
  const auto under = [&](std::string_view prefix) { return asked.path.substr(0, prefix.size()) == prefix; };
  return accept && accept->find("text/html") != std::string_view::npos && !under("/v1/") && !under("/webhooks/");
}

std::string local_path(std::string_view wanted) { return policies::is_local_path(wanted) ? std::string(wanted) : "/"; }

void check_pages() {
  for (const auto tag : languages) {
    const auto& made = edition_of(tag);
    for (const auto& change : policies::material_changes()) {
      const auto key = "notice." + std::string(to_string(change.what)) + '.' + std::string(change.version);
      if (!made.texts.find(key))
        throw std::logic_error(std::string(tag) + " has no text " + key);
    }
  }
}

} // namespace easel::server
