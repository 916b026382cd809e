#include "http/server/native_notices.hpp"

#include "http/server/ask.hpp"
#include "http/server/native_body.hpp"
#include "http/server/pages/notices.hpp"
#include "http/server/pages/pages.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"

namespace easel::server {

namespace {

void send_notices(exchange& asked, const actors::notices_answer& found) {
  auto data = nlohmann::json::array();
  for (const auto& notice : found.open)
    data.push_back({{"object", "notice"},
                    {"document", to_string(notice.now.what)},
                    {"version", notice.now.updated},
                    {"url", notice.now.path},
                    {"summary", summary_of(asked, notice)}});
  answer_head head;
  head.headers.push_back({"Content-Language", std::string(language_of(asked))});
  asked.send(std::move(head), dump({{"object", "list"}, {"data", std::move(data)}}));
}

} // namespace

void native_notices::list(const exchange_ptr& asked) const {
  const query_options query(*asked, {});
  if (query.error())
    return send_problem(*asked, describe(*query.error()));
  ask<actors::notices_answer>(front_, asked, actors::find_notices{}, send_notices);
}

void native_notices::acknowledge(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({"document", "version"});
  const auto document = fields.text("document");
  const auto version = fields.text("version");
  for (const auto& [name, value] : {std::pair("document", &document), std::pair("version", &version)})
    if (!*value)
      fields.refuse(name, "missing_required_parameter", "is required.");
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  const auto what = read_acknowledgement(*document, *version);
  if (!what)
    return send_problem(*asked, describe(what.error()));
  ask<actors::notices_answer>(front_, asked, actors::acknowledge{*what}, send_notices);
}

} // namespace easel::server
