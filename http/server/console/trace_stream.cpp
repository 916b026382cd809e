#include "http/server/console/trace_stream.hpp"

#include "http/server/console/sampled_stream.hpp"
#include "http/server/console/traces_json.hpp"
#include "http/server/views.hpp"

namespace easel::server {

namespace {

class trace_stream final : public sampled_stream {
public:
  trace_stream(const exchange_ptr& asked, operator_guard::recheck recheck, const actors::traces_door& traces,
               actors::operator_caller who, std::uint64_t id, std::size_t after)
      : sampled_stream(asked, std::move(recheck)), traces_(traces), who_(std::move(who)), id_(id), seen_(after) {}

private:
  stream_event tell(const actors::console_sample& /*sample*/) override {
    const auto found = traces_.read(id_, seen_);
    if (!found)
      return {"", true}; // it ended long ago, and made room for others
    seen_ += found->events.size();
    const bool is_whole = found->of.ended != policies::trace_end::none && seen_ >= found->of.recorded;
    return make_event("trace", dump(view_of(*found, who_)), is_whole);
  }

  const actors::traces_door& traces_;
  const actors::operator_caller who_;
  const std::uint64_t id_;
  std::size_t seen_; ///< messages
};

} // namespace

void stream_trace(actors::console_door& door, const exchange_ptr& asked, const actors::operator_caller& who,
                  std::uint64_t id, std::size_t after, operator_guard::recheck recheck) {
  sampled_stream::begin(door, std::make_shared<trace_stream>(asked, std::move(recheck), door.traces(), who, id, after));
}

} // namespace easel::server
