#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace easel::load {

/// What to send, how often, and when to stop. Each connection has one request under way (a closed loop).
struct plan {
  std::string host;
  std::uint16_t port = 0;
  std::string target;
  std::string method = "GET";
  std::string body;                 ///< "{n}" in it becomes the number of the request
  std::vector<std::string> headers; ///< "Name: value"
  std::vector<std::string> keys;    ///< bearer tokens, dealt out to the connections in turn
  secret_text stripe_secret;        ///< not empty: each body is signed as Stripe signs a delivery
  std::size_t connections = 1;
  std::uint64_t requests = UINT64_MAX;         ///< no further one is started after this many ...
  std::chrono::milliseconds duration{600'000}; ///< ... or after this time
  std::chrono::milliseconds pause{0};          ///< of a connection between an answer and its next request
  std::chrono::milliseconds patience{120'000}; ///< for what is still open when the last request has been started
};

extern const char* const usage;

/// The error says what is wrong with the command line.
expected<plan, std::string> read_options(int argc, char** argv);

} // namespace easel::load
