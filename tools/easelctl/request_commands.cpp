#include "tools/easelctl/request_commands.hpp"

#include "tools/easelctl/refusal.hpp"
#include "tools/easelctl/results.hpp"
#include "tools/easelctl/text_table.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::ordered_json;
using persistence::privacy_request_row;
using persistence::request_change;

void must_be_done(request_change how) {
  switch (how) {
  case request_change::done:
    return;
  case request_change::not_found:
    refuse("there is no such request");
  case request_change::closed:
    refuse("the request is closed");
  case request_change::too_late:
    refuse("the time can be extended once, and within the first month only");
  case request_change::lives:
    refuse("the account lives: `privacy-request fulfil` erases it, or close it as refused or withdrawn");
  case request_change::named:
    refuse("the request names an account already");
  case request_change::nobody:
    refuse("there is no such account, or it is closed");
  }
}

template <class T, class Show>
ordered_json optional(const std::optional<T>& value, Show show) {
  return value ? ordered_json(show(*value)) : ordered_json(nullptr);
}

ordered_json request_json(const privacy_request_row& row) {
  const auto time = [](instant at) { return to_string(at); };
  return {{"request", to_string(row.id)},
          {"kind", to_string(row.kind)},
          {"account", optional(row.account, [](account_id id) { return to_string(id); })},
          {"reference", row.reference.empty() ? ordered_json(nullptr) : ordered_json(row.reference)},
          {"received_on", to_string(row.received)},
          {"due_on", to_string(row.due)},
          {"extended_at", optional(row.extended_at, time)},
          {"begun_at", optional(row.begun_at, time)},
          {"closed_at", optional(row.closed_at, time)},
          {"outcome", optional(row.outcome, [](auto how) { return std::string(to_string(how)); })}};
}

struct request_performer {
  const request_desk& at;

  ordered_json operator()(const record_request& c) const {
    auto recorded = at.requests.record(c.what, at.actor);
    if (!recorded && recorded.error().sqlstate == "22008")
      refuse("--received lies in the future");
    const auto row = need(std::move(recorded));
    if (!row)
      refuse("there is no such account, or it is closed");
    return request_json(*row);
  }

  ordered_json operator()(const list_requests& c) const {
    const auto found = need(at.requests.list(c.closed_too));
    auto all = ordered_json::array();
    for (const auto& row : found.rows) {
      auto one = request_json(row);
      one["days_left"] =
        row.closed_at ? ordered_json(nullptr) : ordered_json(policies::days_left(row.due, found.today));
      all.push_back(std::move(one));
    }
    return {{"today", to_string(found.today)}, {"requests", std::move(all)}};
  }

  ordered_json operator()(const extend_request& c) const {
    must_be_done(need(at.requests.extend(c.which, at.actor)));
    return request_json(found(c.which));
  }

  ordered_json operator()(const fulfil_request& c) const {
    const auto row = found(c.which);
    const auto way = policies::fulfilment_of(row.kind);
    if (way == policies::fulfilment::by_hand)
      refuse("such a request is answered by hand; close it afterwards");
    if (!row.account)
      refuse("the request names no account: `privacy-request assign` names it, or close it when it is answered");
    must_be_done(need(at.requests.begin(c.which, at.actor)));
    const auto rights = at.open_rights();
    if (way == policies::fulfilment::restrict)
      restrict(*rights, *row.account);
    else
      erase(*rights, row, way == policies::fulfilment::erase_child);
    return (*this)(close_request{c.which, policies::request_outcome::done});
  }

  ordered_json operator()(const assign_request& c) const {
    must_be_done(need(at.requests.assign(c.which, c.account, at.actor)));
    return request_json(found(c.which));
  }

  ordered_json operator()(const close_request& c) const {
    must_be_done(need(at.requests.close(c.which, c.outcome, at.actor)));
    return request_json(found(c.which));
  }

private:
  [[nodiscard]] privacy_request_row found(persistence::privacy_request_id which) const {
    auto row = need(at.requests.find(which));
    if (!row)
      refuse("there is no such request");
    return *std::move(row);
  }

  static void restrict(persistence::rights& rights, account_id who) {
    if (!need(rights.restrict(who, std::nullopt)))
      refuse("there is no such account any more; close the request");
    (void)need(rights.end_work(who));
  }

  void erase(persistence::rights& rights, const privacy_request_row& row, bool of_child) const {
    const auto clause = of_child ? persistence::erasure_clause::child_1 : persistence::erasure_clause::right_3;
    const auto erasure =
      need(rights.begin_erasure(*row.account, clause, persistence::operator_note{at.actor, to_string(row.id)}));
    if (!erasure)
      refuse("there is no such account any more; close the request");
    while (!need(rights.continue_erasure(*erasure))) // should this program end here, a server finishes it
      continue;
  }
};

void print_list(std::ostream& out, const ordered_json& found) {
  text_table table(
    {{"REQUEST"}, {"KIND"}, {"RECEIVED"}, {"DUE"}, {"DAYS LEFT", true}, {"STATE"}, {"REFERENCE"}, {"ACCOUNT"}});
  for (const auto& one : found.at("requests")) {
    const auto& left = one.at("days_left");
    const bool is_late = left.is_number() && left.get<int>() < 0;
    table.add({plain(one.at("request")), plain(one.at("kind")), plain(one.at("received_on")), plain(one.at("due_on")),
               plain(left),
               left.is_null() ? plain(one.at("outcome"))
               : is_late      ? "OVERDUE"
                              : "open",
               plain(one.at("reference")), plain(one.at("account"))});
  }
  out << (table.empty() ? "no request is open\n" : table.text());
}

} // namespace

int run_requests(const request_command& what, const request_desk& at, std::ostream& out, std::ostream& err) try {
  const auto result = std::visit(request_performer{at}, what);
  if (at.json)
    out << result.dump() << '\n';
  else if (std::holds_alternative<list_requests>(what))
    print_list(out, result);
  else
    print_fields(out, result, 16);
  return 0;
} catch (const refusal& r) {
  err << "easelctl: " << r.sentence << '\n';
  return 1;
}

} // namespace easel::easelctl
