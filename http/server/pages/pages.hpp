#pragma once

#include "http/server/answers.hpp"
#include "http/server/exchange.hpp"
#include "http/server/pages/page_template.hpp"

#include <string>
#include <string_view>

/// The pages that people see: templates and texts of http/server/web, put together once.
namespace easel::server {

/// Answers with pages/`name`.html in the language of whoever asks, never stored by anybody (COOKIE-1, THIRD-5: only
/// files of our own, no inline script or style). Every page knows `path`, `language` and `assets`; `values` are its
/// own. `form_targets` are origins besides ours that a form of this page may lead to, as browsers write them. Throws
/// std::logic_error when the page wants a value that is not there.
void send_page(exchange& asked, int status, std::string_view name, page_values values = {},
               std::string_view form_targets = {});

/// A page that says what is wrong and how to go on, for people. The texts are `problem.CODE.title` and `.text` of the
/// catalogue, or those of the status when the code has none; `what`'s own headers and Retry-After are kept.
void send_problem_page(exchange& asked, const problem& what);

/// A text of the catalogue in the language of whoever asks, if there is one of this key.
[[nodiscard]] std::optional<std::string_view> page_text(const exchange& asked, std::string_view key);

/// One of `languages`: by cookie, else by Accept-Language.
[[nodiscard]] std::string_view language_of(const exchange& asked);

/// Whether whoever asks would rather see a page than JSON: a browser's navigation.
[[nodiscard]] bool wants_page(const exchange& asked);

/// Where a form may send a person back to: a path of this site (policies::is_local_path), or "/" when `wanted` is none.
[[nodiscard]] std::string local_path(std::string_view wanted);

/// Throws std::logic_error unless every page can be put together in every language, and every change of a document that
/// people are told of has its sentence: called before the server listens.
void check_pages();

} // namespace easel::server
