#include "tools/server/service.hpp"

#include "actors/erasure_metrics.hpp"
#include "actors/house.hpp"
#include "config/listeners.hpp"
#include "config/upstreams.hpp"
#include "http/server/listener_metrics.hpp"
#include "http/server/operator_api.hpp"
#include "http/server/public_api.hpp"
#include "http/server/self_probe.hpp"
#include "tools/build_commit.hpp"
#include "tools/server/assembly.hpp"
#include "tools/server/erasures.hpp"
#include "tools/server/own_report.hpp"
#include "tools/server/prepare_database.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

namespace easel::tools {

namespace {

uuid new_process() {
  std::random_device random;
  uuid out;
  for (auto& byte : out.bytes)
    byte = static_cast<std::uint8_t>(random());
  return out;
}

class running_service final : public service {
public:
  running_service(const config::settings& settings, std::shared_ptr<const persistence::keyring> keys,
                  std::shared_ptr<persistence::erasure_journal> journal, std::shared_ptr<const actors::log_ring> log)
      : settings_(settings),
        journal_(std::move(journal)),
        commons_(std::make_shared<persistence::postgres_commons>()),
        limits_(std::make_shared<server::address_limits>(settings.address_limits)),
        transport_(client::make_curl_transport(config::transport_settings(settings))) {
    commons_->shift_clock(settings.clock_shift);
    house_ = std::make_unique<actors::house>(
      settings.house, house_parts_of({settings_, std::move(keys), journal_, commons_, *transport_,
                                      [this] { return look_at_self(); }, std::move(log)}));
  }

  ~running_service() override { stop(); }

  expected<void, std::string> open() {
    if (!house_->wait_ready(settings_.store.connect_timeout + std::chrono::seconds(20)))
      return easel::unexpected(std::string("the database did not grant this node a lease in time"));
    for (const auto& one : config::public_listeners(settings_))
      if (auto opened = open_public(one); !opened)
        return opened;
    const auto no_log = [](const persistence::access_record&) {}; // operators are no visitors
    auto operators = server::listener::open(
      settings_.operator_listener,
      server::operator_api(house_->door(), house_->console(), settings_.operators, [this] { return metrics(); }),
      no_log);
    if (!operators)
      return easel::unexpected(operators.error());
    operator_listener_ = std::move(*operators);
    house_->look_at_metrics([this] { return metrics(); });
    const std::lock_guard lock(self_mutex_);
    serves_ = true;
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return listeners_.front()->port(); }
  [[nodiscard]] std::uint16_t operator_port() const override { return operator_listener_->port(); }

  void reload() override {
    for (auto& one : listeners_) {
      if (!one->figures().tls)
        continue;
      if (const auto done = one->reload_certificate(); !done)
        spdlog::error("{}: the certificate stays as it was: {}", one->where(), done.error());
      else
        spdlog::info("{}: certificate read again, valid until {}", one->where(),
                     to_string(instant(one->figures().tls->expires)));
    }
  }

  // Listeners first, so that nothing new comes; then the actors, while the transport still brings them answers.
  void stop() override {
    if (!house_)
      return;
    {
      const std::lock_guard lock(self_mutex_); // whoever looks has looked, and nobody looks again
      serves_ = false;
    }
    for (auto& one : listeners_)
      one->stop_accepting();
    house_->shut_down();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    for (auto& one : listeners_)
      one->drain(std::max(duration::zero(), std::chrono::floor<duration>(until - std::chrono::steady_clock::now())));
    operator_listener_.reset(); // its metrics are about the others
    house_->look_at_metrics({});
    listeners_.clear();
    transport_.reset();
    house_.reset();
  }

private:
  [[nodiscard]] server::api_settings api_settings() const {
    auto out = settings_.api;
    out.sign_in_origin = config::sign_in_origin(settings_);
    out.public_url = settings_.house.sign_in.public_url;
    out.documents = {settings_.store.retention, settings_.store.strikes, settings_.house.daily_allowance};
    return out;
  }

  expected<void, std::string> open_public(server::listener_settings settings) {
    // Behind an edge the Host that arrives may not be the one that browsers know.
    if (const auto& own = settings_.house.sign_in.public_url; !own.empty())
      settings.trusted_origins.push_back(own);
    auto opened = server::listener::open(std::move(settings),
                                         server::public_api(house_->door(), house_->sign_in(), house_->rights(),
                                                            house_->billing(), api_settings(), limits_),
                                         [this](persistence::access_record line) {
                                           line.at += settings_.clock_shift;
                                           house_->log_access(std::move(line));
                                         });
    if (!opened)
      return easel::unexpected(opened.error());
    spdlog::info("{} listener on {}", (*opened)->figures().name, (*opened)->where());
    listeners_.push_back(std::move(*opened));
    return {};
  }

  [[nodiscard]] std::string metrics() const {
    std::vector<server::listener_figures> figures;
    figures.reserve(listeners_.size());
    for (const auto& one : listeners_)
      figures.push_back(one->figures());
    return house_->metrics() + (journal_ ? actors::render_metrics(journal_->figures()) : std::string())
           + limits_->metrics() + server::listener_metrics(figures);
  }

  /// On the auditor's thread.
  [[nodiscard]] std::optional<policies::node_report> look_at_self() const {
    const std::lock_guard lock(self_mutex_);
    if (!serves_)
      return std::nullopt;
    policies::node_report report;
    report.process = process_;
    report.since = began_;
    report.build = build_commit;
    report.declared.hosts = config::transport_settings(settings_).hosts;
    add_calls(transport_->transport_counters(), report);
    const auto api = api_settings();
    const auto seen = server::look_at_own_pages(
      server::public_api(house_->door(), house_->sign_in(), house_->rights(), house_->billing(), api, nullptr),
      !api.sign_in_origin.empty());
    report.pages = seen.pages;
    for (const auto name : server::public_cookies)
      report.cookies.emplace(name, 0);
    for (const auto& name : seen.cookies)
      report.cookies.emplace(name, 0);
    for (const auto& one : listeners_)
      add_cookies(one->figures(), report);
    return report;
  }

  config::settings settings_;
  std::shared_ptr<persistence::erasure_journal> journal_; ///< null: none is configured
  std::shared_ptr<persistence::postgres_commons> commons_;
  std::shared_ptr<server::address_limits> limits_;
  std::unique_ptr<client::curl_transport> transport_;
  std::unique_ptr<actors::house> house_;
  std::vector<std::unique_ptr<server::listener>> listeners_; ///< of the public API; all open before the operator's is
  std::unique_ptr<server::listener> operator_listener_;

  const uuid process_ = new_process();
  const instant began_ = wall_clock(settings_)();
  mutable std::mutex self_mutex_; ///< over `serves_`, and over what `look_at_self` looks at while it does
  bool serves_ = false;
};

} // namespace

expected<std::unique_ptr<service>, std::string> service::start(const config::settings& settings,
                                                               std::shared_ptr<const actors::log_ring> log) {
  auto ready = prepare_database(settings);
  if (!ready)
    return easel::unexpected(ready.error());
  const auto keys = std::make_shared<const persistence::keyring>(*std::move(ready));
  auto journal = open_erasure_journal(settings, keys);
  if (!journal)
    return easel::unexpected(journal.error());
  auto running = std::make_unique<running_service>(settings, keys, std::move(*journal), std::move(log));
  if (auto open = running->open(); !open)
    return easel::unexpected(open.error());
  return running;
}

} // namespace easel::tools
