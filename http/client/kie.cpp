#include "http/client/kie.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/kie_models.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace easel::client::kie {
namespace {

using nlohmann::json;
using policies::failure_class;
using policies::upstream_failure;

constexpr std::size_t most_results = 16;
constexpr std::size_t longest_task_id = 128;
constexpr std::int64_t most_credits = 1'000'000'000'000;

struct code_rule {
  int code;
  failure_class what;
};

/// Upstreams, section 4.3. 422 means something else to a poll, 500 is unknown everywhere.
constexpr std::array codes{
  code_rule{400, failure_class::our_request}, code_rule{401, failure_class::our_account},
  code_rule{402, failure_class::our_account}, code_rule{403, failure_class::our_account},
  code_rule{404, failure_class::our_account}, code_rule{408, failure_class::failed},
  code_rule{422, failure_class::our_request}, code_rule{429, failure_class::busy},
  code_rule{430, failure_class::busy},        code_rule{433, failure_class::our_account},
  code_rule{451, failure_class::our_request}, code_rule{455, failure_class::unavailable},
  code_rule{500, failure_class::ambiguous},   code_rule{501, failure_class::failed},
  code_rule{505, failure_class::our_account}, code_rule{550, failure_class::unavailable},
};

bool is_success(int status) { return status >= 200 && status < 300; }

bool mentions(const std::string& lowered, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return lowered.find(word) != std::string::npos; });
}

/// The vocabulary of refusals is not documented; these words are what has been seen (section 5.4).
bool is_refusal(const std::string& message) {
  return mentions(ascii_lower(message),
                  {"policy", "safety", "sensitive", "flagged", "nsfw", "moderation", "prohibited"});
}

/// Older pages call the message `message`.
std::string message_of(const json& body) {
  const auto& msg = text_member(body, "msg");
  return ascii_lower(msg.empty() ? text_member(body, "message") : msg);
}

upstream_failure failure_of(std::int64_t code, const json& body, std::optional<duration> retry_after) {
  const auto found = std::find_if(codes.begin(), codes.end(), [&](const auto& rule) { return rule.code == code; });
  if (found != codes.end())
    return {found->what, retry_after, "kie_" + std::to_string(code)};
  if (code != 200 && mentions(message_of(body), {"frequency"}))
    return {failure_class::busy, retry_after, "kie_frequency"};
  return {failure_class::ambiguous, retry_after, "kie_other"};
}

struct envelope {
  std::int64_t code = 0;
  json body;
  const json& data() const { return member(body, "data"); }
};

/// The envelope of an answer, or what an answer without one means.
expected<envelope, upstream_failure> open_envelope(const answer& got) {
  auto body = parse_bounded(got.body);
  const auto code = body ? integer_member(*body, "code", 0, 9999) : std::nullopt;
  if (!code && is_success(got.status))
    return unexpected(upstream_failure{failure_class::incomplete, std::nullopt, "malformed_answer"});
  if (!code || (*code == 200 && !is_success(got.status)))
    return unexpected(status_failure(got.status, got.retry_after));
  return envelope{*code, *std::move(body)};
}

task_status failed_with(failure_class what, std::string code) {
  return {task_status::stage::failed, {}, upstream_failure{what, std::nullopt, std::move(code)}};
}

/// `resultJson` is JSON inside a string.
std::vector<std::string> result_urls(const json& data) {
  const auto inner = parse_bounded(text_member(data, "resultJson"));
  if (!inner)
    return {};
  const auto& camel = member(*inner, "resultUrls");
  const auto& urls = camel.is_array() ? camel : member(*inner, "result_urls");
  if (!urls.is_array() || urls.size() > most_results)
    return {};
  std::vector<std::string> out;
  for (const auto& url : urls) {
    if (!url.is_string() || url.get_ref<const std::string&>().empty())
      return {};
    out.push_back(url.get<std::string>());
  }
  return out;
}

std::optional<task_status> read_state(const json& data) {
  const auto& state = text_member(data, "state");
  if (state == "waiting" || state == "queuing" || state == "generating")
    return task_status{};
  if (state == "fail")
    return is_refusal(text_member(data, "failMsg")) ? failed_with(failure_class::refused, "content_policy")
                                                    : failed_with(failure_class::failed, "task_failed");
  if (state != "success")
    return std::nullopt;
  auto urls = result_urls(data);
  if (urls.empty())
    return failed_with(failure_class::bad_result, "no_result_url");
  return task_status{task_status::stage::succeeded, std::move(urls), std::nullopt};
}

upstream_failure malformed() { return {failure_class::incomplete, std::nullopt, "malformed_answer"}; }

} // namespace

bool is_task_id(std::string_view text) {
  return !text.empty() && text.size() <= longest_task_id && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '~';
  });
}

std::optional<std::string> encode_create(const image_job& job, const std::string& callback_url) {
  auto input = model_input(job.plan, job.prompt);
  if (input.is_null())
    return std::nullopt;
  json body{{"model", job.plan.slug}, {"input", std::move(input)}};
  if (!callback_url.empty())
    body["callBackUrl"] = callback_url;
  return to_text(body);
}

expected<std::string, upstream_failure> decode_create(const answer& got) {
  auto opened = open_envelope(got);
  if (!opened)
    return unexpected(std::move(opened.error()));
  if (opened->code != 200)
    return unexpected(failure_of(opened->code, opened->body, got.retry_after));
  const auto& id = text_member(opened->data(), "taskId");
  if (!is_task_id(id))
    return unexpected(upstream_failure{failure_class::incomplete, std::nullopt, "no_task_id"});
  return id;
}

expected<task_status, upstream_failure> decode_record(const answer& got, std::string_view task_id) {
  auto opened = open_envelope(got);
  if (!opened)
    return unexpected(std::move(opened.error()));
  const auto& data = opened->data();
  if (opened->code == 422 && !data.is_object())
    return task_status{};
  const bool failed_task = text_member(data, "state") == "fail"; // some answers carry the task's failure as their code
  if (opened->code != 200 && !failed_task)
    return unexpected(failure_of(opened->code, opened->body, got.retry_after));
  if (const auto& id = text_member(data, "taskId"); !id.empty() && id != task_id)
    return unexpected(malformed());
  if (auto status = read_state(data))
    return *std::move(status);
  return unexpected(malformed());
}

expected<std::int64_t, upstream_failure> decode_credit(const answer& got) {
  auto opened = open_envelope(got);
  if (!opened)
    return unexpected(std::move(opened.error()));
  if (opened->code != 200)
    return unexpected(failure_of(opened->code, opened->body, got.retry_after));
  if (const auto left = integer_member(opened->body, "data", 0, most_credits))
    return *left;
  return unexpected(malformed());
}

upstream_failure download_failure(const answer& got) {
  auto failure = status_failure(got.status, got.retry_after);
  // The link is open to anyone, so a refusal says that it has expired, and a redirect that it leads elsewhere: our
  // account has nothing to do with either.
  if (got.status == 410 || failure.what == failure_class::our_account)
    return {failure_class::failed, std::nullopt, "result_gone"};
  return failure;
}

bool is_result_url(std::string_view url, const std::set<std::string>& hosts, bool allow_http) {
  const auto target = parse_target(url);
  return target && (target->https || allow_http) && hosts.count(target->host_and_port()) > 0;
}

} // namespace easel::client::kie
