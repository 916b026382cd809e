#include "tools/easelctl/acts.hpp"

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::json;

std::string outcome_of(const json& answer) {
  const auto found = answer.find("outcome");
  return found != answer.end() && found->is_string() ? found->get<std::string>() : "unknown";
}

void print_effects(const json& answer, std::ostream& out) {
  const auto effects = answer.find("effects");
  if (effects == answer.end() || !effects->is_array())
    return;
  for (const auto& one : *effects)
    if (one.is_string())
      out << "- " << one.get<std::string>() << '\n';
}

json body_of(const act& what) {
  auto out = json::object();
  for (const auto& [name, text] : what.texts)
    out[name] = text;
  for (const auto& [name, value] : what.numbers)
    out[name] = value;
  return out;
}

} // namespace

int carry_out(const act& what, const operator_client& client, const act_options& how, std::ostream& out,
              std::ostream& err) {
  const auto target = "/api/actions/" + what.name;
  auto body = body_of(what);
  const auto ask = [&]() -> std::optional<json> {
    auto answer = client.post(target, body);
    if (!answer) {
      err << "easelctl: " << answer.error() << '\n';
      return std::nullopt;
    }
    return std::move(*answer);
  };
  const auto finish = [&](const json& answer, const char* sentence, int code) {
    if (how.json)
      out << answer.dump() << '\n';
    else
      (code == 0 ? out : err) << sentence << '\n';
    return code;
  };
  const auto preview = ask();
  if (!preview)
    return 1;
  if (!how.json)
    print_effects(*preview, out);
  if (outcome_of(*preview) != "previewed")
    return finish(*preview, "easelctl: refused; nothing was done", 1);
  if (what.reason.empty())
    return finish(*preview, "a preview: with --reason TEXT it is done", 0);
  if (!what.yes && !how.confirmed())
    return finish(*preview, "easelctl: nothing was done; --yes does it without a question", 1);
  body["reason"] = what.reason;
  body["stamp"] = preview->value("stamp", "");
  const auto done = ask();
  if (!done)
    return 1;
  if (outcome_of(*done) == "done")
    return finish(*done, "done, and recorded in the audit", 0);
  if (!how.json)
    print_effects(*done, out);
  return finish(*done, "easelctl: meanwhile something has changed, so that it would do this now; nothing was done", 1);
}

} // namespace easel::easelctl
