#include "actors/traces.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

using policies::trace_by;
using policies::trace_end;

} // namespace

// ---------------------------------------------------------------- arrivals

arrival_table::entry& arrival_table::entry_of(const void* message) {
  // Multiplicative hashing (Knuth, The Art of Computer Programming, 6.4): heap addresses share their lowest bits.
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;
  const auto hash = reinterpret_cast<std::uintptr_t>(message) * golden; // NOLINT: an address is a number here
  return entries_[static_cast<std::size_t>(hash >> 53)];
}
static_assert(arrival_table::size == std::size_t{1} << (64 - 53));

void arrival_table::note(const void* message, steady_moment at) {
  auto& e = entry_of(message);
  if (e.busy.test_and_set(std::memory_order_acquire))
    return; // another one is noted or taken there: it is not known how long this one waits
  e.message = message;
  e.at = at;
  e.busy.clear(std::memory_order_release);
}

std::optional<steady_moment> arrival_table::take(const void* message) {
  auto& e = entry_of(message);
  if (e.busy.test_and_set(std::memory_order_acquire))
    return std::nullopt;
  std::optional<steady_moment> found;
  if (e.message == message) {
    found = e.at;
    e.message = nullptr;
  }
  e.busy.clear(std::memory_order_release);
  return found;
}

void arrival_table::clear() {
  for (auto& e : entries_)
    if (!e.busy.test_and_set(std::memory_order_acquire)) {
      e.message = nullptr;
      e.busy.clear(std::memory_order_release);
    }
}

// ---------------------------------------------------------------- the message path

policies::traced_actor trace_desk::party_of(const vitals& v) { return {v.id, v.kind, v.get_subject(), v.get_owner()}; }

bool trace_desk::concerns(const trace& one, const policies::traced_actor& who, std::uint64_t sender) {
  return one.runs() && (is_followed(one.about, who) || (follows_what_is_sent(one.about.by) && one.has_member(sender)));
}

trace_desk::trace_list trace_desk::list() const {
  std::lock_guard lock(guard_);
  return traces_;
}

void trace_desk::arriving(const vitals& at, const void* message, std::uint64_t sender) {
  const auto who = party_of(at);
  const auto all = list();
  if (std::any_of(all->begin(), all->end(), [&](const auto& one) { return concerns(*one, who, sender); }))
    arrivals_.note(message, std::chrono::steady_clock::now());
  else
    (void)arrivals_.take(message); // of a message that lay there before and was never handled
}

traced_message trace_desk::taken(message_type type, const void* message, std::uint64_t sender) {
  const auto arrived = arrivals_.take(message);
  return {type, sender, std::chrono::steady_clock::now(), arrived};
}

void trace_desk::handled(const vitals& by, const traced_message& what, std::chrono::nanoseconds took, bool failed) {
  const auto who = party_of(by);
  const auto all = list();
  std::optional<trace_event> event;
  for (const auto& one : *all) {
    if (!concerns(*one, who, what.sender))
      continue;
    if (is_followed(one->about, who))
      one->is_member(who.number);
    if (!event) {
      event = trace_event{what.begun, who.number, what.sender, by.kind, "",    by.state.load(std::memory_order_relaxed),
                          what.type,  {},         took,        {},      failed};
      if (what.arrived)
        event->waited = std::max(std::chrono::nanoseconds(what.begun - *what.arrived), std::chrono::nanoseconds(0));
      if (const auto from = what.sender != 0 ? live_.find(what.sender) : nullptr) {
        event->sender_kind = from->kind;
        if (std::string_view(from->kind) == "generation")
          event->generation = from->get_subject();
      }
      if (who.type == "generation")
        event->generation = who.subject;
    }
    write(*one, *event);
  }
}

