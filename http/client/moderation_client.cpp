#include "http/client/exchanges.hpp"
#include "http/client/openai_moderation.hpp"
#include "http/client/upstream_clients.hpp"

namespace easel::client {
namespace {

using policies::failure_class;
using policies::moderation_scores;
using policies::upstream_failure;

class openai_moderation_client final : public moderation_client {
public:
  openai_moderation_client(transport& net, moderation_settings settings) : net_(net), settings_(std::move(settings)) {}

  void moderate(const secret_text& prompt, completion<moderation_scores> done) override {
    auto body = openai_moderation::encode_request(settings_.model, prompt);
    if (!body)
      return fail_without_call(net_, recipient::openai_moderation,
                               upstream_failure{failure_class::our_request, std::nullopt, "prompt_not_utf8"},
                               std::move(done));
    auto call = make_post(recipient::openai_moderation, settings_.base_url + "/moderations", settings_.api_key,
                          settings_.limits, *std::move(body));
    start_whole<moderation_scores>(
      net_, std::move(call), [](answer&& got) { return openai_moderation::decode_answer(got); }, std::move(done));
  }

private:
  transport& net_;
  const moderation_settings settings_;
};

} // namespace

std::unique_ptr<moderation_client> make_moderation_client(transport& net, moderation_settings settings) {
  return std::make_unique<openai_moderation_client>(net, std::move(settings));
}

} // namespace easel::client
