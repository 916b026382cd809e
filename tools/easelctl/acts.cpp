#include "tools/easelctl/acts.hpp"

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::json;

std::string outcome_of(const json& answer) {
  const auto found = answer.find("outcome");
  return found != answer.end() && found->is_string() ? found->get<std::string>() : "unknown";
}

std::vector<std::string> effects_of(const json& answer) {
  std::vector<std::string> out;
  if (const auto effects = answer.find("effects"); effects != answer.end() && effects->is_array())
    for (const auto& one : *effects)
      if (one.is_string())
        out.push_back(one.get<std::string>());
  return out;
}

/// All but the first `known`.
void print_effects(const json& answer, std::ostream& out, std::size_t known = 0) {
  const auto all = effects_of(answer);
  for (std::size_t i = known; i < all.size(); ++i)
    out << "- " << all[i] << '\n';
}

/// Whatever somebody wrote into a prompt, it steers no terminal: what is no text is shown as a question mark.
std::string harmless(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_second_control = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (is_second_control)
      text.replace(i, 2, "?");
    else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
      text[i] = '?';
  }
  return text;
}

void print_revealed(const json& answer, const act_options& how, std::ostream& out) {
  const auto found = answer.find("revealed");
  if (how.json || found == answer.end() || !found->is_object())
    return;
  const auto prompt = harmless(found->value("prompt", ""));
  if (how.reveal)
    how.reveal(prompt, std::chrono::milliseconds(found->value("hide_after_ms", 0)));
  else
    out << prompt << '\n';
}

json action_body(const act& what) {
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
  auto body = action_body(what);
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
  if (outcome_of(*done) == "done") {
    if (!how.json)
      print_effects(*done, out, effects_of(*preview).size());
    print_revealed(*done, how, out);
    return finish(*done, "done, and recorded in the audit", 0);
  }
  if (!how.json)
    print_effects(*done, out);
  return finish(*done, "easelctl: meanwhile something has changed, so that it would do this now; nothing was done", 1);
}

} // namespace easel::easelctl
