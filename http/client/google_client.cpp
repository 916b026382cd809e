#include "http/client/google_client.hpp"

#include "http/client/exchanges.hpp"

namespace easel::client {
namespace {

using google::code_exchange;
using google::discovery_document;
using google::endpoints;
using policies::failure_class;
using policies::upstream_failure;

bool may_be_at(const std::string& url, const google_settings& settings) {
  const auto target = parse_target(url);
  return target
         && may_call(policies::egress_table{{{recipient::google, settings.hosts}}}, recipient::google, *target,
                     settings.allow_loopback);
}

expected<discovery_document, upstream_failure> read_discovery(const answer& got, const google_settings& settings) {
  auto document = google::decode_discovery(got, settings.token.issuer);
  if (!document)
    return document;
  for (const auto* url : {&document->at.authorization, &document->at.token, &document->at.keys})
    if (!may_be_at(*url, settings))
      return unexpected(upstream_failure{failure_class::our_account, std::nullopt, "foreign_endpoint"});
  return document;
}

class signing_in_client final : public google_client {
public:
  signing_in_client(transport& net, google_settings settings)
      : net_(net), settings_(std::make_shared<const google_settings>(std::move(settings))) {}

  void discover(completion<discovery_document> done) override {
    auto call = make_get(recipient::google, google::discovery_url(settings_->token.issuer), secret_text(),
                         settings_->fetch_limits);
    start_whole<discovery_document>(
      net_, std::move(call), [settings = settings_](answer&& got) { return read_discovery(got, *settings); },
      std::move(done));
  }

  void fetch_keys(const endpoints& at, completion<key_set> done) override {
    if (!may_be_at(at.keys, *settings_))
      return refuse(std::move(done));
    auto call = make_get(recipient::google, at.keys, secret_text(), settings_->fetch_limits);
    start_whole<key_set>(
      net_, std::move(call), [](answer&& got) { return decode_key_set(got); }, std::move(done));
  }

  void exchange(const endpoints& at, const code_exchange& what, completion<secret_text> id_token) override {
    if (!may_be_at(at.token, *settings_))
      return refuse(std::move(id_token));
    auto call = make_get(recipient::google, at.token, secret_text(), settings_->exchange_limits);
    call.method = "POST";
    call.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    call.headers.emplace_back("Accept", "application/json");
    call.body = google::encode_exchange(what, settings_->token.client_id, settings_->client_secret);
    call.repeatable = false; // a code works once: the second arrival would be refused
    start_whole<secret_text>(
      net_, std::move(call), [](answer&& got) { return google::decode_exchange(got); }, std::move(id_token));
  }

private:
  template <class T>
  void refuse(completion<T> done) {
    fail_without_call(net_, recipient::google,
                      upstream_failure{failure_class::our_account, std::nullopt, "foreign_endpoint"}, std::move(done));
  }

  transport& net_;
  const std::shared_ptr<const google_settings> settings_; ///< shared with answers under way
};

} // namespace

std::unique_ptr<google_client> make_google_client(transport& net, google_settings settings) {
  return std::make_unique<signing_in_client>(net, std::move(settings));
}

} // namespace easel::client
