#pragma once

#include "http/client/answer.hpp"
#include "http/client/json_image_filter.hpp"
#include "http/client/sse_parser.hpp"
#include "http/client/upstreams.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>

/// sub2api's synchronous Images API: POST /v1/images/generations (upstreams, section 3). Pure.
namespace easel::client::sub2api {

/// As section 3.8 advises: streamed, one image, no nulls. Nothing when the prompt is not UTF-8.
[[nodiscard]] std::optional<std::string> encode_request(const image_job& job);

/// What an error says, from either of the two shapes of section 3.5. `status` is 200 for errors that arrive inside a
/// successful answer or as an event. `body` may be null.
[[nodiscard]] policies::upstream_failure read_error(int status, const nlohmann::json& body,
                                                    std::optional<duration> retry_after);

/// Reads one answer while it arrives: an event stream, or one JSON text where a relay answers so.
class answer_reader final : private sse_handler {
public:
  using outcome = expected<drawn_image, policies::upstream_failure>;

  /// `partial` gets previews that passed the same checks as a result.
  answer_reader(policies::image_limits limits, std::function<void(int, blob)> partial);

  answer_reader(const answer_reader&) = delete;
  answer_reader& operator=(const answer_reader&) = delete;

  void begin(const response_head& head);
  void feed(std::string_view piece);
  void end(wire_end how);

  /// Set as soon as the outcome is known: with the completed event or the error frame, else at the end.
  [[nodiscard]] std::optional<outcome>& result() { return result_; }

private:
  bool on_data(std::string_view piece) override;
  bool on_event() override;
  void read_event(const nlohmann::json& event);
  void read_whole();
  void read_partial(const nlohmann::json& event);
  /// `index`: of the image among those that the filter took out, if the text named one.
  void read_image(std::optional<std::size_t> index);
  std::optional<std::string> take_image(std::optional<std::size_t> index);
  outcome inspected(std::string bytes) const;
  void fail(policies::failure_class what, std::string_view code);

  policies::image_limits limits_;
  std::function<void(int, blob)> partial_;
  json_image_filter filter_;
  sse_parser events_;
  response_head head_;
  std::optional<outcome> result_;
};

} // namespace easel::client::sub2api
