#include "http/server/routes.hpp"

#include "http/server/answers.hpp"
#include "http/server/credentials.hpp"
#include "http/server/fields.hpp"
#include "http/server/pages/pages.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <exception>

namespace easel::server {

namespace {

std::string_view take_piece(std::string_view& rest) {
  const auto slash = rest.find('/');
  const auto piece = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  return piece;
}

/// Compares piece by piece; a `{name}` takes any piece that is not empty.
bool matches(std::string_view pattern, std::string_view path, captures& found) {
  if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/'))
    return false;
  std::size_t captured = 0;
  pattern.remove_prefix(1);
  path.remove_prefix(1);
  while (!pattern.empty() || !path.empty()) {
    const auto expects = take_piece(pattern);
    const auto got = take_piece(path);
    if (!expects.empty() && expects.front() == '{') {
      if (got.empty())
        return false;
      found[captured++] = got;
    } else if (expects != got) {
      return false;
    }
  }
  return true;
}

bool visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// What follows scheme and authority in a target of absolute form; nothing when `target` has another form, no host, or
/// one that stands behind a name and a password.
std::optional<std::string_view> after_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_but_for_case(target.substr(0, scheme.size()), scheme))
      continue;
    const auto rest = target.substr(scheme.size());
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.empty() || authority.find('@') != std::string_view::npos)
      return std::nullopt;
    return rest.substr(authority.size());
  }
  return std::nullopt;
}

struct target_parts {
  std::string_view path, query;
};

/// RFC 9112, section 3.2: origin form, or absolute form, of which only path and query matter here.
std::optional<target_parts> read_target(std::string_view target) {
  if (!visible_ascii(target) || target.find('#') != std::string_view::npos)
    return std::nullopt;
  const auto local = target.starts_with('/') ? std::optional(target) : after_authority(target);
  if (!local)
    return std::nullopt;
  const auto path = local->substr(0, local->find('?'));
  const auto query = local->substr(std::min(local->size(), path.size() + 1));
  return target_parts{path.empty() ? std::string_view("/") : path, query};
}

std::string_view without_slash(std::string_view path) {
  if (path.size() > 1 && path.back() == '/')
    path.remove_suffix(1);
  return path;
}

/// Stock SDKs ask under /v1; what they do not know of this service they should still be able to read.
surface surface_of(std::string_view path) {
  const auto under = [&](std::string_view prefix) {
    return path.substr(0, prefix.size()) == prefix && (path.size() == prefix.size() || path[prefix.size()] == '/');
  };
  const bool native = under("/v1/generations") || under("/v1/account") || under("/v1/billing");
  return under("/v1") && !native ? surface::openai : surface::native;
}

struct field_totals {
  std::size_t count = 0, bytes = 0, longest = 0, hosts = 0, codings = 0;
  std::string_view host, coding; ///< the last of each
  bool has_blank_name = false;
  std::uint64_t announced = 0; ///< bytes of the body, as Content-Length has it
  expectation expects = expectation::none;
};

/// The parser has seen that there is one at most, and that it is a number.
std::uint64_t read_length(std::string_view digits) {
  std::uint64_t length = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  return length;
}

field_totals count_fields(const exchange& asked) {
  field_totals sum;
  asked.each_field([&](std::string_view name, std::string_view value) {
    ++sum.count;
    sum.bytes += name.size() + value.size();
    sum.longest = std::max(sum.longest, value.size());
    sum.has_blank_name = sum.has_blank_name || name.find(' ') != std::string_view::npos;
    if (same_but_for_case(name, "host")) {
      ++sum.hosts;
      sum.host = value;
    } else if (same_but_for_case(name, "transfer-encoding")) {
      ++sum.codings;
      sum.coding = value;
    } else if (same_but_for_case(name, "content-length")) {
      sum.announced = read_length(value);
    } else if (same_but_for_case(name, "expect")) {
      sum.expects = std::max(sum.expects, read_expectation(value));
    }
  });
  return sum;
}

/// RFC 9112, sections 5.1 and 6.1. Whoever stands between the client and us may have seen a field "Content-Length " as
/// none of HTTP's, and so another end of this request than we did.
std::optional<problem> check_framing(const field_totals& fields) {
  if (fields.has_blank_name)
    return plain_problem(400, "invalid_field", "The name of a header field has a blank in it.");
  if (fields.codings == 0 || (fields.codings == 1 && same_but_for_case(fields.coding, "chunked")))
    return std::nullopt;
  auto refused = plain_problem(501, "unsupported_transfer_encoding",
                               "Of the transfer encodings this service reads `chunked` only, sent once.");
  refused.should_retry = false;
  return refused;
}

/// RFC 9112, section 3.2, as far as it can be told without a name server.
bool is_host(std::string_view text) {
  return !text.empty() && visible_ascii(text) && text.find_first_of("/?#@\\,") == std::string_view::npos;
}

std::optional<problem> check_form(const exchange& asked, const field_totals& fields, const listener_settings& limits) {
  if (fields.count > limits.soft_fields || fields.bytes > limits.soft_fields_total
      || fields.longest > limits.soft_field_value)
    return plain_problem(431, "header_fields_too_large", "The request's header fields are too large or too many.");
  if (asked.target().size() > limits.soft_target)
    return plain_problem(414, "uri_too_long", "The request target is too long.");
  if (fields.hosts != 1 || !is_host(fields.host))
    return plain_problem(400, "invalid_host", "A request needs exactly one Host header, with a host in it.");
  return std::nullopt;
}

std::size_t most_bytes(const route& matched, const listener_settings& limits) {
  return std::min(matched.largest_body > 0 ? matched.largest_body : limits.soft_body, limits.hard_body);
}

