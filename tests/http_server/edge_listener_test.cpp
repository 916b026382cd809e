#include "server_fixture.hpp"

#include "tests/support/certificates.hpp"

#include <asio.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <thread>

using namespace easel;
using namespace easel::tests;
using namespace std::chrono_literals;

namespace {

server::listener_settings on(const std::string& path) {
  server::listener_settings net;
  net.socket_path = path;
  return net;
}

/// For connections that may idle long, but whose requests must come whole at once.
server::listener_settings impatient() {
  server::listener_settings net;
  net.read_limit = 500ms;
  net.keep_alive_limit = 1h;
  return net;
}

expected<std::unique_ptr<server::listener>, std::string> open_nothing(const std::string& path) {
  return server::listener::open(on(path), server::route_table({}), {});
}

bool is_socket(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode);
}

/// What a killed process leaves behind.
void leave_stale_socket(const std::string& path) {
  asio::io_context io;
  asio::local::stream_protocol::acceptor dead(io, path);
}

} // namespace

namespace {

/// Leaves this process without a free descriptor.
class descriptor_shortage {
public:
  descriptor_shortage() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto few = before_;
    few.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 512); // so that there are not too many to take
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd = ::dup(STDERR_FILENO); fd >= 0; fd = ::dup(STDERR_FILENO))
      taken_.push_back(fd);
  }
  ~descriptor_shortage() {
    for (const int fd : taken_)
      ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  descriptor_shortage(const descriptor_shortage&) = delete;
  descriptor_shortage& operator=(const descriptor_shortage&) = delete;

private:
  rlimit before_{};
  std::vector<int> taken_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(accepting)

BOOST_AUTO_TEST_CASE(goes_on_after_a_moment_without_descriptors) {
  server_fixture server;
  asio::io_context io;
  asio::ip::tcp::socket client(io);
  client.open(asio::ip::tcp::v4());
  {
    const descriptor_shortage shortage;
    client.connect({asio::ip::address_v4::loopback(), server.listener->port()});
    while (server.listener->figures().failed_accepts == 0)
      std::this_thread::yield();
  }
  asio::write(client, asio::buffer(request_text("GET", "/healthz")));
  std::string answer;
  asio::read_until(client, asio::dynamic_buffer(answer), "\r\n\r\n");
  BOOST_TEST(answer.starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(unix_sockets, scratch_folder)

BOOST_AUTO_TEST_CASE(serve_and_believe_whoever_may_open_them) {
  auto net = on(file("easel.sock"));
  net.connections_per_address = 1;
  server_fixture server({}, net);
  BOOST_TEST(server.listener->where() == file("easel.sock"));
  BOOST_TEST(server.listener->port() == 0);
  std::deque<raw_client> open;
  for (int i = 0; i < 3; ++i) {
    open.emplace_back(file("easel.sock"));
    open.back().send(request_text("GET", "/healthz", "X-Forwarded-For: 9.9.9.9, 2001:db8::7\r\n"));
    BOOST_TEST(open.back().read().status == 200);
    BOOST_TEST(server.log.take().ip == "2001:db8::7");
  }
  open.back().send(request_text("GET", "/healthz"));
  BOOST_TEST(open.back().read().status == 200);
  BOOST_TEST(server.log.take().ip == "127.0.0.1"); // somebody on this machine
  BOOST_TEST(server.listener->figures().unnamed_requests == 1u);
}

BOOST_AUTO_TEST_CASE(have_the_mode_that_was_asked_for) {
  for (const std::uint32_t mode : {0600u, 0660u, 0666u}) {
    auto net = on(file("easel.sock"));
    net.socket_mode = mode;
    const server_fixture server({}, net);
    struct stat facts {};
    BOOST_REQUIRE(::stat(file("easel.sock").c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & 07777) == mode);
  }
}

BOOST_AUTO_TEST_CASE(replace_what_a_killed_process_left_and_leave_nothing_themselves) {
  leave_stale_socket(file("easel.sock"));
  BOOST_REQUIRE(is_socket(file("easel.sock")));
  {
    server_fixture server({}, on(file("easel.sock")));
    raw_client client(file("easel.sock"));
    client.send(request_text("GET", "/healthz"));
    BOOST_TEST(client.read().status == 200);
  }
  BOOST_TEST(!std::filesystem::exists(file("easel.sock")));
}

BOOST_AUTO_TEST_CASE(are_not_taken_from_a_process_that_lives) {
  server_fixture server({}, on(file("easel.sock")));
  const auto second = open_nothing(file("easel.sock"));
  BOOST_REQUIRE(!second);
  BOOST_TEST(second.error().find("another process listens there") != std::string::npos, second.error());
  raw_client client(file("easel.sock"));
  client.send(request_text("GET", "/healthz"));
  BOOST_TEST(client.read().status == 200);
}

BOOST_AUTO_TEST_CASE(never_replace_a_file_that_is_no_socket) {
  write("easel.sock", "precious");
  const auto refused = open_nothing(file("easel.sock"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().find(file("easel.sock")) != std::string::npos);
  BOOST_TEST(read("easel.sock") == "precious");
}

BOOST_AUTO_TEST_CASE(leave_alone_what_somebody_else_has_put_in_their_place) {
  {
    const server_fixture server({}, on(file("easel.sock")));
    std::filesystem::remove(file("easel.sock"));
    write("easel.sock", "precious");
  }
  BOOST_TEST(read("easel.sock") == "precious");
}

BOOST_AUTO_TEST_CASE(take_no_more_once_they_stop_and_are_gone) {
  server_fixture server({}, on(file("easel.sock")));
  server.listener->stop_accepting();
  while (std::filesystem::exists(file("easel.sock")))
    std::this_thread::yield();
  BOOST_CHECK_THROW(raw_client(file("easel.sock")), asio::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(slow_clients)

BOOST_AUTO_TEST_CASE(a_request_that_does_not_come_whole_in_time_is_cut_off) {
  server_fixture server({}, impatient());
  auto head = server.connect(), body = server.connect();
  head.send("GET /healthz HTTP/1.1\r\nHost: te");
  body.send("POST /v1/generations HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n{");
  BOOST_TEST(head.read().closed);
  BOOST_TEST(body.read().closed);
  BOOST_TEST(server.listener->figures().slow_requests == 2u);
}

BOOST_AUTO_TEST_CASE(a_connection_without_a_request_may_idle_for_longer) {
  server_fixture server({}, impatient());
  auto silent = server.connect(), kept = server.connect();
  kept.send(request_text("GET", "/healthz"));
  BOOST_TEST(kept.read().status == 200);
  auto slow = server.connect();
  slow.send("GET /");
  BOOST_TEST(slow.read().closed); // by now the others have idled for as long as a request may take
  for (auto* client : {&silent, &kept}) {
    client->send(request_text("GET", "/healthz"));
    BOOST_TEST(client->read().status == 200);
  }
}

BOOST_AUTO_TEST_CASE(the_time_of_a_request_does_not_count_while_it_is_answered_or_for_the_next) {
  server_fixture server({}, impatient());
  auto client = server.connect();
  for (int i = 0; i < 2; ++i) {
    const auto whole = request_text("GET", "/v1/account", bearer);
    client.send(whole.substr(0, 20)); // in two pieces, so that the time is taken
    client.send(whole.substr(20));
    auto question = server.front.questions.take();
    auto slow = server.connect();
    slow.send("GET /");
    BOOST_TEST(slow.read().closed); // the limit has passed while the answer was made
    question.reply(actors::query_answer(actors::account_answer{}));
    BOOST_TEST(client.read().status == 200);
  }
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct tls_fixture : certificate_workshop {
  tls_fixture() {
    authority("ca");
    certificate("server", "ca");
  }
  [[nodiscard]] server::listener_settings net() const {
    server::listener_settings out;
    out.tls = {file("server.pem"), file("server.key"), "", 100ms};
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_listeners, tls_fixture)

BOOST_AUTO_TEST_CASE(cut_off_whoever_does_not_shake_hands) {
  server_fixture server({}, net());
  auto silent = server.connect(), half = server.connect();
  half.send(std::string("\x16\x03\x01\x02\x00", 5)); // a record that says it is long
  BOOST_TEST(silent.read().closed);
  BOOST_TEST(half.read().closed);
  BOOST_TEST(server.listener->figures().failed_handshakes == 2u);
}

BOOST_AUTO_TEST_CASE(count_connections_before_anybody_has_shaken_hands) {
  auto patient = net();
  patient.max_connections = 2;
  patient.tls.handshake_limit = 1h;
  server_fixture server({}, patient);
  auto one = server.connect(), two = server.connect(), three = server.connect();
  BOOST_TEST(three.read().closed);
  BOOST_TEST(server.listener->open_connections() == 2);
  BOOST_TEST(server.listener->figures().refused_connections == 1u);
}

BOOST_AUTO_TEST_CASE(do_not_speak_without_tls) {
  server_fixture server({}, net());
  auto plain = server.connect();
  plain.send_whatever_is_taken(request_text("GET", "/healthz"));
  BOOST_TEST(plain.read().status != 200);
  while (server.listener->figures().failed_handshakes == 0)
    std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(exchange_their_certificate_while_they_run_or_keep_the_old_one) {
  server_fixture server({}, net());
  const auto first = server.listener->figures().tls;
  BOOST_REQUIRE(first);
  certificate("server", "ca", 3);
  BOOST_TEST(bool(server.listener->reload_certificate()));
  const auto second = server.listener->figures().tls;
  BOOST_TEST((second->expires < first->expires));
  BOOST_TEST(second->reloads == 1u);
  write("server.pem", "garbage");
  const auto refused = server.listener->reload_certificate();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().find("server.pem") != std::string::npos);
  const auto third = server.listener->figures().tls;
  BOOST_TEST((third->expires == second->expires));
  BOOST_TEST(third->failed_reloads == 1u);
}

BOOST_AUTO_TEST_CASE(do_not_open_with_files_that_are_not_fit_for_use) {
  auto wrong = net();
  wrong.port = 0;
  wrong.tls.key = file("ca.key");
  const auto refused = server::listener::open(wrong, server::route_table({}), {});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().find("does not belong to the certificate") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
