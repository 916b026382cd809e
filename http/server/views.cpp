#include "http/server/views.hpp"

#include "http/server/json_values.hpp"

namespace easel::server {

namespace {

using json = nlohmann::json;

json verdict_view(const std::optional<policies::verdict>& verdict) {
  if (!verdict)
    return nullptr;
  return {{"blocked", verdict->blocked}, {"categories", verdict->categories}, {"rule", verdict->rule}};
}

json disclosures_view(const std::vector<persistence::disclosure_row>& rows) {
  json out = json::array();
  for (const auto& row : rows)
    out.push_back({{"recipient", to_string(row.to)}, {"data_class", to_string(row.what)}, {"at", to_string(row.at)}});
  return out;
}

json plan_view(const policies::generation_plan& plan) {
  json out = {{"model", plan.model},
              {"n", plan.images},
              {"size", plan.size},
              {"quality", plan.quality},
              {"background", plan.background},
              {"output_format", to_string(plan.format)},
              {"partial_images", plan.partial_images},
              {"price", {{"each", plan.price_each.value()}, {"total", plan.price().value()}}}};
  if (plan.compression)
    out["output_compression"] = *plan.compression;
  return out;
}

json grant_view(const persistence::grant_row& grant) {
  return {{"id", to_string(grant.id)},
          {"kind", to_string(grant.kind)},
          {"amount", grant.amount.value()},
          {"remaining", grant.remaining.value()},
          {"created_at", to_string(grant.created_at)},
          {"expires_at", time_or_null(grant.expires_at)}};
}

json entry_view(const persistence::entry_row& entry) {
  return {{"id", to_string(entry.id)},
          {"from", to_string(entry.from)},
          {"to", to_string(entry.to)},
          {"amount", entry.amount.value()},
          {"generation", entry.generation ? json(to_string(*entry.generation)) : json(nullptr)},
          {"image", entry.image ? json(*entry.image) : json(nullptr)},
          {"at", to_string(entry.at)}};
}

} // namespace

json view_of(const persistence::image_row& image, generation_id of) {
  return {{"id", to_string(image.id)},
          {"index", image.index},
          {"output_format", to_string(image.format)},
          {"width", image.width},
          {"height", image.height},
          {"bytes", image.bytes},
          {"created_at", to_string(image.created_at)},
          {"url", location_of(of, image.index)}};
}

json view_of(const persistence::generation_row& row) {
  json out = plan_view(row.plan);
  out["id"] = to_string(row.id);
  out["object"] = "generation";
  out["state"] = to_string(row.state);
  out["tier"] = to_string(row.of_tier);
  out["recipient"] = row.dispatched_to ? json(to_string(*row.dispatched_to)) : json(nullptr);
  out["prompt"] = row.prompt.reveal();
  out["charged"] = row.charged.value();
  out["verdict"] = verdict_view(row.verdict);
  out["failure"] = row.reason == failure::none ? json(nullptr) : json(to_string(row.reason));
  out["disclosures"] = disclosures_view(row.disclosures);
  out["created_at"] = to_string(row.created_at);
  out["dispatched_at"] = time_or_null(row.dispatched_at);
  out["ended_at"] = time_or_null(row.ended_at);
  out["expires_at"] = to_string(row.expires_at);
  out["images"] = json::array();
  for (const auto& image : row.images)
    out["images"].push_back(view_of(image, row.id));
  out["url"] = location_of(row.id);
  out["events_url"] = location_of(row.id) + "/events";
  return out;
}

json view_of(const actors::generation_view& view) {
  json out = view_of(view.row);
  out["queue_position"] = view.queue_position ? json(*view.queue_position) : json(nullptr);
  out["estimated_wait_seconds"] =
    view.estimated_wait ? json(std::chrono::ceil<std::chrono::seconds>(*view.estimated_wait).count()) : json(nullptr);
  return out;
}

json view_of(const actors::quote_answer& quote) {
  json out = plan_view(quote.plan);
  out["object"] = "quote";
  out["tier"] = to_string(quote.of_tier);
  out["recipient"] = to_string(quote.to);
  out["available"] = quote.available.value();
  out["affordable"] = quote.plan.price() <= quote.available && !quote.available.is_negative();
  return out;
}

json view_of(const actors::account_answer& answer) {
  json out = {{"id", to_string(answer.account.id)},
              {"object", "account"},
              {"tier", to_string(answer.account.of_tier)},
              {"state", to_string(answer.account.state)},
              {"restricted", answer.account.restricted},
              {"cooldown_until", time_or_null(answer.account.cooldown_until)},
              {"credits", {{"available", answer.available.value()}, {"held", answer.held.value()}}},
              {"created_at", to_string(answer.account.created_at)}};
  if (answer.person) {
    out["name"] = answer.person->name.reveal();
    out["email"] = answer.person->email.reveal();
  }
  return out;
}

json view_of(const persistence::key_row& key) {
  return {{"id", to_string(key.id)},
          {"object", "api_key"},
          {"name", key.name},
          {"hint", key.hint},
          {"created_at", to_string(key.created_at)},
          {"last_used_at", time_or_null(key.last_used_at)},
          {"revoked_at", time_or_null(key.revoked_at)},
          {"expires_at", time_or_null(key.expires_at)},
          {"monthly_cap", key.monthly_cap ? json(key.monthly_cap->value()) : json(nullptr)},
          {"used_this_month", key.monthly_cap ? json(key.used_this_month.value()) : json(nullptr)}};
}

json view_of(const persistence::session_row& session) {
  return {{"id", to_string(session.id)},
          {"object", "session"},
          {"device", session.device},
          {"created_at", to_string(session.created_at)},
          {"signed_in_at", to_string(session.authenticated_at)},
          {"last_seen_at", to_string(session.last_seen_at)},
          {"expires_at", to_string(session.expires_at)}};
}

json view_of(const actors::credits_answer& books) {
  json grants = json::array(), entries = json::array();
  for (const auto& grant : books.balance.grants)
    grants.push_back(grant_view(grant));
  for (const auto& entry : books.entries.rows)
    entries.push_back(entry_view(entry));
  return {{"object", "credits"},
          {"available", books.balance.available.value()},
          {"held", books.balance.held.value()},
          {"grants", std::move(grants)},
          {"entries", std::move(entries)},
          {"has_more", books.entries.more}};
}

json view_of(const policies::model_entry& model, tier of) {
  json out = {{"id", model.name},
              {"object", "model"},
              {"created", model.created.time_since_epoch().count()},
              {"owned_by", "easel"}};
  if (const auto offered = model.offers.find(of); offered != model.offers.end()) {
    const auto& offer = offered->second;
    json formats = json::array();
    for (const auto format : offer.formats)
      formats.push_back(to_string(format));
    out["sizes"] = offer.sizes;
    out["qualities"] = offer.qualities;
    out["output_formats"] = std::move(formats);
    out["transparent"] = offer.transparent;
    out["partial_images"] = offer.partial_images;
    out["prompt_limit"] = offer.prompt_limit;
  }
  return out;
}

std::string location_of(generation_id id) { return "/v1/generations/" + to_string(id); }

std::string location_of(generation_id id, std::int16_t index) {
  return location_of(id) + "/images/" + std::to_string(index);
}

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

} // namespace easel::server