/// A body that was announced and not read has a length all the same.
std::optional<problem> check_body(const exchange& asked, const field_totals& fields, const route& matched,
                                  const listener_settings& limits) {
  const auto most = most_bytes(matched, limits);
  if (!matched.reads_body || std::max<std::uint64_t>(asked.body().size(), fields.announced) <= most)
    return std::nullopt;
  return plain_problem(413, "request_too_large", "The request body is larger than " + std::to_string(most) + " bytes.");
}

/// `OPTIONS *` asks about the server as a whole.
bool is_server_wide(const exchange& asked) { return asked.method() == "OPTIONS" && asked.target() == "*"; }

void take_target(exchange& asked, const target_parts& target) {
  asked.path = without_slash(target.path);
  asked.query = target.query;
  asked.speaks = wants_page(asked) ? surface::page : surface_of(asked.path);
}

void answer_options(exchange& asked, std::string allow) {
  answer_head head{200, "", {{"Allow", std::move(allow)}}};
  asked.send(std::move(head), std::string());
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

} // namespace

route_table::route_table(std::vector<route> routes, std::shared_ptr<address_limits> per_address)
    : routes_(std::move(routes)), per_address_(std::move(per_address)) {}

std::vector<std::string_view> route_table::pages() const {
  std::vector<std::string_view> found;
  for (const auto& each : routes_)
    if (each.method == "GET" && each.speaks == surface::page && each.pattern.find('{') == std::string_view::npos)
      found.push_back(each.pattern);
  return found;
}

void route_table::serve(const exchange_ptr& asked, const listener_settings& limits) const {
  try {
    dispatch(asked, limits);
  } catch (const std::exception&) {
    // What failed may hold what was sent; the request id is all that may be told.
    send_problem(*asked, internal_error());
  }
}

void route_table::dispatch(const exchange_ptr& asked, const listener_settings& limits) const {
  const auto target = read_target(asked->target());
  if (target)
    take_target(*asked, *target);
  captures found;
  const route* matched = target ? find(asked->method(), asked->path, found) : nullptr;
  if (matched != nullptr) {
    asked->route = std::string(matched->method) + ' ' + std::string(matched->pattern);
    asked->speaks = matched->speaks;
  }
  const auto fields = count_fields(*asked);
  const auto doubtful = check_framing(fields);
  asked->closes = doubtful.has_value();
  if (!is_within_rate(*asked, matched))
    return;
  if (doubtful)
    return send_problem(*asked, *doubtful);
  if (auto bad = check_form(*asked, fields, limits))
    return send_problem(*asked, *bad);
  if (is_server_wide(*asked))
    return answer_options(*asked, "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
  if (!target)
    return send_problem(*asked, plain_problem(400, "invalid_target", "The request target is malformed."));
  if (fields.expects == expectation::unknown)
    return send_problem(*asked, plain_problem(417, "expectation_failed", "`Expect` may say 100-continue only."));

  if (matched == nullptr) {
    const std::string allow = allowed_methods(asked->path);
    if (allow.empty())
      return send_problem(*asked, plain_problem(404, "not_found", "There is nothing at this address."));
    if (asked->method() == "OPTIONS")
      return answer_options(*asked, allow);
    auto refused = plain_problem(405, "method_not_allowed", "This address does not know that method.");
    refused.headers.push_back({"Allow", allow});
    return send_problem(*asked, refused);
  }
  if (auto foreign = check_cross_origin(*asked, limits.trusted_origins))
    return send_problem(*asked, *foreign);
  if (const auto too_large = check_body(*asked, fields, *matched, limits))
    return send_problem(*asked, *too_large);
  matched->serve(asked, found);
}

bool route_table::wants_body(std::string_view method, std::string_view target, std::uint64_t length,
                             const listener_settings& limits) const {
  captures found;
  const auto parts = read_target(target);
  const route* matched = parts ? find(method, without_slash(parts->path), found) : nullptr;
  return matched != nullptr && matched->reads_body && length <= most_bytes(*matched, limits);
}

const route* route_table::find(std::string_view method, std::string_view path, captures& found) const {
  if (method == "HEAD")
    method = "GET";
  for (const auto& candidate : routes_)
    if (captures pieces; candidate.method == method && matches(candidate.pattern, path, pieces)) {
      found = pieces;
      return &candidate;
    }
  return nullptr;
}

bool route_table::is_within_rate(exchange& asked, const route* matched) const {
  const auto counts_as = matched != nullptr ? matched->counts_as : policies::request_class::reading;
  if (!per_address_ || !counts_as)
    return true;
  const auto decision = per_address_->take(asked.client, *counts_as, std::chrono::steady_clock::now());
  asked.address_quota = decision.left;
  if (decision.wait)
    send_problem(asked, too_many_requests("network address", *decision.wait));
  return !decision.wait;
}

std::string route_table::allowed_methods(std::string_view path) const {
  std::string allow;
  for (const auto& candidate : routes_) {
    captures found;
    if (!matches(candidate.pattern, path, found))
      continue;
    allow += candidate.method;
    allow += candidate.method == "GET" ? ", HEAD, " : ", ";
  }
  return allow.empty() ? allow : allow + "OPTIONS";
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space)
      c = ' ';
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return std::nullopt;
    out += c;
  }
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!name || !value)
      return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

std::optional<std::map<std::string, std::string, std::less<>>> parse_query(std::string_view query) {
  auto pairs = parse_pairs(query);
  if (!pairs)
    return std::nullopt;
  std::map<std::string, std::string, std::less<>> out;
  for (auto& [name, value] : *pairs)
    if (!out.emplace(std::move(name), std::move(value)).second)
      return std::nullopt;
  return out;
}

} // namespace easel::server
