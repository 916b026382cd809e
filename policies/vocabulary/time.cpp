#include "policies/vocabulary/time.hpp"

#include <cstdio>

namespace easel {

namespace {

using std::chrono::milliseconds;

/// Years beyond four digits do not occur: PostgreSQL's timestamps are checked at the border.
struct calendar_fields {
  int year;
  unsigned month;
  unsigned day;
};

calendar_fields fields_of(day at) {
  const std::chrono::year_month_day date{at};
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

/// The digits at `at` as a number; nothing when one of them is none.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9')
      return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// ".123" as microseconds; nothing behind the seconds is none of them.
std::optional<duration> fraction(std::string_view text) {
  if (text.empty())
    return duration(0);
  if (text.front() != '.' || text.size() < 2 || text.size() > 7)
    return std::nullopt;
  std::string digits(text.substr(1));
  digits.resize(6, '0');
  const auto value = number_at(digits, 0, 6);
  return value ? std::optional<duration>(*value) : std::nullopt;
}

} // namespace

std::optional<instant> parse_instant(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() <= form.size() || text.back() != 'Z')
    return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] != '0' && text[i] != form[i])
      return std::nullopt;
  const auto year = number_at(text, 0, 4), month = number_at(text, 5, 2), date = number_at(text, 8, 2);
  const auto hour = number_at(text, 11, 2), minute = number_at(text, 14, 2), second = number_at(text, 17, 2);
  const auto part = fraction(text.substr(form.size(), text.size() - form.size() - 1));
  if (!year || !month || !date || !hour || !minute || !second || !part)
    return std::nullopt;
  const std::chrono::year_month_day on{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                       std::chrono::day(static_cast<unsigned>(*date))};
  if (!on.ok() || *year < 1970 || *hour > 23 || *minute > 59 || *second > 59)
    return std::nullopt;
  return day(on) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *part;
}

std::string to_string(day at) {
  const auto date = fields_of(at);
  char text[48];
  const int size = std::snprintf(text, sizeof text, "%04d-%02u-%02u", date.year, date.month, date.day);
  return {text, static_cast<std::size_t>(size)};
}

std::string to_string(instant at) {
  const auto date = fields_of(day_of(at));
  // Floor, not round: a time must never be shown before it has come.
  const std::chrono::hh_mm_ss time{std::chrono::floor<milliseconds>(at) - day_of(at)};
  char text[96];
  const int size =
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", date.year, date.month, date.day,
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return {text, static_cast<std::size_t>(size)};
}

} // namespace easel
