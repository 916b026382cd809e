#include "actors/provider_connection_actor.hpp"

#include <chrono>
#include <utility>

namespace easel::actors {

namespace {

policies::upstream_failure lease_in_doubt() {
  return {policies::failure_class::not_sent, std::nullopt, "lease_in_doubt"};
}

} // namespace

// -------------------------------------------------------------- what may leave

bool provider_connection::holds_lease() {
  const auto until = context_->counts->lease_until.load(std::memory_order_relaxed);
  return std::chrono::nanoseconds(now().time_since_epoch()).count() < until;
}

// Only the very bytes that moderation judged may leave (THIRD-3), and only while their row is surely ours.
template <class Reply>
bool provider_connection::may_leave(const client::image_job& job, const digest& cleared, Reply& waiter) {
  if (!holds_lease()) {
    waiter.answer(easel::unexpected(lease_in_doubt()));
    return false;
  }
  if (context_->keys->keyed_hash(persistence::hash_purpose::moderated_prompt, job.prompt.reveal()) == cleared)
    return true;
  waiter.answer(easel::unexpected(
    policies::upstream_failure{policies::failure_class::our_request, std::nullopt, "unmoderated_bytes"}));
  return false;
}

// -------------------------------------------------------------- how it comes back

// The caller's answer and the connection's own notice leave together from the transport's thread, so an answer
// reaches its generation even if this actor has died meanwhile.
template <class T, class Reply>
auto provider_connection::completion(policies::call_kind kind, std::shared_ptr<Reply> waiter) {
  waiter->leaving();
  return [waiter = std::move(waiter), self = me(), runnable = runnable_, kind,
          since = std::chrono::steady_clock::now()](call_result<T> result) {
    const lend_thread lent(runnable);
    std::optional<policies::upstream_failure> failure;
    if (!result)
      failure = result.error();
    const auto took = std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - since);
    caf::anon_send(self, call_ended{std::move(failure), kind, took});
    waiter->answer(std::move(result));
  };
}

// -------------------------------------------------------------- the calls

void provider_connection::run_draw(const draw& message) {
  if (!may_leave(*message.job, message.cleared, *message.reply))
    return;
  state.health.started(now());
  auto& drawing = std::get<std::shared_ptr<client::drawing_client>>(client_);
  auto partial = [to = message.partials, index = message.index](int partial_index, blob bytes) {
    caf::anon_send(to, partial_drawn{index, partial_index, std::move(bytes)});
  };
  drawing->draw(*message.job, std::move(partial),
                completion<client::drawn_image>(policies::call_kind::free_generation, message.reply));
}

void provider_connection::run_create(const create_task& message) {
  if (!may_leave(*message.job, message.cleared, *message.reply))
    return;
  state.health.started(now());
  auto& tasks = std::get<std::shared_ptr<client::task_client>>(client_);
  tasks->create(*message.job, message.callback_url,
                completion<std::string>(policies::call_kind::paid_create, message.reply));
}

void provider_connection::run_poll(const poll_task& message) {
  state.health.started(now());
  auto& tasks = std::get<std::shared_ptr<client::task_client>>(client_);
  tasks->poll(message.task, completion<client::task_status>(policies::call_kind::paid_poll, message.reply));
}

void provider_connection::run_download(const download_result& message) {
  state.health.started(now());
  auto& tasks = std::get<std::shared_ptr<client::task_client>>(client_);
  tasks->download(message.url, completion<client::drawn_image>(policies::call_kind::result_download, message.reply));
}

void provider_connection::run_moderation(const moderate& next, client::moderation_client& api) {
  if (!holds_lease()) {
    next.reply->answer(easel::unexpected(lease_in_doubt()));
    return;
  }
  state.window.started(now());
  state.health.started(now());
  ++state.in_flight;
  next.reply->base().bytes =
    context_->keys->keyed_hash(persistence::hash_purpose::moderated_prompt, next.prompt->reveal());
  api.moderate(*next.prompt, completion<policies::moderation_scores>(policies::call_kind::moderation, next.reply));
}

} // namespace easel::actors
