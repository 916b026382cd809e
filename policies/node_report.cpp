#include "policies/node_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace easel::policies {

namespace {

using nlohmann::json;

constexpr std::array mail_ports{25, 465, 587, 2525};

std::optional<recipient> parse_recipient(const std::string& text) {
  const auto* found =
    std::find_if(all_recipients.begin(), all_recipients.end(), [&](recipient each) { return to_string(each) == text; });
  return found == all_recipients.end() ? std::nullopt : std::optional(*found);
}

recipient recipient_of(const json& from) {
  const auto found = parse_recipient(from.get<std::string>());
  if (!found)
    throw std::invalid_argument("no recipient");
  return *found;
}

json page_json(const page_fact& page) {
  return {{"path", page.path},
          {"status", page.status},
          {"due", page.due},
          {"policy", page.content_policy},
          {"own", page.loads.own},
          {"foreign", page.loads.foreign},
          {"inlined", page.loads.inlined}};
}

page_fact page_of(const json& from) {
  page_fact page;
  page.path = from.at("path").get<std::string>();
  page.status = from.at("status").get<int>();
  // A server that is older than this does not say: of its pages only failures count.
  page.due = from.value("due", page.status == 500 ? 200 : page.status);
  page.content_policy = from.at("policy").get<std::string>();
  page.loads = {from.at("own").get<std::int64_t>(), from.at("foreign").get<std::int64_t>(),
                from.at("inlined").get<std::int64_t>()};
  return page;
}

} // namespace

bool is_mail_port(int port) { return std::find(mail_ports.begin(), mail_ports.end(), port) != mail_ports.end(); }

std::string to_json(const node_report& report) {
  auto declared = json::object(), cookies = json::object();
  auto called = json::array(), pages = json::array();
  for (const auto& [to, hosts] : report.declared.hosts)
    declared[std::string(to_string(to))] = hosts;
  for (const auto& each : report.called)
    called.push_back(
      {{"to", to_string(each.to)}, {"host", each.host}, {"calls", each.calls}, {"sockets", each.sockets}});
  for (const auto& page : report.pages)
    pages.push_back(page_json(page));
  for (const auto& [name, count] : report.cookies)
    cookies[name] = count;
  return json{{"since", easel::to_string(report.since)},
              {"build", report.build},
              {"declared", std::move(declared)},
              {"called", std::move(called)},
              {"refused_calls", report.refused_calls},
              {"mail_sockets", report.mail_sockets},
              {"pages", std::move(pages)},
              {"cookies", std::move(cookies)},
              {"unknown_cookies", report.unknown_cookies}}
    .dump(-1, ' ', true, json::error_handler_t::replace);
}

std::optional<node_report> parse_node_report(std::string_view text) try {
  const auto from = json::parse(text);
  node_report report;
  const auto since = parse_instant(from.at("since").get<std::string>());
  if (!since)
    return std::nullopt;
  report.since = *since;
  report.build = from.at("build").get<std::string>();
  for (const auto& [to, hosts] : from.at("declared").items())
    report.declared.hosts.emplace(recipient_of(to), hosts.get<std::set<std::string>>());
  for (const auto& each : from.at("called"))
    report.called.push_back({recipient_of(each.at("to")), each.at("host").get<std::string>(),
                             each.at("calls").get<std::int64_t>(), each.at("sockets").get<std::int64_t>()});
  report.refused_calls = from.at("refused_calls").get<std::int64_t>();
  report.mail_sockets = from.at("mail_sockets").get<std::int64_t>();
  for (const auto& each : from.at("pages"))
    report.pages.push_back(page_of(each));
  for (const auto& [name, count] : from.at("cookies").items())
    report.cookies.emplace(name, count.get<std::int64_t>());
  report.unknown_cookies = from.at("unknown_cookies").get<std::int64_t>();
  return report;
} catch (const std::exception&) {
  return std::nullopt;
}

} // namespace easel::policies
