#pragma once

#include "http/server/client_address.hpp"
#include "http/server/response_writer.hpp"

#include <restinio/request_handler.hpp>

namespace easel::server {

/// An exchange over one RESTinio request.
class wire_exchange final : public exchange {
public:
  wire_exchange(restinio::request_handle_t request, std::shared_ptr<wire_loop> loop, const client_addresses& clients);
  ~wire_exchange() override;

  [[nodiscard]] const std::string& request_id() const override { return record_.request_id; }
  [[nodiscard]] std::string_view method() const override { return method_; }
  [[nodiscard]] std::string_view target() const override { return request_->header().request_target(); }
  [[nodiscard]] std::string_view body() const override { return request_->body(); }
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const override;
  void each_field(const std::function<void(std::string_view, std::string_view)>& see) const override;

  using exchange::send;
  void send(answer_head head, std::vector<segment> body, written done) override;
  [[nodiscard]] std::shared_ptr<event_stream> open_stream(answer_head head, stream_options options) override;
  [[nodiscard]] std::shared_ptr<event_stream> open_body(answer_head head, std::function<void()> hungry) override;

private:
  /// Takes the request's connection; nothing when it was answered before.
  template <class Output>
  [[nodiscard]] std::optional<restinio::response_builder_t<Output>> begin(const answer_head& head);
  template <class Builder>
  void add_headers(Builder& out, const answer_head& head) const;
  [[nodiscard]] std::vector<policies::quota> quotas() const;
  void send_whole(const answer_head& head, const std::vector<segment>& body, std::size_t length, written done);
  void send_head(const answer_head& head, std::uint64_t length, written done);
  void send_pieces(const answer_head& head, std::vector<segment> body, std::uint64_t length, written done);
  [[nodiscard]] std::function<void(bool)> settler();
  /// Answers outside the handler's own stack. RESTinio starts to read the next request when an answer is complete
  /// before its handler returns, and once more when it was written: a third pipelined request would then be refused.
  template <class Builder>
  void post_done(Builder out, written done);
  [[nodiscard]] bool must_close() const;

  std::shared_ptr<wire_loop> loop_; // dies after the request, whose connection needs it
  restinio::request_handle_t request_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::string_view method_;
  persistence::access_record record_;
  std::atomic<bool> answered_{false};
};

} // namespace easel::server
