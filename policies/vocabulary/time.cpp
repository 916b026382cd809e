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

} // namespace

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
