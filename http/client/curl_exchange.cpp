#include "http/client/curl_exchange.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <new>
#include <stdexcept>
#include <sys/types.h>
#include <unistd.h>

#include "http/client/address_check.hpp"
#include "http/client/cache_control.hpp"
#include "http/client/curl_loop.hpp"
#include "policies/node_report.hpp"
#include "policies/vocabulary/ascii.hpp"

namespace easel::client {
namespace {

constexpr duration longest_retry_after = std::chrono::hours(1);

// Servers commonly drop a silent connection after 5 s or more. A request that must not be repeated uses a kept
// connection only while that cannot have begun, so that it is not lost in a connection that is just being closed.
constexpr long fresh_enough_seconds = 4;
constexpr long kept_seconds = 60;

// Allotted anew for each transfer; an image is worth fewer and longer reads.
constexpr long small_buffer = 16L << 10;
constexpr long image_buffer = 64L << 10;

void set(CURL* easy, CURLoption option, auto value) {
  if (const auto result = curl_easy_setopt(easy, option, value); result != CURLE_OK)
    throw std::runtime_error(std::string("libcurl refuses an option: ") + curl_easy_strerror(result));
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || marks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

template <class Int>
std::optional<Int> parse_number(std::string_view text) {
  Int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// RFC 9110, section 10.2.3: seconds or a date.
std::optional<duration> parse_retry_after(std::string_view value) {
  std::int64_t seconds = 0;
  if (!value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c); })) {
    seconds = parse_number<std::int64_t>(value).value_or(std::int64_t{1} << 40);
  } else {
    const auto date = curl_getdate(std::string(value).c_str(), nullptr);
    if (date < 0)
      return std::nullopt;
    seconds = std::max<std::int64_t>(0, date - std::time(nullptr));
  }
  return std::min<duration>(longest_retry_after, std::chrono::seconds(std::min<std::int64_t>(seconds, 3600)));
}

long milliseconds(duration value) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(value).count();
  return static_cast<long>(std::clamp<std::int64_t>(ms, 1, 24 * 3'600'000));
}

/// Failures that libcurl reports before it has a connection to send on.
bool precedes_sending(CURLcode result) {
  switch (result) {
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_FAILED_INIT:
  case CURLE_URL_MALFORMAT:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_OPERATION_TIMEDOUT:
  case CURLE_SEND_ERROR:
    return true;
  default:
    return false;
  }
}

/// 0: the address has none. Both families keep the port in the same place.
int port_of(const curl_sockaddr& address) {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  if (address.family != AF_INET && address.family != AF_INET6)
    return 0;
  sockaddr_in in{};
  std::memcpy(&in, &address.addr, sizeof in);
  return ntohs(in.sin_port);
}

} // namespace

void egress_ledger::called(recipient to, const std::string& host) {
  const std::lock_guard lock(mutex_);
  auto& counters = counters_[to];
  ++counters.calls;
  ++counters.hosts[host];
}

void egress_ledger::refused(recipient to) {
  const std::lock_guard lock(mutex_);
  ++counters_[to].refused;
}

void egress_ledger::connected(recipient to, const std::string& host) {
  const std::lock_guard lock(mutex_);
  ++counters_[to].connections[host];
}

void egress_ledger::refused_mail(recipient to) {
  const std::lock_guard lock(mutex_);
  auto& counters = counters_[to];
  ++counters.refused;
  ++counters.mail;
}

std::map<recipient, egress_counters> egress_ledger::snapshot() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

curl_exchange::curl_exchange(const curl_settings& settings, egress_ledger& ledger, curl_loop& loop)
    : settings_(settings), ledger_(ledger), loop_(loop), easy_(curl_easy_init()) {
  if (easy_ == nullptr)
    throw std::bad_alloc();
  set_constant_options();
}

curl_exchange::~curl_exchange() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

curl_exchange* curl_exchange::of(CURL* easy) {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return reinterpret_cast<curl_exchange*>(self);
}

