#include "policies/image_walks.hpp"

namespace easel::policies {

namespace {

constexpr unsigned char end_of_image = 0xd9;
constexpr unsigned char start_of_scan = 0xda;

/// Baseline, extended and progressive: what browsers and decoders take. Lossless, hierarchical and arithmetic
/// coding exist on paper only.
bool is_frame(unsigned char marker) { return marker >= 0xc0 && marker <= 0xc2; }

/// Tables, restart interval, application data, comment.
bool is_skipped(unsigned char marker) {
  return marker == 0xc4 || marker == 0xdb || marker == 0xdd || (marker >= 0xe0 && marker <= 0xef) || marker == 0xfe;
}

bool is_restart(unsigned char marker) { return marker >= 0xd0 && marker <= 0xd7; }

expected<unsigned char, image_defect> take_marker(byte_reader& in) {
  auto byte = in.big_endian(1);
  if (byte && *byte != 0xff)
    return unexpected(image_defect::malformed);
  while (byte && *byte == 0xff) // any number of fill bytes
    byte = in.big_endian(1);
  if (!byte)
    return unexpected(image_defect::truncated);
  return static_cast<unsigned char>(*byte);
}

/// The payload of a segment whose length counts itself.
expected<std::string_view, image_defect> take_segment(byte_reader& in) {
  const auto length = in.big_endian(2);
  if (!length)
    return unexpected(image_defect::truncated);
  if (*length < 2)
    return unexpected(image_defect::malformed);
  const auto payload = in.take(*length - 2);
  if (!payload)
    return unexpected(image_defect::truncated);
  return *payload;
}

expected<image_facts, image_defect> read_frame(std::string_view payload, unsigned char marker) {
  byte_reader in(payload);
  const auto precision = in.big_endian(1);
  const auto height = in.big_endian(2);
  const auto width = in.big_endian(2);
  const auto components = in.big_endian(1);
  const bool depth_fits = precision == 8u || (precision == 12u && marker != 0xc0);
  // A height of 0 would be told after the first scan (DNL): nobody could bound the pixels before decoding.
  if (!components || !depth_fits || *width == 0 || *height == 0 || *components == 0 || *components > 4
      || in.rest().size() != *components * std::size_t{3})
    return unexpected(image_defect::malformed);
  return image_facts{image_format::jpeg, *width, *height};
}

bool is_scan_header(std::string_view payload) {
  const auto components = payload.empty() ? 0u : static_cast<unsigned char>(payload[0]);
  return components > 0 && components <= 4 && payload.size() == 4 + components * std::size_t{2};
}

/// Moves past entropy-coded data to the marker that ends it; false when none does. Inside, FF is followed by 00 or by
/// a restart.
bool skip_scan_data(byte_reader& in) {
  for (;;) {
    const auto at = in.rest().find('\xff');
    if (at == std::string_view::npos || at + 1 >= in.rest().size())
      return false;
    const auto follows = static_cast<unsigned char>(in.rest()[at + 1]);
    const bool data_goes_on = follows == 0 || is_restart(follows);
    in.take(data_goes_on ? at + 2 : at);
    if (!data_goes_on)
      return true;
  }
}

/// What was seen so far: one frame, then at least one scan of it.
struct jpeg_progress {
  std::optional<image_facts> facts;
  bool scanned = false;
};

/// Takes one segment, and with a scan the data that follows it. Gives what is wrong with it.
std::optional<image_defect> take_part(byte_reader& in, unsigned char marker, jpeg_progress& progress) {
  const auto payload = take_segment(in);
  if (!payload)
    return payload.error();
  if (is_skipped(marker))
    return std::nullopt;
  if (is_frame(marker) && !progress.facts) {
    const auto facts = read_frame(*payload, marker);
    if (!facts)
      return facts.error();
    progress.facts = *facts;
    return std::nullopt;
  }
  if (marker != start_of_scan || !progress.facts || !is_scan_header(*payload))
    return image_defect::malformed;
  progress.scanned = true;
  return skip_scan_data(in) ? std::nullopt : std::optional(image_defect::truncated);
}

bool has_segment(unsigned char marker) { return marker >= 0xc0 && !is_restart(marker) && marker != 0xd8; }

} // namespace

expected<image_facts, image_defect> walk_jpeg(std::string_view bytes) {
  byte_reader in(bytes);
  jpeg_progress progress;
  for (;;) {
    const auto marker = take_marker(in);
    if (!marker)
      return unexpected(marker.error());
    if (*marker == end_of_image)
      break;
    if (!has_segment(*marker))
      return unexpected(image_defect::malformed);
    if (const auto defect = take_part(in, *marker, progress))
      return unexpected(*defect);
  }
  if (!progress.scanned || !in.at_end())
    return unexpected(image_defect::malformed);
  return *progress.facts;
}

} // namespace easel::policies
