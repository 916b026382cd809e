#include "actors/generation_actor.hpp"

#include "policies/task_polling.hpp"

#include <array>
#include <string>
#include <utility>

namespace easel::actors {

using policies::call_kind;

namespace {

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

// ---------------------------------------------------------------- creating

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
  if (image.settled() || !image.task.empty())
    return; // told twice: by the create's own answer and a callback, or by two callbacks
  image.at = phase::polling;
  image.task = task;
  image.attempts = 0;
  image.deadline = now() + context_->settings.limits.task;
  set_deadlines();
  if (!image.place) {
    want(index); // resumed, or known by its callback alone: polls go through a connection of the pool too
    return;
  }
  image.credential = image.place->label();
  poll_later(index);
}

// ---------------------------------------------------------------- polling

void generation_actor::poll_later(std::int16_t index) {
  auto& image = state.images[static_cast<std::size_t>(index)];
  const auto pause = policies::poll_pause(image.polls);
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

} // namespace easel::actors
