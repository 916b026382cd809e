#include "config/load.hpp"

#include "config/checks.hpp"
#include "config/schema.hpp"
#include "config/toml_reader.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>

namespace easel::config {
namespace {

constexpr std::size_t largest_file = 1u << 20;

/// Whether the file asks for production; what is neither is left for the schema to name.
bool is_production(const toml::table& root) { return root["deployment"].value_or(std::string_view()) == "production"; }

/// Adds what no single key shows. Only settings that were read without a mistake are worth checking: everything else
/// would be said twice.
problems cross_check(const settings& all, const toml_reader& reader, const std::string& file) {
  problems out;
  for (const auto& found : {check_consistency(all), check_production(all), check_listeners(all), check_google(all),
                            check_stripe(all), check_catalogue(all.house.catalogue)})
    for (const auto& [key, reason] : found)
      out.push_back({file, reader.line_of(key), key, reason});
  return out;
}

/// Paths of files are relative to the configuration file, as those of secrets are.
void anchor_paths(settings& all, const std::filesystem::path& folder) {
  auto& tls = all.tls_listener.tls;
  for (auto* path : {&tls.certificate, &tls.key, &tls.client_ca, &all.unix_listener.socket_path,
                     &all.erasure_journal.path, &all.backup.directory, &all.backup.programs})
    if (!path->empty())
      *path = std::filesystem::absolute(folder / *path).string();
}

void sort_by_line(problems& found) {
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
}

/// Names a key twice only if there are two things wrong with it.
void append_new(problems& found, problems more) {
  for (auto& extra : more) {
    const auto same_key = [&](const problem& known) { return known.key == extra.key; };
    if (std::none_of(found.begin(), found.end(), same_key))
      found.push_back(std::move(extra));
  }
}

expected<std::string, std::string> read_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    return unexpected(std::string("is a directory"));
  std::ifstream in(file, std::ios::binary);
  std::string text(largest_file + 1, '\0');
  if (!in)
    return unexpected(std::string("cannot be read"));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > largest_file)
    return unexpected(std::string("is larger than 1 MiB"));
  return text;
}

} // namespace

environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

settings defaults() {
  settings all;
  const auto root = toml::parse(default_text(), std::string_view("built-in easel.toml"));
  const environment nothing = [](std::string_view) { return std::nullopt; };
  toml_reader reader(root, "built-in easel.toml", nothing, false);
  describe(reader, all);
  if (auto found = reader.finish(); !found.empty())
    throw std::logic_error("built-in easel.toml: " + found.front().key + ": " + found.front().reason);
  return all;
}

expected<settings, problems> load_text(std::string_view text, const std::filesystem::path& name,
                                       const environment& env) try {
  auto all = defaults();
  const auto root = toml::parse(text, name.string());
  all.operators.chaos = !is_production(root); // unless the file says otherwise
  toml_reader reader(root, name, env, !is_production(root));
  describe(reader, all);
  auto found = reader.finish();
  anchor_paths(all, name.parent_path());
  append_new(found, cross_check(all, reader, name.string()));
  if (!found.empty()) {
    sort_by_line(found);
    return unexpected(std::move(found));
  }
  if (all.keys.master.empty())
    all.keys.master = secret_text(std::string(development_master_key));
  return all;
} catch (const toml::parse_error& error) {
  // The description speaks of syntax, never of a value; the value of a secret could stand in what follows.
  return unexpected(problems{{name.string(), static_cast<int>(error.source().begin.line), "",
                              "no valid TOML: " + std::string(error.description())}});
}

expected<settings, problems> load(const std::filesystem::path& file, const environment& env) {
  const auto text = read_file(file);
  if (!text)
    return unexpected(problems{{file.string(), 1, "", text.error()}});
  return load_text(*text, file, env);
}

void print(std::ostream& out, const problems& found) {
  for (const auto& [file, line, key, reason] : found)
    out << file << ':' << line << ": " << key << (key.empty() ? "" : ": ") << reason << '\n';
}

int check_config(const std::filesystem::path& file, std::ostream& out) {
  const auto loaded = load(file, process_environment());
  if (!loaded) {
    print(out, loaded.error());
    return 1;
  }
  const auto production = loaded->deployed == deployment::production;
  out << file.string() << ": valid for " << (production ? "production" : "development") << '\n';
  return 0;
}

} // namespace easel::config
