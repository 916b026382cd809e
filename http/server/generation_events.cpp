#include "http/server/generation_events.hpp"

#include "http/server/views.hpp"
#include "http/server/waiting_call.hpp"

namespace easel::server {

namespace {

using actors::generation_event;
using actors::generation_view;
using json = nlohmann::json;

std::string frame_head(std::string_view name, std::uint64_t sequence) {
  std::string out;
  if (sequence > 0)
    out += "id: " + std::to_string(sequence) + "\n";
  out += "event: ";
  out += name;
  out += "\ndata: ";
  return out;
}

std::vector<segment> plain_frame(std::string_view name, std::uint64_t sequence, const json& data) {
  return {segment{frame_head(name, sequence) + dump(data) + "\n\n", nullptr, false}};
}

class events_call final : public waiting_call {
public:
  events_call(exchange_ptr asked, stream_options options)
      : waiting_call(std::move(asked)), options_(std::move(options)) {}
  ~events_call() override {
    if (stream_)
      stream_->finish({});
  }

  bool accepted(const generation_view& view, bool) override {
    id_ = view.row.id;
    remember(id_);
    became_stream();
    stream_ = asked().open_stream({}, options_);
    return stream_->push(plain_frame("state", 0, view_of(view)));
  }
  bool event(const generation_event& event) override {
    return std::visit([&](const auto& what) { return on(what, event.sequence); }, event.what);
  }
  void expired(const generation_view&) override { stream_->finish({}); }

private:
  bool on(const generation_event::state_changed& change, std::uint64_t sequence) {
    return stream_->push(plain_frame("state", sequence, view_of(change.now)));
  }
  bool on(const generation_event::partial& part, std::uint64_t sequence) {
    std::vector<segment> frame;
    frame.push_back({frame_head("partial", sequence) + "{\"index\":" + std::to_string(part.index)
                       + ",\"partial_index\":" + std::to_string(part.partial_index) + ",\"b64_json\":\"",
                     part.bytes, true});
    frame.push_back({"\"}\n\n", nullptr, false});
    return stream_->push(std::move(frame));
  }
  bool on(const generation_event::image_stored& stored, std::uint64_t sequence) {
    return stream_->push(plain_frame("image", sequence, view_of(stored.image, id_)));
  }
  bool on(const generation_event::ended& end, std::uint64_t sequence) {
    stream_->push(plain_frame("ended", sequence, view_of(end.final)));
    stream_->finish({});
    return false;
  }

  stream_options options_;
  generation_id id_;
  std::shared_ptr<event_stream> stream_;
};

} // namespace

std::shared_ptr<actors::watcher> stream_generation_events(exchange_ptr asked, stream_options options) {
  return std::make_shared<events_call>(std::move(asked), std::move(options));
}

} // namespace easel::server
