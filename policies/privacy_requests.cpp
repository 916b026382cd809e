#include "policies/privacy_requests.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace easel::policies {

namespace {

constexpr std::chrono::months answer_within{1};
constexpr std::chrono::months extension{2};
constexpr std::size_t longest_reference = 40;

template <class Words, class Word = typename Words::value_type>
std::optional<Word> parse(const Words& words, std::string_view text) {
  const auto found = std::find_if(words.begin(), words.end(), [&](Word each) { return to_string(each) == text; });
  return found == words.end() ? std::nullopt : std::optional(*found);
}

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

} // namespace

std::string_view to_string(request_kind kind) {
  switch (kind) {
  case request_kind::access:
    return "access";
  case request_kind::correction:
    return "correction";
  case request_kind::erasure:
    return "erasure";
  case request_kind::child:
    return "child";
  case request_kind::restriction:
    return "restriction";
  case request_kind::objection:
    return "objection";
  case request_kind::complaint:
    return "complaint";
  }
  return "unknown";
}

std::string_view to_string(request_outcome outcome) {
  switch (outcome) {
  case request_outcome::done:
    return "done";
  case request_outcome::refused:
    return "refused";
  case request_outcome::withdrawn:
    return "withdrawn";
  }
  return "unknown";
}

std::optional<request_kind> parse_request_kind(std::string_view text) { return parse(all_request_kinds, text); }
std::optional<request_outcome> parse_request_outcome(std::string_view text) {
  return parse(all_request_outcomes, text);
}

fulfilment fulfilment_of(request_kind kind) {
  switch (kind) {
  case request_kind::erasure:
    return fulfilment::erase;
  case request_kind::child:
    return fulfilment::erase_child;
  case request_kind::restriction:
  case request_kind::objection:
    return fulfilment::restrict;
  case request_kind::access:
  case request_kind::correction:
  case request_kind::complaint:
    return fulfilment::by_hand;
  }
  return fulfilment::by_hand;
}

day due_on(day received, bool extended) {
  const std::chrono::year_month_day from(received);
  const auto until = from + (extended ? answer_within + extension : answer_within);
  return until.ok() ? day(until) : day(until.year() / until.month() / std::chrono::last);
}

int days_left(day due, day today) { return static_cast<int>((due - today).count()); }

bool is_past_due(day due, day today) { return today > due; }

bool may_extend(day received, bool extended, day today) {
  return !extended && !is_past_due(due_on(received, false), today);
}

bool may_close(request_kind kind, request_outcome outcome, bool account_lives) {
  const auto way = fulfilment_of(kind);
  const bool asks_for_erasure = way == fulfilment::erase || way == fulfilment::erase_child;
  return outcome != request_outcome::done || !asks_for_erasure || !account_lives;
}

bool is_request_reference(std::string_view text) {
  return !text.empty() && text.size() <= longest_reference && is_letter_or_digit(text.front())
         && std::all_of(text.begin(), text.end(), [](char c) {
              return is_letter_or_digit(c) || std::string_view("._/-").find(c) != std::string_view::npos;
            });
}

std::optional<day> parse_day(std::string_view text) {
  const auto at = text.size() == 10 ? parse_instant(std::string(text) + "T00:00:00Z") : std::nullopt;
  return at ? std::optional(day_of(*at)) : std::nullopt;
}

} // namespace easel::policies
