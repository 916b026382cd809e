#include "tools/simulator/simulator.hpp"

#include <stdexcept>

#include <asio/post.hpp>

namespace easel::simulator {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

asio::ip::address_v4 loopback(const std::string& text) {
  asio::error_code ec;
  auto address = asio::ip::make_address_v4(text, ec);
  if (ec || !address.is_loopback())
    throw std::runtime_error("the simulator listens on 127.0.0.0/8 only");
  return address;
}

} // namespace

world::world(settings s, asio::io_context& loop) : set(std::move(s)), timers(loop), pictures(2), kept(set.task_file) {}

void reply_plainly(visit& v, int status, const std::string& why) {
  auto s = to_script(json_answer(status, json{{"error", {{"message", why + " (simulated)"}}}}.dump()));
  s.of = v.all.book.begin(route::other, v.request, {}, nullptr);
  v.reply(std::move(s));
}

bool nests_deeper_than(std::string_view text, int limit) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > limit)
      return true;
    else if (!quoted && (text[i] == ']' || text[i] == '}'))
      --depth;
  }
  return false;
}

json parse_body(const http_request& request) {
  if (nests_deeper_than(request.body, 64))
    return {};
  auto parsed = json::parse(request.body, nullptr, false);
  return parsed.is_object() ? parsed : json();
}

std::uint64_t picture_seed(const route_behaviour& how, const std::string& prompt, int index) {
  auto seed = stable_hash(prompt) + 0x9e3779b97f4a7c15u * std::uint64_t(index);
  return how.variants == 0 ? seed : seed % how.variants;
}

server::server(settings s, const json& behaviour) {
  for (int i = 0; i < std::max(s.threads, 1); ++i) {
    loops_.push_back(std::make_unique<asio::io_context>(1));
    guards_.push_back(asio::make_work_guard(*loops_.back()));
  }
  asio::ip::tcp::endpoint where(loopback(s.address), s.port);
  world_ = std::make_unique<world>(std::move(s), *loops_.front());
  if (auto wrong = world_->rules.merge(behaviour))
    throw std::runtime_error("behaviour: " + *wrong);
  world_->tasks.set_balance(world_->rules.peek(route::kie_credit).credits);
  handler_ = [this](http_request request, const reply_function& reply) { handle(std::move(request), reply); };
  acceptor_ = std::make_unique<asio::ip::tcp::acceptor>(*loops_.front());
  acceptor_->open(where.protocol());
  acceptor_->set_option(asio::socket_base::reuse_address(true));
  acceptor_->bind(where);
  acceptor_->listen(4096);
  port_ = acceptor_->local_endpoint().port();
  world_->base_url = "http://" + where.address().to_string() + ":" + std::to_string(port_);
  recall_tasks(*world_);
  accept();
  for (auto& loop : loops_)
    threads_.emplace_back([&loop] { loop->run(); });
}

server::~server() {
  for (auto& loop : loops_)
    loop->stop();
  for (auto& t : threads_)
    t.join();
  // Connections live in the loops' queues and point to the world; drawings point to connections.
  world_->pictures.stop();
  acceptor_.reset();
  guards_.clear();
  loops_.clear();
}

void server::accept() {
  auto& loop = *loops_[next_loop_++ % loops_.size()];
  acceptor_->async_accept(loop, [this](asio::error_code ec, asio::ip::tcp::socket socket) {
    if (!ec) {
      std::make_shared<connection>(std::move(socket), handler_, open_)->start();
      return accept();
    }
    if (ec == asio::error::operation_aborted)
      return;
    // Out of descriptors, most likely: look again when something may have been closed.
    auto later = std::make_shared<asio::steady_timer>(acceptor_->get_executor(), milliseconds(50));
    later->async_wait([this, later](asio::error_code stopped) {
      if (!stopped)
        accept();
    });
  });
}

void server::handle(http_request request, const reply_function& reply) {
  std::string path = request.path;
  visit v{*world_, std::move(request), reply};
  if (starts_with(path, "/openai/"))
    return serve_moderation(std::move(v));
  if (starts_with(path, "/sub2api/"))
    return serve_sub2api(std::move(v));
  if (starts_with(path, "/kie/"))
    return serve_kie(std::move(v));
  if (starts_with(path, "/control/"))
    return serve_control(std::move(v));
  if (path == "/")
    return serve_home(std::move(v));
  reply_plainly(v, 404, "no such route");
}

} // namespace easel::simulator
