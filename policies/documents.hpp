#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The documents that people can read about the service, and who still has to be told of their changes (CHANGE-1).
/// Their texts are in the pages' catalogues; what is the same in every language is here. The version of a document is
/// the day of its last change, YYYY-MM-DD, so that the text of a later version is the greater one.
namespace easel::policies {

enum class document : std::uint8_t { privacy, terms, acceptable_use, cookies };

struct document_edition {
  document what = document::privacy;
  std::string_view path;    ///< of its page
  std::string_view updated; ///< its version: shown on the page
};

/// One edition of each: the one in force. Whoever changes what a document says changes its day.
[[nodiscard]] std::span<const document_edition> documents_in_force();
[[nodiscard]] const document_edition& edition_in_force(document what);

/// A change that people are told of until they acknowledge it. What it is, in one sentence for each language, is the
/// text `notice.DOCUMENT.VERSION` of the pages' catalogues.
struct material_change {
  document what = document::privacy;
  std::string_view version; ///< of the edition that brought it
};

/// Oldest first. Whoever changes what matters to people adds a line.
[[nodiscard]] std::span<const material_change> material_changes();

[[nodiscard]] std::string_view to_string(document what); ///< also the name of its page and the prefix of its texts
[[nodiscard]] std::optional<document> parse_document(std::string_view text);

/// The form of a version, whether or not there ever was such a one.
[[nodiscard]] bool is_document_version(std::string_view text);

/// Up to which version somebody has acknowledged a document.
struct acknowledgement {
  document what = document::privacy;
  std::string version;

  friend bool operator==(const acknowledgement&, const acknowledgement&) = default;
};

/// What a person acknowledges who accepts the terms at their first sign-in: everything that is in force.
[[nodiscard]] std::vector<acknowledgement> acknowledged_at_sign_up();

/// A document of which somebody has not acknowledged the latest changes that matter.
struct open_notice {
  document_edition now;                  ///< what is acknowledged by acknowledging
  std::vector<std::string_view> changes; ///< the versions that brought them, oldest first
};

/// In the order of `in_force`. Whoever acknowledged nothing is told of everything.
[[nodiscard]] std::vector<open_notice> open_notices(std::span<const acknowledgement> acknowledged,
                                                    std::span<const document_edition> in_force,
                                                    std::span<const material_change> changes);

/// Whether `version` can be acknowledged: the one in force, or an earlier one that people were told of.
[[nodiscard]] bool is_known_version(document what, std::string_view version, std::span<const document_edition> in_force,
                                    std::span<const material_change> changes);

} // namespace easel::policies
