#pragma once

#include "http/client/answer.hpp"
#include "http/client/upstreams.hpp"
#include "policies/vocabulary/expected.hpp"

#include <algorithm>
#include <functional>
#include <memory>

/// What the clients share: how to put a call together, and a sink that waits for the whole answer.
namespace easel::client {

[[nodiscard]] http_call make_get(recipient to, std::string url, const secret_text& key, const call_limits& limits);
[[nodiscard]] http_call make_post(recipient to, std::string url, const secret_text& key, const call_limits& limits,
                                  std::string body);

/// Collects an answer and hands it to `decode` when it was seen to its end; reports exactly once.
template <class T>
class whole_answer_sink final : public response_sink {
public:
  using decoder = std::function<expected<T, policies::upstream_failure>(answer&&)>;

  whole_answer_sink(decoder decode, completion<T> done) : decode_(std::move(decode)), done_(std::move(done)) {}

  bool on_head(const response_head& head) override {
    got_.status = head.status;
    got_.retry_after = head.retry_after;
    got_.max_age = head.max_age;
    // A length is the server's word: believed as far as it saves copies, not as far as it costs memory.
    got_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(head.content_length.value_or(0), 4u << 20)));
    return true;
  }

  bool on_data(std::string_view piece) override {
    got_.body.append(piece);
    return true;
  }

  void on_end(wire_end end) override {
    if (end == wire_end::complete)
      done_(decode_(std::move(got_)));
    else
      done_(unexpected(wire_failure(end)));
  }

private:
  decoder decode_;
  completion<T> done_;
  answer got_;
};

template <class T>
void start_whole(transport& net, http_call call, typename whole_answer_sink<T>::decoder decode, completion<T> done) {
  net.start(std::move(call), std::make_unique<whole_answer_sink<T>>(std::move(decode), std::move(done)));
}

/// Reports a failure that was found before any call, on the transport's thread like every other.
template <class T>
class local_failure_sink final : public response_sink {
public:
  local_failure_sink(policies::upstream_failure failure, completion<T> done)
      : failure_(std::move(failure)), done_(std::move(done)) {}

  bool on_head(const response_head&) override { return false; }
  bool on_data(std::string_view) override { return false; }
  void on_end(wire_end) override { done_(unexpected(std::move(failure_))); }

private:
  policies::upstream_failure failure_;
  completion<T> done_;
};

template <class T>
void fail_without_call(transport& net, recipient to, policies::upstream_failure failure, completion<T> done) {
  http_call nowhere;
  nowhere.to = to;
  net.start(std::move(nowhere), std::make_unique<local_failure_sink<T>>(std::move(failure), std::move(done)));
}

} // namespace easel::client
