#include "actors/generation_actor.hpp"

namespace easel::actors {

using policies::call_kind;
using policies::failure_class;
using phase = image_work::phase;

namespace {

// upstreams, section 5.1: 2, 3, 5, 8, then 10 s.
constexpr std::array poll_pauses{std::chrono::seconds(2), std::chrono::seconds(3), std::chrono::seconds(5),
                                 std::chrono::seconds(8), std::chrono::seconds(10)};

std::string hex(const std::array<std::uint8_t, 32>& bytes) {
  constexpr auto digits = "0123456789abcdef";
  std::string text;
  text.reserve(64);
  for (auto b : bytes) {
    text += digits[b >> 4];
    text += digits[b & 15];
  }
  return text;
}

} // namespace

// ---------------------------------------------------------------- slot and dispatch

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
  if (!image->task.empty()) { // resumed with a task that runs already
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

// ---------------------------------------------------------------- sub2api

void generation_actor::draw_image(std::int16_t index) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  image.at = phase::drawing;
  image.deadline = now() + context_->settings.limits.drawing;
  ++image.attempts;
  send(image.place->connection(), draw{state.job, state.verdict->moderated, me(), index, reply_for(drawn{index, {}})});
}

// ---------------------------------------------------------------- kie.ai

void generation_actor::begin_task(std::int16_t index) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  image.at = phase::creating;
  image.deadline = now() + context_->settings.limits.task;
  ++image.attempts;
  std::array<std::uint8_t, 32> token{};
  context_->random(token.data(), token.size());
  const auto text = hex(token);
  const auto& base = context_->settings.callback_base_url;
  auto callback = base.empty() ? std::string() : base + "/webhooks/kie/" + text;
  write(persistence::begin_call{state.from.order->id, state.from.owner, index, image.place->label(),
                                context_->keys->keyed_hash(persistence::hash_purpose::callback, text)},
        [this, index, callback = std::move(callback)](auto& outcome) {
          if (still_ours(outcome))
            create(index, callback);
        });
}

void generation_actor::create(std::int16_t index, std::string callback_url) {
  auto* image = work(index);
  if (state.finishing || image->at != phase::creating)
    return;
  send(image->place->connection(),
       create_task{state.job, state.verdict->moderated, std::move(callback_url), reply_for(task_created{index, {}})});
}

void generation_actor::on_task_created(const task_created& message) {
  auto* image = work(message.index);
  if (image == nullptr || image->at != phase::creating || state.finishing)
    return;
  if (!message.result) {
    on_call_failed(message.index, call_kind::paid_create, message.result.error());
    return;
  }
  const auto task = *message.result;
  write(persistence::record_task{state.from.order->id, state.from.owner, message.index, task},
        [this, index = message.index, task](auto& outcome) {
          if (still_ours(outcome))
            task_known(index, task);
        });
}

void generation_actor::task_known(std::int16_t index, const std::string& task) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  if (image.settled())
    return;
  image.at = phase::polling;
  image.task = task;
  image.attempts = 0;
  image.deadline = now() + context_->settings.limits.task;
  set_deadlines();
  if (image.place)
    poll_later(index);
  else
    want(index); // resumed: polls go through a connection of the pool too
}

void generation_actor::poll_later(std::int16_t index) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  const auto pause = poll_pauses[std::min<std::size_t>(static_cast<std::size_t>(image.polls), poll_pauses.size() - 1)];
  delayed_send(this, pause, poll_due{index, ++image.polls});
}

void generation_actor::poll(std::int16_t index) {
  auto* image = work(index);
  if (state.finishing || image->at != phase::polling || !image->place)
    return;
  send(image->place->connection(), poll_task{image->task, reply_for(task_polled{index, {}})});
}

void generation_actor::on_task_polled(const task_polled& message) {
  auto* image = work(message.index);
  if (image == nullptr || image->at != phase::polling || state.finishing)
    return;
  if (!message.result) {
    on_call_failed(message.index, call_kind::paid_poll, message.result.error());
    return;
  }
  image->attempts = 0;
  switch (message.result->at) {
  case client::task_status::stage::running:
    poll_later(message.index);
    break;
  case client::task_status::stage::failed:
    image_failed(message.index,
                 message.result->reason ? policies::ends_as(message.result->reason->what) : failure::upstream_error);
    break;
  case client::task_status::stage::succeeded:
    if (message.result->result_urls.empty()) {
      image_failed(message.index, failure::invalid_result);
      break;
    }
    image->result_url = message.result->result_urls.front();
    fetch(message.index);
    break;
  }
}

void generation_actor::on_hint(const task_hinted& message) {
  auto* image = work(message.index);
  if (image == nullptr || state.finishing)
    return;
  if (image->at == phase::polling && image->task == message.task) {
    ++image->polls; // the poll that was due later is void
    poll(message.index);
  } else if (image->at == phase::unknown && !message.task.empty()) {
    write(persistence::record_task{state.from.order->id, state.from.owner, message.index, message.task},
          [this, index = message.index, task = message.task](auto& outcome) {
            if (still_ours(outcome))
              task_known(index, task);
          });
  }
}

void generation_actor::fetch(std::int16_t index) {
  auto* image = work(index);
  if (state.finishing || !image->place)
    return;
  image->at = phase::fetching;
  ++image->attempts;
  send(image->place->connection(), download_result{image->result_url, reply_for(drawn{index, {}})});
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
    // A place is for a call, not for a pause; a task keeps its own, because its upstream is still at work.
    if (kind == call_kind::free_generation || kind == call_kind::paid_create)
      image.place.reset();
    delayed_send(this, *delay, image_again{index, image.at});
    return;
  }
  if (kind == call_kind::paid_create
      && (why.what == failure_class::ambiguous || why.what == failure_class::timed_out
          || why.what == failure_class::incomplete)) {
    image.at = phase::unknown;
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
  auto reason = failure::none;
  for (const auto& image : state.images) {
    if (!image.settled())
      return;
    // What the provider refused says more to the person than what merely went wrong.
    if (image.reason == failure::blocked_output || reason == failure::none)
      reason = image.reason;
  }
  finish(generation_state::failed, reason, reason == failure::blocked_output);
}

} // namespace easel::actors
