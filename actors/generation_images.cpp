#include "actors/generation_actor.hpp"

#include <utility>
#include <vector>

namespace easel::actors {

using policies::call_kind;

// ---------------------------------------------------------------- drawing at sub2api

void generation_actor::draw_image(std::int16_t index) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  image.at = phase::drawing;
  image.deadline = now() + context_->settings.limits.drawing;
  ++image.attempts;
  send(image.place->connection(), draw{state.job, state.verdict->moderated, me(), index, reply_for(drawn{index, {}})});
}

// ---------------------------------------------------------------- what came back

void generation_actor::on_drawn(const drawn& message) {
  auto* image = work(message.index);
  if (image == nullptr || state.finishing || (image->at != phase::drawing && image->at != phase::fetching))
    return;
  if (message.result)
    keep(message.index, *message.result);
  else
    on_call_failed(message.index, image->at == phase::drawing ? call_kind::free_generation : call_kind::result_download,
                   message.result.error());
}

void generation_actor::on_call_failed(std::int16_t index, call_kind kind, const policies::upstream_failure& why) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  if (kind == call_kind::paid_poll)
    ++image.attempts;
  const auto delay = policies::retry_delay(context_->settings.retry, kind, why, image.attempts, context_->chance());
  if (delay && !state.cancelled) {
    // A place is for a call, not for a pause; a task keeps its own, because its upstream is still at work, unless there
    // is nobody left behind it.
    if (kind == call_kind::free_generation || kind == call_kind::paid_create || why.code == connection_ended)
      image.place.reset();
    delayed_send(this, *delay, image_again{index, image.at});
    return;
  }
  if (policies::may_run_unknown(kind, why.what)) {
    image.at = phase::unknown;
    if (image.place)
      image.credential = image.place->label(); // whoever may have taken it is asked, should it turn out to run
    image.place.reset();
    image.deadline = now() + context_->settings.limits.unknown;
    set_deadlines();
    return;
  }
  image_failed(index, policies::ends_as(why.what, kind));
}

void generation_actor::try_again(std::int16_t index, phase as) {
  auto* image = work(index);
  if (image == nullptr || image->at != as || state.finishing)
    return;
  if (state.cancelled && (as == phase::drawing || as == phase::creating)) {
    image_failed(index, failure::cancelled);
    return;
  }
  if (!image->place && (as == phase::polling || as == phase::fetching)) {
    want(index); // from its credential's next connection
    return;
  }
  switch (as) {
  case phase::drawing:
  case phase::creating:
    image->deadline = moment::max();
    want(index);
    set_deadlines();
    break;
  case phase::polling:
    poll(index);
    break;
  case phase::fetching:
    fetch(index);
    break;
  default:
    break;
  }
}

// ---------------------------------------------------------------- storing

void generation_actor::keep(std::int16_t index, const client::drawn_image& drawn) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  image.at = phase::storing;
  image.place.reset();
  bool last = !state.cancelled;
  for (const auto& other : state.images)
    last = last && (&other == &image || other.settled());

  persistence::store_image command{state.from.order->id,
                                   state.from.owner,
                                   index,
                                   image_id{context_->new_uuid()},
                                   drawn.facts.format,
                                   static_cast<std::int32_t>(drawn.facts.width),
                                   static_cast<std::int32_t>(drawn.facts.height),
                                   drawn.bytes,
                                   last};
  const persistence::image_row row{command.image,         index,
                                   command.format,        command.width,
                                   command.height,        static_cast<std::int64_t>(drawn.bytes->size()),
                                   context_->wall_clock()};
  write(
    std::move(command),
    [this, row, bytes = drawn.bytes, last](auto& outcome) {
      if (still_ours(outcome))
        on_kept(row, bytes, std::get<persistence::finished>(*outcome), last);
    },
    drawn.bytes->size());
}

void generation_actor::on_kept(const persistence::image_row& row, blob bytes, const persistence::finished& outcome,
                               bool last) {
  state.images[static_cast<std::size_t>(row.index)].at = phase::stored;
  context_->counts->images.fetch_add(1, std::memory_order_relaxed);
  tell_session(image_kept{state.from.order->id, row, std::move(bytes)});
  if (last)
    tell_end(outcome, failure::none);
  else
    settle_if_done();
}

void generation_actor::image_failed(std::int16_t index, failure reason) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  if (image.at == phase::wants_slot)
    send(state.router, forget_slot{slot_for(index)});
  image.at = phase::failed;
  image.reason = reason;
  image.place.reset();
  settle_if_done();
}

void generation_actor::settle_if_done() {
  std::vector<failure> reasons;
  for (const auto& image : state.images) {
    if (!image.settled())
      return;
    reasons.push_back(image.reason);
  }
  const auto reason = policies::failure_of_all(reasons);
  finish(generation_state::failed, reason, reason == failure::blocked_output);
}

} // namespace easel::actors
