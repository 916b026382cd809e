#pragma once

#include "http/client/upstreams.hpp"
#include "policies/vocabulary/ids.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>

#include <memory>
#include <string>
#include <string_view>

/// The conversations around upstream calls: generation ↔ router (slots), router ↔ provider connection (credit),
/// generation ↔ provider connection (calls).
namespace easel::actors {

template <class T>
using call_result = expected<T, policies::upstream_failure>;

// ---------------------------------------------------------------- slots

/// A generation's place in a call to one credential. Whoever holds it may call; when the last holder lets go, on
/// whatever way it ends, the connection gets the place back.
class slot {
public:
  slot(caf::actor connection, std::string label, recipient to)
      : connection_(std::move(connection)), label_(std::move(label)), to_(to) {}
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;
  ~slot();

  [[nodiscard]] const caf::actor& connection() const { return connection_; }
  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] recipient to() const { return to_; }

private:
  caf::actor connection_;
  std::string label_;
  recipient to_;
};
using slot_ptr = std::shared_ptr<slot>;

/// One image of one generation waits for a slot.
struct slot_request {
  tier of_tier = tier::free;
  account_id account;
  generation_id generation;
  std::int16_t index = 0;
  std::string credential; ///< a task that runs already belongs to this label; empty: any
  caf::actor reply_to;

  friend bool operator==(const slot_request& a, const slot_request& b) {
    return a.generation == b.generation && a.index == b.index;
  }
};

/// generation → router.
struct want_slot {
  slot_request request;
};
struct forget_slot {
  slot_request request;
};
/// connection → generation. Null: the credential that the request names does not exist (router → generation).
struct slot_granted {
  std::int16_t index = 0;
  slot_ptr place;
};

/// Flow control between a connection and the router: the router may assign as many requests as it holds credit for.
/// connection → router.
struct credit_given {
  tier of_tier = tier::free;
  std::size_t member = 0;
  int count = 0;
  std::uint64_t epoch = 0;
};
struct credit_withdrawn {
  tier of_tier = tier::free;
  std::size_t member = 0;
  std::uint64_t epoch = 0;
};
/// An operator has changed how much of the work a credential takes.
struct weight_changed {
  tier of_tier = tier::free;
  std::size_t member = 0;
  int weight = 1;
};
/// connection → router: could not be taken after all: queue it again.
struct slot_bounced {
  slot_request request;
};

/// A request that was assigned to a connection, until it is settled: granted, or bounced. Destroyed unsettled, because
/// the connection died before or after it came there, it bounces: whoever waits must not wait for an actor that is
/// gone.
class assignment {
public:
  assignment(caf::actor router, slot_request what) : router_(std::move(router)), request_(std::move(what)) {}
  assignment(const assignment&) = delete;
  assignment& operator=(const assignment&) = delete;
  ~assignment();

  [[nodiscard]] const slot_request& request() const { return request_; }
  void settled() { router_ = nullptr; }

private:
  caf::actor router_;
  slot_request request_;
};
using assignment_ptr = std::shared_ptr<assignment>;

/// router → connection.
struct assign {
  assignment_ptr what;
  std::uint64_t epoch = 0;
};
/// slot → connection.
struct slot_returned {};

// ---------------------------------------------------------------- calls

/// The code of a call that its connection did not live to send: another connection may.
inline constexpr std::string_view connection_ended = "connection_ended";

/// Answers one call exactly once. Destroyed unanswered (the connection died before the call left), it reports
/// `not_sent`; once `leaving` was said, `ambiguous`.
template <class Message>
class call_reply {
public:
  using result_type = decltype(Message::result);

  call_reply(caf::actor to, Message base) : to_(std::move(to)), message_(std::move(base)) {}
  call_reply(const call_reply&) = delete;
  call_reply& operator=(const call_reply&) = delete;
  ~call_reply() {
    const auto what = left_ ? policies::failure_class::ambiguous : policies::failure_class::not_sent;
    answer(easel::unexpected(policies::upstream_failure{what, std::nullopt, std::string(connection_ended)}));
  }

  /// What goes with the result; to be filled in before the answer.
  [[nodiscard]] Message& base() { return message_; }
  void leaving() { left_ = true; }
  void answer(result_type result) {
    if (auto to = std::exchange(to_, nullptr)) {
      message_.result = std::move(result);
      caf::anon_send(to, std::move(message_));
    }
  }

private:
  caf::actor to_;
  Message message_;
  bool left_ = false;
};

/// connection → generation. `index` is the image that the call is for.
struct moderated {
  digest bytes{};
  call_result<policies::moderation_scores> result;
};
struct partial_drawn {
  std::int16_t index = 0;
  int partial_index = 0;
  blob bytes;
};
struct drawn {
  std::int16_t index = 0;
  call_result<client::drawn_image> result;
};
struct task_created {
  std::int16_t index = 0;
  call_result<std::string> result;
};
struct task_polled {
  std::int16_t index = 0;
  call_result<client::task_status> result;
};

using prompt_ptr = std::shared_ptr<const secret_text>;
using job_ptr = std::shared_ptr<const client::image_job>;

/// generation → connection.
struct moderate {
  prompt_ptr prompt;
  std::shared_ptr<call_reply<moderated>> reply;
  std::weak_ptr<const void> asker; ///< expired: its generation has ended, and nobody is told the prompt any more
};
struct draw {
  job_ptr job;
  digest cleared{};
  caf::actor partials;
  std::int16_t index = 0;
  std::shared_ptr<call_reply<drawn>> reply;
};
struct create_task {
  job_ptr job;
  digest cleared{};
  std::string callback_url;
  std::shared_ptr<call_reply<task_created>> reply;
};
struct poll_task {
  std::string task;
  std::shared_ptr<call_reply<task_polled>> reply;
};
struct download_result {
  std::string url;
  std::shared_ptr<call_reply<drawn>> reply;
};

} // namespace easel::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::want_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::forget_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::slot_granted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::credit_given)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::credit_withdrawn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::weight_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::slot_bounced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::assign)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::slot_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::moderated)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::partial_drawn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::drawn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::task_created)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::task_polled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::moderate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::draw)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::create_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::poll_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::actors::download_result)

namespace easel::actors {

inline slot::~slot() { caf::anon_send(connection_, slot_returned{}); }

inline assignment::~assignment() {
  if (router_)
    caf::anon_send(router_, slot_bounced{std::move(request_)});
}

} // namespace easel::actors
