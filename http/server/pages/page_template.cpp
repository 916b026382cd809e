#include "http/server/pages/page_template.hpp"

#include <stdexcept>

namespace easel::server {

namespace {

constexpr int deepest_include = 4;

/// The value of a name, or an exception: a page must not be sent with a hole.
const std::string& needed_value(const page_values& values, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end())
    throw std::logic_error("no value for " + name);
  return found->second;
}

} // namespace

/// Reads a source from left to right; the first mistake ends it.
class template_compiler {
public:
  template_compiler(const lookup& files, const lookup& texts) : files_(files), texts_(texts) {}

  bool read(std::string_view source, int depth) {
    for (;;) {
      const auto open = source.find("{{");
      literal(source.substr(0, open));
      if (open == std::string_view::npos)
        return true;
      const auto close = source.find("}}", open);
      if (close == std::string_view::npos || close == open + 2)
        return fail("an unfinished {{");
      if (!tag(source.substr(open + 2, close - open - 2), depth))
        return false;
      source.remove_prefix(close + 2);
    }
  }

  expected<page_template, std::string> result() {
    if (error_.empty() && !open_.empty())
      fail("{{?" + open_.back() + "}} is not closed");
    if (!error_.empty())
      return unexpected(error_);
    return std::move(made_);
  }

private:
  using kind = page_template::piece::kind;

  void literal(std::string_view text) {
    auto& pieces = made_.pieces_;
    if (text.empty())
      return;
    if (pieces.empty() || pieces.back().what != kind::literal)
      pieces.push_back({kind::literal, {}});
    pieces.back().text += text;
  }

  bool tag(std::string_view body, int depth) {
    const auto name = body.substr(1);
    switch (body.front()) {
    case '=':
      return text(name);
    case '>':
      return include(name, depth);
    case '?':
      open_.emplace_back(name);
      made_.pieces_.push_back({kind::begin, std::string(name)});
      return true;
    case '/':
      if (open_.empty() || open_.back() != name)
        return fail("{{/" + std::string(name) + "}} closes nothing");
      open_.pop_back();
      made_.pieces_.push_back({kind::end, {}});
      return true;
    default:
      made_.pieces_.push_back({kind::value, std::string(body)});
      return true;
    }
  }

  bool include(std::string_view name, int depth) {
    const auto found = files_(name);
    if (!found || depth == deepest_include)
      return fail("{{>" + std::string(name) + "}} cannot be included");
    return read(*found, depth + 1);
  }

  bool text(std::string_view key) {
    const auto found = texts_(key);
    if (!found)
      return fail("there is no text " + std::string(key));
    auto rest = *found;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
      const auto close = rest.find('}', open);
      if (close == std::string_view::npos)
        return fail("an unfinished { in text " + std::string(key));
      literal(escape_html(rest.substr(0, open)));
      made_.pieces_.push_back({kind::value, std::string(rest.substr(open + 1, close - open - 1))});
      rest.remove_prefix(close + 1);
    }
    literal(escape_html(rest));
    return true;
  }

  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }

  const lookup& files_;
  const lookup& texts_;
  page_template made_;
  std::vector<std::string> open_;
  std::string error_;
};

expected<page_template, std::string> page_template::compile(std::string_view source, const lookup& files,
                                                            const lookup& texts) {
  template_compiler compiler(files, texts);
  compiler.read(source, 0);
  return compiler.result();
}

std::string page_template::fill(const page_values& values) const {
  std::string out;
  int hidden = 0; // how many conditions, from the outermost that fails on, enclose this place
  for (const auto& one : pieces_) {
    if (one.what == piece::kind::end) {
      hidden -= hidden > 0;
    } else if (one.what == piece::kind::begin) {
      const auto found = values.find(one.text);
      hidden += hidden > 0 || found == values.end() || found->second.empty();
    } else if (hidden == 0) {
      out += one.what == piece::kind::literal ? one.text : escape_html(needed_value(values, one.text));
    }
  }
  return out;
}

std::string fill_text(std::string_view text, const page_values& values) {
  std::string out;
  for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
    const auto close = text.find('}', open);
    if (close == std::string_view::npos)
      break;
    out += text.substr(0, open);
    out += needed_value(values, std::string(text.substr(open + 1, close - open - 1)));
    text.remove_prefix(close + 1);
  }
  out += text;
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

} // namespace easel::server
