#include "persistence/erasure_journal_lines.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace easel::persistence {

namespace {

constexpr std::string_view head = R"({"version":)";
constexpr std::string_view before_account = R"({"version":1,"account":")";
constexpr std::string_view before_generation = R"({"version":2,"generation":")";
constexpr std::string_view before_time = R"(","asked_at":)";
constexpr std::string_view before_clause = R"(,"clause":")";
constexpr std::string_view before_mac = R"(","mac":")";
constexpr std::string_view single = R"(,"kind":"single)";
constexpr std::string_view end_of_line = "\"}\n";
constexpr std::size_t uuid_size = 36;
constexpr std::size_t time_size = 16;
constexpr std::size_t clause_size = 7;
constexpr std::size_t mac_size = 64;

/// Where fields stand in a line that begins with `before_id`.
constexpr std::size_t id_at(std::string_view before_id) { return before_id.size(); }
constexpr std::size_t time_at(std::string_view before_id) { return id_at(before_id) + uuid_size + before_time.size(); }
constexpr std::size_t clause_at = time_at(before_account) + time_size + before_clause.size();
constexpr std::size_t end_size = before_mac.size() + mac_size + end_of_line.size();
static_assert(clause_at + clause_size + end_size == journal_line_size);
static_assert(time_at(before_generation) + time_size + single.size() + end_size == journal_line_size);

std::string in_hex(const digest& bytes) {
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

std::string time_text(instant at) {
  auto time = std::to_string(at.time_since_epoch().count());
  if (time.size() != time_size || time.front() == '-')
    throw std::invalid_argument("no time for an erasure journal");
  return time;
}

std::string sealed_line(std::string line, const keyring& keys) {
  const auto mac = keys.keyed_hash(hash_purpose::erasure_journal, line);
  return line.append(before_mac).append(in_hex(mac)).append(end_of_line);
}

struct id_and_time {
  uuid id;
  instant at;
};

std::optional<id_and_time> id_and_time_in(std::string_view line, std::string_view before_id) {
  const auto id = parse_uuid(line.substr(id_at(before_id), uuid_size));
  const auto time = number_in(line.substr(time_at(before_id), time_size));
  if (!id || !time || std::to_string(*time).size() != time_size)
    return std::nullopt;
  return id_and_time{*id, instant(duration(*time))};
}

/// Takes the entry of a line, which has its end. What a line of that content would look like must be what is there, to
/// the byte.
bool take_entry(std::string_view line, const keyring& keys, journal_text& into) {
  if (line.size() != journal_line_size)
    return false;
  if (line.starts_with(before_generation)) {
    const auto found = id_and_time_in(line, before_generation);
    if (!found)
      return false;
    into.deletions.push_back({generation_id{found->id}, found->at});
    return journal_line(into.deletions.back(), keys) == line;
  }
  const auto found = id_and_time_in(line, before_account);
  const auto clause = clause_named(line.substr(clause_at, clause_size));
  if (!found || !clause)
    return false;
  into.entries.push_back({account_id{found->id}, *clause, found->at});
  return journal_line(into.entries.back(), keys) == line;
}

bool has_known_version(std::string_view line) {
  constexpr auto size = head.size() + 2; // a digit and a comma
  return line.starts_with(before_account.substr(0, size)) || line.starts_with(before_generation.substr(0, size));
}

std::string complaint(std::size_t number, std::string_view line) {
  const auto which = "line " + std::to_string(number);
  if (line.starts_with(head) && !has_known_version(line))
    return which + " is of a version that this program does not know, or damaged";
  return which + " is damaged, or was written with another master key";
}

} // namespace

std::string journal_line(const erasure_entry& entry, const keyring& keys) {
  std::string line(before_account);
  line.append(to_string(entry.account.value)).append(before_time).append(time_text(entry.asked_at));
  line.append(before_clause).append(to_string(entry.clause));
  return sealed_line(std::move(line), keys);
}

std::string journal_line(const deletion_entry& entry, const keyring& keys) {
  std::string line(before_generation);
  line.append(to_string(entry.generation.value)).append(before_time).append(time_text(entry.asked_at)).append(single);
  return sealed_line(std::move(line), keys);
}

expected<journal_text, std::string> read_journal(std::string_view text, const keyring& keys) {
  journal_text out;
  for (std::size_t number = 1; out.whole < text.size(); ++number) {
    const auto rest = text.substr(out.whole);
    const auto end = rest.find('\n');
    // An append that was cut short leaves less than a line. More than that without an end is no such thing.
    if (end == std::string_view::npos && rest.size() < journal_line_size) {
      out.torn = true;
      break;
    }
    const auto line = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    if (!take_entry(line, keys, out))
      return unexpected(complaint(number, line));
    out.whole += line.size();
  }
  return out;
}

std::vector<erasure_entry> kept_entries(std::vector<erasure_entry> entries, instant now) {
  std::erase_if(entries, [&](const auto& entry) { return now - entry.asked_at > journal_window; });
  return entries;
}

std::vector<deletion_entry> kept_deletions(std::vector<deletion_entry> deletions, instant now) {
  std::erase_if(deletions,
                [&](const auto& entry) { return now - minted_at(entry.generation.value) > deletion_window; });
  return deletions;
}

} // namespace easel::persistence
