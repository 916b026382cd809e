#include "tools/simulator/sizes.hpp"
#include "tools/simulator/world.hpp"

#include <algorithm>
#include <cmath>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

/// kie.ai's job API: createTask, recordInfo, chat/credit, download-url, and the result files.
namespace easel::simulator {
namespace {

std::string envelope(int code, const std::string& message, json data = nullptr) {
  return json{{"code", code}, {"msg", message}, {"data", std::move(data)}}.dump();
}

std::string message_for(int code) {
  switch (code) {
  case 401:
    return "You do not have access permissions";
  case 402:
    return "Credits insufficient";
  case 404:
    return "Not found";
  case 422:
    return "recordInfo is null";
  case 429:
    return "Your call frequency is too high";
  case 455:
    return "Service is under maintenance";
  default:
    return "Server exception, please try again later";
  }
}

/// One API call: how its route behaves, and its entry in the journal.
struct api_call {
  visit at;
  route where = route::other;
  decision how;
  std::shared_ptr<call> ticket;

  void reply(int code, const std::string& message, json data = nullptr) {
    int status = code != 200 && how.how.mirror_status ? code : 200;
    bool known = status == 200 || (status >= 400 && status < 600);
    finish(json_answer(known ? status : 500, envelope(code, message, std::move(data)), how.delay));
  }

  void finish(answer a) {
    auto s = how.wrong && how.wrong->kind == fault_kind::lost_answer ? silent(ending::reset, how.delay)
             : how.wrong                                             ? bend(std::move(a), *how.wrong, how.delay)
                                                                     : to_script(std::move(a));
    s.of = std::move(ticket);
    at.reply(std::move(s));
  }

