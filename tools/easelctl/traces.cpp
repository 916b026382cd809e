#include "tools/easelctl/traces.hpp"

#include "tools/easelctl/json_fields.hpp"
#include "tools/easelctl/text_table.hpp"

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::json;

constexpr int most_failures = 5; ///< looks in a row that found no server, before the trace is given up
constexpr std::size_t time_width = 8, actor_width = 24, message_width = 26;

json trace_body(const trace& what) {
  json out = json::object();
  if (what.by == "actor")
    out["actor"] = what.actor;
  else
    out[what.by] = what.which;
  if (what.seconds)
    out["seconds"] = *what.seconds;
  if (what.events)
    out["events"] = *what.events;
  if (!what.reason.empty())
    out["reason"] = what.reason;
  return out;
}

std::string at_left(std::string text, std::size_t width) {
  const auto has = width_of(text);
  return has < width ? text + std::string(width - has, ' ') : text;
}
std::string at_right(const std::string& text, std::size_t width) {
  const auto has = width_of(text);
  return has < width ? std::string(width - has, ' ') + text : text;
}

/// Cells of fixed width: nobody knows what comes.
std::string row(const std::string& after, const std::string& waited, const std::string& took, const std::string& actor,
                const std::string& message, const std::string& from) {
  return at_right(after, time_width) + "  " + at_right(waited, time_width) + "  " + at_right(took, time_width) + "  "
         + at_left(actor, actor_width) + "  " + at_left(message, message_width) + "  " + from + '\n';
}

std::string actor_in(const json& of, const char* name) {
  const auto actor = object(of, name);
  if (actor.empty())
    return "-";
  return text(actor, "type", "ended") + " #" + whole(actor, "id");
}

std::string row_of(const json& e) {
  const bool failed = text(e, "outcome") == "failed";
  return row(in_words(number(e, "after_ms")), span_or_dash(e, "waited_ms"), in_words(number(e, "took_ms")),
             actor_in(e, "actor"), text(e, "message") + (failed ? " FAILED" : ""), actor_in(e, "from"));
}

std::string reason_of_end(const json& trace) {
  const auto why = text(trace, "ended", "");
  if (why == "count")
    return "it has recorded as many messages as it may";
  if (why == "time")
    return "its time is over";
  if (why == "subject_ended")
    return "what it followed has ended";
  if (why == "account_deleted")
    return "the account is deleted, and what it had recorded is gone";
  return why == "stopped" ? "it was stopped" : "it runs on";
}

/// One trace from its beginning to its end.
class follower {
public:
  follower(const operator_client& client, const trace_options& how, std::ostream& out, std::ostream& err)
      : client_(client), how_(how), out_(out), err_(err) {}

  int run(const trace& what) {
    const auto begun = client_.post("/api/traces", trace_body(what));
    if (!begun)
      return fail(begun.error());
    target_ = "/api/traces/" + whole(*begun, "id");
    const auto bounds = object(*begun, "bounds");
    if (!how_.json) {
      err_ << "trace " << whole(*begun, "id") << " of " << what.by << ": at most " << whole(bounds, "events")
           << " messages, " << in_words(number(bounds, "span_ms")) << "; Ctrl-C ends it\n";
      out_ << row("AFTER", "WAITED", "TOOK", "ACTOR", "MESSAGE", "FROM") << std::flush;
    }
    return follow();
  }

private:
  int follow() {
    int failures = 0;
    for (;;) {
      auto page = client_.get(target_ + "?after=" + std::to_string(seen_));
      if (!page && ++failures >= most_failures)
        return fail(page.error());
      if (page) {
        failures = 0;
        const auto news = print(*page);
        const bool is_all = static_cast<double>(seen_) >= number(*page, "recorded");
        if (is_all && !flag(*page, "running"))
          return finish(*page);
        if (!is_all && news > 0)
          continue; // there is more already
      }
      if (!out_ || !how_.pause())
        return stop();
    }
  }

  std::size_t print(const json& page) {
    const auto events = list(page, "events");
    for (const auto& e : events)
      out_ << (how_.json ? e.dump() + '\n' : row_of(e));
    out_ << std::flush;
    seen_ += events.size();
    return events.size();
  }

  int stop() {
    const auto stopped = client_.remove(target_);
    return stopped ? finish(*stopped) : fail(stopped.error());
  }

  int finish(json trace) {
    trace.erase("events");
    if (how_.json)
      out_ << json{{"trace", trace}}.dump() << '\n';
    else
      err_ << "ended: " << reason_of_end(trace) << "; " << whole(trace, "recorded") << " messages"
           << (number(trace, "dropped") > 0 ? ", " + whole(trace, "dropped") + " dropped" : "") << '\n';
    return 0;
  }

  int fail(const std::string& why) {
    err_ << "easelctl: " << why << '\n';
    return 1;
  }

  const operator_client& client_;
  const trace_options& how_;
  std::ostream& out_;
  std::ostream& err_;
  std::string target_;
  std::size_t seen_ = 0;
};

} // namespace

int follow_trace(const trace& what, const operator_client& client, const trace_options& how, std::ostream& out,
                 std::ostream& err) {
  return follower(client, how, out, err).run(what);
}

} // namespace easel::easelctl
