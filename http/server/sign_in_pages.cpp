#include "http/server/sign_in_pages.hpp"

#include "http/server/pages/pages.hpp"

namespace easel::server {

void send_sign_in_page(exchange& asked, std::string_view after, std::string_view return_to, std::string_view provider) {
  std::string notice;
  if (!after.empty()) {
    const auto own = page_text(asked, "sign_in.after." + std::string(after));
    notice = own ? *own : page_text(asked, "problem.sign_in_unavailable.text").value_or("");
  }
  send_page(asked, 200, "sign_in", {{"notice", std::move(notice)}, {"return_to", std::string(return_to)}}, provider);
}

void send_confirm_page(exchange& asked, const persistence::person_to_confirm& who, bool missing) {
  send_page(
    asked, missing ? 422 : 200, "confirm",
    {{"name", who.name.reveal()}, {"email", who.email.reveal()}, {"missing", std::string(missing ? "yes" : "")}});
}

} // namespace easel::server
