#pragma once

#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/names.hpp"

#include <cstdint>
#include <string>

/// Words that are more than text, as several commands take them. Each rejects what it does not understand.
namespace easel::easelctl {

[[nodiscard]] tier tier_of(const std::string& text);

/// From 1 to `most`; `what` begins the complaint.
[[nodiscard]] std::int64_t whole_number(const std::string& text, const char* what, std::int64_t most);

[[nodiscard]] credits amount_of(const std::string& text);

} // namespace easel::easelctl
