#pragma once

#include <http_parser.h>

namespace easel::server {

/// RESTinio's hooks of its parser, and what it lacks between the head of a request and its body: who waits for
/// `100 Continue` gets it if a route wants the body, and a body that is too large or not wanted is not read. The
/// request then goes to the routes without it, to be refused with a reason, and the connection ends with the answer.
[[nodiscard]] http_parser_settings parser_settings();

} // namespace easel::server
