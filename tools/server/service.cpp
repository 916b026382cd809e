#include "tools/server/service.hpp"

#include "actors/erasure_metrics.hpp"
#include "actors/house.hpp"
#include "config/evidence.hpp"
#include "config/listeners.hpp"
#include "config/listing.hpp"
#include "config/upstreams.hpp"
#include "http/server/listener_metrics.hpp"
#include "http/server/operator_api.hpp"
#include "http/server/public_api.hpp"
#include "http/server/self_probe.hpp"
#include "persistence/backups.hpp"
#include "persistence/billing.hpp"
#include "persistence/console.hpp"
#include "persistence/database_check.hpp"
#include "persistence/journaled_rights.hpp"
#include "persistence/migrate.hpp"
#include "persistence/operators.hpp"
#include "persistence/postgres_auditor.hpp"
#include "persistence/postgres_retention.hpp"
#include "persistence/postgres_revocations.hpp"
#include "persistence/postgres_rights.hpp"
#include "persistence/postgres_store.hpp"
#include "policies/inventory.hpp"
#include "tools/build_commit.hpp"
#include "tools/server/erasures.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <random>

namespace easel::tools {

namespace {

std::string joined(const std::vector<std::string>& sentences) {
  return std::accumulate(sentences.begin(), sentences.end(), std::string(), [](std::string all, const auto& one) {
    return all.empty() ? one : std::move(all) + "\n" + one;
  });
}

/// The keys that the database is used with, once it is fit to be used.
expected<persistence::keyring, std::string> prepare_database(const config::settings& settings) {
  const auto& url = settings.store.database_url;
  if (auto fit = persistence::check_database(url); !fit)
    return easel::unexpected(joined(fit.error()));
  if (auto restored = persistence::check_restored(url); !restored)
    return easel::unexpected(restored.error());
  const auto applied = persistence::migrate(url);
  if (!applied)
    return easel::unexpected(applied.error().sentence);
  if (*applied > 0)
    spdlog::info("applied {} migrations", *applied);
  auto keys = persistence::open_keyring(url, settings.keys);
  if (!keys)
    return easel::unexpected(keys.error());
  const auto columns = persistence::schema_columns(url);
  std::vector<policies::schema_column> live;
  live.reserve(columns.size());
  for (const auto& [table, column] : columns)
    live.push_back({table, column});
  if (auto declared = policies::check_inventory(live); !declared)
    return easel::unexpected("the database holds columns that the data inventory does not declare:\n"
                             + joined(declared.error()));
  return keys;
}

void add_calls(const std::map<recipient, client::egress_counters>& counted, policies::node_report& into) {
  for (const auto& [to, counters] : counted) {
    into.refused_calls += static_cast<std::int64_t>(counters.refused);
    into.mail_sockets += static_cast<std::int64_t>(counters.mail);
    for (const auto& [host, calls] : counters.hosts) {
      const auto opened = counters.connections.find(host);
      into.called.push_back({to, host, static_cast<std::int64_t>(calls),
                             opened == counters.connections.end() ? 0 : static_cast<std::int64_t>(opened->second)});
    }
  }
}

void add_cookies(const server::listener_figures& figures, policies::node_report& into) {
  for (const auto& [name, count] : figures.cookies)
    if (count != 0)
      into.cookies[name] += static_cast<std::int64_t>(count);
  into.unknown_cookies += static_cast<std::int64_t>(figures.unknown_cookies);
}

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
                  std::shared_ptr<persistence::erasure_journal> journal)
      : settings_(settings),
        journal_(std::move(journal)),
        commons_(std::make_shared<persistence::postgres_commons>()),
        limits_(std::make_shared<server::address_limits>(settings.address_limits)),
        transport_(client::make_curl_transport(config::transport_settings(settings))) {
    commons_->shift_clock(settings.clock_shift);
    house_ = std::make_unique<actors::house>(settings.house, parts(std::move(keys)));
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
  template <class Client>
  using credential = actors::house_parts::credential<Client>;

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

  actors::house_parts parts(std::shared_ptr<const persistence::keyring> keys) {
    actors::house_parts parts;
    parts.keys = keys;
    parts.log = log_parts();
    const persistence::journaling journaling{journal_, wall_clock(), log_alarm};
    parts.open_store = [store = settings_.store, keys, commons = commons_, journaling] {
      return persistence::make_postgres_store(store, keys, commons, journaling);
    };
    parts.open_revocations = [store = settings_.store, commons = commons_] {
      return persistence::make_postgres_revocations(store, commons);
    };
    parts.open_rights = [store = settings_.store, own = settings_.rights, keys, commons = commons_, journaling] {
      auto rights = persistence::make_postgres_rights(store, own, keys, commons);
      return journaling.journal ? persistence::make_journaled_rights(std::move(rights), journaling) : std::move(rights);
    };
    parts.open_operators = [store = settings_.store, keys, shift = settings_.clock_shift] {
      return persistence::make_operator_store(store, keys, shift);
    };
    parts.open_requests = [store = settings_.store, shift = settings_.clock_shift] {
      return persistence::make_postgres_privacy_requests(store, shift);
    };
    parts.allows_chaos = settings_.operators.chaos;
    parts.operator_sessions = settings_.operators.sessions;
    parts.traces = settings_.operators.traces;
    for (auto& one : config::list_settings(settings_))
      parts.configuration.push_back({std::move(one.key), std::move(one.value), one.is_secret, one.is_default});
    parts.open_console = [store = settings_.store, shift = settings_.clock_shift] {
      return persistence::make_console_store(store, shift);
    };
    const auto& upstreams = settings_.upstreams;
    parts.moderation.push_back(credential<client::moderation_client>{
      upstreams.moderation.connection,
      client::make_moderation_client(*transport_, config::moderation_client_settings(settings_))});
    for (const auto& c : upstreams.sub2api)
      parts.sub2api.push_back(credential<client::drawing_client>{
        c.connection, client::make_sub2api_client(*transport_, config::sub2api_client_settings(settings_, c))});
    for (const auto& c : upstreams.kie)
      parts.kie.push_back(credential<client::task_client>{
        c.connection, client::make_kie_client(*transport_, config::kie_client_settings(settings_, c))});
    if (settings_.google.enabled()) {
      parts.google.settings = config::google_client_settings(settings_);
      parts.google.client = client::make_google_client(*transport_, parts.google.settings);
    }
    if (settings_.stripe.enabled()) {
      parts.stripe.webhook_secrets = config::webhook_secrets(settings_);
      parts.stripe.client = client::make_stripe_client(*transport_, config::stripe_client_settings(settings_));
      parts.stripe.open_books = [store = settings_.store, keys, commons = commons_] {
        return persistence::make_postgres_billing_store(store, keys, commons);
      };
    }
    parts.wall_clock = wall_clock();
    parts.retention = retention_parts();
    parts.audit = audit_parts();
    return parts;
  }

  [[nodiscard]] actors::retention_parts retention_parts() const {
    actors::retention_parts parts;
    parts.open = [store = settings_.store, wait = settings_.retention.lock_wait, commons = commons_] {
      return persistence::make_postgres_retention(store, wait, commons);
    };
    parts.pace = settings_.retention;
    parts.windows = settings_.store.retention;
    parts.wall_clock = wall_clock();
    parts.uptime = actors::read_host_uptime;
    parts.alarm = log_alarm;
    parts.backups = std::make_shared<actors::backup_watch>(
      [known = std::shared_ptr(persistence::make_backup_register(settings_.store, settings_.clock_shift)),
       backup = settings_.backup](instant cut) { return persistence::reap_backups(*known, backup, cut); },
      settings_.backup.look_timeout);
    parts.figures = std::make_shared<actors::retention_figures>();
    return parts;
  }

  [[nodiscard]] actors::audit_parts audit_parts() const {
    actors::audit_parts parts;
    parts.open = [store = settings_.store, limit = settings_.audit.timeout, commons = commons_] {
      return persistence::make_postgres_auditor(store, limit, commons);
    };
    parts.look_at_self = [this] { return look_at_self(); };
    parts.terms = config::evidence_terms_of(settings_);
    parts.alarm = log_alarm;
    parts.board = std::make_shared<actors::audit_board>();
    return parts;
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

  [[nodiscard]] std::function<instant()> wall_clock() const {
    return [shift = settings_.clock_shift] {
      return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()) + shift;
    };
  }

  static actors::log_parts log_parts() {
    return {[] {
              const auto name = spdlog::level::to_string_view(spdlog::get_level());
              return std::string(name.data(), name.size());
            },
            [](const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); },
            [](const std::string& sentence) { spdlog::info("{}", sentence); },
            [](const std::string& sentence) { spdlog::debug("{}", sentence); }};
  }
  static void log_alarm(const std::string& sentence) { spdlog::error("{}", sentence); }