void trace_desk::write(trace& to, const trace_event& event) {
  const std::unique_lock lock(to.guard, std::try_to_lock);
  if (!lock) {
    to.dropped.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  end_if_due(to, event.at);
  if (!to.runs())
    return;
  to.events.push_back(event);
  if (to.events.size() >= static_cast<std::size_t>(to.bounds.events))
    end(to, trace_end::count, event.at);
}

void trace_desk::entered(const vitals& actor) {
  const auto who = party_of(actor);
  const auto all = list();
  for (const auto& one : *all)
    if (one->runs() && is_followed(one->about, who))
      one->is_member(who.number);
}

void trace_desk::left(const vitals& actor, bool failed, steady_moment now) {
  const auto who = party_of(actor);
  const auto all = list();
  for (const auto& one : *all) {
    if (!one->runs() || !ends_with(one->about, who, failed))
      continue;
    std::lock_guard lock(one->guard);
    one->until = std::min<steady_moment>(one->until, now + lingers);
    one->then = trace_end::subject_ended;
  }
}

void trace_desk::end(trace& one, trace_end why, steady_moment now) {
  if (!one.runs())
    return;
  one.over = now;
  one.ended.store(why, std::memory_order_relaxed);
  running_.fetch_sub(1, std::memory_order_relaxed);
}

void trace_desk::end_if_due(trace& one, steady_moment now) {
  if (now >= one.until)
    end(one, one.then, one.until);
}

// ---------------------------------------------------------------- operators

expected<policies::trace_subject, trace_refusal> trace_desk::resolve(const trace_request& what) const {
  policies::trace_subject out{what.by, what.id, what.actor, {}};
  if (what.by == trace_by::account)
    return out; // its session begins with its next call
  if (what.by == trace_by::type) {
    const auto known = live_.totals();
    const auto found = known.find(what.type);
    if (found == known.end())
      return unexpected(trace_refusal::no_target);
    out.type = found->first; // a literal, as all types are
    return out;
  }
  std::optional<policies::traced_actor> found;
  live_.for_each([&](const vitals& v) {
    if (const auto who = party_of(v); is_followed(out, who))
      found = who;
  });
  if (!found)
    return unexpected(trace_refusal::no_target);
  if (serves_one_person(*found))
    return unexpected(trace_refusal::one_person);
  return out;
}

int trace_desk::running_in(const std::vector<trace_ptr>& all) {
  return static_cast<int>(std::count_if(all.begin(), all.end(), [](const auto& one) { return one->runs(); }));
}

bool trace_desk::is_full() const { return running_in(*list()) >= limits_.running; }

trace_started trace_desk::begin(const trace_request& what, instant at, steady_moment now) {
  look(now);
  const auto about = resolve(what);
  if (!about)
    return unexpected(about.error());
  const auto one = std::make_shared<trace>();
  one->about = *about;
  one->bounds = what.bounds;
  one->by_whom = what.by_whom;
  one->started = at;
  one->begun = now;
  one->until = now + what.bounds.span;
  one->events.reserve(static_cast<std::size_t>(what.bounds.events));
  live_.for_each([&](const vitals& v) {
    if (is_followed(*about, party_of(v)))
      one->is_member(v.id);
  });
  {
    std::lock_guard lock(guard_);
    if (running_in(*traces_) >= limits_.running)
      return unexpected(trace_refusal::full);
    if (running_.load() == 0)
      arrivals_.clear(); // what was noted for those before
    one->id = ++latest_;
    auto next = std::make_shared<std::vector<trace_ptr>>(*traces_);
    if (next->size() >= most_kept)
      next->erase(std::find_if(next->begin(), next->end(), [](const auto& old) { return !old->runs(); }));
    next->push_back(one);
    traces_ = std::move(next);
    running_.fetch_add(1, std::memory_order_relaxed);
  }
  std::lock_guard lock(one->guard);
  return summary_of(*one, now);
}

trace_summary trace_desk::summary_of(const trace& one, steady_moment now) {
  trace_summary out;
  out.id = one.id;
  out.by = one.about.by;
  if (out.by == trace_by::generation)
    out.generation = generation_id{one.about.id};
  out.actor = one.about.actor;
  out.type = one.about.type;
  out.by_whom = one.by_whom;
  out.started = one.started;
  out.bounds = one.bounds;
  out.ended = one.ended.load(std::memory_order_relaxed);
  if (one.runs())
    out.left = std::max(std::chrono::duration_cast<duration>(one.until - now), duration(0));
  out.recorded = one.events.size();
  out.dropped = one.dropped.load(std::memory_order_relaxed);
  return out;
}

std::vector<trace_summary> trace_desk::all(steady_moment now) const {
  const auto kept = list();
  std::vector<trace_summary> out;
  for (auto it = kept->rbegin(); it != kept->rend(); ++it) {
    std::lock_guard lock((*it)->guard);
    out.push_back(summary_of(**it, now));
  }
  return out;
}

trace_desk::trace_ptr trace_desk::find(std::uint64_t id) const {
  const auto kept = list();
  const auto found = std::find_if(kept->begin(), kept->end(), [&](const auto& one) { return one->id == id; });
  return found == kept->end() ? nullptr : *found;
}

std::optional<trace_page> trace_desk::read(std::uint64_t id, std::size_t after, std::size_t most,
                                           steady_moment now) const {
  const auto one = find(id);
  if (!one)
    return std::nullopt;
  std::lock_guard lock(one->guard);
  trace_page out{summary_of(*one, now), one->begun, {}};
  const auto from = std::min(after, one->events.size());
  const auto to = from + std::min(most, one->events.size() - from);
  out.events.assign(one->events.begin() + static_cast<std::ptrdiff_t>(from),
                    one->events.begin() + static_cast<std::ptrdiff_t>(to));
  return out;
}

std::optional<trace_summary> trace_desk::stop(std::uint64_t id, steady_moment now) {
  const auto one = find(id);
  if (!one)
    return std::nullopt;
  std::lock_guard lock(one->guard);
  end_if_due(*one, now);
  end(*one, trace_end::stopped, now);
  return summary_of(*one, now);
}

void trace_desk::look(steady_moment now) {
  const auto kept = list();
  const auto is_past = [&](const trace_ptr& one) {
    std::lock_guard lock(one->guard);
    end_if_due(*one, now);
    return !one->runs() && now - one->over >= kept_for;
  };
  if (std::none_of(kept->begin(), kept->end(), is_past))
    return;
  std::lock_guard lock(guard_);
  auto next = std::make_shared<std::vector<trace_ptr>>(*traces_);
  std::erase_if(*next, is_past);
  traces_ = std::move(next);
}

void trace_desk::forget(const account_id& whom, steady_moment now) {
  std::lock_guard lock(guard_);
  auto next = std::make_shared<std::vector<trace_ptr>>(*traces_);
  for (auto& place : *next) {
    const auto one = place;
    if (one->about.by != trace_by::account || one->about.id != whom.value)
      continue;
    std::lock_guard held(one->guard);
    end(*one, trace_end::account_deleted, now);
    one->events = {}; // whoever holds the trace at this moment finds nothing
    const auto husk = std::make_shared<trace>();
    husk->id = one->id;
    husk->about.by = trace_by::account;
    husk->bounds = one->bounds;
    husk->by_whom = one->by_whom;
    husk->started = one->started;
    husk->begun = one->begun;
    husk->until = husk->over = one->over;
    husk->ended = trace_end::account_deleted; // of one that had ended before, too
    place = husk;
  }
  traces_ = std::move(next);
}

} // namespace easel::actors
