#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace easel {

/// Image bytes: shared and immutable, so that passing them along never copies them.
using blob = std::shared_ptr<const std::string>;

[[nodiscard]] inline blob make_blob(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

/// A SHA-256 sized keyed hash.
using digest = std::array<std::uint8_t, 32>;

/// Text that must never reach a log, a metric label, an error text or a console view: prompts, keys, tokens.
/// Every way of printing it yields its length only.
class secret_text {
public:
  secret_text() = default;
  explicit secret_text(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] const std::string& reveal() const& { return value_; }
  [[nodiscard]] std::string reveal() && { return std::move(value_); }
  [[nodiscard]] bool empty() const { return value_.empty(); }

  friend bool operator==(const secret_text&, const secret_text&) = default;

private:
  std::string value_;
};

[[nodiscard]] inline std::string to_string(const secret_text& s) {
  return "*** (" + std::to_string(s.reveal().size()) + " bytes)";
}

} // namespace easel
