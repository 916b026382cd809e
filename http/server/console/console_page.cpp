#include "http/server/console/console_page.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/console_files.hpp"

namespace easel::server {

namespace {

/// Nothing but our own files, nothing inline, no frame around us.
constexpr std::string_view console_policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
  "form-action 'none'; frame-ancestors 'none'";

std::string_view console_media_type(std::string_view name) {
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  return ends(".mjs") ? "text/javascript; charset=utf-8" : ends(".css") ? "text/css; charset=utf-8" : "image/svg+xml";
}

const embedded_file* console_file(std::string_view name) {
  for (const auto& file : console_files())
    if (file.path == name)
      return &file;
  return nullptr;
}

/// The page with the address of its files in each place that asks for it.
std::string make_page() {
  constexpr std::string_view hole = "{{assets}}";
  std::string page(console_file("index.html")->text);
  const auto address = "/console/" + std::string(console_version());
  for (auto at = page.find(hole); at != std::string::npos; at = page.find(hole, at))
    page.replace(at, hole.size(), address);
  return page;
}

} // namespace

void serve_console_page(const exchange_ptr& asked) {
  static const auto page = make_page();
  asked->send({200,
               "text/html; charset=utf-8",
               {{"Content-Security-Policy", std::string(console_policy)},
                {"Cross-Origin-Opener-Policy", "same-origin"},
                {"Cross-Origin-Resource-Policy", "same-origin"},
                {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
                {"Referrer-Policy", "same-origin"}}},
              page);
}

void serve_console_file(const exchange_ptr& asked, std::string_view version, std::string_view name) {
  const auto* file = name == "index.html" || version != console_version() ? nullptr : console_file(name);
  if (file == nullptr)
    return send_problem(*asked, plain_problem(404, "not_found", "There is nothing at this address."));
  asked->send(
    {200,
     std::string(console_media_type(name)),
     {{"Cache-Control", "private, max-age=31536000, immutable"}, {"Cross-Origin-Resource-Policy", "same-origin"}}},
    std::string(file->text));
}

} // namespace easel::server
