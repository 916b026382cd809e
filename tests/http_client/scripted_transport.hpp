#pragma once

#include "http/client/transport.hpp"

#include <vector>

namespace easel::test {

/// Keeps what it is given until the test answers.
class scripted_transport final : public client::transport {
public:
  struct held {
    client::http_call call;
    std::unique_ptr<client::response_sink> sink;

    void answer(int status, const std::string& type, std::string_view body,
                client::wire_end end = client::wire_end::complete) {
      sink->on_head({status, type, std::nullopt, body.size()});
      sink->on_data(body);
      sink->on_end(end);
    }
    [[nodiscard]] std::string header(const std::string& name) const {
      for (const auto& [key, value] : call.headers)
        if (key == name)
          return value;
      return "";
    }
  };

  void start(client::http_call call, std::unique_ptr<client::response_sink> sink) override {
    calls.push_back({std::move(call), std::move(sink)});
  }

  std::vector<held> calls;
};

} // namespace easel::test
