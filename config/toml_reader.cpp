#include "config/toml_reader.hpp"

#include "config/secrets.hpp"
#include "config/spelling.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace easel::config {
namespace {

constexpr std::int64_t highest_price = 1'000'000;

int line(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string joined(std::span<const std::string_view> names) {
  std::string out;
  for (auto name : names)
    out += (out.empty() ? "" : ", ") + in_quotes(name);
  return out;
}

std::string between(const std::string& least, const std::string& most) {
  return "must be between " + least + " and " + most;
}

} // namespace

toml_reader::toml_reader(const toml::table& root, std::filesystem::path file, const environment& env,
                         bool literal_secrets)
    : file_(std::move(file)), env_(env), literal_secrets_(literal_secrets) {
  frames_.push_back({&root, "", {}});
}

// ---------------------------------------------------------------- walking

std::string toml_reader::path_of(std::string_view key) const {
  const auto& path = frames_.back().path;
  return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

const toml::node* toml_reader::find(std::string_view key) {
  auto& frame = frames_.back();
  frame.known.emplace_back(key);
  const auto* node = frame.table->get(key);
  if (node != nullptr)
    lines_[path_of(key)] = line(*node);
  return node;
}

void toml_reader::complain(const toml::node& where, std::string_view key, std::string reason) {
  problems_.push_back({file_.string(), line(where), path_of(key), std::move(reason)});
}

void toml_reader::complain_about_leftovers() {
  const auto& frame = frames_.back();
  for (const auto& [key, node] : *frame.table) {
    const auto name = key.str();
    if (std::find(frame.known.begin(), frame.known.end(), name) != frame.known.end())
      continue;
    std::string reason = "unknown key";
    if (auto close = closest(name, frame.known))
      reason += "; did you mean " + in_quotes(*close) + "?";
    problems_.push_back({file_.string(), static_cast<int>(key.source().begin.line), path_of(name), std::move(reason)});
  }
}

bool toml_reader::enter(std::string_view key, bool) {
  const auto* node = find(key);
  if (node == nullptr)
    return false;
  if (!node->is_table()) {
    complain(*node, key, "must be a section");
    return false;
  }
  frames_.push_back({node->as_table(), path_of(key), {}});
  return true;
}

bool toml_reader::enter_item(std::string_view key, std::size_t index) {
  const auto* list = frames_.back().table->get_as<toml::array>(key);
  const auto* item = list == nullptr ? nullptr : list->get_as<toml::table>(index);
  if (item == nullptr)
    return false;
  auto path = path_of(key) + '[' + std::to_string(index) + ']';
  lines_[path] = line(*item);
  frames_.push_back({item, std::move(path), {}});
  return true;
}

void toml_reader::leave() {
  complain_about_leftovers();
  frames_.pop_back();
}

std::optional<std::size_t> toml_reader::replaced_items(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr)
    return std::nullopt;
  const auto* list = node->as_array();
  if (list == nullptr || !std::all_of(list->begin(), list->end(), [](const auto& item) { return item.is_table(); })) {
    complain(*node, key, "must be a list of sections: [[" + path_of(key) + "]]");
    return 0;
  }
  return list->size();
}

problems toml_reader::finish() {
  complain_about_leftovers();
  return std::move(problems_);
}

int toml_reader::line_of(std::string key) const {
  while (!key.empty()) {
    if (auto known = lines_.find(key); known != lines_.end())
      return known->second;
    const auto cut = key.find_last_of(".[");
    key.resize(cut == std::string::npos ? 0 : cut);
  }
  return 1;
}

// ---------------------------------------------------------------- values

template <class T>
std::optional<T> toml_reader::value_of(std::string_view key, std::string_view what) {
  const auto* node = find(key);
  if (node == nullptr)
    return std::nullopt;
  auto value = node->value_exact<T>();
  if (!value)
    complain(*node, key, "must be " + std::string(what));
  return value;
}

void toml_reader::integer(std::string_view key, std::int64_t& value, bounds<std::int64_t> allowed) {
  const auto given = value_of<std::int64_t>(key, "a whole number");
  if (!given)
    return;
  if (*given < allowed.least || *given > allowed.most)
    return complain(*frames_.back().table->get(key), key,
                    between(std::to_string(allowed.least), std::to_string(allowed.most)));
  value = *given;
}

void toml_reader::flag(std::string_view key, bool& value) {
  if (auto given = value_of<bool>(key, "true or false"))
    value = *given;
}

void toml_reader::text(std::string_view key, std::string& value, std::size_t longest) {
  auto given = value_of<std::string>(key, "a text in quotes");
  if (!given)
    return;
  const auto& node = *frames_.back().table->get(key);
  if (given->size() > longest)
    return complain(node, key, "must be at most " + std::to_string(longest) + " bytes long");
  if (std::any_of(given->begin(), given->end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return complain(node, key, "must not hold control characters");
  value = std::move(*given);
}

void toml_reader::secret(std::string_view key, secret_text& value) {
  const auto* node = find(key);
  if (node == nullptr)
    return;
  if (const auto* reference = node->as_table())
    return secret_reference(*reference, key, value);
  auto given = node->value_exact<std::string>();
  if (!given)
    return complain(*node, key, R"(must be { env = "NAME" } or { file = "PATH" })");
  if (!literal_secrets_)
    return complain(*node, key,
                    R"(must be { env = "NAME" } or { file = "PATH" } in production, not the secret itself)");
  value = secret_text(std::move(*given));
}

void toml_reader::secret_reference(const toml::table& reference, std::string_view key, secret_text& value) {
  const auto variable = reference["env"].value_exact<std::string>();
  const auto path = reference["file"].value_exact<std::string>();
  if (reference.size() != 1 || (!variable && !path))
    return complain(reference, key, R"(must be { env = "NAME" } or { file = "PATH" })");
  if (variable) {
    auto found = env_(*variable);
    if (!found || found->empty())
      return complain(reference, key, "the environment variable " + *variable + " is not set");
    value = secret_text(std::move(*found));
    return;
  }
  auto content = read_secret_file(file_.parent_path() / *path);
  if (!content)
    return complain(reference, key, content.error());
  value = std::move(*content);
}

void toml_reader::span(std::string_view key, duration& value, bounds<duration> allowed) {
  static constexpr std::string_view what = R"(a duration such as "250 ms", "5 s", "10 min", "24 h" or "30 days")";
  const auto given = value_of<std::string>(key, what);
  if (!given)
    return;
  const auto& node = *frames_.back().table->get(key);
  const auto parsed = parse_duration(*given);
  if (!parsed)
    return complain(node, key, "must be " + std::string(what));
  if (*parsed < allowed.least || *parsed > allowed.most)
    return complain(node, key, between(show_duration(allowed.least), show_duration(allowed.most)));
  value = *parsed;
}

void toml_reader::size(std::string_view key, std::int64_t& value, bounds<std::int64_t> allowed) {
  const auto* node = find(key);
  if (node == nullptr)
    return;
  auto given = node->value_exact<std::int64_t>();
  if (auto text = node->value_exact<std::string>())
    given = parse_size(*text);
  if (!given)
    return complain(*node, key, R"(must be bytes, such as 4096, "64 KiB" or "8 MiB")");
  if (*given < allowed.least || *given > allowed.most)
    return complain(*node, key, between(show_size(allowed.least), show_size(allowed.most)));
  value = *given;
}

void toml_reader::date(std::string_view key, std::chrono::sys_seconds& value) {
  const auto given = value_of<toml::date>(key, "a date such as 2026-04-21");
  if (!given)
    return;
  const std::chrono::year_month_day calendar{std::chrono::year(given->year), std::chrono::month(given->month),
                                             std::chrono::day(given->day)};
  value = std::chrono::sys_days(calendar);
}

void toml_reader::choice(std::string_view key, int& value, std::span<const std::string_view> names) {
  const auto given = value_of<std::string>(key, "one of " + joined(names));
  if (!given)
    return;
  const auto which = std::find(names.begin(), names.end(), *given);
  if (which == names.end())
    return complain(*frames_.back().table->get(key), key, "must be one of " + joined(names));
  value = static_cast<int>(which - names.begin());
}

void toml_reader::texts(std::string_view key, std::vector<std::string>& value,
                        std::span<const std::string_view> names) {
  const auto* node = find(key);
  if (node == nullptr)
    return;
  const auto* list = node->as_array();
  if (list == nullptr)
    return complain(*node, key, "must be a list of texts");
  std::vector<std::string> given;
  for (const auto& item : *list) {
    auto text = item.value_exact<std::string>();
    if (!text || text->empty() || text->size() > 255)
      return complain(item, key, "must be a list of texts of 1 to 255 bytes");
    if (!names.empty() && std::find(names.begin(), names.end(), *text) == names.end())
      return complain(item, key, "may hold only " + joined(names));
    if (std::find(given.begin(), given.end(), *text) != given.end())
      return complain(item, key, "holds " + in_quotes(*text) + " twice");
    given.push_back(std::move(*text));
  }
  value = std::move(given);
}

void toml_reader::scores(std::string_view key, score_table& value) {
  const auto* node = find(key);
  if (node == nullptr)
    return;
  const auto* table = node->as_table();
  if (table == nullptr)
    return complain(*node, key, "must be a table of scores");
  score_table given;
  for (const auto& [category, entry] : *table) {
    const auto score = entry.value<double>();
    if (!score || !entry.is_number() || !(*score > 0 && *score <= 1))
      complain(entry, std::string(key) + '.' + in_quotes(category.str()), "must be a number above 0 and up to 1");
    else
      given.emplace(category.str(), *score);
  }
  value = std::move(given);
}

void toml_reader::prices(std::string_view key, price_table& value) {
  const auto* node = find(key);
  if (node == nullptr)
    return;
  const auto* table = node->as_table();
  if (table == nullptr)
    return complain(*node, key, "must be a table of sizes");
  value.clear();
  for (const auto& [size, row] : *table)
    prices_of_size(row, std::string(key) + '.' + in_quotes(size.str()), std::string(size.str()), value);
}

void toml_reader::moved(std::string_view key, std::string_view where) {
  if (frames_.back().table->contains(key))
    complain(*find(key), key, "has moved: " + std::string(where));
}

void toml_reader::prices_of_size(const toml::node& row, std::string_view key, const std::string& size,
                                 price_table& value) {
  const auto* qualities = row.as_table();
  if (qualities == nullptr)
    return complain(row, key, "must be a table of prices by quality, such as { low = 1, high = 4 }");
  for (const auto& [quality, entry] : *qualities) {
    const auto price = entry.value_exact<std::int64_t>();
    if (!price || *price < 1 || *price > highest_price)
      complain(entry, std::string(key) + '.' + std::string(quality.str()),
               "must be whole credits between 1 and " + std::to_string(highest_price));
    else
      value.insert_or_assign({size, std::string(quality.str())}, credits::unchecked(*price));
  }
}

} // namespace easel::config
