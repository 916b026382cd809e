#include "http/server/wire_exchange.hpp"

#include "http/server/answers.hpp"
#include "http/server/fields.hpp"
#include "http/server/rate_headers.hpp"
#include "http/server/security_headers.hpp"
#include "policies/vocabulary/base64.hpp"
#include "policies/vocabulary/uuid.hpp"

#include <ctime>
#include <random>
#include <utility>

namespace easel::server {

namespace {

/// Up to here an answer is one buffer and one write.
constexpr std::uint64_t whole_answer = 64u << 10;

std::string make_request_id(instant at) {
  // Unique rather than unguessable: nothing is granted for knowing one.
  thread_local std::mt19937_64 random((static_cast<std::uint64_t>(std::random_device{}()) << 32)
                                      ^ std::random_device{}());
  std::array<std::uint8_t, 10> bytes{};
  const std::uint64_t a = random(), b = random();
  for (std::size_t i = 0; i < 8; ++i)
    bytes[i] = static_cast<std::uint8_t>(a >> (8 * i));
  bytes[8] = static_cast<std::uint8_t>(b);
  bytes[9] = static_cast<std::uint8_t>(b >> 8);
  return "req_" + to_base32(make_uuid_v7(at, bytes));
}

/// RFC 9110, section 6.6.1; made once a second by each thread.
const std::string& date_now() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (std::exchange(made_at, now) != now)
    text = restinio::make_date_field_value(now);
  return text;
}

std::string cap_user_agent(std::string_view text) {
  std::string out(text.substr(0, 200));
  for (char& c : out)
    if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
      c = '?';
  return out;
}

std::string render(const std::vector<segment>& body, std::size_t length) {
  std::string out;
  out.reserve(length);
  for (const auto& part : body) {
    out += part.text;
    if (!part.bytes)
      continue;
    if (part.base64)
      append_base64(out, *part.bytes);
    else
      out += *part.bytes;
  }
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && restinio::impl::is_equal_caseless(a.data(), b.data(), a.size());
}

/// Ties a stream to the loop: as long as someone may push, there is somewhere to post to.
class owned_stream final : public event_stream {
public:
  enum class when_dropped : std::uint8_t { ends, breaks_off };

  owned_stream(std::shared_ptr<wire_loop> loop, std::shared_ptr<response_writer> writer, when_dropped otherwise)
      : loop_(std::move(loop)), writer_(std::move(writer)), otherwise_(otherwise) {}
  ~owned_stream() override {
    if (otherwise_ == when_dropped::ends)
      writer_->finish({});
    else
      writer_->break_off();
  }
  bool push(std::vector<segment> event) override { return writer_->push(std::move(event)); }
  void finish(written done) override { writer_->finish(std::move(done)); }
  void break_off() override { writer_->break_off(); }

private:
  std::shared_ptr<wire_loop> loop_; // dies last
  std::shared_ptr<response_writer> writer_;
  const when_dropped otherwise_;
};

/// Tells everyone concerned how an answer ended, once; dropped untold, it did not end well.
class ending {
public:
  ending(std::function<void(bool)> settle, written done) : settle_(std::move(settle)), done_(std::move(done)) {}
  ending(const ending&) = delete;
  ending& operator=(const ending&) = delete;
  ~ending() { tell(false); }

  void tell(bool complete) {
    if (auto done = std::exchange(done_, {}))
      done(complete);
    if (auto settle = std::exchange(settle_, {}))
      settle(complete);
  }

private:
  std::function<void(bool)> settle_;
  written done_;
};

/// HEAD of an event stream, or a second answer: there is nobody to write to.
class closed_stream final : public event_stream {
public:
  bool push(std::vector<segment>) override { return false; }
  void finish(written done) override {
    if (done)
      done(false);
  }
  void break_off() override {}
};

} // namespace

std::uint64_t wire_length(const segment& part) {
  const std::size_t bytes = part.bytes ? part.bytes->size() : 0;
  return part.text.size() + (part.base64 ? base64_length(bytes) : bytes);
}

std::uint64_t wire_length(const std::vector<segment>& body) {
  std::uint64_t sum = 0;
  for (const auto& part : body)
    sum += wire_length(part);
  return sum;
}

wire_exchange::wire_exchange(restinio::request_handle_t request, std::shared_ptr<wire_loop> loop,
                             const client_addresses& clients)
    : loop_(std::move(loop)), request_(std::move(request)), method_(request_->header().method().c_str()) {
  loop_->state->begin();
  record_.at = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  record_.request_id = make_request_id(record_.at);
  record_.user_agent = cap_user_agent(field("user-agent").value_or(""));
  auto known = clients.find(request_->remote_endpoint().address(), *this);
  if (known.unnamed)
    loop_->state->unnamed_requests.fetch_add(1, std::memory_order_relaxed);
  record_.ip = std::move(known.text);
  client = known.block;
}

wire_exchange::~wire_exchange() {
  if (!answered_.load())
    send_problem(*this, internal_error());
}

std::optional<std::string_view> wire_exchange::field(std::string_view name) const {
  std::optional<std::string_view> found;
  request_->header().for_each_field([&](const auto& f) {
    if (!found && same_name(f.name(), name))
      found = trim(f.value());
  });
  return found;
}

void wire_exchange::each_field(const std::function<void(std::string_view, std::string_view)>& see) const {
  request_->header().for_each_field([&](const auto& f) { see(f.name(), trim(f.value())); });
}

