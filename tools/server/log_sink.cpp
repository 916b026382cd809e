#include "tools/server/log_sink.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

namespace easel::tools {

namespace {

/// Four levels are spoken of; spdlog has two more, which nothing here uses.
std::string_view level_of(spdlog::level::level_enum level) {
  switch (level) {
  case spdlog::level::trace:
  case spdlog::level::debug:
    return "debug";
  case spdlog::level::info:
    return "info";
  case spdlog::level::warn:
    return "warning";
  default:
    return "error";
  }
}

class ring_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit ring_sink(std::shared_ptr<actors::log_ring> ring) : ring_(std::move(ring)) {}

private:
  void sink_it_(const spdlog::details::log_msg& said) override {
    ring_->keep(std::chrono::time_point_cast<duration>(said.time), level_of(said.level),
                {said.payload.data(), said.payload.size()});
  }
  void flush_() override {}

  std::shared_ptr<actors::log_ring> ring_;
};

} // namespace

void open_log(std::shared_ptr<actors::log_ring> ring) {
  const spdlog::sink_ptr error_stream = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  const spdlog::sink_ptr newest = std::make_shared<ring_sink>(std::move(ring));
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("easel", spdlog::sinks_init_list{error_stream, newest}));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

} // namespace easel::tools
