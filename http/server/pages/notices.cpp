#include "http/server/pages/notices.hpp"

#include "http/server/ask.hpp"
#include "http/server/form_body.hpp"
#include "http/server/pages/pages.hpp"

#include <stdexcept>

namespace easel::server {

namespace {

std::string text_or_throw(const exchange& asked, const std::string& key) {
  const auto text = page_text(asked, key);
  if (!text)
    throw std::logic_error("there is no text " + key);
  return std::string(*text);
}

policies::field_error mistake(std::string field, std::string rule) {
  auto sentence = '`' + field + "` must be " + std::move(rule);
  return {std::move(field), "invalid_value", std::move(sentence)};
}

} // namespace

std::string summary_of(const exchange& asked, const policies::open_notice& notice) {
  std::string all;
  for (const auto version : notice.changes) {
    all += all.empty() ? "" : " ";
    all += text_or_throw(asked, "notice." + std::string(to_string(notice.now.what)) + '.' + std::string(version));
  }
  return all;
}

page_values notice_values(const exchange& asked, std::span<const policies::open_notice> open) {
  if (open.empty())
    return {};
  const auto& first = open.front();
  const std::string document(to_string(first.now.what));
  return {{"notice", summary_of(asked, first)},
          {"notice_document", document},
          {"notice_version", std::string(first.now.updated)},
          {"notice_path", std::string(first.now.path)},
          {"notice_title", text_or_throw(asked, document + ".title")}};
}

expected<policies::acknowledgement, policies::field_error> read_acknowledgement(std::string_view document,
                                                                                std::string_view version) {
  const auto in_force = policies::documents_in_force();
  const auto what = policies::parse_document(document);
  if (!what) {
    std::string names;
    for (const auto& edition : in_force)
      names.append(names.empty() ? "`" : ", `").append(to_string(edition.what)).append("`");
    return unexpected(mistake("document", "one of " + names + '.'));
  }
  if (!policies::is_known_version(*what, version, in_force, policies::material_changes()))
    return unexpected(mistake("version", "the day of a version of this document, at the latest `"
                                           + std::string(policies::edition_in_force(*what).updated) + "`."));
  return policies::acknowledgement{*what, std::string(version)};
}

void acknowledge_by_form(actors::front_door& front, const exchange_ptr& asked) {
  const auto fields = read_form(*asked, {"document", "version", "return_to"});
  if (!fields)
    return send_problem(*asked, fields.error());
  const auto what = read_acknowledgement(value_of(*fields, "document"), value_of(*fields, "version"));
  if (!what)
    return send_problem(*asked, describe(what.error()));
  ask<actors::notices_answer>(
    front, asked, actors::acknowledge{*what},
    [back = local_path(value_of(*fields, "return_to"))](exchange& x, const actors::notices_answer&) {
      x.send({303, "", {{"Location", back}}}, std::string());
    });
}

} // namespace easel::server
