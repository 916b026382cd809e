#pragma once

#include "policies/vocabulary/base64.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace easel::client {

struct filter_limits {
  std::size_t max_skeleton = 256u << 10;   ///< bytes of everything that is no image
  std::size_t max_image_bytes = 32u << 20; ///< decoded, all images of one text together
  std::size_t max_images = 16;
  int max_depth = 32;
};

/// Reads a JSON text in pieces and takes the images out of it while it arrives, so that a megabyte of base64 is
/// decoded once into its buffer and never held as text.
///
/// The value of every key "b64_json", and of a key "url" that holds a data: URL, becomes an image; in the skeleton
/// its place keeps the image's index ("0", or "data:0"). All else is copied to the skeleton with its white space
/// collapsed, so that leading keep-alive blanks never add up. Syntax is left to the parser of the skeleton: the
/// filter only follows strings and nesting, and bounds them.
class json_image_filter {
public:
  enum class state {
    good,
    bad_nesting, ///< too deep, or a bracket without its partner
    bad_base64,  ///< a character outside the alphabet, or no whole number of groups
    too_large,   ///< a limit was passed
  };

  explicit json_image_filter(filter_limits limits = {}) : limits_(limits) {}

  /// False once the text is beyond use; `at` says why.
  bool feed(std::string_view piece);

  /// Ready for the next text.
  void reset();

  [[nodiscard]] state at() const { return state_; }
  /// Whether a value was read to its end.
  [[nodiscard]] bool whole() const { return state_ == state::good && mode_ == mode::plain && depth_ == 0 && begun_; }
  /// Whether anything but white space was seen.
  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] const std::string& skeleton() const { return skeleton_; }
  [[nodiscard]] std::vector<std::string>& images() { return images_; }

private:
  enum class mode {
    plain,  ///< between strings
    string, ///< copied to the skeleton
    url,    ///< a "url" value whose first characters decide
    scheme, ///< a data: URL up to its comma
    image,  ///< base64
  };

  std::size_t take_plain(std::string_view text);
  bool take_structure(char c);
  std::size_t take_string(std::string_view text);
  std::size_t take_image(std::string_view text);
  void take_unescaped(char c);
  std::size_t take_escape(std::string_view text);
  [[nodiscard]] bool extends_scheme(char c) const;
  void become_link(std::string_view next);
  void open_string();
  void close_string();
  void begin_image();
  void finish_image();
  void decode(std::string_view text);
  bool copy(std::string_view text);
  bool fail(state why);

  filter_limits limits_;
  state state_ = state::good;
  mode mode_ = mode::plain;
  bool begun_ = false;
  bool blank_ = false;        ///< white space is owed to the skeleton
  std::uint64_t objects_ = 0; ///< bit d: the container at depth d is an object
  int depth_ = 0;
  bool key_next_ = false; ///< the next string is a key
  bool in_key_ = false;
  std::string key_;    ///< the last key, as far as it can matter
  std::string url_;    ///< the beginning of a "url" value
  std::string escape_; ///< an escape sequence under way, without its backslash
  bool escaped_ = false;
  std::string skeleton_;
  std::vector<std::string> images_;
  std::size_t image_bytes_ = 0; ///< of finished images
  base64_decoder decoder_;
};

} // namespace easel::client
