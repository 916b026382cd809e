#include "tools/server/assembly.hpp"

#include "config/evidence.hpp"
#include "config/listing.hpp"
#include "config/upstreams.hpp"
#include "persistence/backups.hpp"
#include "persistence/billing.hpp"
#include "persistence/console.hpp"
#include "persistence/journaled_rights.hpp"
#include "persistence/operators.hpp"
#include "persistence/postgres_auditor.hpp"
#include "persistence/postgres_retention.hpp"
#include "persistence/postgres_revocations.hpp"
#include "persistence/postgres_rights.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace easel::tools {

namespace {

actors::log_parts log_parts(std::shared_ptr<const actors::log_ring> newest) {
  return {[] {
            const auto name = spdlog::level::to_string_view(spdlog::get_level());
            return std::string(name.data(), name.size());
          },
          [](const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); },
          [](const std::string& sentence) { spdlog::info("{}", sentence); },
          [](const std::string& sentence) { spdlog::debug("{}", sentence); }, std::move(newest)};
}

void log_alarm(const std::string& sentence) { spdlog::error("{}", sentence); }

/// Each is called on the thread of the actor that uses what it opens.
void add_databases(const assembly& from, actors::house_parts& parts) {
  auto keys = from.keys;
  const persistence::journaling journaling{from.journal, wall_clock(from.settings), log_alarm};
  parts.open_store = [store = from.settings.store, keys, commons = from.commons, journaling] {
    return persistence::make_postgres_store(store, keys, commons, journaling);
  };
  parts.open_revocations = [store = from.settings.store, commons = from.commons] {
    return persistence::make_postgres_revocations(store, commons);
  };
  parts.open_rights = [store = from.settings.store, own = from.settings.rights, keys, commons = from.commons,
                       journaling] {
    auto rights = persistence::make_postgres_rights(store, own, keys, commons);
    return journaling.journal ? persistence::make_journaled_rights(std::move(rights), journaling) : std::move(rights);
  };
  parts.open_operators = [store = from.settings.store, keys, shift = from.settings.clock_shift] {
    return persistence::make_operator_store(store, keys, shift);
  };
  parts.open_requests = [store = from.settings.store, shift = from.settings.clock_shift] {
    return persistence::make_postgres_privacy_requests(store, shift);
  };
  parts.open_console = [store = from.settings.store, shift = from.settings.clock_shift] {
    return persistence::make_console_store(store, shift);
  };
}

void add_upstreams(const assembly& from, actors::house_parts& parts) {
  const auto& upstreams = from.settings.upstreams;
  parts.moderation.push_back(actors::house_parts::credential<client::moderation_client>{
    upstreams.moderation.connection,
    client::make_moderation_client(from.transport, config::moderation_client_settings(from.settings))});
  for (const auto& c : upstreams.sub2api)
    parts.sub2api.push_back(actors::house_parts::credential<client::drawing_client>{
      c.connection, client::make_sub2api_client(from.transport, config::sub2api_client_settings(from.settings, c))});
  for (const auto& c : upstreams.kie)
    parts.kie.push_back(actors::house_parts::credential<client::task_client>{
      c.connection, client::make_kie_client(from.transport, config::kie_client_settings(from.settings, c))});
}

void add_google_and_stripe(const assembly& from, actors::house_parts& parts) {
  if (from.settings.google.enabled()) {
    parts.google.settings = config::google_client_settings(from.settings);
    parts.google.client = client::make_google_client(from.transport, parts.google.settings);
  }
  if (from.settings.stripe.enabled()) {
    parts.stripe.webhook_secrets = config::webhook_secrets(from.settings);
    parts.stripe.client = client::make_stripe_client(from.transport, config::stripe_client_settings(from.settings));
    parts.stripe.open_books = [store = from.settings.store, keys = from.keys, commons = from.commons] {
      return persistence::make_postgres_billing_store(store, keys, commons);
    };
  }
}

actors::retention_parts retention_parts_of(const assembly& from) {
  actors::retention_parts parts;
  parts.open = [store = from.settings.store, wait = from.settings.retention.lock_wait, commons = from.commons] {
    return persistence::make_postgres_retention(store, wait, commons);
  };
  parts.pace = from.settings.retention;
  parts.windows = from.settings.store.retention;
  parts.wall_clock = wall_clock(from.settings);
  parts.uptime = actors::read_host_uptime;
  parts.alarm = log_alarm;
  parts.backups = std::make_shared<actors::backup_watch>(
    [known = std::shared_ptr(persistence::make_backup_register(from.settings.store, from.settings.clock_shift)),
     backup = from.settings.backup](instant cut) { return persistence::reap_backups(*known, backup, cut); },
    from.settings.backup.look_timeout);
  parts.figures = std::make_shared<actors::retention_figures>();
  return parts;
}

actors::audit_parts audit_parts_of(const assembly& from) {
  actors::audit_parts parts;
  parts.open = [store = from.settings.store, limit = from.settings.audit.timeout, commons = from.commons] {
    return persistence::make_postgres_auditor(store, limit, commons);
  };
  parts.look_at_self = from.look_at_self;
  parts.terms = config::evidence_terms_of(from.settings);
  parts.alarm = log_alarm;
  parts.board = std::make_shared<actors::audit_board>();
  return parts;
}

} // namespace

std::function<instant()> wall_clock(const config::settings& settings) {
  return [shift = settings.clock_shift] {
    return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()) + shift;
  };
}

actors::house_parts house_parts_of(const assembly& from) {
  actors::house_parts parts;
  parts.keys = from.keys;
  parts.log = log_parts(from.log);
  parts.wall_clock = wall_clock(from.settings);
  add_databases(from, parts);
  add_upstreams(from, parts);
  add_google_and_stripe(from, parts);
  parts.allows_chaos = from.settings.operators.chaos;
  parts.operator_sessions = from.settings.operators.sessions;
  parts.traces = from.settings.operators.traces;
  for (auto& one : config::list_settings(from.settings))
    parts.configuration.push_back({std::move(one.key), std::move(one.value), one.is_secret, one.is_default});
  parts.retention = retention_parts_of(from);
  parts.audit = audit_parts_of(from);
  return parts;
}

} // namespace easel::tools
