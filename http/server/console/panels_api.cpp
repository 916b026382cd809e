#include "http/server/console/panels_api.hpp"

#include "http/server/answers.hpp"
#include "http/server/console/console_json.hpp"
#include "http/server/console/panels_json.hpp"
#include "http/server/query_options.hpp"
#include "http/server/views.hpp"

namespace easel::server {

namespace {

using nlohmann::json;

std::string in_seconds(duration span) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(span).count()) + " s";
}

problem no_panel(const actors::panel_fault& fault) {
  if (fault.why == actors::console_fault::overloaded) {
    auto p = plain_problem(503, "overloaded", "The console's way to the database is busy.");
    p.retry_after = std::chrono::seconds(1);
    return p;
  }
  std::string text = "The console cannot reach the database, or it does not answer in time.";
  if (fault.failed_ago && fault.again_in)
    text += " It was asked " + in_seconds(*fault.failed_ago) + " ago, and is asked again in "
            + in_seconds(*fault.again_in) + '.';
  auto p = plain_problem(503, "service_unavailable", std::move(text));
  p.retry_after = fault.again_in.value_or(std::chrono::seconds(1));
  return p;
}

/// Answers with the panel's document, on whatever thread it comes.
template <class T>
actors::panel_reply<T> answer_to(const exchange_ptr& asked) {
  return [asked](auto found) {
    if (!found)
      return send_problem(*asked, no_panel(found.error()));
    asked->send({}, dump(view_of(*found)));
  };
}

/// The panels take no parameters; one that is there is a mistake. False: it was answered.
bool has_no_query(const exchange_ptr& asked) {
  const query_options options(*asked, {});
  if (options.error())
    send_problem(*asked, describe(*options.error()));
  return !options.error();
}

} // namespace

void panels_api::ledger(const exchange_ptr& asked) const {
  if (has_no_query(asked))
    door_.panels().ledger(answer_to<persistence::ledger_state>(asked));
}

void panels_api::billing(const exchange_ptr& asked) const {
  if (has_no_query(asked))
    door_.panels().billing(answer_to<actors::billing_panel>(asked));
}

void panels_api::privacy(const exchange_ptr& asked) const {
  if (has_no_query(asked))
    door_.panels().privacy(answer_to<actors::privacy_panel>(asked));
}

void panels_api::cluster(const exchange_ptr& asked) const {
  if (has_no_query(asked))
    door_.panels().cluster(answer_to<actors::cluster_panel>(asked));
}

void panels_api::sessions(const exchange_ptr& asked) const {
  query_options options(*asked, {"sort", "limit"});
  actors::actor_question q;
  q.kind = "session";
  q.limit = static_cast<std::size_t>(options.whole("limit", 1, static_cast<int>(actors::most_actors), 50));
  const auto sort = options.one_of("sort", {"mailbox", "rate", "busy", "age", "handled", "failures", "stalled"});
  if (options.error())
    return send_problem(*asked, describe(*options.error()));
  for (const auto by : actors::all_actor_orders)
    if (to_string(by) == sort.value_or("mailbox"))
      q.by = by;
  auto out = view_of(door_.panels().sessions());
  const auto page = door_.find_actors(q);
  out["sessions"] = list_of(page.actors);
  out["live"] = page.matching;
  asked->send({}, dump(out));
}

void panels_api::configuration(const exchange_ptr& asked) const {
  if (!has_no_query(asked))
    return;
  auto settings = json::array();
  for (const auto& one : door_.panels().configuration())
    settings.push_back(view_of(one));
  asked->send({}, dump(json{{"settings", std::move(settings)}}));
}

} // namespace easel::server
