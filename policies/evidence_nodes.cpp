#include "policies/evidence_look.hpp"

#include <algorithm>
#include <array>
#include <set>

/// What the processes of the server have seen of themselves.
namespace easel::policies {

namespace {

/// A node whose heart beat within this is at work.
constexpr duration silence = std::chrono::seconds(30);

/// COOKIE-1, whoever declares more.
constexpr std::array<std::string_view, 2> promised_cookies{"__Host-lang", "__Host-sid"};

/// The reports that count. A node that has been at work for longer than one has to be fresh must have given one.
std::vector<const node_report*> fresh_reports(const look& at) {
  const auto longest = 2 * at.terms.interval;
  std::vector<const node_report*> fresh;
  for (const auto& report : at.facts.reports)
    if (at.facts.at - report.at <= longest)
      fresh.push_back(&report);
  const auto nodes = std::count_if(at.facts.nodes.begin(), at.facts.nodes.end(), [&](const node_fact& node) {
    return at.facts.at - node.heartbeat_at <= silence && at.facts.at - node.joined_at > longest;
  });
  at.figure("servers that reported", static_cast<std::int64_t>(fresh.size()));
  if (fresh.empty())
    at.complain("no server has reported on itself lately.");
  else if (nodes > static_cast<std::ptrdiff_t>(fresh.size()))
    at.complain(std::to_string(nodes) + " servers are at work, and not all of them reported on themselves.");
  return fresh;
}

bool is_declared_recipient(recipient to) {
  const auto rules = disclosure_rules();
  return std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.to == to; });
}

} // namespace

void hosts_called(const look& at) {
  std::int64_t refused = 0;
  std::map<std::string, std::int64_t> calls;
  std::optional<instant> since;
  for (const auto* report : fresh_reports(at)) {
    since = since ? std::min(*since, report->since) : report->since;
    refused += report->refused_calls;
    for (const auto& each : report->called) {
      calls["calls to " + each.host + " for " + std::string(to_string(each.to))] += each.calls;
      if (!is_declared_recipient(each.to) || !allows(report->declared, each.to, each.host))
        at.complain(each.host + " was called for " + std::string(to_string(each.to)) + " and is not declared.");
    }
  }
  if (since)
    at.figure("counted since", easel::to_string(*since));
  for (const auto& [name, count] : calls)
    at.figure(name, count);
  at.figure("calls refused", refused);
}

void no_mail(const look& at) {
  std::int64_t sockets = 0;
  for (const auto* report : fresh_reports(at)) {
    sockets += report->mail_sockets;
    for (const auto& [to, hosts] : report->declared.hosts)
      if (!is_declared_recipient(to))
        at.complain("hosts are declared for somebody who may receive nothing.");
  }
  at.figure("recipients", static_cast<std::int64_t>(disclosure_rules().size()));
  at.must_be_zero("sockets asked for to ports of mail", sockets);
}

void own_pages(const look& at) {
  std::set<std::string> seen;
  std::int64_t own = 0;
  for (const auto* report : fresh_reports(at)) {
    if (report->pages.empty())
      at.complain("a server has not looked at its own pages.");
    for (const auto& page : report->pages) {
      seen.insert(page.path);
      own += page.loads.own;
      if (page.status == 0)
        at.complain(page.path + " did not answer.");
      else if (page.status != page.due)
        at.complain(page.path + " answered " + std::to_string(page.status) + " where " + std::to_string(page.due)
                    + " is due.");
      if (page.loads.foreign != 0 || page.loads.inlined != 0)
        at.complain(page.path + " loads something that is not a file of this service.");
      if (!is_closed_policy(page.content_policy))
        at.complain(page.path + " does not forbid browsers to load from others.");
    }
  }
  at.figure("pages and files looked at", static_cast<std::int64_t>(seen.size()));
  at.figure("references to files of our own", own);
}

void own_cookies(const look& at) {
  std::map<std::string, std::int64_t> set;
  std::int64_t unknown = 0;
  for (const auto* report : fresh_reports(at)) {
    unknown += report->unknown_cookies;
    for (const auto& [name, count] : report->cookies) {
      set[name] += count;
      if (std::find(promised_cookies.begin(), promised_cookies.end(), name) == promised_cookies.end())
        at.complain("the cookie " + name + " is none of the two that are promised.");
    }
  }
  for (const auto& [name, count] : set)
    at.figure("times that " + name + " was set", count);
  at.must_be_zero("cookies set by something else", unknown);
}

} // namespace easel::policies
