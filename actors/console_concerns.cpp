#include "actors/console_board.hpp"

#include <algorithm>

namespace easel::actors {

namespace {

std::string in_seconds(std::chrono::milliseconds d) {
  const auto tenths = d.count() / 100;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

/// These wait in their handlers for the database: what would be long elsewhere is not for them.
bool waits_for_database(std::string_view kind) {
  return kind == "store worker" || kind == "access log" || kind == "console reader";
}

void about_database(std::vector<concern>& out, const console_sample& s) {
  if (s.database_silent < std::chrono::seconds(3))
    return;
  out.push_back(
    {"The database does not answer", "The last good heartbeat was " + in_seconds(s.database_silent) + " ago.",
     "Look whether PostgreSQL runs and can be reached: easelctl db check.", "#/actors?kind=store%20worker", true});
}

void about_upstream(std::vector<concern>& out, const upstream_view& u) {
  const std::string name = std::string(u.to) + " “" + u.label + "”";
  const std::string link = "#/upstreams";
  if (!u.funded)
    out.push_back({name + " is out of credit", "The upstream's own balance is below the floor that is configured.",
                   "Top it up with the provider; it is asked again by itself.", link, true});
  else if (u.breaker == "open" && !u.paused_for)
    out.push_back({name + " is cooling down",
                   "Its breaker is open" + (u.last_failure ? ", last failure: " + std::string(*u.last_failure) : "")
                     + (u.opens_in ? ". A probe may start in " + in_seconds(*u.opens_in) + "." : "."),
                   "It probes by itself. If the provider is well again, reset its breaker.", link, true});
  else if (u.failing >= 0.5 && u.calls >= 5)
    out.push_back(
      {name + " fails on most calls",
       std::to_string(static_cast<int>(u.failing * 100)) + " % of the calls of about the last minute failed.",
       "Look at its error classes; pause it while others of its tier can work.", link, true});
  if (u.paused_for)
    out.push_back({name + " is paused", "By an operator, for another " + in_seconds(*u.paused_for) + ".",
                   "It resumes by itself; or resume it now.", link, false});
}

void about_actor(std::vector<concern>& out, const actor_view& a) {
  const bool patient = waits_for_database(a.kind);
  const std::string name = std::string(a.kind) + ' ' + std::to_string(a.id);
  const std::string link = "#/actor/" + std::to_string(a.id);
  const std::string at = a.last ? a.last->type : "a message";
  if (a.last && a.last->running && a.stalled > std::chrono::seconds(patient ? 15 : 5))
    out.push_back({name + " is stuck in a handler", "It has worked on " + at + " for " + in_seconds(a.stalled) + ".",
                   patient ? "The database is slow, or a lock is held: look at pg_stat_activity."
                           : "A handler must not block: note its type, then restart the actor.",
                   link, true});
  else if (a.waiting > 0 && a.stalled > std::chrono::seconds(patient ? 15 : 5))
    out.push_back(
      {name + " is starved",
       std::to_string(a.waiting) + " messages wait, and none was handled for " + in_seconds(a.stalled) + ".",
       "Threads are short, or all of them are busy: look at the types by busy time.", link, true});
  else if (a.waiting > 1000)
    out.push_back({name + " has a deep mailbox", std::to_string(a.waiting) + " messages wait.",
                   "Watch whether it drains; if not, more comes in than it can handle.", link, false});
}

} // namespace

std::vector<concern> find_concerns(const console_sample& sample,
                                   const std::map<std::string_view, double>& failed_lately,
                                   std::vector<actor_view> stalled) {
  std::vector<concern> out;
  about_database(out, sample);
  for (const auto& q : sample.queues)
    if (q.stalled)
      out.push_back({"Nothing leaves a queue", q.name + ": no credential of the tier may start a call.",
                     "Look at the tier's upstreams.", "#/upstreams", true});
  for (const auto& u : sample.upstreams)
    about_upstream(out, u);
  for (const auto& [kind, failed] : failed_lately)
    if (failed >= 0.5)
      out.push_back({std::string(kind) + ": actors failed",
                     "About " + std::to_string(static_cast<int>(failed + 0.5)) + " ended unexpectedly lately.",
                     "Their supervisors replaced them; the graveyard says why they ended.", "#/graveyard", false});
  std::sort(stalled.begin(), stalled.end(), [](const auto& a, const auto& b) { return a.stalled > b.stalled; });
  for (const auto& actor : stalled)
    about_actor(out, actor);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.urgent > b.urgent; });
  if (out.size() > most_concerns)
    out.resize(most_concerns);
  return out;
}

} // namespace easel::actors
