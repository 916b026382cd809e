#include "actors/session_actor.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

constexpr std::size_t most_recent = 64; ///< events kept for a stream that reconnects
constexpr auto look_every = std::chrono::seconds(1);

bool wants_images(const followed& f) {
  return std::any_of(f.watches.begin(), f.watches.end(), [](const watch& w) { return w.how.wants_images; });
}

using event_ptr = std::shared_ptr<const generation_event>;

event_ptr without_bytes(const event_ptr& event) {
  const auto* image = std::get_if<generation_event::image_stored>(&event->what);
  if (image == nullptr)
    return event;
  return std::make_shared<const generation_event>(
    generation_event{event->sequence, generation_event::image_stored{image->image, nullptr}});
}

} // namespace

generation_view session_actor::view_of(const followed& f) {
  generation_view view{f.row, std::nullopt, std::nullopt};
  if (f.facts) {
    const auto position = f.facts->queue_position.load(std::memory_order_relaxed);
    if (position >= 0 && f.row.state == generation_state::queued)
      view.queue_position = position;
    const auto wait = f.facts->wait_us.load(std::memory_order_relaxed);
    if (view.queue_position && wait > 0)
      view.estimated_wait = duration(wait);
  }
  return view;
}

// ---------------------------------------------------------------- joining

void session_actor::on_watch(const watch_call& call) {
  if (state.watching >= context_->settings.max_watchers_per_account) {
    call.waiter->refused({refusal::why::too_many_streams, std::nullopt, std::chrono::seconds(1)});
    return;
  }
  attach(call.what, call.how, call.waiter, false);
}

void session_actor::attach(generation_id id, const watch_options& how, const std::shared_ptr<watcher>& waiter,
                           bool attached) {
  if (auto it = state.generations.find(id); it != state.generations.end()) {
    add_watch(it->second, how, waiter, attached);
    return;
  }
  ++state.watching;
  load(id, how.wants_images, [this, id, how, waiter, attached](const auto& found) {
    --state.watching;
    on_loaded(id, how, waiter, attached, found);
  });
}

void session_actor::on_loaded(generation_id id, const watch_options& how, const std::shared_ptr<watcher>& waiter,
                              bool attached, const persistence::answer<std::optional<stored_generation>>& found) {
  if (!found || !*found) {
    waiter->refused({found ? refusal::why::not_found : refusal::why::store_unavailable, std::nullopt, std::nullopt});
    return;
  }
  if (auto it = state.generations.find(id); it != state.generations.end()) {
    add_watch(it->second, how, waiter, attached); // it came here while its row was being read
    return;
  }
  const auto& stored = **found;
  if (is_terminal(stored.row.state)) {
    const generation_view view{stored.row, std::nullopt, std::nullopt};
    if (waiter->accepted(view, attached))
      waiter->event({how.after_sequence + 1, generation_event::ended{view, stored.images}});
    return;
  }
  auto& f = state.generations[id];
  f.row = stored.row;
  add_watch(f, how, waiter, attached);
  if (f.watches.empty())
    state.generations.erase(id);
}

void session_actor::add_watch(followed& f, const watch_options& how, const std::shared_ptr<watcher>& waiter,
                              bool attached) {
  if (!waiter->accepted(view_of(f), attached))
    return;
  for (const auto& event : f.recent)
    if (event->sequence > how.after_sequence && how.after_sequence > 0 && !waiter->event(*event))
      return;
  watch w{waiter, how, moment::max()};
  if (how.wait)
    w.expires = now() + *how.wait;
  f.watches.push_back(std::move(w));
  ++state.watching;
  start_ticking();
}

// ---------------------------------------------------------------- what happens to a generation

void session_actor::on_passed(const passed_moderation& message) {
  auto it = state.generations.find(message.id);
  if (it == state.generations.end())
    return;
  auto& f = it->second;
  f.row.verdict = message.verdict;
  f.row.state = generation_state::queued;
  if (!f.watches.empty())
    publish(f, {0, generation_event::state_changed{view_of(f)}});
}