void curl_exchange::set_constant_options() {
  set(easy_, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_PROXY, ""); // an empty name also switches off the proxy variables of the environment
  set(easy_, CURLOPT_NOPROXY, "*");
  set(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy_, CURLOPT_PROTOCOLS_STR, settings_.allow_loopback ? "https,http" : "https");
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(settings_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  // Without it, a call that gives up on a slow name server would hold the thread until the look-up itself ends.
  set(easy_, CURLOPT_QUICK_EXIT, 1L);
  if (!settings_.ca_file.empty())
    set(easy_, CURLOPT_CAINFO, settings_.ca_file.c_str());
  set(easy_, CURLOPT_HEADERFUNCTION, &curl_exchange::on_header);
  set(easy_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_WRITEFUNCTION, &curl_exchange::on_body);
  set(easy_, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_PREREQFUNCTION, &curl_exchange::on_request);
  set(easy_, CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, &curl_exchange::on_open_socket);
  set(easy_, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_CLOSESOCKETFUNCTION, &curl_exchange::on_close_socket);
  set(easy_, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(&loop_)); // a connection outlives the call that opened it
  set(easy_, CURLOPT_UPLOAD_BUFFERSIZE, small_buffer);             // over TLS requests are copied there
}

bool curl_exchange::prepare(http_call call, std::unique_ptr<response_sink> sink, url_target target) {
  call_ = std::move(call);
  sink_ = std::move(sink);
  target_ = std::move(target);
  head_ = {};
  header_bytes_ = body_bytes_ = 0;
  head_delivered_ = false;
  verdict_.reset();
  last_activity_ = loop_.now();
  if (!set_body() || !set_headers())
    return false;
  const auto& limits = call_.limits;
  set(easy_, CURLOPT_URL, call_.url.c_str());
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect));
  set(easy_, CURLOPT_TIMEOUT_MS, milliseconds(limits.total));
  set(easy_, CURLOPT_MAXAGE_CONN, call_.repeatable ? kept_seconds : fresh_enough_seconds);
  set(easy_, CURLOPT_BUFFERSIZE, limits.max_body > (1u << 20) ? image_buffer : small_buffer);
  return true;
}

bool curl_exchange::set_body() {
  // A handle keeps the name of such a method for all calls that follow, until it is told otherwise.
  set(easy_, CURLOPT_CUSTOMREQUEST, call_.method == "DELETE" ? "DELETE" : static_cast<const char*>(nullptr));
  if (call_.method == "GET" || call_.method == "DELETE") {
    set(easy_, CURLOPT_HTTPGET, 1L);
    return call_.body.empty();
  }
  if (call_.method != "POST")
    return false;
  set(easy_, CURLOPT_POST, 1L);
  set(easy_, CURLOPT_POSTFIELDS, call_.body.c_str());
  set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
  return true;
}

bool curl_exchange::set_headers() {
  curl_slist_free_all(headers_);
  headers_ = curl_slist_append(curl_slist_append(nullptr, "Expect:"), "User-Agent: easel/" EASEL_VERSION);
  for (const auto& [name, value] : call_.headers) {
    if (!is_token(name) || !is_field_value(value))
      return false;
    auto* longer = curl_slist_append(headers_, (name + ": " + value).c_str());
    if (longer == nullptr)
      throw std::bad_alloc();
    headers_ = longer;
  }
  set(easy_, CURLOPT_HTTPHEADER, headers_);
  return true;
}

std::optional<curl_exchange::clock::time_point> curl_exchange::idle_deadline() const {
  if (call_.limits.idle >= call_.limits.total)
    return std::nullopt;
  return last_activity_ + call_.limits.idle;
}

bool curl_exchange::request_left() const {
  long bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0 || head_delivered_;
}

wire_end curl_exchange::ended(CURLcode result) const {
  if (verdict_)
    return *verdict_;
  if (result == CURLE_OK)
    return head_delivered_ ? wire_end::complete : wire_end::reset;
  if (!request_left() && precedes_sending(result))
    return wire_end::not_sent;
  return result == CURLE_OPERATION_TIMEDOUT ? wire_end::timed_out : wire_end::reset;
}

std::unique_ptr<response_sink> curl_exchange::release() {
  // A prompt is not kept for the next call (RIGHT-3). A string that is assigned an empty one keeps its memory, and what
  // was in it; the handle frees what it copied for TLS when it is told the size of that.
  const http_call gone(std::move(call_));
  set(easy_, CURLOPT_UPLOAD_BUFFERSIZE, small_buffer);
  return std::move(sink_);
}

