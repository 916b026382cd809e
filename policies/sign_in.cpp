#include "policies/sign_in.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

constexpr std::size_t longest_path = 512;
constexpr std::size_t longest_code = 1024; // Google names 256 bytes

bool is_printable(char c) { return c > ' ' && c < 0x7f; }

/// OpenID Connect Core, section 3.1.2.6.
constexpr std::array<std::string_view, 4> interaction_errors{"login_required", "interaction_required",
                                                             "consent_required", "account_selection_required"};

callback_outcome outcome_of_error(std::string_view error) {
  if (error == "access_denied")
    return callback_outcome::denied;
  const bool asks = std::find(interaction_errors.begin(), interaction_errors.end(), error) != interaction_errors.end();
  return asks ? callback_outcome::interaction_needed : callback_outcome::provider_error;
}

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= longest_code && std::all_of(text.begin(), text.end(), is_printable);
}

} // namespace

bool is_local_path(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > longest_path)
    return false;
  const auto fit = [](char c) { return is_printable(c) && c != '\\'; };
  return std::all_of(path.begin(), path.end(), fit)
         && path.substr(0, path.find_first_of("?#")).find("//") == std::string_view::npos;
}

std::string_view to_string(callback_outcome value) {
  switch (value) {
  case callback_outcome::exchange:
    return "exchange";
  case callback_outcome::not_started:
    return "not_started";
  case callback_outcome::state_mismatch:
    return "state_mismatch";
  case callback_outcome::used_up:
    return "used_up";
  case callback_outcome::expired:
    return "expired";
  case callback_outcome::foreign_issuer:
    return "foreign_issuer";
  case callback_outcome::denied:
    return "denied";
  case callback_outcome::interaction_needed:
    return "interaction_needed";
  case callback_outcome::provider_error:
    return "provider_error";
  case callback_outcome::no_code:
    return "no_code";
  }
  return "unknown";
}

callback_outcome judge_callback(const std::optional<pending_sign_in>& record, const callback_parameters& query,
                                std::string_view issuer, const sign_in_windows& windows, instant now) {
  if (!record)
    return callback_outcome::not_started;
  if (query.state.size() != 1 || record->state.empty() || !same_secret(query.state.front(), record->state.reveal()))
    return callback_outcome::state_mismatch;
  if (record->used)
    return callback_outcome::used_up;
  if (now < record->started_at || record->started_at <= now - windows.pending)
    return callback_outcome::expired;
  if (!query.iss.empty() && (query.iss.size() != 1 || query.iss.front() != issuer || issuer.empty()))
    return callback_outcome::foreign_issuer;
  if (!query.error.empty())
    return outcome_of_error(query.error.front());
  if (query.code.size() != 1 || !is_code(query.code.front()))
    return callback_outcome::no_code;
  return callback_outcome::exchange;
}

bool is_recent_sign_in(instant signed_in_at, instant now, const sign_in_windows& windows) {
  return signed_in_at <= now && signed_in_at > now - windows.recent;
}

bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

} // namespace easel::policies
