#include "http/server/native_body.hpp"

#include "http/server/credentials.hpp"
#include "http/server/generation_body.hpp"
#include "http/server/query_options.hpp"
#include "policies/identity.hpp"

namespace easel::server {

namespace {

constexpr std::size_t longest_body = 16u << 10;

} // namespace

expected<nlohmann::json, problem> read_native_body(const exchange& asked) {
  if (const auto who = read_credential(asked); !who)
    return unexpected(who.error());
  if (!has_json_body(asked))
    return unexpected(plain_problem(415, "unsupported_media_type", "The body must be application/json."));
  if (asked.body().size() > longest_body)
    return unexpected(plain_problem(413, "request_too_large",
                                    "The request body is larger than " + std::to_string(longest_body) + " bytes."));
  const query_options query(asked, {});
  if (query.error())
    return unexpected(describe(*query.error()));
  auto body = parse_object(asked.body());
  if (!body)
    return unexpected(describe(body.error()));
  return std::move(*body);
}

std::string name_rule() {
  return "must be 1 to " + std::to_string(policies::longest_display_name)
         + " characters on one line, not all of them blank.";
}

} // namespace easel::server
