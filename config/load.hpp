#pragma once

#include "config/settings.hpp"
#include "policies/vocabulary/expected.hpp"

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace easel::config {

/// One mistake in a configuration file. Never holds the value of a secret.
struct problem {
  std::string file;
  int line = 0; ///< of the key, or of the closest section that is there; from 1
  std::string key;
  std::string reason;

  friend bool operator==(const problem&, const problem&) = default;
};

using problems = std::vector<problem>;

/// Looks up a variable of the environment: an argument, so that tests bring their own.
using environment = std::function<std::optional<std::string>(std::string_view)>;

[[nodiscard]] environment process_environment();

/// The built-in defaults, overlaid with the file: all its mistakes at once, or settings that hold together.
/// Secrets are `{ env = "NAME" }` or `{ file = "PATH" }`, relative to the configuration file.
[[nodiscard]] expected<settings, problems> load(const std::filesystem::path& file, const environment& env);

/// The same for a text; `name` stands for the file in problems, its folder is where secret files are looked for.
[[nodiscard]] expected<settings, problems> load_text(std::string_view text, const std::filesystem::path& name,
                                                     const environment& env);

/// What is built in: the text of config/easel.toml, and what it says. Incomplete by itself: no database, no keys.
[[nodiscard]] std::string_view default_text();
[[nodiscard]] settings defaults();

/// Prints each problem as `FILE:LINE: KEY: REASON`.
void print(std::ostream& out, const problems& found);

/// `easel-server --check-config`: prints every mistake, or that there is none. The exit code of the program.
[[nodiscard]] int check_config(const std::filesystem::path& file, std::ostream& out);

} // namespace easel::config
