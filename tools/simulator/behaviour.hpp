#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

/// How each route behaves: how long it takes and what goes wrong. Set at start and over the control endpoint.
namespace easel::simulator {

using json = nlohmann::json;
using std::chrono::milliseconds;

enum class route : std::uint8_t {
  moderation,
  sub2api,      ///< image generations
  kie_create,   ///< createTask
  kie_task,     ///< the drawing itself: latency is how long a task takes
  kie_poll,     ///< recordInfo
  kie_download, ///< result files
  kie_callback,
  kie_credit,
  other, ///< everything that has no behaviour
};

inline constexpr std::size_t route_count = 9;

[[nodiscard]] std::string_view to_string(route);
[[nodiscard]] std::optional<route> parse_route(std::string_view);

enum class fault_kind : std::uint8_t {
  status,        ///< an error answer in the upstream's own shape
  hang,          ///< nothing, for ever
  reset,         ///< RST
  drip,          ///< `bytes` at a time, `every_ms`
  truncate,      ///< closed after half of the body, or after `bytes` of it
  garbage,       ///< noise as the body, or (form "http") instead of HTTP
  content_type,  ///< the true body under another type
  html,          ///< a proxy's error page
  oversized,     ///< `bytes` of filler after the first bytes of the true body
  lost_answer,   ///< the work is done, then RST
  refuse,        ///< the content filter, in the upstream's form
  error_in_200,  ///< an error body with HTTP 200
  partial,       ///< fewer images than asked
  no_completion, ///< a stream or task that ends without a result
  bad_image,     ///< a result that is no image
  twice,         ///< callback sent twice
  never,         ///< callback not sent
  bad_signature, ///< callback signed with another key
  stale,         ///< callback signed an hour ago
};

[[nodiscard]] std::string_view to_string(fault_kind);
[[nodiscard]] std::optional<fault_kind> parse_fault_kind(std::string_view);

struct fault {
  fault_kind kind = fault_kind::status;
  int status = 500;
  std::string code;               ///< the error's own code, where the shape has one
  std::string shape;              ///< sub2api: gateway (default), middleware, anthropic
  std::string form;               ///< refuse: status (default), frame, body200; garbage: body (default), http
  std::optional<int> retry_after; ///< seconds
  bool after_headers = false;     ///< reset, hang
  milliseconds every{20};         ///< drip
  std::size_t bytes = 0;          ///< drip, truncate, oversized
  std::string content_type = "text/html; charset=utf-8";

  std::int64_t left = -1; ///< how many times more; negative: no limit
  double probability = 1;
  std::string match; ///< only calls whose prompt contains this
};

struct latency {
  enum class form : std::uint8_t { fixed, uniform, exponential };
  form kind = form::fixed;
  double low = 0;  ///< ms: the value, the least, the mean
  double high = 0; ///< ms: uniform's most, exponential's cap

  [[nodiscard]] milliseconds sample(std::mt19937_64&) const;
};

/// Everything that can be set for one route. Which names a route accepts is in behaviour_json.cpp.
struct route_behaviour {
  latency delay;
  std::vector<fault> faults;

  std::size_t image_bytes = 0; ///< pad pictures to this size; 0: as they come
  std::uint64_t variants = 0;  ///< distinct pictures in all; 0: one per prompt
  std::string deliver_size;    ///< WxH whatever was asked
  std::string deliver_format;  ///< png, jpeg, webp whatever was asked
  std::string model = "gpt-image-2-codex";
  bool report_auto = false;                ///< say size and quality `auto`, as subscription accounts do
  milliseconds heartbeat{10'000};          ///< streams
  std::string heartbeat_style = "comment"; ///< or "data": `data: {}`, as some forks send
  milliseconds keep_alive{0};              ///< whitespace in answers that do not stream; 0: off
  bool mirror_status = false;              ///< kie: HTTP status = code, else 200
  int start_limit = 0;                     ///< kie.create: starts per window; 0: off
  milliseconds start_window{10'000};
  int no_record_polls = 0;        ///< kie.task: first polls answered with 422
  int polls_until_done = 0;       ///< kie.task: state follows the number of polls instead of time
  std::int64_t credits = 100'000; ///< kie.credit: balance when set
};

/// What one call gets.
struct decision {
  route_behaviour how; ///< without its faults
  std::optional<fault> wrong;
  milliseconds delay{0};
};

/// The rules of one moment for all routes. Any thread.
class behaviours {
public:
  behaviours();

  /// Merges `patch` (RFC 7396) into the configuration. Nothing changes when the result is invalid.
  /// Returns what is wrong, or nothing. A route that the patch names gets its fault counts anew.
  [[nodiscard]] std::optional<std::string> merge(const json& patch);
  void reset();
  [[nodiscard]] json configuration() const;

  /// Uses up a fault's count.
  [[nodiscard]] decision decide(route, std::string_view prompt);
  [[nodiscard]] route_behaviour peek(route) const;

  /// Whether another start fits into the window of kie.create.
  [[nodiscard]] bool may_start();

private:
  struct rule {
    route_behaviour how;
    std::vector<fault> faults;
    std::mt19937_64 random;
  };

  void apply(route, route_behaviour);

  mutable std::mutex mutex_;
  json document_ = json::object();
  std::array<rule, route_count> rules_;
  std::deque<std::chrono::steady_clock::time_point> starts_;
};

/// Reads one route's object, or says what is wrong with it.
[[nodiscard]] std::optional<std::string> read_behaviour(route, const json&, route_behaviour& out);

} // namespace easel::simulator