void session_actor::on_dispatched(const was_dispatched& message) {
  auto it = state.generations.find(message.id);
  if (it == state.generations.end())
    return;
  auto& f = it->second;
  f.row.state = generation_state::dispatched;
  f.row.dispatched_to = message.to;
  f.row.dispatched_at = message.at;
  f.row.disclosures.push_back({message.to, data_class::content, message.at});
  if (!f.watches.empty())
    publish(f, {0, generation_event::state_changed{view_of(f)}});
}

void session_actor::on_partial(const partial_arrived& message) {
  if (auto it = state.generations.find(message.id); it != state.generations.end())
    publish(it->second, {0, generation_event::partial{message.index, message.partial_index, message.bytes}});
}

void session_actor::on_image(const image_kept& message) {
  figures_changed();
  auto it = state.generations.find(message.id);
  if (it == state.generations.end())
    return;
  auto& f = it->second;
  f.row.images.push_back(message.image);
  f.row.charged += f.row.plan.price_each;
  f.blobs[message.image.index] = message.bytes;
  publish(f, {0, generation_event::image_stored{message.image, message.bytes}});
}

void session_actor::on_ended(const has_ended& message) {
  figures_changed();
  auto it = state.generations.find(message.id);
  if (it == state.generations.end())
    return;
  auto& f = it->second;
  f.row.state = message.state;
  f.row.reason = message.reason;
  f.row.charged = message.charged;
  f.row.ended_at = message.at;
  if (message.verdict)
    f.row.verdict = message.verdict;
  if (message.discarded) {
    f.row.prompt = {};
    f.row.images.clear();
    f.blobs.clear();
  }
  std::sort(f.row.images.begin(), f.row.images.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  std::vector<blob> images;
  for (const auto& image : f.row.images)
    if (auto known = f.blobs.find(image.index); known != f.blobs.end())
      images.push_back(known->second);
  if (images.size() == f.row.images.size()) {
    conclude(message.id, view_of(f), images);
    return;
  }
  // Some were stored before this node took the generation over: read them back.
  f.facts = nullptr;
  look_elsewhere(message.id, f);
}

void session_actor::on_elsewhere(const went_elsewhere& message) {
  figures_changed();
  auto it = state.generations.find(message.id);
  if (it == state.generations.end())
    return;
  it->second.facts = nullptr;
  if (it->second.watches.empty())
    state.generations.erase(it);
  else
    start_ticking();
}

void session_actor::on_adopted(const adopted& message) {
  auto& f = state.generations[message.row->row.id];
  f.row = message.row->row;
  f.facts = message.facts;
  if (state.is_withdrawn)
    f.facts->withdraw();
  f.blobs.clear();
}

// ---------------------------------------------------------------- telling those who wait

void session_actor::publish(followed& f, generation_event what) {
  what.sequence = ++f.sequence;
  const auto event = std::make_shared<const generation_event>(std::move(what));
  const bool partial = std::holds_alternative<generation_event::partial>(event->what);
  auto& watches = f.watches;
  for (std::size_t i = 0; i < watches.size();) {
    const bool wanted = !partial || watches[i].how.wants_partials;
    if (wanted && !watches[i].waiter->event(*event)) {
      watches.erase(watches.begin() + static_cast<std::ptrdiff_t>(i));
      --state.watching;
    } else {
      ++i;
    }
  }
  if (partial)
    return;
  if (f.recent.size() == most_recent)
    f.recent.erase(f.recent.begin());
  f.recent.push_back(without_bytes(event));
}

void session_actor::conclude(generation_id id, const generation_view& view, const std::vector<blob>& images) {
  auto node = state.generations.extract(id);
  if (!node)
    return;
  auto& f = node.mapped();
  generation_event event{++f.sequence, generation_event::ended{view, images}};
  for (auto& w : f.watches)
    w.waiter->event(event);
  state.watching -= static_cast<int>(f.watches.size());
}

// ---------------------------------------------------------------- time

void session_actor::start_ticking() {
  if (!std::exchange(state.ticking, true))
    delayed_send(this, context_->settings.sweep, session_alarm{std::nullopt});
}

void session_actor::on_alarm(const session_alarm& message) {
  if (!message.look_again)
    on_tick();
  else if (auto it = state.generations.find(*message.look_again); it != state.generations.end())
    it->second.reading = false; // the next tick looks
}

void session_actor::on_tick() {
  state.ticking = false;
  bool again = false;
  for (auto it = state.generations.begin(); it != state.generations.end();) {
    auto& f = it->second;
    for (std::size_t i = 0; i < f.watches.size();) {
      if (now() < f.watches[i].expires) {
        ++i;
        continue;
      }
      f.watches[i].waiter->expired(view_of(f));
      f.watches.erase(f.watches.begin() + static_cast<std::ptrdiff_t>(i));
      --state.watching;
    }
    if (!f.facts && f.watches.empty() && !f.reading) {
      it = state.generations.erase(it);
      continue;
    }
    if (!f.facts && !f.reading)
      look_elsewhere(it->first, f);
    again = again || !f.watches.empty() || !f.facts;
    ++it;
  }
  if (again)
    start_ticking();
}

// The row is the truth wherever the generation runs; it is read again until it says that it has ended.
void session_actor::look_elsewhere(generation_id id, followed& f) {
  f.reading = true;
  const bool with_images = wants_images(f);
  load(id, with_images, [this, id, with_images](const auto& found) {
    auto it = state.generations.find(id);
    if (it == state.generations.end())
      return;
    it->second.reading = false;
    if (!it->second.facts) // else it came back to this node
      on_looked(it->second, with_images, found);
  });
}

void session_actor::on_looked(followed& f, bool with_images,
                              const persistence::answer<std::optional<stored_generation>>& found) {
  const auto id = f.row.id;
  figures_changed();
  if (found && !*found) { // expired or deleted meanwhile
    for (auto& w : f.watches)
      w.waiter->expired(view_of(f));
    state.watching -= static_cast<int>(f.watches.size());
    state.generations.erase(id);
    return;
  }
  if (found && is_terminal((*found)->row.state)) {
    if (!with_images && wants_images(f)) { // somebody joined while the row was being read
      look_elsewhere(id, f);
      return;
    }
    f.row = (*found)->row;
    conclude(id, view_of(f), (*found)->images);
    return;
  }
  if (found && (*found)->row.state != f.row.state) {
    f.row = (*found)->row;
    publish(f, {0, generation_event::state_changed{view_of(f)}});
  }
  f.reading = true; // until the next look is due: a row that is read in a tight loop helps nobody
  delayed_send(this, look_every, session_alarm{id});
  start_ticking();
}

void session_actor::load(generation_id id, bool with_images,
                         std::function<void(const persistence::answer<std::optional<stored_generation>>&)> then) {
  using result = std::optional<stored_generation>;
  state.store.query<result>(
    me(),
    [account = account_, id, with_images](persistence::store& s) -> persistence::answer<result> {
      auto row = s.find_generation(account, id);
      if (!row)
        return easel::unexpected(row.error());
      if (!*row)
        return result();
      stored_generation stored{std::move(**row), {}};
      if (with_images && is_terminal(stored.row.state))
        for (const auto& image : stored.row.images) {
          auto bytes = s.find_image(account, id, image.index);
          if (!bytes)
            return easel::unexpected(bytes.error());
          if (!*bytes)
            return result(); // it expired between the two reads
          stored.images.push_back(std::move(*bytes));
        }
      return result(std::move(stored));
    },
    [then = std::move(then)](auto& found) { then(found); });
}

} // namespace easel::actors
