// A bare RESTinio handler: one thread, one fixed JSON answer of SIZE bytes for whatever is asked. No routes, no keys,
// no limits, no log. What HTTP itself costs on this stack, beside which the server's own work is measured.
//
//   bench_restinio SIZE PORT_FILE      listens on a free port of 127.0.0.1 until SIGTERM
#include <restinio/all.hpp>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

namespace {

struct traits : restinio::default_single_thread_traits_t {
  using timer_manager_t = restinio::asio_timer_manager_t;
};

} // namespace

int main(int argc, char** argv) {
  std::size_t size = 0;
  if (argc != 3 || std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), size).ec != std::errc()) {
    std::cerr << "usage: bench_restinio SIZE PORT_FILE\n";
    return 2;
  }
  const std::string port_file = argv[2];
  const std::string body = R"({"filler":")" + std::string(size > 13 ? size - 13 : 0, 'x') + "\"}";
  restinio::asio_ns::io_context io;
  restinio::http_server_t<traits> server(restinio::external_io_context(io),
                                         restinio::server_settings_t<traits>{}
                                           .address("127.0.0.1")
                                           .port(0)
                                           .acceptor_post_bind_hook([&](auto& acceptor) {
                                             const std::string unfinished = port_file + ".new";
                                             std::ofstream(unfinished) << acceptor.local_endpoint().port() << '\n';
                                             std::rename(unfinished.c_str(), port_file.c_str());
                                           })
                                           .request_handler([&body](const auto& request) {
                                             return request->create_response()
                                               .append_header(restinio::http_field::content_type, "application/json")
                                               .set_body(std::string_view(body))
                                               .done();
                                           }));
  restinio::asio_ns::signal_set ending(io, SIGTERM, SIGINT);
  ending.async_wait([&](const auto&, int) { io.stop(); });
  server.open_async([] {}, [](const std::exception_ptr& why) { std::rethrow_exception(why); });
  io.run();
}
