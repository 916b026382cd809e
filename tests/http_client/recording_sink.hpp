#pragma once

#include "http/client/transport.hpp"
#include "tests/http_client/printing.hpp"

#include <future>
#include <thread>

namespace easel::test {

/// What one call delivered.
struct delivered {
  int heads = 0;
  client::response_head head;
  std::string body;
  client::wire_end end = client::wire_end::complete;
  bool in_order = true;
  std::thread::id thread;
};

class recording_sink final : public client::response_sink {
public:
  enum class wants { everything, no_head, no_data, a_throw };

  explicit recording_sink(wants what = wants::everything) : wants_(what) {}

  std::future<delivered> future() { return promise_.get_future(); }

  bool on_head(const client::response_head& head) override {
    ++got_.heads;
    got_.head = head;
    got_.in_order = got_.in_order && got_.body.empty();
    return wants_ != wants::no_head;
  }
  bool on_data(std::string_view piece) override {
    got_.in_order = got_.in_order && got_.heads == 1;
    got_.body.append(piece);
    if (wants_ == wants::a_throw)
      throw std::runtime_error("a sink that breaks");
    return wants_ != wants::no_data;
  }
  void on_end(client::wire_end end) override {
    got_.end = end;
    got_.thread = std::this_thread::get_id();
    promise_.set_value(std::move(got_));
  }

private:
  wants wants_;
  delivered got_;
  std::promise<delivered> promise_;
};

/// The result of a call; fails the test instead of waiting for ever.
inline delivered outcome(std::future<delivered>& pending) {
  BOOST_REQUIRE((pending.wait_for(std::chrono::seconds(60)) == std::future_status::ready));
  auto got = pending.get();
  BOOST_TEST(got.in_order);
  BOOST_TEST(got.heads <= 1);
  return got;
}

inline std::future<delivered> start(client::transport& net, client::http_call call,
                                    recording_sink::wants what = recording_sink::wants::everything) {
  auto sink = std::make_unique<recording_sink>(what);
  auto pending = sink->future();
  net.start(std::move(call), std::move(sink));
  return pending;
}

inline delivered call_and_wait(client::transport& net, client::http_call call,
                               recording_sink::wants what = recording_sink::wants::everything) {
  auto pending = start(net, std::move(call), what);
  return outcome(pending);
}

} // namespace easel::test
