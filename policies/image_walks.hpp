#pragma once

#include "policies/image_inspection.hpp"

#include <cstddef>
#include <optional>

/// The three containers behind `inspect_image`, one source file each. Nothing else includes this.
namespace easel::policies {

/// Reads numbers from the front of hostile bytes; every read either fits or says so.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  std::optional<std::string_view> take(std::size_t size) {
    if (rest_.size() < size)
      return std::nullopt;
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::optional<std::uint32_t> big_endian(std::size_t size) {
    const auto bytes = take(size);
    return bytes ? std::optional(value_of(bytes->begin(), bytes->end())) : std::nullopt;
  }

  std::optional<std::uint32_t> little_endian(std::size_t size) {
    const auto bytes = take(size);
    return bytes ? std::optional(value_of(bytes->rbegin(), bytes->rend())) : std::nullopt;
  }

private:
  template <class Iterator>
  static std::uint32_t value_of(Iterator first, Iterator last) {
    std::uint32_t value = 0;
    for (; first != last; ++first)
      value = value << 8 | static_cast<unsigned char>(*first);
    return value;
  }

  std::string_view rest_;
};

/// `bytes` follow the signature (PNG specification, second edition, section 5).
[[nodiscard]] expected<image_facts, image_defect> walk_png(std::string_view bytes);

/// `bytes` follow SOI (ITU-T T.81, annex B).
[[nodiscard]] expected<image_facts, image_defect> walk_jpeg(std::string_view bytes);

/// `bytes` follow "RIFF" (RFC 9649, section 2).
[[nodiscard]] expected<image_facts, image_defect> walk_webp(std::string_view bytes);

} // namespace easel::policies
