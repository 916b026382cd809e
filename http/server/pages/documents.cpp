#include "http/server/pages/documents.hpp"

#include "http/server/cookies.hpp"
#include "http/server/pages/pages.hpp"
#include "policies/documents.hpp"

namespace easel::server {

namespace {

using days = std::chrono::duration<std::int64_t, std::ratio<86400>>;

/// Rounded up: nothing is kept longer than a page says.
template <class Unit>
std::string count_of(duration span) {
  return std::to_string(std::chrono::ceil<Unit>(span).count());
}

} // namespace

page_values values_of(const document_facts& facts) {
  const auto& kept = facts.retention;
  const auto& strikes = facts.strikes;
  return {
    {"content_days", count_of<days>(kept.content)},
    {"daily_allowance", std::to_string(facts.daily_allowance.value())},
    {"access_days", count_of<days>(kept.access_log)},
    {"session_days", count_of<days>(kept.session)},
    {"sign_in_minutes", count_of<std::chrono::minutes>(kept.sign_in)},
    {"request_years", count_of<std::chrono::years>(kept.privacy_request)},
    {"subject_days", count_of<days>(kept.erased_subject)},
    {"repeat_hours", count_of<std::chrono::hours>(kept.idempotency)},
    {"cooldown_after", std::to_string(strikes.cooldown_after)},
    {"cooldown_window", count_of<std::chrono::minutes>(strikes.cooldown_window)},
    {"cooldown_for", count_of<std::chrono::minutes>(strikes.cooldown_for)},
    {"suspend_after", std::to_string(strikes.suspend_after)},
    {"suspend_days", count_of<days>(strikes.suspend_window)},
    {"session_cookie", std::string(session_cookie)},
    {"language_cookie", std::string(language_cookie)},
  };
}

std::vector<route> document_routes(const document_facts& facts) {
  std::vector<route> routes;
  for (const auto& edition : policies::documents_in_force()) {
    auto values = values_of(facts);
    values.emplace("updated", edition.updated);
    routes.push_back({"GET", edition.path, surface::page, policies::request_class::reading,
                      [name = to_string(edition.what), values](const exchange_ptr& asked, const captures&) {
                        send_page(*asked, 200, name, values);
                      }});
  }
  return routes;
}

} // namespace easel::server