bool wire_exchange::must_close() const {
  // RESTinio would hand an answered upgrade request to the handler once more on a connection that stays open.
  return loop_->state->closing.load() || request_->header().connection() == restinio::http_connection_header_t::upgrade
         || method_ == "CONNECT" || closes;
}

std::function<void(bool)> wire_exchange::settler() {
  record_.route = route;
  record_.account = notes->account();
  return [state = loop_->state, record = record_, since = since_](bool) mutable {
    record.took = std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - since);
    if (state->log && !state->gone.load())
      state->log(std::move(record));
    state->end();
  };
}

template <class Output>
std::optional<restinio::response_builder_t<Output>> wire_exchange::begin(const answer_head& head) {
  if (answered_.exchange(true))
    return std::nullopt;
  record_.status = static_cast<std::int16_t>(head.status);
  const restinio::http_status_line_t line{restinio::http_status_code_t{static_cast<std::uint16_t>(head.status)},
                                          std::string(reason_phrase(head.status))};
  auto out = request_->create_response<Output>(line);
  if (must_close())
    out.connection_close();
  add_headers(out, head);
  return out;
}

template <class Builder>
void wire_exchange::add_headers(Builder& out, const answer_head& head) const {
  if (!head.content_type.empty())
    out.append_header("Content-Type", head.content_type);
  out.append_header("Date", date_now());
  out.append_header("x-request-id", record_.request_id);
  for (const auto& [name, value] : security_headers(head, loop_->state->is_https))
    out.append_header(name, value);
  loop_->state->count_cookies(head);
  for (const auto& [name, value] : head.headers)
    out.append_header(name, value);
  for (const auto& [name, value] : rate_headers(quotas()))
    out.append_header(name, value);
  for (const auto& cookie : head.cookies) // a field of its own for each (RFC 6265, section 3)
    out.append_header(std::string(set_cookie::field), cookie.value());
}

std::vector<policies::quota> wire_exchange::quotas() const {
  std::vector<policies::quota> all;
  if (address_quota)
    all.push_back(*address_quota);
  const auto of_caller = notes->quotas();
  all.insert(all.end(), of_caller.begin(), of_caller.end());
  return all;
}

void wire_exchange::send(answer_head head, std::vector<segment> body, written done) {
  const auto length = wire_length(body);
  if (method_ == "HEAD" || head.status == 304)
    send_head(head, length, std::move(done));
  else if (length <= whole_answer)
    send_whole(head, body, length, std::move(done));
  else
    send_pieces(head, std::move(body), length, std::move(done));
}

template <class Builder>
void wire_exchange::post_done(Builder out, written done) {
  auto told = std::make_shared<ending>(settler(), std::move(done));
  asio::post(loop_->io, [out = std::move(out), told = std::move(told)]() mutable {
    out.done([told](const asio::error_code& ec) { told->tell(!ec); });
  });
}

void wire_exchange::send_whole(const answer_head& head, const std::vector<segment>& body, std::size_t length,
                               written done) {
  auto out = begin<restinio::restinio_controlled_output_t>(head);
  if (!out) {
    if (done)
      done(false);
    return;
  }
  out->set_body(render(body, length));
  post_done(std::move(*out), std::move(done));
}

void wire_exchange::send_head(const answer_head& head, std::uint64_t length, written done) {
  // Only the head was asked for: no body reaches anybody, so nothing is delivered.
  if (done)
    done(false);
  if (auto out = begin<restinio::user_controlled_output_t>(head)) {
    out->set_content_length(length);
    post_done(std::move(*out), {});
  }
}

void wire_exchange::send_pieces(const answer_head& head, std::vector<segment> body, std::uint64_t length,
                                written done) {
  auto out = begin<restinio::user_controlled_output_t>(head);
  if (!out) {
    if (done)
      done(false);
    return;
  }
  out->set_content_length(length);
  auto writer = std::make_shared<response_writer>(*loop_, std::move(*out), stream_options{}, settler());
  (void)writer->push(std::move(body)); // a new writer takes its first frame
  writer->finish(std::move(done));
}

std::shared_ptr<event_stream> wire_exchange::open_stream(answer_head head, stream_options options) {
  head.content_type = "text/event-stream";
  head.headers.push_back({"X-Accel-Buffering", "no"});
  head.headers.push_back({"Cache-Control", "private, no-store, no-transform"}); // nobody on the way may gather events
  if (method_ == "HEAD") {
    send_head(head, 0, {});
    return std::make_shared<closed_stream>();
  }
  auto out = begin<restinio::chunked_output_t>(head);
  if (!out)
    return std::make_shared<closed_stream>();
  auto writer = std::make_shared<response_writer>(*loop_, std::move(*out), std::move(options), settler());
  writer->start_stream();
  return std::make_shared<owned_stream>(loop_, std::move(writer), owned_stream::when_dropped::ends);
}

std::shared_ptr<event_stream> wire_exchange::open_body(answer_head head, std::function<void()> hungry) {
  auto out = begin<restinio::chunked_output_t>(head);
  if (!out)
    return std::make_shared<closed_stream>();
  auto writer = std::make_shared<response_writer>(*loop_, std::move(*out), stream_options{}, settler());
  writer->when_written(std::move(hungry));
  return std::make_shared<owned_stream>(loop_, std::move(writer), owned_stream::when_dropped::breaks_off);
}

} // namespace easel::server
