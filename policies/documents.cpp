#include "policies/documents.hpp"

#include <array>

namespace easel::policies {

namespace {

constexpr std::array<document_edition, 4> in_force{{
  {document::privacy, "/privacy", "2026-11-26"},
  {document::terms, "/terms", "2026-11-26"},
  {document::acceptable_use, "/acceptable-use", "2026-11-26"},
  {document::cookies, "/cookies", "2026-11-26"},
}};

} // namespace

std::span<const document_edition> documents_in_force() { return in_force; }

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

} // namespace easel::policies
