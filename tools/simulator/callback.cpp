#include "tools/simulator/world.hpp"

#include "policies/vocabulary/base64.hpp"

#include <charconv>

#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/// The signed callback of the job API (upstreams, sections 4.5 and 4.7).
namespace easel::simulator {
namespace {

constexpr milliseconds receiver_limit{15'000};

struct target {
  asio::ip::tcp::endpoint where;
  std::string host, path;
};

/// Plain http to a loopback address, nothing else: a simulator must not be able to reach out.
std::optional<target> read_url(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (url.substr(0, scheme.size()) != scheme || url.find_first_of(" \t\r\n") != std::string_view::npos)
    return std::nullopt;
  url.remove_prefix(scheme.size());
  auto slash = std::min(url.find('/'), url.size());
  auto authority = url.substr(0, slash);
  auto colon = authority.rfind(':');
  auto host = std::string(authority.substr(0, colon));
  unsigned port = 80;
  if (colon != std::string_view::npos) {
    auto digits = authority.substr(colon + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0 || port > 65'535)
      return std::nullopt;
  }
  asio::error_code ec;
  auto address = asio::ip::make_address_v4(host == "localhost" ? "127.0.0.1" : host, ec);
  if (ec || !address.is_loopback())
    return std::nullopt;
  auto path = slash == url.size() ? "/" : std::string(url.substr(slash));
  return target{{address, static_cast<unsigned short>(port)}, std::string(authority), path};
}

std::string sign(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), int(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       mac.data(), &size);
  std::string out;
  append_base64(out, {reinterpret_cast<const char*>(mac.data()), size});
  return out;
}

std::string callback_request(world& all, const kie_task& t, const target& to, const std::optional<fault>& wrong) {
  auto stage = stage_of(t, t.polls_until_done + t.no_record_polls, t.started + t.takes);
  bool failed = stage == kie_stage::fail;
  auto data = task_record(all, t, stage);
  data["consumeCredits"] = data["creditsConsumed"];
  auto body =
    json{{"code", failed ? 501 : 200}, {"msg", failed ? "task failed" : "success"}, {"data", std::move(data)}}.dump();
  std::string head =
    "POST " + to.path + " HTTP/1.1\r\nHost: " + to.host
    + "\r\nContent-Type: application/json\r\nConnection: close\r\nX-Simulated: easel\r\nContent-Length: "
    + std::to_string(body.size()) + "\r\n";
  if (!all.set.kie_webhook_key.empty()) {
    auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    auto sent = std::to_string(now.count() - (wrong && wrong->kind == fault_kind::stale ? 3600 : 0));
    auto key = all.set.kie_webhook_key + (wrong && wrong->kind == fault_kind::bad_signature ? "!" : "");
    head += "X-Webhook-Timestamp: " + sent + "\r\nX-Webhook-Signature: " + sign(key, t.id + "." + sent) + "\r\n";
  }
  return head + "\r\n" + body;
}

/// One delivery, from connect to the status line. Notes how it ended.
class delivery : public std::enable_shared_from_this<delivery> {
public:
  delivery(world& all, target to, std::string message)
      : all_(all), to_(std::move(to)), message_(std::move(message)), socket_(all.timers), limit_(all.timers) {}

  void start() {
    limit_.expires_after(receiver_limit);
    limit_.async_wait([weak = weak_from_this()](asio::error_code ec) {
      auto self = weak.lock();
      asio::error_code ignored;
      if (self != nullptr && !ec)
        self->socket_.close(ignored);
    });
    socket_.async_connect(to_.where, [self = shared_from_this()](asio::error_code ec) {
      if (ec)
        return self->end("undelivered");
      self->write();
    });
  }

private:
  void write() {
    asio::async_write(socket_, asio::buffer(message_), [self = shared_from_this()](asio::error_code ec, std::size_t) {
      if (ec)
        return self->end("undelivered");
      asio::async_read_until(self->socket_, self->answer_, "\r\n", [self](asio::error_code failed, std::size_t) {
        std::string line(asio::buffers_begin(self->answer_.data()), asio::buffers_end(self->answer_.data()));
        auto code = line.rfind("HTTP/1.", 0) == 0 && line.size() >= 12 ? line.substr(9, 3) : "";
        self->end(failed || code.empty() ? "undelivered" : code == "200" ? "delivered" : "rejected");
      });
    });
  }

  void end(const char* how) {
    all_.book.note(route::kie_callback, how);
    limit_.cancel();
    asio::error_code ignored;
    socket_.close(ignored);
  }

  world& all_;
  target to_;
  std::string message_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer limit_;
  asio::streambuf answer_{16u << 10};
};

} // namespace

void send_callback(world& all, const task_ptr& t) {
  auto d = all.rules.decide(route::kie_callback, t->prompt);
  if (d.wrong)
    all.book.fault_given(route::kie_callback, d.wrong->kind);
  if (d.wrong && d.wrong->kind == fault_kind::never)
    return;
  auto to = read_url(t->callback_url);
  if (!to)
    return all.book.note(route::kie_callback, "not_loopback");
  asio::post(all.timers, [&all, t, to = *to, d] {
    auto timer = std::make_shared<asio::steady_timer>(all.timers, d.delay);
    timer->async_wait([&all, t, to, d, timer](asio::error_code ec) {
      if (ec)
        return;
      int times = d.wrong && d.wrong->kind == fault_kind::twice ? 2 : 1;
      for (int i = 0; i < times; ++i) {
        all.book.note(route::kie_callback, "sent");
        std::make_shared<delivery>(all, to, callback_request(all, *t, to, d.wrong))->start();
      }
    });
  });
}

} // namespace easel::simulator