  config::settings settings_;
  std::shared_ptr<persistence::erasure_journal> journal_; ///< null: none is configured
  std::shared_ptr<persistence::postgres_commons> commons_;
  std::shared_ptr<server::address_limits> limits_;
  std::unique_ptr<client::curl_transport> transport_;
  std::unique_ptr<actors::house> house_;
  std::vector<std::unique_ptr<server::listener>> listeners_; ///< of the public API; all open before the operator's is
  std::unique_ptr<server::listener> operator_listener_;

  const uuid process_ = new_process();
  const instant began_ = wall_clock()();
  mutable std::mutex self_mutex_; ///< over `serves_`, and over what `look_at_self` looks at while it does
  bool serves_ = false;
};

} // namespace

expected<std::unique_ptr<service>, std::string> service::start(const config::settings& settings) {
  auto ready = prepare_database(settings);
  if (!ready)
    return easel::unexpected(ready.error());
  const auto keys = std::make_shared<const persistence::keyring>(*std::move(ready));
  auto journal = open_erasure_journal(settings, keys);
  if (!journal)
    return easel::unexpected(journal.error());
  auto running = std::make_unique<running_service>(settings, keys, std::move(*journal));
  if (auto open = running->open(); !open)
    return easel::unexpected(open.error());
  return running;
}

} // namespace easel::tools