bool curl_exchange::take_header_line(std::string_view line) {
  last_activity_ = loop_.now();
  header_bytes_ += line.size();
  if (header_bytes_ > call_.limits.max_headers) {
    verdict_ = wire_end::too_large;
    return false;
  }
  if (head_delivered_) // trailers
    return true;
  if (line.substr(0, 5) == "HTTP/") { // a new head begins: what an interim response said is void
    head_ = {};
    return true;
  }
  if (trim(line).empty())
    return finish_head();
  if (const auto colon = line.find(':'); colon != std::string_view::npos)
    take_field(ascii_lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
  return true;
}

void curl_exchange::take_field(std::string_view name, std::string_view value) {
  if (name == "content-type")
    head_.content_type = ascii_lower(trim(value.substr(0, value.find(';'))));
  else if (name == "retry-after" && !head_.retry_after)
    head_.retry_after = parse_retry_after(value);
  else if (name == "cache-control")
    head_.max_age = parse_max_age(value);
  else if (name == "content-length")
    head_.content_length = parse_number<std::uint64_t>(value);
}

bool curl_exchange::finish_head() {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200)
    return true;
  head_.status = static_cast<int>(status);
  head_delivered_ = true;
  if (!sink_->on_head(head_)) {
    verdict_ = wire_end::stopped;
    return false;
  }
  if (head_.content_length.value_or(0) > call_.limits.max_body) {
    verdict_ = wire_end::too_large;
    return false;
  }
  return true;
}

bool curl_exchange::take_body(std::string_view piece) {
  last_activity_ = loop_.now();
  body_bytes_ += piece.size();
  if (body_bytes_ > call_.limits.max_body) {
    verdict_ = wire_end::too_large;
    return false;
  }
  if (!sink_->on_data(piece)) {
    verdict_ = wire_end::stopped;
    return false;
  }
  return true;
}

namespace {

/// An exception must not cross libcurl's C frames: it ends this one call.
template <class Step>
bool contained(std::optional<wire_end>& verdict, Step step) {
  try {
    return step();
  } catch (...) {
    verdict = wire_end::stopped;
    return false;
  }
}

} // namespace

std::size_t curl_exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<curl_exchange*>(self);
  const std::string_view line(data, size * count);
  return contained(exchange.verdict_, [&] { return exchange.take_header_line(line); }) ? line.size() : 0;
}

std::size_t curl_exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<curl_exchange*>(self);
  const std::string_view piece(data, size * count);
  return contained(exchange.verdict_, [&] { return exchange.take_body(piece); }) ? piece.size() : 0;
}

/// libcurl repeats a request by itself when a kept connection dies before the first byte of an answer, although the
/// server may have received all of it (before 8.16 no option forbids that). It asks here before each attempt.
int curl_exchange::on_request(void* self, char*, char*, int, int) {
  const auto& exchange = *static_cast<curl_exchange*>(self);
  return exchange.call_.repeatable || !exchange.request_left() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

curl_socket_t curl_exchange::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<curl_exchange*>(self);
  curl_socket_t opened = CURL_SOCKET_BAD;
  try {
    if (exchange.open_socket(*address, opened))
      return opened;
  } catch (...) { // libcurl tries the name's next address, if there is one
  }
  if (opened != CURL_SOCKET_BAD)
    ::close(opened);
  return CURL_SOCKET_BAD;
}

/// The last word before anything leaves, after the name was resolved. The host is one of the table, or the call would
/// not be here; whatever the table says, no mail is handed in and no address of ours is called.
bool curl_exchange::open_socket(const curl_sockaddr& address, curl_socket_t& opened) {
  if (policies::is_mail_port(port_of(address)) || policies::is_mail_port(target_.port)) {
    ledger_.refused_mail(call_.to);
    return false;
  }
  const auto reach = reach_of(address.addr, address.addrlen);
  const bool allowed = reach == address_reach::global || (reach == address_reach::loopback && settings_.allow_loopback);
  if (!allowed) {
    ledger_.refused(call_.to);
    return false;
  }
  opened = ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (opened < 0)
    return false;
  loop_.opened(opened);
  ledger_.connected(call_.to, target_.host_and_port());
  return true;
}

int curl_exchange::on_close_socket(void* loop, curl_socket_t socket) {
  static_cast<curl_loop*>(loop)->closing(socket);
  return ::close(socket);
}

} // namespace easel::client
