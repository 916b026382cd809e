#pragma once

#include "http/client/transport.hpp"
#include "http/client/upstreams.hpp"

#include <memory>
#include <set>
#include <string>

/// The three upstreams behind their interfaces: wire format and transport joined. The transport must outlive its
/// clients. Limits are those of upstreams, section 5.1.
namespace easel::client {

struct moderation_settings {
  std::string base_url = "https://api.openai.com/v1";
  secret_text api_key;
  std::string model = "omni-moderation-latest";
  call_limits limits{.connect = std::chrono::seconds(3),
                     .total = std::chrono::seconds(10),
                     .idle = std::chrono::seconds(10),
                     .max_body = 256u << 10};
};

struct sub2api_settings {
  std::string base_url; ///< ends before "/images/generations", usually in /v1
  secret_text api_key;
  /// Heartbeats arrive every 10 s; one call can hold several generations of a relay that fails over.
  call_limits limits{.connect = std::chrono::seconds(5),
                     .total = std::chrono::seconds(600),
                     .idle = std::chrono::seconds(120),
                     .max_body = 64u << 20};
  policies::image_limits images;
};

struct kie_settings {
  std::string base_url = "https://api.kie.ai";
  secret_text api_key;
  call_limits create_limits{.connect = std::chrono::seconds(5),
                            .total = std::chrono::seconds(30),
                            .idle = std::chrono::seconds(30),
                            .max_body = 256u << 10};
  call_limits poll_limits{.connect = std::chrono::seconds(5),
                          .total = std::chrono::seconds(10),
                          .idle = std::chrono::seconds(10),
                          .max_body = 256u << 10};
  call_limits download_limits{.connect = std::chrono::seconds(5),
                              .total = std::chrono::seconds(60),
                              .idle = std::chrono::seconds(30),
                              .max_body = 64u << 20};
  /// Hosts that results may be fetched from, as host tables spell them (section 4.10). The transport's table must
  /// know them under `recipient::kie` too.
  std::set<std::string> result_hosts{"tempfile.aiquickdraw.com", "file.aiquickdraw.com", "tempfile.redpandaai.co",
                                     "file.kie.ai"};
  bool allow_loopback = false; ///< development only: results over plain http from a listed host
  policies::image_limits images;
};

[[nodiscard]] std::unique_ptr<moderation_client> make_moderation_client(transport& net, moderation_settings settings);
[[nodiscard]] std::unique_ptr<drawing_client> make_sub2api_client(transport& net, sub2api_settings settings);
[[nodiscard]] std::unique_ptr<task_client> make_kie_client(transport& net, kie_settings settings);

} // namespace easel::client
