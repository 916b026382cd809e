#include "http/server/request_hooks.hpp"

#include "http/server/client_socket.hpp"
#include "http/server/fields.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <restinio/all.hpp>

#include <algorithm>
#include <limits>

namespace easel::server {

namespace {

using request_under_way = restinio::impl::http_parser_ctx_t;

enum class body_plan : std::uint8_t { read, invite, leave };

/// RESTinio's own, none of which has anything between head and body to say but the limit.
http_parser_settings hooks_of_restinio() {
  return restinio::impl::create_parser_settings<restinio::default_http_methods_t>();
}

bool is_chunked(const http_parser& parser) { return (parser.flags & unsigned{F_CHUNKED}) != 0; }

/// Bytes; 0: none, or as many as there will be chunks of.
std::uint64_t announced_length(const http_parser& parser) {
  const bool says_none = parser.content_length == std::numeric_limits<std::uint64_t>::max();
  return is_chunked(parser) || says_none ? 0 : parser.content_length;
}

expectation expectation_of(const http_parser& parser, const request_under_way& request) {
  auto sum = expectation::none;
  request.m_header.for_each_field([&](const auto& field) {
    if (same_but_for_case(field.name(), "expect"))
      sum = std::max(sum, read_expectation(field.value()));
  });
  const bool may_wait = parser.http_major > 1 || (parser.http_major == 1 && parser.http_minor > 0);
  return sum == expectation::go_ahead && !may_wait ? expectation::none : sum; // RFC 9110, section 10.1.1
}

/// `connection` may be null: then nobody can be invited, and who waits sends the body when they are tired of it.
body_plan plan_for(const http_parser& parser, const request_under_way& request, const incoming_request* connection) {
  const auto length = announced_length(parser);
  if (length > request.m_limits.max_body_size())
    return body_plan::leave;
  const auto expected = expectation_of(parser, request);
  if (expected == expectation::unknown)
    return body_plan::leave;
  if (expected == expectation::none || connection == nullptr)
    return body_plan::read;
  const auto* method = http_method_str(static_cast<http_method>(parser.method));
  const bool is_wanted = connection->shared->wants_body(method, request.m_header.request_target(), length);
  return is_wanted ? body_plan::invite : body_plan::leave;
}

/// Whatever follows is no request of its own: RESTinio closes after the answer to one that says this of itself.
void end_with_answer(http_parser& parser) {
  const unsigned others = parser.flags & ~unsigned{F_CONNECTION_KEEP_ALIVE};
  parser.flags = (others | unsigned{F_CONNECTION_CLOSE}) & 0xffu;
}

int after_head(http_parser* parser) {
  static const auto go_on = hooks_of_restinio().on_headers_complete;
  if (parser->method == HTTP_CONNECT || (!is_chunked(*parser) && announced_length(*parser) == 0))
    return go_on(parser);
  auto* connection = incoming_request::current;
  const auto& request = *static_cast<const request_under_way*>(parser->data);
  try {
    switch (plan_for(*parser, request, connection)) {
    case body_plan::read:
      break;
    case body_plan::invite:
      connection->owes_go_ahead = true;
      break;
    case body_plan::leave:
      if (connection != nullptr)
        connection->leaves_body = true;
      end_with_answer(*parser);
      return 1; // to the parser: there is no body
    }
  } catch (const std::exception&) {
    return -1;
  }
  return go_on(parser);
}

int after_request(http_parser* parser) {
  static const auto go_on = hooks_of_restinio().on_message_complete;
  if (auto* connection = incoming_request::current)
    connection->owes_go_ahead = false; // the body came unbidden
  return go_on(parser);
}

} // namespace

http_parser_settings parser_settings() {
  auto out = hooks_of_restinio();
  // RESTinio notes where each chunk of a body began, which nobody reads: of a body that comes byte by byte that would
  // take sixteen times as much memory as the body may.
  out.on_chunk_header = [](http_parser*) { return 0; };
  out.on_headers_complete = after_head;
  out.on_message_complete = after_request;
  return out;
}

} // namespace easel::server
