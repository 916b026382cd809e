#include "policies/node_report.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <array>

/// What a page makes a browser load or run: a reader of tags, lenient as browsers are, that counts too much rather than
/// too little.
namespace easel::policies {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& text, auto ends) {
  const auto end = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), ends) - text.begin());
  const auto taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

/// An address with a scheme, or that begins with two slashes, which browsers also accept turned round.
bool is_foreign(std::string_view address) {
  address = trimmed(address);
  const auto is_slash = [](char c) { return c == '/' || c == '\\'; };
  if (address.size() >= 2 && is_slash(address[0]) && is_slash(address[1]))
    return true;
  const auto end = address.find_first_of(":/?#");
  return end != std::string_view::npos && address[end] == ':';
}

struct attribute {
  std::string name;
  std::string_view value;
};

/// Takes the next attribute of a tag; an empty name: the tag ends.
attribute take_attribute(std::string_view& rest) {
  while (!rest.empty() && (is_space(rest.front()) || rest.front() == '/'))
    rest.remove_prefix(1);
  if (rest.empty() || rest.front() == '>')
    return {};
  attribute out;
  out.name = ascii_lower(take_until(rest, [](char c) { return is_space(c) || c == '=' || c == '>' || c == '/'; }));
  if (out.name.empty()) { // a stray '='
    rest.remove_prefix(1);
    return take_attribute(rest);
  }
  take_until(rest, [](char c) { return !is_space(c); });
  if (rest.empty() || rest.front() != '=')
    return out;
  rest.remove_prefix(1);
  take_until(rest, [](char c) { return !is_space(c); });
  if (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) {
    const char quote = rest.front();
    rest.remove_prefix(1);
    out.value = take_until(rest, [&](char c) { return c == quote; });
    if (!rest.empty())
      rest.remove_prefix(1);
  } else {
    out.value = take_until(rest, [](char c) { return is_space(c) || c == '>'; });
  }
  return out;
}

/// Attributes whose address a browser fetches without being asked.
constexpr std::array<std::string_view, 9> fetched{"src",        "data",   "poster",     "background", "manifest",
                                                  "xlink:href", "action", "formaction", "ping"};

void count(page_references& into, std::string_view address) {
  if (!trimmed(address).empty())
    ++(is_foreign(address) ? into.foreign : into.own);
}

/// "one.png 1x, two.png 2x".
void count_set(page_references& into, std::string_view addresses) {
  while (!addresses.empty()) {
    const auto comma = std::min(addresses.find(','), addresses.size());
    auto one = trimmed(addresses.substr(0, comma));
    count(into, take_until(one, is_space));
    addresses.remove_prefix(std::min(comma + 1, addresses.size()));
  }
}

void look_at_tag(page_references& into, const std::string& tag, std::string_view& rest) {
  bool has_source = false;
  for (auto each = take_attribute(rest); !each.name.empty(); each = take_attribute(rest)) {
    has_source = has_source || each.name == "src";
    const bool links = each.name == "href" && tag != "a" && tag != "area";
    if (links || std::find(fetched.begin(), fetched.end(), each.name) != fetched.end())
      count(into, each.value);
    else if (each.name == "srcset" || each.name == "imagesrcset")
      count_set(into, each.value);
    else if (each.name == "style" || each.name == "srcdoc" || each.name.starts_with("on"))
      ++into.inlined;
    if (ascii_lower(trimmed(each.value)).starts_with("javascript:"))
      ++into.inlined;
  }
  if (tag == "style" || tag == "base" || (tag == "script" && !has_source))
    ++into.inlined;
}

std::size_t occurrences(std::string_view text, std::string_view of) {
  std::size_t count = 0;
  for (auto at = text.find(of); at != std::string_view::npos; at = text.find(of, at + of.size()))
    ++count;
  return count;
}

} // namespace

page_references references_in(std::string_view html) {
  page_references found;
  while (!html.empty()) {
    take_until(html, [](char c) { return c == '<'; });
    if (html.empty())
      break;
    html.remove_prefix(1);
    if (html.starts_with("!--")) {
      const auto end = html.find("-->");
      html.remove_prefix(end == std::string_view::npos ? html.size() : end + 3);
      continue;
    }
    const auto tag = ascii_lower(take_until(html, [](char c) { return is_space(c) || c == '>' || c == '/'; }));
    if (!tag.empty())
      look_at_tag(found, tag, html);
  }
  return found;
}

page_references references_in_asset(std::string_view text) {
  page_references found;
  for (const std::string_view before : {"\"", "'", "`", "url("})
    for (const std::string_view scheme : {"http://", "https://", "//"})
      found.foreign += static_cast<std::int64_t>(occurrences(text, std::string(before) + std::string(scheme)));
  // Names of vocabularies are addresses that nobody fetches.
  for (const std::string_view quote : {"\"", "'", "`"})
    found.foreign -= static_cast<std::int64_t>(occurrences(text, std::string(quote) + "http://www.w3.org/"));
  return found;
}

bool is_closed_policy(std::string_view content_policy) {
  constexpr std::array<std::string_view, 3> harmless{"'self'", "'none'", "blob:"};
  bool has_default = false;
  while (!content_policy.empty()) {
    const auto end = std::min(content_policy.find(';'), content_policy.size());
    auto sources = trimmed(content_policy.substr(0, end));
    content_policy.remove_prefix(std::min(end + 1, content_policy.size()));
    const auto name = ascii_lower(take_until(sources, is_space));
    has_default = has_default || name == "default-src";
    // What is no list of sources to load from says where a person may be led, or narrows the page further.
    if (!name.ends_with("-src") && !name.ends_with("-src-elem") && !name.ends_with("-src-attr"))
      continue;
    for (sources = trimmed(sources); !sources.empty(); sources = trimmed(sources))
      if (std::find(harmless.begin(), harmless.end(), take_until(sources, is_space)) == harmless.end())
        return false;
  }
  return has_default;
}

} // namespace easel::policies
