#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The documents that people can read about the service (CHANGE-1). Their texts are in the pages' catalogues; what is
/// the same in every language is here.
namespace easel::policies {

enum class document : std::uint8_t { privacy, terms, acceptable_use, cookies };

struct document_edition {
  document what = document::privacy;
  std::string_view path;    ///< of its page
  std::string_view updated; ///< the day of its last change, YYYY-MM-DD: shown on the page
};

/// One edition of each: the one in force. Whoever changes what a document says changes its day.
[[nodiscard]] std::span<const document_edition> documents_in_force();

[[nodiscard]] std::string_view to_string(document what); ///< also the name of its page and the prefix of its texts

} // namespace easel::policies
