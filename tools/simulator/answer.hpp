#pragma once

#include "tools/simulator/behaviour.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What goes over the wire and when: an answer is composed as values, faults bend it, a connection plays it.
namespace easel::simulator {

using std::chrono::milliseconds;

class call;

/// A run of bytes that many answers may share.
using segment = std::shared_ptr<const std::string>;

[[nodiscard]] inline segment make_segment(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// Bytes that leave together, `after` the piece before them was written.
struct piece {
  milliseconds after{0};
  std::vector<segment> data;

  [[nodiscard]] std::size_t size() const;
};

/// An HTTP answer before it is framed.
struct answer {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<piece> body; ///< the head leaves with the first piece
  bool chunked = false;    ///< else a Content-Length is sent
};

/// One piece of JSON text after `delay`.
[[nodiscard]] answer json_answer(int status, std::string text, milliseconds delay = milliseconds{0});

enum class ending : std::uint8_t { keep_alive, close, reset, hang };

/// What a connection plays.
struct script {
  std::vector<piece> pieces;
  ending end = ending::keep_alive;
  std::size_t cut_after = std::numeric_limits<std::size_t>::max(); ///< wire bytes; the rest is never sent
  std::size_t drip_bytes = 0;                                      ///< at most so many per `drip_every`; 0: no limit
  milliseconds drip_every{0};
  std::shared_ptr<call> of; ///< the entry in the journal that this answers
};

/// Frames `from` as HTTP/1.1.
[[nodiscard]] script to_script(answer from);

/// A script that ends the connection without an answer.
[[nodiscard]] script silent(ending end, milliseconds after);

/// Bends an answer on the wire: reset, hang, drip, truncate, garbage, content_type, html, oversized.
/// Every other fault leaves it as it is.
[[nodiscard]] script bend(answer from, const fault& how, milliseconds delay);

/// Whether `bend` needs no real answer, so that none has to be composed.
[[nodiscard]] bool answers_nothing(const fault&);

} // namespace easel::simulator
