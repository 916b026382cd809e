#include "http/client/exchanges.hpp"
#include "http/client/kie.hpp"
#include "http/client/kie_models.hpp"
#include "http/client/upstream_clients.hpp"

namespace easel::client {
namespace {

using policies::failure_class;
using policies::upstream_failure;

upstream_failure ours(failure_class what, std::string code) { return {what, std::nullopt, std::move(code)}; }

expected<drawn_image, upstream_failure> read_download(answer&& got, const policies::image_limits& limits) {
  if (got.status != 200)
    return unexpected(kie::download_failure(got));
  const auto facts = inspect_image(got.body, limits);
  if (!facts)
    return unexpected(ours(failure_class::bad_result, std::string(to_string(facts.error()))));
  return drawn_image{make_blob(std::move(got.body)), *facts};
}

class kie_client final : public task_client {
public:
  kie_client(transport& net, kie_settings settings) : net_(net), settings_(std::move(settings)) {}

  void create(const image_job& job, const std::string& callback_url, completion<std::string> task_id) override {
    auto body = kie::encode_create(job, callback_url);
    if (!body)
      return fail(kie::is_known_model(job.plan.slug) ? ours(failure_class::our_request, "prompt_not_utf8")
                                                     : ours(failure_class::our_account, "unknown_slug"),
                  std::move(task_id));
    auto call = make_post(recipient::kie, settings_.base_url + "/api/v1/jobs/createTask", settings_.api_key,
                          settings_.create_limits, *std::move(body));
    call.repeatable = false; // each arrival is a paid task
    start_whole<std::string>(
      net_, std::move(call), [](answer&& got) { return kie::decode_create(got); }, std::move(task_id));
  }

  void poll(const std::string& task_id, completion<task_status> done) override {
    if (!kie::is_task_id(task_id))
      return fail(ours(failure_class::our_request, "no_task_id"), std::move(done));
    auto call = make_get(recipient::kie, settings_.base_url + "/api/v1/jobs/recordInfo?taskId=" + task_id,
                         settings_.api_key, settings_.poll_limits);
    start_whole<task_status>(
      net_, std::move(call), [task_id](answer&& got) { return kie::decode_record(got, task_id); }, std::move(done));
  }

  void download(const std::string& url, completion<drawn_image> done) override {
    if (!kie::is_result_url(url, settings_.result_hosts, settings_.allow_loopback))
      return fail(ours(failure_class::bad_result, "foreign_result_url"), std::move(done));
    // Without our key: the link is open, and its host is not the API's.
    auto call = make_get(recipient::kie, url, secret_text(), settings_.download_limits);
    start_whole<drawn_image>(
      net_, std::move(call),
      [limits = settings_.images](answer&& got) { return read_download(std::move(got), limits); }, std::move(done));
  }

  void credit(completion<std::int64_t> done) override {
    auto call =
      make_get(recipient::kie, settings_.base_url + "/api/v1/chat/credit", settings_.api_key, settings_.poll_limits);
    start_whole<std::int64_t>(
      net_, std::move(call), [](answer&& got) { return kie::decode_credit(got); }, std::move(done));
  }

private:
  template <class T>
  void fail(upstream_failure why, completion<T> done) {
    fail_without_call(net_, recipient::kie, std::move(why), std::move(done));
  }

  transport& net_;
  const kie_settings settings_;
};

} // namespace

std::unique_ptr<task_client> make_kie_client(transport& net, kie_settings settings) {
  return std::make_unique<kie_client>(net, std::move(settings));
}

} // namespace easel::client
