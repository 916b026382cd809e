#include "actors/log_ring.hpp"

#include "policies/vocabulary/ascii.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

auto gravity_of(std::string_view level) { return std::find(log_levels.begin(), log_levels.end(), level); }

/// Not in the middle of a character of UTF-8.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most)
    return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
    --most;
  return text.substr(0, most);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

} // namespace

void log_ring::keep(instant at, std::string_view level, std::string_view text) {
  std::string shown(cut(text, longest_line));
  std::replace_if(shown.begin(), shown.end(), is_control, ' '); // for a terminal
  const std::lock_guard lock(guard_);
  if (lines_.size() == most_lines)
    lines_.pop_front();
  lines_.push_back({++written_, at, std::string(level), std::move(shown)});
}

log_page log_ring::find(const log_question& q) const {
  const auto least = gravity_of(q.level);
  const auto part = ascii_lower(q.find);
  log_page out;
  const std::lock_guard lock(guard_);
  out.written = written_;
  out.kept = lines_.size();
  for (auto one = lines_.rbegin(); one != lines_.rend() && out.lines.size() < q.most; ++one)
    if (gravity_of(one->level) >= least && ascii_lower(one->text).find(part) != std::string::npos)
      out.lines.push_back(*one);
  return out;
}

} // namespace easel::actors
