#include "http/server/native_rights.hpp"

#include "http/server/ask.hpp"
#include "http/server/export_archive.hpp"
#include "http/server/export_download.hpp"
#include "http/server/native_body.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"
#include "persistence/export_volumes.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace easel::server {

namespace {

using actors::rights_refusal;

problem describe_refusal(const rights_refusal& refused) {
  using why = rights_refusal::why;
  using general = actors::refusal;
  switch (refused.reason) {
  case why::unavailable:
    return describe(general{general::why::store_unavailable, std::nullopt, refused.retry_after});
  case why::overloaded:
    return describe(general{general::why::overloaded, std::nullopt, refused.retry_after});
  case why::gone:
    return describe(general{general::why::not_signed_in, std::nullopt, std::nullopt});
  case why::no_such_volume:
    return describe(general{general::why::not_found, std::nullopt, std::nullopt});
  case why::export_running:
  case why::exports_spent: {
    auto out = refused.reason == why::export_running
                 ? plain_problem(409, "export_running", "A copy of your data is being written. One file at a time.")
                 : plain_problem(429, "too_many_exports", "You have had as many copies as a day allows.");
    out.retry_after = refused.retry_after;
    return out;
  }
  }
  return internal_error();
}

/// Goes on with the account of the session, once that is proved; else the exchange is answered.
template <class Then>
void with_person(actors::front_door& front, const exchange_ptr& asked, bool recently, Then then) {
  ask<actors::proven_person>(
    front, asked, actors::prove_person{recently},
    [asked, then = std::move(then)](exchange&, actors::proven_person& person) { then(asked, person.account); });
}

/// Wraps what is done with a good answer of the rights door.
template <class T, class Then>
actors::rights_reply<T> rights_then(exchange_ptr asked, Then go_on) {
  return [asked = std::move(asked), go_on = std::move(go_on)](expected<T, rights_refusal> got) {
    answer_or_fail(*asked, [&] { got ? go_on(*asked, got) : send_problem(*asked, describe_refusal(got.error())); });
  };
}

/// False when the exchange was answered, because it has a query.
bool is_plain(const exchange_ptr& asked) {
  const query_options query(*asked, {});
  if (query.error())
    send_problem(*asked, describe(*query.error()));
  return !query.error();
}

nlohmann::json view_of_preview(const persistence::erasure_preview& lost) {
  return {{"object", "deletion_preview"}, {"credits", lost.available.value()}, {"generations", lost.generations},
          {"pictures", lost.images},      {"api_keys", lost.api_keys},         {"sessions", lost.sessions}};
}

std::string hex(const digest& hash) {
  std::string out;
  for (const auto byte : hash)
    for (const int digit : {byte >> 4, byte & 15})
      out += "0123456789abcdef"[digit];
  return out;
}

nlohmann::json view_of_receipt(const persistence::erasure_receipt& receipt) {
  return {{"id", to_string(receipt.id)},
          {"object", "erasure_receipt"},
          {"clause", receipt.clause},
          {"key_destroyed_at", to_string(receipt.begun_at)},
          {"finished_at", to_string(receipt.finished_at)},
          {"counts", receipt.counts},
          {"number", receipt.number},
          {"previous", hex(receipt.previous)},
          {"hash", hex(receipt.hash)}};
}

/// The restriction in force, if there is one.
nlohmann::json view_of_restriction(const persistence::restriction_row* row) {
  const bool in_force = row != nullptr && !row->lifted_at;
  nlohmann::json out = {
    {"object", "restriction"}, {"restricted", in_force}, {"since", nullptr}, {"objection", nullptr}};
  if (in_force)
    out["since"] = to_string(row->begun_at);
  if (in_force && !row->objection.empty())
    out["objection"] = row->objection.reveal();
  return out;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

nlohmann::json view_of_month(const std::optional<std::chrono::year_month>& month) {
  return month ? nlohmann::json(persistence::to_string(*month)) : nlohmann::json();
}

nlohmann::json view_of_copy(const persistence::export_row& row) {
  auto volumes = nlohmann::json::array();
  for (const auto& each : row.plan.volumes) {
    const auto number = volumes.size() + 1;
    volumes.push_back({{"number", number},
                       {"documents", number == 1},
                       {"images", each.images},
                       {"image_bytes", each.bytes},
                       {"first_month", view_of_month(each.first)},
                       {"last_month", view_of_month(each.last)},
                       {"url", export_volume_path(row.id, number)}});
  }
  return {{"id", to_string(row.id)},
          {"object", "export"},
          {"made_at", to_string(row.plan.made_at)},
          {"expires_at", to_string(row.plan.made_at + persistence::export_lifetime)},
          {"volumes", std::move(volumes)}};
}

/// As the listing has it: digits without a zero in front.
std::optional<std::size_t> volume_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '0' || text.size() > 9)
    return std::nullopt;
  return value;
}

/// Answers with the archive.
actors::rights_reply<std::shared_ptr<actors::export_source>> sending(const exchange_ptr& x,
                                                                     const policies::retention_windows& windows) {
  return rights_then<std::shared_ptr<actors::export_source>>(
    x, [windows](exchange& to, auto& source) { send_export(to, *std::move(source), windows); });
}

} // namespace

