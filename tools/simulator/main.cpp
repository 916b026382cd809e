#include "tools/simulator/simulator.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include <asio/signal_set.hpp>

namespace {

using easel::simulator::json;

constexpr const char* usage = R"(easel-simulator: sub2api, kie.ai and OpenAI moderation, simulated on loopback
  --listen 127.0.0.1:PORT   port 0 (the default) takes any free one
  --port-file FILE          gets the port once it listens
  --config FILE             JSON: behaviour per route (docs/simulator.md)
  --threads N               1 to 64
  --sub2api-key KEY  --kie-key KEY  --openai-key KEY
  --kie-webhook-key KEY     signs callbacks
  --task-file FILE          keeps kie.ai's tasks over restarts
)";

struct command_line {
  easel::simulator::settings set;
  std::string port_file, config_file;
  bool help = false;
};

int parse_int(const std::string& text, int low, int high, const std::string& what) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    throw std::runtime_error(what + " must be a number from " + std::to_string(low) + " to " + std::to_string(high));
  return value;
}

void read_listen(const std::string& text, easel::simulator::settings& set) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos)
    throw std::runtime_error("--listen needs ADDRESS:PORT");
  set.address = text.substr(0, colon);
  set.port = static_cast<std::uint16_t>(parse_int(text.substr(colon + 1), 0, 65'535, "the port of --listen"));
}

command_line read_command_line(int argc, char** argv) {
  command_line out;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--help") {
      out.help = true;
      return out;
    }
    if (i + 1 == argc)
      throw std::runtime_error(name + " needs a value, or is unknown");
    std::string value = argv[++i];
    if (name == "--listen")
      read_listen(value, out.set);
    else if (name == "--port-file")
      out.port_file = value;
    else if (name == "--config")
      out.config_file = value;
    else if (name == "--threads")
      out.set.threads = parse_int(value, 1, 64, name);
    else if (name == "--sub2api-key")
      out.set.sub2api_key = value;
    else if (name == "--kie-key")
      out.set.kie_key = value;
    else if (name == "--openai-key")
      out.set.openai_key = value;
    else if (name == "--kie-webhook-key")
      out.set.kie_webhook_key = value;
    else if (name == "--task-file")
      out.set.task_file = value;
    else
      throw std::runtime_error("unknown option " + name);
  }
  return out;
}

json read_config(const std::string& file) {
  if (file.empty())
    return json::object();
  std::ifstream in(file);
  if (!in)
    throw std::runtime_error("cannot read " + file);
  auto parsed = json::parse(std::string(std::istreambuf_iterator<char>(in), {}), nullptr, false, true);
  if (parsed.is_discarded())
    throw std::runtime_error(file + " is not JSON");
  return parsed;
}

/// Whoever waits for the file never sees it half written.
void write_port_file(const std::string& file, int port) {
  auto draft = file + ".new";
  std::ofstream out(draft);
  out << port << '\n';
  out.close();
  if (!out || std::rename(draft.c_str(), file.c_str()) != 0)
    throw std::runtime_error("cannot write " + file);
}

void run(const command_line& line) {
  asio::io_context loop;
  asio::signal_set stop(loop, SIGTERM, SIGINT); // before the threads: none of them may end the program
  std::signal(SIGPIPE, SIG_IGN);
  easel::simulator::server server(line.set, read_config(line.config_file));
  if (!line.port_file.empty())
    write_port_file(line.port_file, server.port());
  std::cout << "simulated upstreams on http://" << line.set.address << ':' << server.port() << std::endl;
  stop.async_wait([](asio::error_code, int) {});
  loop.run();
}

} // namespace

int main(int argc, char** argv) {
  try {
    auto line = read_command_line(argc, argv);
    if (line.help)
      std::cout << usage;
    else
      run(line);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "easel-simulator: " << e.what() << '\n';
    return 2;
  }
}
