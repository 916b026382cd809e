#include "policies/documents.hpp"

#include "policies/vocabulary/time.hpp"

#include <algorithm>
#include <array>

namespace easel::policies {

namespace {

constexpr std::array<document_edition, 4> in_force_now{{
  {document::privacy, "/privacy", "2026-11-27"},
  {document::terms, "/terms", "2026-11-26"},
  {document::acceptable_use, "/acceptable-use", "2026-11-26"},
  {document::cookies, "/cookies", "2026-11-26"},
}};

constexpr std::array<material_change, 2> told_changes{{
  {document::privacy, "2026-11-26"},
  {document::privacy, "2026-11-27"},
}};

} // namespace

std::span<const document_edition> documents_in_force() { return in_force_now; }

const document_edition& edition_in_force(document what) {
  return *std::find_if(in_force_now.begin(), in_force_now.end(), [&](const auto& each) { return each.what == what; });
}

std::span<const material_change> material_changes() { return told_changes; }

std::string_view to_string(document what) {
  switch (what) {
  case document::privacy:
    return "privacy";
  case document::terms:
    return "terms";
  case document::acceptable_use:
    return "acceptable_use";
  case document::cookies:
    return "cookies";
  }
  return "unknown";
}

std::optional<document> parse_document(std::string_view text) {
  for (const auto& edition : in_force_now)
    if (to_string(edition.what) == text)
      return edition.what;
  return std::nullopt;
}

bool is_document_version(std::string_view text) {
  return text.size() == 10 && parse_instant(std::string(text) + "T00:00:00Z").has_value();
}

std::vector<acknowledgement> acknowledged_at_sign_up() {
  std::vector<acknowledgement> all;
  for (const auto& edition : in_force_now)
    all.push_back({edition.what, std::string(edition.updated)});
  return all;
}

std::vector<open_notice> open_notices(std::span<const acknowledgement> acknowledged,
                                      std::span<const document_edition> in_force,
                                      std::span<const material_change> changes) {
  std::vector<open_notice> open;
  for (const auto& edition : in_force) {
    std::string_view seen;
    for (const auto& each : acknowledged)
      if (each.what == edition.what)
        seen = std::max(seen, std::string_view(each.version));
    open_notice notice{edition, {}};
    for (const auto& change : changes)
      if (change.what == edition.what && change.version > seen)
        notice.changes.push_back(change.version);
    if (!notice.changes.empty())
      open.push_back(std::move(notice));
  }
  return open;
}

bool is_known_version(document what, std::string_view version, std::span<const document_edition> in_force,
                      std::span<const material_change> changes) {
  const auto is_it = [&](document of, std::string_view day) { return of == what && day == version; };
  return std::any_of(in_force.begin(), in_force.end(), [&](const auto& each) { return is_it(each.what, each.updated); })
         || std::any_of(changes.begin(), changes.end(),
                        [&](const auto& each) { return is_it(each.what, each.version); });
}

} // namespace easel::policies