// ---------------------------------------------------------------- RIGHT-3

void native_rights::preview(const exchange_ptr& asked) const {
  if (!is_plain(asked))
    return;
  with_person(front_, asked, false, [rights = &rights_](const exchange_ptr& x, account_id who) {
    rights->preview(who, rights_then<persistence::erasure_preview>(
                           x, [](exchange& to, auto& lost) { to.send({}, dump(view_of_preview(*lost))); }));
  });
}

void native_rights::erase(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({"confirm"});
  if (const auto word = fields.text("confirm"); !word)
    fields.refuse("confirm", "missing_required_parameter", "is required.");
  else if (*word != "delete")
    fields.refuse("confirm", "invalid_value", "must be \"delete\": there is no way back.");
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  with_person(front_, asked, true, [rights = &rights_](const exchange_ptr& x, account_id who) {
    rights->erase(who, rights_then<persistence::erasure_receipt>(x, [](exchange& to, auto& receipt) {
                    answer_head head;
                    head.cookies.push_back(forget_session());
                    to.send(std::move(head), dump(view_of_receipt(*receipt)));
                  }));
  });
}

// ---------------------------------------------------------------- RIGHT-4

void native_rights::show_restriction(const exchange_ptr& asked) const {
  if (!is_plain(asked))
    return;
  with_person(front_, asked, false, [rights = &rights_](const exchange_ptr& x, account_id who) {
    rights->restrictions(who, rights_then<std::vector<persistence::restriction_row>>(x, [](exchange& to, auto& rows) {
                           to.send({}, dump(view_of_restriction(rows->empty() ? nullptr : &rows->front())));
                         }));
  });
}

void native_rights::restrict(const exchange_ptr& asked) const {
  auto body = read_native_body(*asked);
  if (!body)
    return send_problem(*asked, body.error());
  field_reader fields(*body);
  fields.allow_only({"objection"});
  std::optional<secret_text> objection;
  if (auto text = fields.text("objection")) {
    if (code_points(*text) > persistence::longest_objection || text->find('\0') != std::string::npos)
      fields.refuse("objection", "invalid_value", "must have at most 1000 characters, none of them NUL.");
    objection = secret_text(*std::move(text));
  }
  if (fields.error())
    return send_problem(*asked, describe(*fields.error()));
  with_person(
    front_, asked, false, [rights = &rights_, objection = std::move(objection)](const exchange_ptr& x, account_id who) {
      rights->restrict(who, objection, rights_then<persistence::restriction_row>(x, [](exchange& to, auto& row) {
                         to.send({}, dump(view_of_restriction(&*row)));
                       }));
    });
}

void native_rights::lift(const exchange_ptr& asked) const {
  if (!is_plain(asked))
    return;
  with_person(front_, asked, false, [rights = &rights_](const exchange_ptr& x, account_id who) {
    rights->lift(who,
                 rights_then<void>(x, [](exchange& to, auto&) { to.send({}, dump(view_of_restriction(nullptr))); }));
  });
}

// ---------------------------------------------------------------- RIGHT-1

template <class Then>
void native_rights::with_reader(const exchange_ptr& asked, Then then) const {
  if (!is_plain(asked))
    return;
  // A person followed the link: should it not work, they are told on a page.
  if (asked->field("accept").value_or("").find("text/html") != std::string_view::npos)
    asked->speaks = surface::page;
  with_person(front_, asked, true, [then = std::move(then)](const exchange_ptr& x, account_id who) {
    if (x->method() == "HEAD") // whoever only looks uses up no copy
      return x->send({200, "application/zip", {}}, std::string());
    then(x, who);
  });
}

void native_rights::download(const exchange_ptr& asked) const {
  with_reader(asked, [rights = &rights_, windows = windows_](const exchange_ptr& x, account_id who) {
    rights->begin_export(who, sending(x, windows));
  });
}

void native_rights::download_volume(const exchange_ptr& asked, std::string_view id, std::string_view number) const {
  const auto of = parse_id<persistence::export_id>(id);
  const auto place = volume_number(number);
  with_reader(asked, [rights = &rights_, windows = windows_, of, place](const exchange_ptr& x, account_id who) {
    if (of && place)
      return rights->open_volume(who, *of, *place, sending(x, windows));
    send_problem(*x, describe_refusal(rights_refusal{rights_refusal::why::no_such_volume, std::nullopt}));
  });
}

void native_rights::list_exports(const exchange_ptr& asked) const {
  if (!is_plain(asked))
    return;
  with_person(front_, asked, false, [rights = &rights_](const exchange_ptr& x, account_id who) {
    rights->exports(who, rights_then<std::vector<persistence::export_row>>(x, [](exchange& to, auto& found) {
                      auto data = nlohmann::json::array();
                      for (const auto& each : *found)
                        data.push_back(view_of_copy(each));
                      to.send({}, dump({{"object", "list"}, {"data", std::move(data)}}));
                    }));
  });
}

} // namespace easel::server
