#include "http/server/self_probe.hpp"

#include "http/server/fields.hpp"
#include "http/server/pages/embedded_files.hpp"
#include "http/server/pages/pages.hpp"
#include "http/server/security_headers.hpp"
#include "http/server/settings.hpp"
#include "http/server/sign_in_pages.hpp"
#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace easel::server {

namespace {

constexpr auto longest_wait = std::chrono::seconds(2);

/// Steps on the way of somebody who signs in or pays: they ask the database. Their pages are looked at below.
constexpr std::array<std::string_view, 3> steps{"/sign-in/callback", "/sign-in/confirm", "/billing/return"};

struct own_answer {
  answer_head head;
  std::string body;
};

/// A request of our own, and its answer.
class inner_exchange final : public exchange {
public:
  inner_exchange(std::string method, std::string target, std::string body)
      : method_(std::move(method)), target_(std::move(target)), body_(std::move(body)) {
    path = target_;
    fields_ = {{"Host", "localhost"},
               {"Accept", "text/html"},
               {"Sec-Fetch-Site", "same-origin"},
               {"Cookie", std::string(session_cookie) + "=nobody"}};
    if (!body_.empty())
      fields_.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  }

  [[nodiscard]] const std::string& request_id() const override { return id_; }
  [[nodiscard]] std::string_view method() const override { return method_; }
  [[nodiscard]] std::string_view target() const override { return target_; }
  [[nodiscard]] std::string_view body() const override { return body_; }
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const override {
    for (const auto& each : fields_)
      if (same_but_for_case(each.name, name))
        return each.value;
    return std::nullopt;
  }
  void each_field(const std::function<void(std::string_view, std::string_view)>& see) const override {
    for (const auto& each : fields_)
      see(each.name, each.value);
  }

  using exchange::send;
  void send(answer_head head, std::vector<segment> body, written done) override {
    own_answer got{std::move(head), {}};
    for (const auto& part : body)
      got.body += part.text;
    {
      const std::lock_guard lock(mutex_);
      answer_ = std::move(got);
    }
    answered_.notify_all();
    if (done)
      done(true);
  }
  std::shared_ptr<event_stream> open_stream(answer_head, stream_options) override {
    throw std::logic_error("no page is a stream");
  }
  std::shared_ptr<event_stream> open_body(answer_head, std::function<void()>) override {
    throw std::logic_error("no page is a stream");
  }

  [[nodiscard]] std::optional<own_answer> wait() {
    std::unique_lock lock(mutex_);
    answered_.wait_for(lock, longest_wait, [&] { return answer_.has_value(); });
    return std::exchange(answer_, std::nullopt);
  }

private:
  const std::string id_ = "req_self";
  const std::string method_, target_, body_;
  std::vector<header> fields_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::optional<own_answer> answer_;
};

void note(self_findings& into, std::string_view path, int due, const std::optional<own_answer>& answer) {
  policies::page_fact page;
  page.path = path;
  page.due = due;
  if (answer) {
    const auto& head = answer->head;
    page.status = head.status;
    const auto own = find_header(head.headers, "content-security-policy");
    page.content_policy = own.empty() ? find_header(security_headers(head, false), "content-security-policy") : own;
    const bool is_page = head.content_type.starts_with("text/html");
    page.loads = is_page ? policies::references_in(answer->body) : policies::references_in_asset(answer->body);
    for (const auto& cookie : head.cookies)
      into.cookies.emplace(cookie.name());
    for (const auto& each : head.headers)
      if (set_cookie::is_field(each.name))
        into.cookies.emplace(each.value.substr(0, each.value.find('=')));
  }
  into.pages.push_back(std::move(page));
}

void probe_route(self_findings& into, const route_table& routes, std::string method, std::string target, int due,
                 std::string body = {}) {
  const auto asked = std::make_shared<inner_exchange>(std::move(method), target, std::move(body));
  routes.serve(asked, listener_settings());
  note(into, target, due, asked->wait());
}

/// A page as it is made for a person, here for nobody.
template <class Make>
void probe_page(self_findings& into, std::string_view path, Make send) {
  inner_exchange asked("GET", std::string(path), {});
  send(asked);
  note(into, path, 200, asked.wait());
}

} // namespace

self_findings look_at_own_pages(const route_table& routes, bool people_sign_in) {
  self_findings found;
  for (const auto path : routes.pages())
    if (std::find(steps.begin(), steps.end(), path) == steps.end())
      probe_route(found, routes, "GET", std::string(path), path == "/sign-in" && !people_sign_in ? 503 : 200);
  probe_page(found, "/sign-in/confirm", [](exchange& x) { send_confirm_page(x, {}, false); });
  probe_page(found, "/billing/return", [](exchange& x) {
    page_values values{{"reference", ""}, {"credits", "0"}};
    for (const auto* each : {"paid", "waiting", "open", "other"})
      values.emplace(each, "yes");
    send_page(x, 200, "billing_return", std::move(values));
  });
  probe_route(found, routes, "GET", "/there-is-no-such-page", 404);
  for (const auto& file : embedded_files())
    if (file.path.starts_with("assets/") || file.path.starts_with("texts/"))
      probe_route(found, routes, "GET",
                  "/assets/" + std::string(embedded_version()) + '/'
                    + std::string(file.path.substr(file.path.find('/') + 1)),
                  200);
  probe_route(found, routes, "POST", "/language", 303, "language=" + std::string(languages.front()) + "&return_to=%2F");
  return found;
}

} // namespace easel::server
