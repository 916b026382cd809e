#pragma once

#include "policies/evidence.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

/// The report of an audit, as a document that can be kept and shown to others (docs/privacy.md, *The report*).
namespace easel::easelctl {

/// `build` is the commit of whoever audits.
[[nodiscard]] nlohmann::ordered_json report_of(const policies::live_facts& facts, const policies::evidence_terms& terms,
                                               std::string_view build);

/// The text of the document: with a signature, or with the word that there is none.
[[nodiscard]] expected<std::string, std::string> report_document(const nlohmann::ordered_json& report,
                                                                 const std::optional<secret_text>& private_pem);

struct verified_report {
  std::string key; ///< its id
  std::string audited_at;
  std::size_t kept = 0, clauses = 0;
};

/// What a document says whose signature holds; otherwise why it is not to be believed.
[[nodiscard]] expected<verified_report, std::string> verify_document(std::string_view document,
                                                                     std::string_view public_pem);

/// Reads a file of at most a MiB.
[[nodiscard]] expected<std::string, std::string> read_small_file(const std::string& path);
/// Puts `text` in place of what the file held, whole or not at all.
[[nodiscard]] expected<void, std::string> write_whole_file(const std::string& path, std::string_view text);

} // namespace easel::easelctl
