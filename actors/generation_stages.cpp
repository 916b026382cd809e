#include "actors/generation_actor.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

const char* words_of(stage s) {
  switch (s) {
  case stage::moderating:
    return "being moderated";
  case stage::queued:
    return "waiting for a slot";
  case stage::dispatching:
    return "committing its dispatch";
  case stage::drawing:
    return "being drawn";
  case stage::storing:
    return "being stored";
  case stage::whole:
    break;
  }
  return "";
}

} // namespace

// A generation does what its furthest image does; one whose paid answer was lost is still with its upstream.
std::optional<stage> generation_actor::stage_now() const {
  if (state.finishing || is_terminal(state.at))
    return std::nullopt;
  if (state.at == generation_state::accepted)
    return stage::moderating;
  if (state.dispatching)
    return stage::dispatching;
  const auto any = [&](auto... phases) {
    return std::any_of(state.images.begin(), state.images.end(),
                       [&](const image_work& image) { return ((image.at == phases) || ...); });
  };
  if (any(phase::drawing, phase::creating, phase::polling, phase::unknown, phase::fetching))
    return stage::drawing;
  if (any(phase::storing))
    return stage::storing;
  return stage::queued;
}

void generation_actor::note_stage() {
  const auto at = stage_now();
  if (at == state.stage_noted)
    return;
  const auto time = now();
  if (state.stage_noted)
    context_->counts
      ->stages[static_cast<std::size_t>(state.from.order->of_tier)][static_cast<std::size_t>(*state.stage_noted)]
      .add(std::chrono::duration_cast<duration>(time - state.stage_since));
  state.stage_noted = at;
  state.stage_since = time;
  is_at(at ? words_of(*at) : "ending");
}

caf::invoke_message_result generation_actor::consume(caf::mailbox_element& element) {
  const auto result = house_actor<generation_actor_state>::consume(element);
  note_stage();
  return result;
}

} // namespace easel::actors
