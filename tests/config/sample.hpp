#pragma once

#include "config/load.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace easel::config::test {

/// The smallest file that development accepts; more can be put before it (root keys) and after it (sections).
inline const std::string smallest = R"(
[database]
url = "postgresql:///easel"
[moderation]
key = "m-key"
[[upstream.sub2api]]
label = "relay-1"
base_url = "https://relay.example.net"
key = "s-key"
[[upstream.kie]]
label = "kie-1"
key = "k-key"
)";

/// A complete production file whose secrets come from `production_environment`.
inline const std::string production = R"(
deployment = "production"
[database]
url = { env = "DATABASE_URL" }
[keys]
master = { env = "MASTER_KEY" }
[operator]
token = { env = "OPERATOR_TOKEN" }
[erasure_journal]
path = "/var/lib/easel/erasure-journal"
[moderation]
key = { env = "MODERATION_KEY" }
[[upstream.sub2api]]
label = "relay-1"
base_url = "https://relay.example.net"
key = { env = "SUB2API_KEY" }
[[upstream.kie]]
label = "kie-1"
key = { env = "KIE_KEY" }
)";

inline std::optional<std::string> production_environment(std::string_view name) {
  if (name == "DATABASE_URL")
    return "postgresql://easel:pass@db.example.net/easel";
  if (name == "MASTER_KEY")
    return std::string(64, 'b');
  if (name == "OPERATOR_TOKEN")
    return "an-operators-token";
  if (name == "MODERATION_KEY" || name == "SUB2API_KEY" || name == "KIE_KEY")
    return "sk-" + std::string(name);
  return std::nullopt;
}

inline std::optional<std::string> empty_environment(std::string_view) { return std::nullopt; }

/// The text with one part exchanged; the part must be there.
inline std::string with(std::string text, std::string_view part, std::string_view other) {
  const auto at = text.find(part);
  if (at == std::string::npos)
    throw std::invalid_argument("the sample does not hold: " + std::string(part));
  return text.replace(at, part.size(), other);
}

/// All mistakes as `LINE KEY: REASON`, or nothing.
inline std::vector<std::string> mistakes(const std::string& text, const environment& env = empty_environment) {
  const auto loaded = load_text(text, "test.toml", env);
  std::vector<std::string> out;
  if (!loaded)
    for (const auto& [file, line, key, reason] : loaded.error())
      out.push_back(std::to_string(line) + ' ' + key + ": " + reason);
  return out;
}

inline bool holds(const std::vector<std::string>& all, std::string_view part) {
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.find(part) != std::string::npos; });
}

} // namespace easel::config::test
