#include "tools/simulator/triggers.hpp"
#include "tools/simulator/world.hpp"

#include <charconv>
#include <map>

/// OpenAI moderation: POST /openai/v1/moderations.
namespace easel::simulator {
namespace {

struct category {
  std::string_view name;
  bool images; ///< whether images are scored too
  double usual;
};

constexpr std::array<category, 13> categories{{{"harassment", false, 0.0021},
                                               {"harassment/threatening", false, 0.0004},
                                               {"hate", false, 0.0001},
                                               {"hate/threatening", false, 0.00002},
                                               {"illicit", false, 0.0103},
                                               {"illicit/violent", false, 0.0006},
                                               {"self-harm", true, 0.0003},
                                               {"self-harm/intent", true, 0.0002},
                                               {"self-harm/instructions", true, 0.0001},
                                               {"sexual", true, 0.0002},
                                               {"sexual/minors", false, 0.00001},
                                               {"violence", true, 0.0041},
                                               {"violence/graphic", true, 0.0007}}};

struct opinion {
  std::map<std::string, double, std::less<>> scores;
  std::map<std::string, bool, std::less<>> flags;
  bool flagged = false;
  bool null_illicit = false; ///< older answers hold null for the two illicit categories
};

/// `sim:minors`, `sim:violence`, `sim:category=NAME` flag; `sim:score=NAME:0.4` scores without flagging.
opinion judge_text(std::string_view text) {
  opinion out;
  for_each_trigger(text, [&](const trigger& t) {
    std::string_view name = t.what == "minors" ? "sexual/minors" : t.what == "category" ? t.value : t.what;
    out.null_illicit = out.null_illicit || t.what == "null-illicit";
    if (t.what == "score") {
      auto colon = std::min(t.value.find(':'), t.value.size());
      double score = 0;
      auto digits = t.value.substr(std::min(colon + 1, t.value.size()));
      if (std::from_chars(digits.data(), digits.data() + digits.size(), score).ec == std::errc{})
        out.scores[std::string(t.value.substr(0, colon))] = score;
      return;
    }
    for (const auto& c : categories)
      if (c.name == name) {
        out.flagged = out.flags[std::string(name)] = true;
        out.scores[std::string(name)] = 0.93;
      }
  });
  return out;
}

std::string write_result(const opinion& o, bool with_image) {
  std::string flags, scores, inputs;
  for (const auto& c : categories) {
    auto key = (flags.empty() ? "\"" : ",\"") + std::string(c.name) + "\":";
    auto flagged = o.flags.contains(c.name);
    auto score = o.scores.find(c.name);
    bool null = o.null_illicit && c.name.substr(0, 7) == "illicit";
    flags += key + (null ? "null" : flagged ? "true" : "false");
    scores += key + json(score == o.scores.end() ? c.usual : score->second).dump();
    inputs += key + (c.images && with_image ? R"(["text","image"])" : R"(["text"])");
  }
  return std::string(R"({"flagged":)") + (o.flagged ? "true" : "false") + R"(,"categories":{)" + flags
         + R"(},"category_scores":{)" + scores + R"(},"category_applied_input_types":{)" + inputs + "}}";
}

std::string error_body(const std::string& message, std::string_view type, const json& param, const json& code) {
  return json{{"error", {{"message", message}, {"type", type}, {"param", param}, {"code", code}}}}.dump();
}

std::string error_for_status(int status) {
  if (status == 429)
    return error_body("Rate limit reached (simulated)", "tokens", nullptr, "rate_limit_exceeded");
  if (status == 401)
    return error_body("Incorrect API key provided (simulated)", "invalid_request_error", nullptr, "invalid_api_key");
  if (status >= 500)
    return error_body("The server had an error (simulated)", "server_error", nullptr, nullptr);
  return error_body("Refused (simulated)", "invalid_request_error", nullptr, nullptr);
}

struct question {
  std::vector<std::string> texts; ///< one result each
  int images = 0;
  std::string why_not; ///< what is wrong with the request
};

question read_question(const json& body) {
  question out;
  auto input = body.is_object() ? body.find("input") : body.end();
  if (!body.is_object() || input == body.end()) {
    out.why_not = "input is required";
  } else if (input->is_string()) {
    out.texts.push_back(input->get<std::string>());
  } else if (input->is_array() && !input->empty() && input->front().is_string()) {
    for (const auto& text : *input)
      out.texts.push_back(text.is_string() ? text.get<std::string>() : std::string{});
  } else if (input->is_array()) {
    out.texts.emplace_back();
    for (const auto& part : *input) {
      bool text = part.is_object() && part.value("type", json()) == "text" && part.contains("text");
      if (text && part["text"].is_string())
        out.texts.front() += part["text"].get<std::string>();
      out.images += part.is_object() && part.value("type", json()) == "image_url" ? 1 : 0;
    }
  } else {
    out.why_not = "input must be a string or an array";
  }
  return out;
}

answer moderation_answer(const question& q, const json& body, const decision& d) {
  if (!q.why_not.empty())
    return json_answer(400, error_body(q.why_not, "invalid_request_error", "input", nullptr), d.delay);
  if (q.images > 1)
    return json_answer(400, error_body("Too many images.", "invalid_request_error", "input", "too_many_images"),
                       d.delay);
  std::string model = "omni-moderation-latest";
  if (auto it = body.find("model"); it != body.end() && it->is_string())
    model = it->get<std::string>();
  if (model.rfind("omni-moderation-", 0) != 0)
    return json_answer(404, error_body("no such model", "invalid_request_error", "model", "model_not_found"), d.delay);
  if (model == "omni-moderation-latest")
    model = "omni-moderation-2024-09-26";
  static std::atomic<std::uint64_t> next{1};
  std::string text =
    R"({"id":"modr-sim)" + std::to_string(next++) + R"(","model":)" + json(model).dump() + R"(,"results":[)";
  for (std::size_t i = 0; i < q.texts.size(); ++i)
    text += (i == 0 ? "" : ",") + write_result(judge_text(q.texts[i]), q.images > 0);
  return json_answer(200, text + "]}", d.delay);
}

} // namespace

void serve_moderation(visit v) {
  if (v.request.path != "/openai/v1/moderations")
    return reply_plainly(v, 404, "no such route");
  if (v.request.method != "POST")
    return reply_plainly(v, 405, "use POST");
  auto body = parse_body(v.request);
  auto asked = read_question(body);
  std::string prompt;
  for (const auto& text : asked.texts)
    prompt += (prompt.empty() ? "" : "\n") + text;
  auto ticket = v.all.book.begin(route::moderation, v.request, prompt, body);
  decision d;
  answer a;
  if (v.request.bearer() != v.all.set.openai_key) {
    v.all.book.note(route::moderation, "unauthorized");
    a = json_answer(401, error_for_status(401));
  } else {
    d = v.all.rules.decide(route::moderation, prompt);
    if (d.wrong)
      v.all.book.fault_given(route::moderation, d.wrong->kind);
    if (d.wrong && (d.wrong->kind == fault_kind::status || d.wrong->kind == fault_kind::error_in_200)) {
      int status = d.wrong->kind == fault_kind::status ? d.wrong->status : 200;
      a = json_answer(status, error_for_status(d.wrong->status), d.delay);
      if (d.wrong->retry_after)
        a.headers.emplace_back("retry-after", std::to_string(*d.wrong->retry_after));
    } else {
      a = moderation_answer(asked, body, d);
    }
  }
  a.headers.emplace_back("x-request-id", "req_sim" + std::to_string(v.all.book.total_calls()));
  auto s = d.wrong && d.wrong->kind == fault_kind::lost_answer ? silent(ending::reset, d.delay)
           : d.wrong                                           ? bend(std::move(a), *d.wrong, d.delay)
                                                               : to_script(std::move(a));
  s.of = std::move(ticket);
  v.reply(std::move(s));
}

} // namespace easel::simulator