  /// Error statuses, and faults that leave nothing to answer with.
  bool answered_early() {
    if (!how.wrong)
      return false;
    const auto& f = *how.wrong;
    if (f.kind == fault_kind::error_in_200 || f.kind == fault_kind::status) {
      if (f.kind == fault_kind::status && f.retry_after) {
        auto a = json_answer(f.status, envelope(f.status, message_for(f.status)), how.delay);
        a.headers.emplace_back("retry-after", std::to_string(*f.retry_after));
        finish(std::move(a));
      } else {
        reply(f.status, message_for(f.status));
      }
      return true;
    }
    if (answers_nothing(f))
      finish({});
    return answers_nothing(f);
  }
};

/// Notes the call and decides how it goes. Nothing when it was answered: wrong key, or an early fault.
std::optional<api_call> admit(visit v, route where, const std::string& prompt, json body) {
  auto ticket = v.all.book.begin(where, v.request, prompt, std::move(body));
  bool known = v.request.bearer() == v.all.set.kie_key;
  api_call c{std::move(v), where, {}, std::move(ticket)};
  if (!known) {
    c.how.how = c.at.all.rules.peek(where);
    c.at.all.book.note(where, "unauthorized");
    c.reply(401, message_for(401));
    return std::nullopt;
  }
  c.how = c.at.all.rules.decide(where, prompt);
  if (c.how.wrong)
    c.at.all.book.fault_given(where, c.how.wrong->kind);
  // A create that fails on purpose still counts as a start only when it would have made a task.
  if (c.answered_early())
    return std::nullopt;
  return c;
}

struct task_input {
  std::string model, prompt, ratio = "auto", resolution = "1K", format = "png", callback;
};

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

struct refusal {
  int code = 0;
  std::string message;
};

std::string text_member(const json& object, const char* name, const std::string& usual) {
  auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : usual;
}

std::optional<refusal> check_gpt_image_2(const task_input& in) {
  if (!is_one_of(in.ratio, {"auto", "1:1", "9:16", "16:9", "4:3", "3:4"}))
    return refusal{422, "aspect_ratio is not within the range of allowed options"};
  if (in.resolution == "4K" && in.ratio == "1:1")
    return refusal{422, "4K is not available with 1:1"};
  if (in.resolution != "1K" && in.ratio == "auto")
    return refusal{422, "without aspect_ratio only 1K is available"};
  if (in.prompt.size() > 80'000) // 20,000 characters of at most four bytes
    return refusal{422, "prompt is too long"};
  return std::nullopt;
}

std::optional<refusal> read_task(const json& body, task_input& in) {
  if (!body.is_object())
    return refusal{400, "malformed JSON"};
  in.model = text_member(body, "model", {});
  in.callback = text_member(body, "callBackUrl", {});
  auto input = body.find("input");
  if (in.model.empty() || input == body.end() || !input->is_object())
    return refusal{400, "model and input are required"};
  bool gpt2 = in.model == "gpt-image-2-text-to-image";
  if (!gpt2
      && !is_one_of(in.model, {"gpt-image/1.5-text-to-image", "nano-banana-pro", "nano-banana-2", "nano-banana-2-lite",
                               "google/nano-banana"}))
    return refusal{404, "model is not supported"};
  in.prompt = text_member(*input, "prompt", {});
  if (in.prompt.empty())
    return refusal{400, "prompt is required"};
  in.ratio = text_member(*input, "aspect_ratio", text_member(*input, "image_size", "auto"));
  in.resolution = text_member(*input, "resolution", "1K");
  in.format = gpt2 ? "png" : text_member(*input, "output_format", in.model == "nano-banana-2" ? "jpg" : "png");
  if (!is_one_of(in.resolution, {"1K", "2K", "4K"}))
    return refusal{422, "resolution is not within the range of allowed options"};
  return gpt2 ? check_gpt_image_2(in) : std::nullopt;
}

/// About a million pixels for 1K, four for 2K, eight for 4K, edges in multiples of 16.
pixel_size pixels_for(const std::string& ratio, const std::string& resolution) {
  double pixels = resolution == "4K" ? 3840.0 * 2160 : resolution == "2K" ? 2048.0 * 2048 : 1024.0 * 1024;
  double wide = 1, high = 1;
  if (auto colon = ratio.find(':'); colon != std::string::npos) {
    wide = std::clamp(std::atof(ratio.c_str()), 1.0, 21.0);
    high = std::clamp(std::atof(ratio.c_str() + colon + 1), 1.0, 21.0);
  }
  auto edge = [](double length) { return std::clamp(int(length / 16 + 0.5) * 16, 16, 4096); };
  return {edge(std::sqrt(pixels * wide / high)), edge(std::sqrt(pixels * high / wide))};
}

std::shared_ptr<kie_task> make_task(world& all, const task_input& in, const json& body) {
  auto drawn = all.rules.decide(route::kie_task, in.prompt);
  const auto& how = drawn.how;
  auto t = std::make_shared<kie_task>();
  t->id = all.tasks.new_id();
  t->model = in.model;
  t->prompt = in.prompt;
  t->param = body.dump();
  t->callback_url = in.callback;
  auto pixels = parse_size(how.deliver_size).value_or(pixels_for(in.ratio, in.resolution));
  auto format = how.deliver_format.empty() ? in.format : how.deliver_format;
  t->order = {{picture_seed(how, in.prompt, 0), pixels.width, pixels.height, false, 0},
              format == "webp"  ? codec::webp
              : format == "png" ? codec::png
                                : codec::jpeg,
              90,
              how.image_bytes};
  if (drawn.wrong)
    all.book.fault_given(route::kie_task, drawn.wrong->kind);
  t->wrong = std::move(drawn.wrong);
  t->takes = drawn.delay;
  t->created_ms = unix_ms();
  t->started = std::chrono::steady_clock::now();
  t->no_record_polls = how.no_record_polls;
  t->polls_until_done = how.polls_until_done;
  t->cost = in.resolution == "4K" ? 16 : in.resolution == "2K" ? 10 : 6;
  return t;
}

void tell_when_done(world& all, const task_ptr& t) {
  if (t->callback_url.empty() || t->polls_until_done > 0 || (t->wrong && t->wrong->kind == fault_kind::hang))
    return;
  asio::post(all.timers, [&all, t] {
    auto timer = std::make_shared<asio::steady_timer>(all.timers, t->started + t->takes);
    timer->async_wait([&all, t, timer](asio::error_code ec) {
      if (!ec && !t->told.exchange(true))
        send_callback(all, t);
    });
  });
}

void create_task(visit v) {
  auto body = parse_body(v.request);
  task_input in;
  auto wrong = read_task(body, in);
  auto c = admit(std::move(v), route::kie_create, in.prompt, body);
  if (!c)
    return;
  auto& all = c->at.all;
  if (wrong)
    return c->reply(wrong->code, wrong->message);
  if (!all.rules.may_start()) {
    all.book.note(route::kie_create, "start_rate_exceeded");
    return c->reply(429, message_for(429));
  }
  auto t = make_task(all, in, body);
  if (!all.tasks.add(t))
    return c->reply(402, message_for(402));
  all.kept.keep({t->id, t->created_ms, body});
  all.book.note(route::kie_task, "created");
  tell_when_done(all, t);
  c->reply(200, "success", {{"taskId", t->id}});
}

void record_info(visit v) {
  auto id = v.request.query_value("taskId");
  auto t = v.all.tasks.find(id);
  auto c = admit(std::move(v), route::kie_poll, t ? t->prompt : std::string{}, {{"taskId", id}});
  if (!c)
    return;
  if (id.empty())
    return c->reply(400, "taskId is required");
  if (t == nullptr)
    return c->reply(422, message_for(422));
  int polls = ++t->polls;
  if (polls <= t->no_record_polls)
    return c->reply(422, message_for(422));
  auto& all = c->at.all;
  auto stage = stage_of(*t, polls, std::chrono::steady_clock::now());
  auto record = task_record(all, *t, stage);
  bool done = stage == kie_stage::success || stage == kie_stage::fail;
  if (done && t->polls_until_done > 0 && !t->callback_url.empty() && !t->told.exchange(true))
    send_callback(all, t);
  c->reply(200, "success", std::move(record));
}

void result_file(visit v) {
  // /kie/files/TASK/0.png
  constexpr std::string_view prefix = "/kie/files/";
  auto rest = std::string_view(v.request.path).substr(prefix.size());
  auto id = std::string(rest.substr(0, rest.find('/')));
  auto t = v.all.tasks.find(id);
  if (t == nullptr || v.request.path != file_path(*t))
    return reply_plainly(v, 404, "no such file");
  auto ticket = v.all.book.begin(route::kie_download, v.request, t->prompt, {{"taskId", id}});
  auto c = std::make_shared<api_call>(api_call{std::move(v), route::kie_download, {}, std::move(ticket)});
  auto& all = c->at.all;
  c->how = all.rules.decide(route::kie_download, t->prompt);
  if (c->how.wrong)
    all.book.fault_given(route::kie_download, c->how.wrong->kind);
  if (c->how.wrong && c->how.wrong->kind == fault_kind::status)
    return c->finish(json_answer(c->how.wrong->status, R"({"error":"simulated"})", c->how.delay));
  if (c->answered_early())
    return;
  bool broken = (t->wrong && t->wrong->kind == fault_kind::bad_image)
                || (c->how.wrong && c->how.wrong->kind == fault_kind::bad_image);
  all.pictures.get({t->order}, [c, t, broken](const std::vector<picture_ptr>& pictures) {
    answer a;
    a.content_type = media_type(t->order.as);
    a.body.push_back({c->how.delay, {broken ? make_segment("this is no picture (simulated)") : file_of(pictures[0])}});
    c->finish(std::move(a));
  });
}

void credit(visit v) {
  if (auto c = admit(std::move(v), route::kie_credit, {}, nullptr))
    c->reply(200, "success", c->at.all.tasks.balance());
}

/// Only links of ours can be signed, and the link is the file itself with a mark that it was asked for.
void download_url(visit v) {
  auto url = text_member(parse_body(v.request), "url", {});
  auto ticket = v.all.book.begin(route::other, v.request, {}, nullptr);
  bool known = v.request.bearer() == v.all.set.kie_key;
  api_call c{std::move(v), route::other, {}, std::move(ticket)};
  if (!known)
    return c.reply(401, message_for(401));
  if (url.rfind(c.at.all.base_url + "/kie/files/", 0) != 0)
    return c.reply(422, "The URL was not generated here");
  c.reply(200, "success", url + "?signed=" + std::to_string(unix_ms() / 1000 + 1200));
}

} // namespace

std::string file_path(const kie_task& t) { return "/kie/files/" + t.id + "/0." + std::string(file_suffix(t.order.as)); }

void recall_tasks(world& all) {
  const auto now = unix_ms();
  for (const auto& kept : all.kept.open(now)) {
    task_input in;
    if (read_task(kept.body, in))
      continue; // made under rules that are not today's
    auto t = make_task(all, in, kept.body);
    t->id = kept.id;
    t->created_ms = kept.created_ms;
    t->started -= milliseconds(std::max<std::int64_t>(now - kept.created_ms, 0));
    if (all.tasks.add(t) && t->started + t->takes > std::chrono::steady_clock::now())
      tell_when_done(all, t);
  }
}

json task_record(world& all, const kie_task& t, kie_stage stage) {
  bool failed = stage == kie_stage::fail, done = stage == kie_stage::success;
  bool empty = t.wrong && t.wrong->kind == fault_kind::no_completion;
  json urls = json::array();
  if (!empty)
    urls.push_back(all.base_url + file_path(t));
  bool refused = failed && t.wrong->kind == fault_kind::refuse;
  auto ended = failed || done ? t.created_ms + t.takes.count() : 0;
  return {{"taskId", t.id},
          {"model", t.model},
          {"state", to_string(stage)},
          {"param", t.param},
          {"resultJson", done ? json{{"resultUrls", urls}}.dump() : ""},
          {"failCode", !failed   ? ""
                       : refused ? "400"
                                 : std::to_string(t.wrong->status)},
          {"failMsg", !failed   ? ""
                      : refused ? "The prompt was flagged by the provider's content policy"
                                : "internal error"},
          {"costTime", failed || done ? t.takes.count() : 0},
          {"createTime", t.created_ms},
          {"updateTime", ended != 0 ? ended : unix_ms()},
          {"completeTime", ended != 0 ? json(ended) : json()},
          {"creditsConsumed", done ? t.cost : 0},
          {"remainedCredits", all.tasks.balance()}};
}

void serve_kie(visit v) {
  const auto& path = v.request.path;
  bool post = v.request.method == "POST", get = v.request.method == "GET";
  if (path == "/kie/api/v1/jobs/createTask" && post)
    return create_task(std::move(v));
  if (path == "/kie/api/v1/jobs/recordInfo" && get)
    return record_info(std::move(v));
  if (path == "/kie/api/v1/chat/credit" && get)
    return credit(std::move(v));
  if (path == "/kie/api/v1/common/download-url" && post)
    return download_url(std::move(v));
  if (path.rfind("/kie/files/", 0) == 0 && get)
    return result_file(std::move(v));
  auto s = to_script(json_answer(404, envelope(404, message_for(404))));
  s.of = v.all.book.begin(route::other, v.request, {}, nullptr);
  v.reply(std::move(s));
}

} // namespace easel::simulator
