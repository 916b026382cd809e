#include "policies/type_history.hpp"

#include <algorithm>
#include <cmath>

namespace easel::policies {

void type_history::moments::push(instant at, const row& all) {
  times_[next_] = at;
  rows_[next_] = all;
  next_ = (next_ + 1) % rows_.size();
  size_ = std::min(size_ + 1, rows_.size());
}

// From the latest back: a clock that was set back leaves times out of order, and what came last is believed.
std::optional<std::size_t> type_history::moments::find(instant wanted) const {
  for (std::size_t ago = 0; ago < size_; ++ago)
    if (time(ago) <= wanted)
      return ago;
  return std::nullopt;
}

type_history::type_history() : seconds_(seconds_kept), minutes_(minutes_kept) { types_.reserve(most_types); }

std::optional<std::size_t> type_history::number_of(std::string_view type) {
  const auto found = std::find(types_.begin(), types_.end(), type);
  if (found != types_.end())
    return found - types_.begin();
  if (types_.size() == most_types)
    return std::nullopt;
  types_.emplace_back(type);
  return types_.size() - 1;
}

void type_history::add(instant at, std::span<const named_figures> all) {
  row now{};
  for (const auto& [type, figures] : all) {
    const auto number = number_of(type);
    if (!number) {
      ++left_out_;
      continue;
    }
    now[*number] = figures;
    auto& sum = minute_[*number];
    sum.live += figures.live;
    sum.rate += figures.rate;
    sum.busy += figures.busy;
    sum.most_waiting = std::max(sum.most_waiting, figures.waiting);
    sum.failures += figures.failures;
  }
  seconds_.push(at, now);
  if (++in_minute_ == seconds_in_minute)
    end_minute(at);
}

void type_history::end_minute(instant at) {
  row mean{};
  for (std::size_t i = 0; i < types_.size(); ++i) {
    const auto& sum = minute_[i];
    const double seconds = seconds_in_minute;
    mean[i] = {static_cast<std::uint32_t>(std::lround(sum.live / seconds)), sum.most_waiting,
               static_cast<float>(sum.rate / seconds), static_cast<float>(sum.busy / seconds), sum.failures};
  }
  minutes_.push(at, mean);
  minute_ = {};
  in_minute_ = 0;
}

type_history::moment type_history::moment_of(const moments& from, std::size_t ago, std::chrono::seconds step) const {
  moment out{from.time(ago), step, {}};
  for (std::size_t i = 0; i < types_.size(); ++i)
    out.types.push_back({types_[i], from.figures(ago)[i]});
  return out;
}

std::optional<type_history::moment> type_history::find(instant wanted) const {
  if (const auto ago = seconds_.find(wanted))
    return moment_of(seconds_, *ago, std::chrono::seconds(1));
  if (const auto ago = minutes_.find(wanted))
    return moment_of(minutes_, *ago, std::chrono::seconds(seconds_in_minute));
  return std::nullopt;
}

std::optional<instant> type_history::oldest() const {
  std::optional<instant> first;
  for (const auto* ring : {&seconds_, &minutes_})
    if (ring->size() != 0)
      first = first ? std::min(*first, ring->time(ring->size() - 1)) : ring->time(ring->size() - 1);
  return first;
}

} // namespace easel::policies
