#include "tools/load/options.hpp"

#include <asio/ip/address.hpp>

#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

namespace easel::load {

const char* const usage =
  R"(easel-load: a closed loop of HTTP/1.1 requests over connections that are kept; prints figures as JSON
  --url http://127.0.0.1:PORT/PATH   loopback only, by number
  --connections N       one request under way on each (1)
  --requests N          stop after N requests (no limit)
  --seconds S           stop after S seconds (600)
  --method NAME         GET, or POST when there is a body
  --body TEXT           {n} in it becomes the number of the request
  --header "Name: value"    may be repeated
  --keys FILE           bearer tokens, one a line, dealt out to the connections
  --stripe-secret TEXT  signs each body with it, as Stripe signs a delivery
  --pause MS            between an answer and the next request of its connection (0)
  --patience S          for answers still missing when the last request was started (120)
)";

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > 1'000'000'000)
    return std::nullopt;
  return value;
}

bool read_url(std::string_view url, plan& out) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme))
    return false;
  url.remove_prefix(scheme.size());
  const auto slash = url.find('/');
  const auto authority = url.substr(0, slash);
  const auto colon = authority.rfind(':');
  if (colon == authority.npos)
    return false;
  const auto port = number(authority.substr(colon + 1));
  out.host = authority.substr(0, colon);
  asio::error_code failed;
  const auto address = asio::ip::make_address(out.host, failed);
  if (!port || *port == 0 || *port > 65'535 || failed || !address.is_loopback())
    return false;
  out.port = static_cast<std::uint16_t>(*port);
  out.target = slash == url.npos ? "/" : url.substr(slash);
  return true;
}

bool read_keys(const std::string& file, plan& out) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (!line.empty())
      out.keys.push_back(line);
  return !out.keys.empty();
}

bool read_text(std::string_view name, std::string value, plan& out) {
  if (name == "--url")
    return read_url(value, out);
  if (name == "--keys")
    return read_keys(value, out);
  if (name == "--method")
    out.method = std::move(value);
  else if (name == "--body")
    out.body = std::move(value);
  else if (name == "--header")
    out.headers.push_back(std::move(value));
  else if (name == "--stripe-secret")
    out.stripe_secret = secret_text(std::move(value));
  else
    return false;
  return true;
}

bool read_number(std::string_view name, std::string_view text, plan& out) {
  const auto value = number(text);
  if (!value)
    return false;
  if (name == "--connections" && *value > 0 && *value <= 50'000)
    out.connections = *value;
  else if (name == "--requests")
    out.requests = *value;
  else if (name == "--seconds")
    out.duration = std::chrono::seconds(*value);
  else if (name == "--pause")
    out.pause = std::chrono::milliseconds(*value);
  else if (name == "--patience")
    out.patience = std::chrono::seconds(*value);
  else
    return false;
  return true;
}

} // namespace

expected<plan, std::string> read_options(int argc, char** argv) {
  plan out;
  bool has_method = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    has_method = has_method || name == "--method";
    if (!read_text(name, value, out) && !read_number(name, value, out))
      return unexpected(name + " is unknown, or cannot be " + value);
  }
  if (argc % 2 == 0)
    return unexpected(std::string(argv[argc - 1]) + " is unknown, or needs a value");
  if (out.host.empty())
    return unexpected(std::string("--url is missing"));
  if (!has_method && !out.body.empty())
    out.method = "POST";
  return out;
}

} // namespace easel::load
