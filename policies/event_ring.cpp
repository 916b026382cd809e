#include "policies/event_ring.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

/// Never within a character of UTF-8.
void shorten(std::string& text) {
  if (text.size() <= event_ring::longest_text)
    return;
  auto end = event_ring::longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  text.resize(end);
}

} // namespace

void event_ring::add(console_event event) {
  shorten(event.about);
  shorten(event.detail);
  event.number = ++numbered_;
  events_.push_back(std::move(event));
  if (events_.size() > kept)
    events_.pop_front();
}

std::vector<console_event> event_ring::latest(instant until, std::size_t most) const {
  std::vector<console_event> out;
  for (auto it = events_.rbegin(); it != events_.rend() && out.size() < most; ++it)
    if (it->at <= until)
      out.push_back(*it);
  return out;
}

} // namespace easel::policies
