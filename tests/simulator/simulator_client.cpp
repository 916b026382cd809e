#include "tests/simulator/simulator_client.hpp"

#include <algorithm>
#include <sstream>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <boost/test/unit_test.hpp>

namespace easel::simulator::test {
namespace {

/// False when the chunks end before the last one.
bool dechunk(std::string_view text, std::string& out) {
  while (true) {
    auto line = text.find("\r\n");
    if (line == std::string_view::npos)
      return false;
    auto size = std::stoul(std::string(text.substr(0, line)), nullptr, 16);
    text.remove_prefix(line + 2);
    if (size == 0)
      return text == "\r\n";
    out += text.substr(0, size);
    if (text.size() < size + 2)
      return false;
    text.remove_prefix(size + 2);
  }
}

void interpret(seen& s) {
  auto end = s.raw.find("\r\n\r\n");
  if (s.raw.rfind("HTTP/1.1 ", 0) != 0 || end == std::string::npos)
    return;
  s.head = s.raw.substr(0, end + 2);
  s.status = std::stoi(s.raw.substr(9, 3));
  auto rest = std::string_view(s.raw).substr(end + 4);
  if (s.header("transfer-encoding") == "chunked") {
    s.whole = dechunk(rest, s.body);
  } else {
    s.promised = std::stoul(s.header("content-length"));
    s.body = rest;
    s.whole = s.body.size() == s.promised;
  }
}

} // namespace

std::string seen::header(const std::string& name) const {
  auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos)
    return {};
  auto begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

seen send_raw(std::uint16_t port, const std::string& bytes, bool hang_up) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::error_code ec;
  asio::write(socket, asio::buffer(bytes), ec); // the server may close before it has read everything
  if (hang_up)
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
  seen out;
  asio::read(socket, asio::dynamic_buffer(out.raw), ec);
  out.end = ec == asio::error::eof ? wire::closed : wire::reset;
  interpret(out);
  return out;
}

seen ask(std::uint16_t port, const std::string& path, const std::string& body, const options& o) {
  std::string text = o.method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  if (!o.key.empty())
    text += "Authorization: Bearer " + o.key + "\r\n";
  for (const auto& line : o.more_headers)
    text += line + "\r\n";
  text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  return send_raw(port, text, o.hang_up_at_once);
}

seen fixture::create(const std::string& prompt, json more) {
  json input{{"prompt", prompt}};
  if (more.contains("input")) {
    input.update(more["input"]);
    more.erase("input");
  }
  json body{{"model", "gpt-image-2-text-to-image"}, {"input", input}};
  body.update(more);
  return post("/kie/api/v1/jobs/createTask", body, "sk-sim-kie");
}

std::string fixture::created(const std::string& prompt, json more) {
  auto answer = create(prompt, std::move(more)).parsed();
  BOOST_TEST_REQUIRE(answer.at("code") == 200);
  return answer.at("data").at("taskId").get<std::string>();
}

void fixture::behave(const json& patch) {
  auto answer = post("/control/behaviour", patch);
  BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
}

std::size_t fixture::count(const std::string& route, const std::string& prompt) {
  std::string query;
  for (unsigned char c : prompt) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    query += '%';
    query += digits[c >> 4];
    query += digits[c & 15];
  }
  auto answer = get("/control/count?route=" + route + "&prompt=" + query).parsed();
  BOOST_TEST(answer.at("complete") == true);
  return answer.at("count").get<std::size_t>();
}

std::vector<std::pair<std::string, json>> events_of(const std::string& stream) {
  std::vector<std::pair<std::string, json>> out;
  std::istringstream lines(stream);
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("event: ", 0) == 0)
      name = line.substr(7);
    if (line.rfind("data: ", 0) == 0)
      out.emplace_back(std::exchange(name, {}), json::parse(line.substr(6)));
  }
  return out;
}

} // namespace easel::simulator::test
