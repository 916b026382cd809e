#include "persistence/erasure_journal_lines.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace easel::persistence {

namespace {

constexpr std::string_view head = R"({"version":)";
constexpr std::string_view before_account = R"({"version":1,"account":")";
constexpr std::string_view before_time = R"(","asked_at":)";
constexpr std::string_view before_clause = R"(,"clause":")";
constexpr std::string_view before_mac = R"(","mac":")";
constexpr std::string_view end_of_line = "\"}\n";
constexpr std::size_t uuid_size = 36;
constexpr std::size_t time_size = 16;
constexpr std::size_t clause_size = 7;
constexpr std::size_t mac_size = 64;

constexpr std::size_t account_at = before_account.size();
constexpr std::size_t time_at = account_at + uuid_size + before_time.size();
constexpr std::size_t clause_at = time_at + time_size + before_clause.size();
constexpr std::size_t mac_at = clause_at + clause_size + before_mac.size();
static_assert(mac_at + mac_size + end_of_line.size() == journal_line_size);

std::string hex_of(const digest& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto b : bytes) {
    out += digits[b >> 4U];
    out += digits[b & 15U];
  }
  return out;
}

std::optional<erasure_clause> clause_named(std::string_view name) {
  for (const auto clause : {erasure_clause::right_3, erasure_clause::child_1})
    if (to_string(clause) == name)
      return clause;
  return std::nullopt;
}

std::optional<std::int64_t> number_in(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

/// `line` with its end. What a line of that content would look like must be what is there, to the byte.
std::optional<erasure_entry> entry_in(std::string_view line, const keyring& keys) {
  if (line.size() != journal_line_size)
    return std::nullopt;
  const auto account = parse_uuid(line.substr(account_at, uuid_size));
  const auto time = number_in(line.substr(time_at, time_size));
  const auto clause = clause_named(line.substr(clause_at, clause_size));
  if (!account || !time || std::to_string(*time).size() != time_size || !clause)
    return std::nullopt;
  const erasure_entry entry{account_id{*account}, *clause, instant(duration(*time))};
  return journal_line(entry, keys) == line ? std::optional(entry) : std::nullopt;
}

std::string complaint(std::size_t number, std::string_view line) {
  const auto which = "line " + std::to_string(number);
  if (line.starts_with(head) && !line.starts_with(before_account.substr(0, head.size() + 2)))
    return which + " is of a version that this program does not know, or damaged";
  return which + " is damaged, or was written with another master key";
}

} // namespace

std::string journal_line(const erasure_entry& entry, const keyring& keys) {
  const auto time = std::to_string(entry.asked_at.time_since_epoch().count());
  if (time.size() != time_size || time.front() == '-')
    throw std::invalid_argument("no time for an erasure journal");
  std::string line(before_account);
  line.append(to_string(entry.account.value)).append(before_time).append(time).append(before_clause);
  line.append(to_string(entry.clause));
  const auto mac = keys.keyed_hash(hash_purpose::erasure_journal, line);
  return line.append(before_mac).append(hex_of(mac)).append(end_of_line);
}

expected<journal_text, std::string> read_journal(std::string_view text, const keyring& keys) {
  journal_text out;
  while (out.whole < text.size()) {
    const auto rest = text.substr(out.whole);
    const auto end = rest.find('\n');
    // An append that was cut short leaves less than a line. More than that without an end is no such thing.
    if (end == std::string_view::npos && rest.size() < journal_line_size) {
      out.torn = true;
      break;
    }
    const auto line = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    const auto entry = entry_in(line, keys);
    if (!entry)
      return unexpected(complaint(out.entries.size() + 1, line));
    out.entries.push_back(*entry);
    out.whole += line.size();
  }
  return out;
}

std::vector<erasure_entry> kept_entries(std::vector<erasure_entry> entries, instant now) {
  std::erase_if(entries, [&](const auto& entry) { return now - entry.asked_at > journal_window; });
  return entries;
}

} // namespace easel::persistence
