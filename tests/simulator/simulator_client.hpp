#pragma once

#include "tools/simulator/simulator.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace easel::simulator::test {

/// How the server ended its connection.
enum class wire { closed, reset };

struct seen {
  std::string raw; ///< every byte that came
  wire end = wire::closed;
  int status = 0; ///< 0 when there was no HTTP head
  std::string head, body;
  std::size_t promised = 0; ///< Content-Length
  bool whole = false;       ///< the body is as long as its framing says

  [[nodiscard]] std::string header(const std::string& name) const;
  [[nodiscard]] json parsed() const { return json::parse(body); }
};

struct options {
  std::string method = "POST";
  std::string key;
  std::vector<std::string> more_headers;
  bool hang_up_at_once = false; ///< closes its own side after the request
};

/// One request on a connection of its own, read until the server closes it.
seen ask(std::uint16_t port, const std::string& path, const std::string& body, const options&);

/// Sends bytes as they are and reads until the server closes.
seen send_raw(std::uint16_t port, const std::string& bytes, bool hang_up = false);

/// A server for one test case, with the calls that the cases make.
struct fixture {
  explicit fixture(settings s = {}) : sim(std::move(s)) {}

  seen moderate(const json& input) { return post("/openai/v1/moderations", {{"input", input}}, "sk-sim-openai"); }
  seen draw(const json& body) { return post("/sub2api/v1/images/generations", body, "sk-sim-sub2api"); }
  seen create(const std::string& prompt, json more = json::object());
  std::string created(const std::string& prompt, json more = json::object());
  seen poll(const std::string& id) { return get("/kie/api/v1/jobs/recordInfo?taskId=" + id, "sk-sim-kie"); }
  json record(const std::string& id) { return poll(id).parsed().at("data"); }

  seen post(const std::string& path, const json& body, const std::string& key = {}) {
    return ask(sim.port(), path, body.dump(), {"POST", key, {}, false});
  }
  seen get(const std::string& path, const std::string& key = {}) {
    return ask(sim.port(), path, {}, {"GET", key, {}, false});
  }
  /// Sets behaviour and fails the case when it is not accepted.
  void behave(const json& patch);
  json state() { return get("/control/state").parsed(); }
  json route_state(const std::string& name) { return state().at("routes").at(name); }
  std::size_t count(const std::string& route, const std::string& prompt);

  server sim;
};

/// Splits a stream into its events: (event name, data), comments left out.
std::vector<std::pair<std::string, json>> events_of(const std::string& stream);

} // namespace easel::simulator::test
