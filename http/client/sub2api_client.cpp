#include "http/client/exchanges.hpp"
#include "http/client/sub2api.hpp"
#include "http/client/upstream_clients.hpp"

namespace easel::client {
namespace {

using policies::failure_class;
using policies::upstream_failure;

/// Reports with the completed event: what the relay does with the connection afterwards delays nobody.
class drawing_sink final : public response_sink {
public:
  drawing_sink(policies::image_limits limits, std::function<void(int, blob)> partial, completion<drawn_image> done)
      : reader_(limits, std::move(partial)), done_(std::move(done)) {}

  bool on_head(const response_head& head) override {
    reader_.begin(head);
    return true;
  }

  bool on_data(std::string_view piece) override {
    reader_.feed(piece);
    report();
    return true; // to the end, so that the connection can be used again
  }

  void on_end(wire_end end) override {
    reader_.end(end);
    report();
  }

private:
  void report() {
    if (!reader_.result() || !done_)
      return;
    const auto done = std::exchange(done_, nullptr);
    done(*std::move(reader_.result()));
  }

  sub2api::answer_reader reader_;
  completion<drawn_image> done_;
};

class sub2api_client final : public drawing_client {
public:
  sub2api_client(transport& net, sub2api_settings settings) : net_(net), settings_(std::move(settings)) {}

  void draw(const image_job& job, std::function<void(int, blob)> partial, completion<drawn_image> done) override {
    auto body = sub2api::encode_request(job);
    if (!body)
      return fail_without_call(net_, recipient::sub2api,
                               upstream_failure{failure_class::our_request, std::nullopt, "prompt_not_utf8"},
                               std::move(done));
    auto call = make_post(recipient::sub2api, settings_.base_url + "/images/generations", settings_.api_key,
                          settings_.limits, *std::move(body));
    call.headers.emplace_back("Accept", "text/event-stream, application/json");
    call.repeatable = false; // each arrival draws
    net_.start(std::move(call), std::make_unique<drawing_sink>(settings_.images, std::move(partial), std::move(done)));
  }

private:
  transport& net_;
  const sub2api_settings settings_;
};

} // namespace

std::unique_ptr<drawing_client> make_sub2api_client(transport& net, sub2api_settings settings) {
  return std::make_unique<sub2api_client>(net, std::move(settings));
}

} // namespace easel::client
