#include "http/server/console/console_stream.hpp"

#include "http/server/console/console_json.hpp"
#include "http/server/console/sampled_stream.hpp"
#include "http/server/views.hpp"

#include <map>

namespace easel::server {

namespace {

using nlohmann::json;

class console_stream final : public sampled_stream {
public:
  using sampled_stream::sampled_stream;

private:
  stream_event tell(const actors::console_sample& sample) override {
    json out = {{"at", to_string(sample.at)},
                {"ready", sample.ready},
                {"draining", sample.draining},
                {"node", view_of_node(sample)},
                {"uptime_ms", std::chrono::duration_cast<std::chrono::milliseconds>(sample.uptime).count()},
                {"console", view_of_console(sample)},
                {"values", values_of(sample.values)},
                {"more_concerns", sample.more_concerns},
                {"types", changed("type ", sample.kinds, [](const auto& k) { return k.kind; })},
                {"upstreams", changed("upstream ", sample.upstreams,
                                      [](const auto& u) { return std::string(u.to) + '/' + u.label; })},
                {"queues", changed("queue ", sample.queues, [](const auto& q) { return q.name; })}};
    add_if_new(out, "stages", list_of(sample.stages));
    add_if_new(out, "concerns", list_of(sample.concerns));
    return make_event("sample", dump(out));
  }

  /// Remembers what was sent under a name; false when it is the same again.
  bool is_new(const std::string& name, const std::string& text) {
    auto& before = sent_[name];
    if (before == text)
      return false;
    before = text;
    return true;
  }

  template <class T, class Name>
  json changed(const char* prefix, const std::vector<T>& items, Name name) {
    auto out = json::array();
    for (const auto& item : items)
      if (auto view = view_of(item); is_new(prefix + name(item), dump(view)))
        out.push_back(std::move(view));
    return out;
  }

  void add_if_new(json& out, const char* name, json list) {
    if (is_new(name, dump(list)))
      out[name] = std::move(list);
  }

  std::map<std::string, std::string> sent_; ///< one entry for each type, upstream and queue: few, and none leaves
};

} // namespace

void stream_console(actors::console_door& door, const exchange_ptr& asked, operator_guard::recheck recheck) {
  sampled_stream::begin(door, std::make_shared<console_stream>(asked, std::move(recheck)));
}

} // namespace easel::server
