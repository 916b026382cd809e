#pragma once

#include "tools/simulator/behaviour.hpp"
#include "tools/simulator/http_message.hpp"
#include "tools/simulator/journal.hpp"
#include "tools/simulator/kie_task_file.hpp"
#include "tools/simulator/kie_tasks.hpp"
#include "tools/simulator/picture_store.hpp"

#include <cstdint>
#include <string>

#include <asio/io_context.hpp>

namespace easel::simulator {

struct settings {
  std::string address = "127.0.0.1"; ///< loopback only
  std::uint16_t port = 0;            ///< 0: any free one
  int threads = 1;
  std::string sub2api_key = "sk-sim-sub2api";
  std::string kie_key = "sk-sim-kie";
  std::string openai_key = "sk-sim-openai";
  std::string kie_webhook_key; ///< empty: callbacks are not signed
  std::string task_file;       ///< kie.ai's tasks outlive the program there; empty: they end with it
};

/// What all routes share.
struct world {
  world(settings s, asio::io_context& timers);

  const settings set;
  asio::io_context& timers; ///< runs what belongs to no connection: callbacks
  behaviours rules;
  journal book;
  picture_store pictures;
  kie_tasks tasks;
  kie_task_file kept;
  std::string base_url; ///< http://127.0.0.1:PORT
};

/// One request on its way through a route.
struct visit {
  world& all;
  http_request request;
  reply_function reply;
};

void serve_moderation(visit);
void serve_sub2api(visit);
void serve_kie(visit);
void serve_control(visit);
void serve_home(visit);

/// `data` of recordInfo and of the callback.
[[nodiscard]] json task_record(world&, const kie_task&, kie_stage);
/// Where a task's result lies on this server.
[[nodiscard]] std::string file_path(const kie_task&);

/// The tasks that an earlier run kept go on as if there had been no end.
void recall_tasks(world&);

/// Sends the callback of a task that has ended, if it asked for one.
void send_callback(world&, const task_ptr&);

/// Answers with `status` and a body that says why, and notes the call.
void reply_plainly(visit&, int status, const std::string& why);

/// Copying and writing JSON recurses, so depth that a body could buy cheaply must not reach it.
[[nodiscard]] bool nests_deeper_than(std::string_view text, int limit);

/// Parses a request body. Null when it is no JSON object, or nests deeper than 64.
[[nodiscard]] json parse_body(const http_request&);

/// The picture that a prompt gets under these settings.
[[nodiscard]] std::uint64_t picture_seed(const route_behaviour&, const std::string& prompt, int index);

} // namespace easel::simulator
