#include "actors/billing_dispatcher.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

constexpr int failures_to_halt = 3;     ///< of Stripe in a row: what waits is left for the next turn
constexpr std::size_t most_batches = 4; ///< held, when all of them are of a few customers

/// Our own have been read before, whatever our version was then.
bool is_readable(const policies::stripe::event& what, const policies::billing_settings& settings) {
  return what.id.starts_with(persistence::own_event) || policies::is_of_our_version(what, settings);
}

} // namespace

void billing_dispatcher::begin_turn() {
  is_halted_ = has_read_all_ = false;
  failures_ = 0;
}

void billing_dispatcher::halt() {
  is_halted_ = true;
  lines_.clear();
}

int billing_dispatcher::may_be_open(moment now) const {
  return std::min(settings_.parallel_customers, brake_.may_be_open(now));
}

/// They are over at once: nobody is asked about them.
bool billing_dispatcher::ignore(const std::map<policies::ignored, std::vector<std::string>>& events) {
  for (const auto& [why, ids] : events) {
    counts_.ignored.fetch_add(ids.size(), std::memory_order_relaxed);
    if (!books_.ignore(ids, why))
      return false;
  }
  return true;
}

/// They are stored, and not applied.
bool billing_dispatcher::park(const std::vector<std::string>& events) {
  if (events.empty())
    return true;
  counts_.put_off.fetch_add(events.size(), std::memory_order_relaxed);
  return books_.put_off(events, policies::parked::other_version, settings_.longest_backoff).has_value();
}

/// Whether anything was read that was not known. Somebody with thousands of events must not keep the others waiting: of
/// a customer of whom enough wait already no more are read. Rows that are held are read once more, because they are
/// due; that is what the larger limit is for.
bool billing_dispatcher::take_in() {
  const auto batch = static_cast<std::size_t>(settings_.batch);
  if (has_read_all_ || lines_.size() >= most_batches * batch)
    return false;
  const auto crowded = lines_.crowded(std::max<std::size_t>(1, batch / 8));
  const auto limit = batch + lines_.size();
  const auto items = books_.due(static_cast<int>(limit), crowded);
  if (!items) {
    halt();
    return false;
  }
  has_read_all_ = items->size() < limit && crowded.empty();
  std::vector<policies::waiting_event> waiting;
  std::vector<std::string> unreadable;
  std::map<policies::ignored, std::vector<std::string>> of_no_concern;
  for (const auto& item : *items) {
    auto what = policies::object_of(item.what, settings_);
    const bool may_be_ours = what || what.error() == policies::ignored::of_no_concern;
    if (may_be_ours && !is_readable(item.what, settings_))
      unreadable.push_back(item.what.id);
    else if (what)
      waiting.push_back({item.what.id, *std::move(what), item.what.customer, item.owner, item.attempts});
    else
      of_no_concern[what.error()].push_back(item.what.id);
  }
  if (!ignore(of_no_concern) || !park(unreadable)) {
    halt();
    return false;
  }
  const auto before = lines_.size();
  lines_.take_in(std::move(waiting));
  return lines_.size() > before || !of_no_concern.empty() || !unreadable.empty();
}

std::optional<policies::line_look> billing_dispatcher::next(moment now) {
  if (is_halted_ || open_ >= may_be_open(now))
    return std::nullopt;
  auto look = lines_.next();
  while (!look && take_in())
    look = lines_.next();
  open_ += look ? 1 : 0;
  return look;
}

void billing_dispatcher::ended(const policies::line_look& look, const look_outcome& outcome, moment now) {
  using kind = look_outcome::kind;
  --open_;
  const bool is_failure = outcome.what == kind::later || outcome.what == kind::limited;
  counts_.stripe_failures.fetch_add(is_failure ? 1 : 0, std::memory_order_relaxed);
  if (is_halted_)
    lines_.over(look); // as all that waited: it is read again
  else if (outcome.what == kind::limited)
    lines_.again(look);
  else if (outcome.what == kind::of_another)
    lines_.hand_over(look, *outcome.owner);
  else
    lines_.over(look);
  switch (outcome.what) {
  case kind::limited:
    brake_.was_limited(now);
    return;
  case kind::later:
    if (++failures_ < failures_to_halt)
      return;
    brake_.has_failed();
    return halt();
  case kind::no_database:
    return halt();
  case kind::done:
  case kind::ignored:
  case kind::parked:
  case kind::of_another:
    failures_ = 0;
    return brake_.was_answered();
  }
}

void billing_dispatcher::lost(const policies::line_look& look) {
  --open_;
  lines_.over(look);
  halt();
}

} // namespace easel::actors
