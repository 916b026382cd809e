#include "actors/generation_actor.hpp"

#include <utility>

namespace easel::actors {

void generation_actor::want(std::int16_t index) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  image.at = phase::wants_slot;
  if (image.deadline == moment::max())
    image.deadline = now() + context_->settings.limits.queue;
  send(state.router, want_slot{slot_for(index)});
}

void generation_actor::on_slot(const slot_granted& message) {
  auto* image = work(message.index);
  if (image == nullptr || image->at != phase::wants_slot || state.finishing || ends_withdrawn())
    return; // not wanted any more: the slot goes back as the message is destroyed
  if (!message.place) {
    image_failed(message.index, failure::outcome_unknown); // its credential is not configured any more
    return;
  }
  image->place = message.place;
  if (!image->task.empty()) { // it runs already
    image->at = phase::polling;
    poll(message.index);
    return;
  }
  image->at = phase::has_slot;
  // A free generation that was resumed dispatches again, so that its second call has a disclosure of its own.
  if (state.at == generation_state::dispatched && (paid() || !state.from.resumed)) {
    call_provider(message.index);
    return;
  }
  if (std::exchange(state.dispatching, true))
    return; // goes on with the others when the dispatch is durable
  const auto& order = *state.from.order;
  write(persistence::dispatch{order.id, state.from.owner, *state.verdict, image->place->to(), image->place->label()},
        [this](auto& outcome) {
          if (still_ours(outcome))
            on_dispatched(std::get<persistence::fenced>(*outcome));
        });
}

void generation_actor::on_dispatched(persistence::fenced result) {
  state.dispatching = false;
  if (state.finishing)
    return;
  if (result == persistence::fenced::account_closed) {
    finish(generation_state::failed, failure::account_closed, false);
    return;
  }
  if (state.at != generation_state::dispatched)
    state.at = *policies::next(state.at, policies::generation_event::dispatched);
  state.from.resumed.reset();
  for (std::int16_t i = 0; i < static_cast<std::int16_t>(state.images.size()); ++i) {
    auto& image = state.images[static_cast<std::size_t>(i)];
    if (image.at != phase::has_slot)
      continue;
    tell_session(was_dispatched{state.from.order->id, image.place->to(), context_->wall_clock()});
    break;
  }
  for (std::int16_t i = 0; i < static_cast<std::int16_t>(state.images.size()); ++i)
    if (state.images[static_cast<std::size_t>(i)].at == phase::has_slot) {
      if (state.cancelled)
        image_failed(i, failure::cancelled); // nothing has left yet
      else
        call_provider(i);
    }
  set_deadlines();
}

void generation_actor::call_provider(std::int16_t index) {
  if (paid())
    begin_task(index);
  else
    draw_image(index);
  set_deadlines();
}

} // namespace easel::actors
