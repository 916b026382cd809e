#include "config/schema.hpp"

#include <algorithm>

namespace easel::config {
namespace {

using namespace std::chrono_literals;

constexpr bounds<std::int64_t> port_range{0, 65535};
constexpr bounds<std::int64_t> queue_range{1, 1'000'000};
constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::size_t longest_url = 2048;
constexpr std::size_t longest_path = 1024;

constexpr bounds<duration> between(duration least, duration most) { return {least, most}; }

void describe_listener(field_visitor& v, server::listener_settings& s) {
  v.text("address", s.address, 45);
  v.number("port", s.port, port_range);
  v.number("threads", s.threads, {1, 64});
  v.number("max_connections", s.max_connections, queue_range);
}

void describe_forwarding(field_visitor& v, server::listener_settings& s) {
  static constexpr std::array<std::string_view, 2> headers{"X-Forwarded-For", "CF-Connecting-IP"};
  auto header = static_cast<int>(s.forwarded_by);
  v.choice("client_address_header", header, headers);
  s.forwarded_by = static_cast<server::forwarding_header>(header);
}

void describe_patience(field_visitor& v, server::listener_settings& s) {
  v.span("read_timeout", s.read_limit, between(1s, 5min));
  v.span("keep_alive", s.keep_alive_limit, between(1s, 1h));
}

void describe_tls(field_visitor& v, server::listener_settings& s) {
  v.text("certificate", s.tls.certificate, longest_path);
  v.text("key", s.tls.key, longest_path);
  v.text("client_ca", s.tls.client_ca, longest_path);
  describe_listener(v, s);
  v.number("connections_per_address", s.connections_per_address, queue_range);
  describe_forwarding(v, s);
  v.span("handshake_timeout", s.tls.handshake_limit, between(100ms, 1min));
  describe_patience(v, s);
}

void describe_unix(field_visitor& v, server::listener_settings& s) {
  v.text("path", s.socket_path, longest_path);
  static constexpr std::array<std::string_view, 3> names{"0600", "0660", "0666"};
  static constexpr std::array<std::uint32_t, 3> modes{0600, 0660, 0666};
  auto mode = static_cast<int>(std::find(modes.begin(), modes.end(), s.socket_mode) - modes.begin());
  v.choice("mode", mode, names);
  s.socket_mode = modes.at(static_cast<std::size_t>(mode));
  v.number("threads", s.threads, {1, 64});
  v.number("max_connections", s.max_connections, queue_range);
  describe_forwarding(v, s);
  describe_patience(v, s);
}

void describe_server(field_visitor& v, settings& all) {
  auto& listener = all.public_listener;
  auto& api = all.api;
  describe_listener(v, listener);
  v.text("public_url", listener.public_url, longest_url);
  all.house.sign_in.public_url = listener.public_url;
  v.number("connections_per_address", listener.connections_per_address, queue_range);
  v.texts("trusted_proxies", listener.trusted_proxies, {});
  describe_forwarding(v, listener);
  v.texts("trusted_origins", listener.trusted_origins, {});
  auto max_body = static_cast<std::int64_t>(listener.soft_body);
  v.size("max_body", max_body, {64 * kib, 16 * mib});
  listener.soft_body = static_cast<std::size_t>(max_body);
  listener.hard_body = 2 * listener.soft_body; // between the two a client still learns what was wrong
  v.size("memory_budget", all.memory_budget, {64 * mib, 1024 * 1024 * mib});
  v.span("read_timeout", listener.read_limit, between(1s, 5min));
  listener.keep_alive_limit = listener.read_limit; // anybody may connect: nobody idles for longer than they may read
  v.span("write_timeout", listener.write_limit, between(1s, 10min));
  v.span("silence_limit", api.silence_limit, between(100ms, 10min));
  v.span("heartbeat", api.heartbeat, between(100ms, 1min));
  v.span("max_wait", api.max_wait, between(1s, 10min));
  v.number("stream_backlog", api.stream_backlog, {4, 10'000});
  v.section("tls", all.tls_listener, describe_tls);
  v.section("unix", all.unix_listener, describe_unix);
}

void describe_operator(field_visitor& v, settings& all) {
  describe_listener(v, all.operator_listener);
  v.secret("token", all.operators.token);
  v.span("session_idle", all.operators.sessions.idle, between(1min, 24h));
  v.span("session_life", all.operators.sessions.longest, between(5min, 24h * 7));
  v.number("traces", all.operators.traces.running, {0, 8});
  v.number("trace_events", all.operators.traces.events, {1, 20'000});
  v.span("trace_time", all.operators.traces.span, between(1s, 30min));
  v.flag("chaos", all.operators.chaos);
}

void describe_database(field_visitor& v, settings& all) {
  auto& store = all.store;
  auto& house = all.house;
  secret_text url(store.database_url); // may carry a password
  v.secret("url", url);
  store.database_url = std::move(url).reveal();
  v.number("writers", house.store_writers, {1, 64});
  v.number("readers", house.store_readers, {1, 256});
  v.number("queue", house.store_queue, queue_range);
  v.number("batch", house.store_batch, {1, 1024});
  auto batch_bytes = static_cast<std::int64_t>(house.store_batch_bytes);
  v.size("batch_bytes", batch_bytes, {mib, 256 * mib});
  house.store_batch_bytes = static_cast<std::size_t>(batch_bytes);
  v.span("connect_timeout", store.connect_timeout, between(1s, 1min));
  v.span("statement_timeout", store.statement_timeout, between(100ms, 5min));
  v.span("lock_timeout", store.lock_timeout, between(100ms, 1min));
  v.span("max_clock_skew", store.max_clock_skew, between(1s, 1h));
  v.number("partitions_ahead", house.partitions_ahead, {2, 90});
}

void describe_google(field_visitor& v, client::google_settings& s) {
  v.text("client_id", s.token.client_id, 255);
  v.secret("client_secret", s.client_secret);
  v.text("issuer", s.token.issuer, longest_url);
  v.texts("other_spellings", s.token.other_spellings, {});
  v.text("authorization_endpoint", s.at.authorization, longest_url);
  v.text("token_endpoint", s.at.token, longest_url);
  v.text("jwks_uri", s.at.keys, longest_url);
  v.span("fetch_timeout", s.fetch_limits.total, between(100ms, 1min));
  v.span("exchange_timeout", s.exchange_limits.total, between(100ms, 1min));
  v.span("skew", s.token.skew, between(0s, 1min));
  v.span("max_token_age", s.token.max_age, between(1s, 1h));
  v.span("least_key_age", s.keys.least_age, between(1s, 1h));
  v.span("most_key_age", s.keys.most_age, between(1s, 24h));
  v.span("key_cool_down", s.keys.cool_down, between(1s, 10min));
  v.span("key_grace", s.keys.grace, between(0s, 24h));
}

void describe_stripe(field_visitor& v, settings& all) {
  auto& s = all.stripe;
  v.secret("key", s.key);
  v.secret("webhook_secret", s.webhook_secret);
  v.secret("old_webhook_secret", s.old_webhook_secret);
  v.text("base_url", s.base_url, longest_url);
  v.span("timeout", s.timeout, between(100ms, 1min));
  all.house.billing.livemode = s.live();
}

void describe_credits(field_visitor& v, std::string_view key, credits& value) {
  auto amount = value.value();
  v.integer(key, amount, {0, 10'000'000});
  value = credits::unchecked(amount);
}

template <class Item>
void describe_item(field_visitor& v, Item& s) {
  v.text("id", s.id, 40);
  v.text("name", s.name, 80);
  v.text("price", s.price, policies::stripe::longest_id);
  v.integer("amount", s.amount, {0, 100'000'000});
  v.text("currency", s.currency, 3);
}

void describe_plan(field_visitor& v, policies::billing_plan& s) {
  describe_item(v, s);
  static constexpr std::array<std::string_view, 2> intervals{"month", "year"};
  auto interval = static_cast<int>(s.interval);
  v.choice("interval", interval, intervals);
  s.interval = static_cast<policies::plan_interval>(interval);
  describe_credits(v, "credits_per_month", s.monthly);
  v.number("trial_days", s.trial_days, {0, 730});
  describe_credits(v, "trial_credits", s.trial);
}

void describe_pack(field_visitor& v, policies::billing_pack& s) {
  describe_item(v, s);
  describe_credits(v, "credits", s.amount_of_credits);
}

void describe_billing(field_visitor& v, policies::billing_settings& s) {
  v.text("instance", s.instance, 40);
  v.span("credit_grace", s.credit_grace, between(0s, 24h * 31));
  v.span("session_life", s.session_life, between(35min, 23h)); // Stripe takes 30 min to 24 h, by its own clock
  v.flag("past_due_access", s.past_due_access);
  v.flag("inquiry_blocks", s.inquiry_blocks);
  v.number("batch", s.batch, {1, 1000});
  v.number("parallel_customers", s.parallel_customers, {1, 64});
  v.number("attempts", s.attempts, {1, 100});
  v.span("first_backoff", s.first_backoff, between(10ms, 1min));
  v.span("longest_backoff", s.longest_backoff, between(100ms, 24h));
  v.span("call_timeout", s.call_timeout, between(1s, 2min));
  v.span("poll", s.poll, between(10ms, 1min));
  v.span("tail_every", s.tail_every, between(100ms, 1h));
  v.span("tail_overlap", s.tail_overlap, between(1min, 24h));
  v.span("failures_every", s.failures_every, between(100ms, 24h));
  v.span("audit_every", s.audit_every, between(1s, 24h * 7));
  v.number("reads_per_second", s.reads_per_second, {1, 100});
  v.number("desk_workers", s.desk_workers, {1, 64});
  v.number("desk_queue", s.desk_queue, {1, 100'000});
  v.number("inbox_queue", s.inbox_queue, {1, 1'000'000});
  v.span("event_life", s.event_life, between(24h * 35, 24h * 366));
  v.number("record_years", s.record_years, {1, 30});
  v.texts("other_versions", s.other_versions, {});
  v.list("plan", s.catalogue.plans, policies::billing_plan{}, describe_plan);
  v.list("pack", s.catalogue.packs, policies::billing_pack{}, describe_pack);
}

void describe_sign_in(field_visitor& v, actors::sign_in_settings& s) {
  v.span("recent", s.windows.recent, between(1s, 24h));
  v.number("under_way", s.under_way, {1, 1'000'000});
  v.text("terms_version", s.terms_version, 40);
}

void describe_access_log(field_visitor& v, actors::access_log_settings& s) {
  v.number("queue", s.queue, queue_range);
  v.number("batch", s.batch, {1, 10'000});
  v.span("flush", s.flush, between(10ms, 1min));
}

void describe_rights(field_visitor& v, settings& all) {
  v.number("under_way", all.house.rights.under_way, {1, 10'000});
  v.number("exports", all.house.rights.exports, {1, 1000});
  v.number("exports_a_day", all.rights.exports_a_day, {1, 100});
  v.size("export_volume", all.rights.export_volume, {mib, 64 * 1024 * mib});
  v.span("statement_timeout", all.rights.statement_timeout, between(1s, 10min));
}

void describe_node(field_visitor& v, settings& all) {
  auto& house = all.house;
  v.number("workers", house.workers, {1, 64});
  v.span("heartbeat", house.heartbeat, between(50ms, 1min));
  v.span("dead_after", house.dead_after, between(200ms, 10min));
  v.span("drain_limit", house.drain, between(0s, 1h));
  v.span("sweep", house.sweep, between(10ms, 10s));
  v.number("takeover_batch", house.takeover_batch, {1, 10'000});
  v.number("max_restarts", house.max_restarts, {0, 100});
  v.span("clock_shift", all.clock_shift, between(-24h * 366, 24h * 366));
}

template <class Rates>
void describe_rates(field_visitor& v, Rates& s) {
  v.number("creations", s.creations.per_minute, queue_range);
  v.number("creation_burst", s.creations.burst, queue_range);
  v.number("readings", s.readings.per_minute, queue_range);
  v.number("reading_burst", s.readings.burst, queue_range);
}

void describe_tier(field_visitor& v, actors::tier_limits& s) {
  v.number("max_active", s.max_active_per_account, {1, 100'000});
  v.number("max_queued", s.max_queued, queue_range);
}

void describe_limits(field_visitor& v, settings& all) {
  auto& house = all.house;
  v.section("address", all.address_limits, [](field_visitor& inner, server::address_limit_settings& s) {
    describe_rates(inner, s.rates);
    inner.number("sign_ins", s.rates.sign_ins.per_minute, queue_range);
    inner.number("sign_in_burst", s.rates.sign_ins.burst, queue_range);
    inner.number("assets", s.rates.assets.per_minute, queue_range);
    inner.number("asset_burst", s.rates.assets.burst, queue_range);
    inner.number("addresses", s.addresses, {1024, 10'000'000});
  });
  v.section("account", house.account_rates, describe_rates<policies::rate_limits>);
  v.section("key", house.key_rates, describe_rates<policies::rate_limits>);
  v.section("free", house.free_tier, [&house](field_visitor& inner, actors::tier_limits& limits) {
    describe_tier(inner, limits);
    auto allowance = house.daily_allowance.value();
    inner.integer("daily_allowance", allowance, {0, 1'000'000});
    house.daily_allowance = credits::unchecked(allowance);
  });
  v.section("paid", house.paid_tier, describe_tier);
  v.number("live_generations", house.max_live_generations, queue_range);
  v.number("watchers_per_account", house.max_watchers_per_account, {1, 100'000});
  v.number("sessions", house.max_sessions, {1, 100'000'000});
  v.number("max_images", house.catalogue.max_images, {1, 10});
  v.span("session_idle", house.session_idle, between(1s, 24h));
  v.span("key_cache", house.key_cache, between(0s, 10min));
  v.number("key_cache_size", house.key_cache_size, {1, 100'000'000});
  v.span("account_fresh", house.account_fresh, between(0s, 10s));
}

void describe_moderation(field_visitor& v, settings& all) {
  auto& upstreams = all.upstreams;
  auto& credential = upstreams.moderation;
  v.text("base_url", credential.base_url, longest_url);
  v.text("model", upstreams.moderation_model, 100);
  v.secret("key", credential.key);
  v.number("concurrency", credential.connection.concurrency, {1, 10'000});
  v.span("timeout", upstreams.moderation_timeout, between(100ms, 1min));
  v.scores("thresholds", all.house.moderation.thresholds);
}

void describe_credential(field_visitor& v, upstream_credential& s) {
  v.text("label", s.connection.label, 40);
  v.text("base_url", s.base_url, longest_url);
  v.secret("key", s.key);
  v.number("weight", s.connection.weight, {1, 1000});
  v.number("concurrency", s.connection.concurrency, {1, 100'000});
  v.number("starts_per_window", s.connection.starts_per_window, {0, 100'000});
  v.span("window", s.connection.window, between(100ms, 10min));
}

void describe_kie(field_visitor& v, upstream_credential& s) {
  describe_credential(v, s);
  v.secret("webhook_key", s.webhook_key);
  v.number("credit_floor", s.connection.credit_floor, {0, 1'000'000'000});
  v.span("credit_interval", s.connection.credit_interval, between(100ms, 1h));
}

void describe_callback(field_visitor& v, actors::house_settings& house) {
  v.text("base_url", house.callback_base_url, longest_url);
  v.moved("webhook_key", "each account at kie.ai has its own, so it is webhook_key of each [[upstream.kie]]");
}

void describe_upstreams(field_visitor& v, settings& all) {
  auto& s = all.upstreams;
  v.span("connect_timeout", s.connect_timeout, between(100ms, 1min));
  v.span("generation_timeout", s.generation_timeout, between(100ms, 1h));
  v.span("idle_timeout", s.idle_timeout, between(100ms, 15min));
  v.span("create_timeout", s.create_timeout, between(100ms, 5min));
  v.span("poll_timeout", s.poll_timeout, between(100ms, 5min));
  v.span("download_timeout", s.download_timeout, between(100ms, 10min));
  auto bytes = static_cast<std::int64_t>(s.image.max_bytes);
  v.size("max_image_bytes", bytes, {64 * kib, 64 * mib});
  s.image.max_bytes = static_cast<std::size_t>(bytes);
  v.number("max_image_pixels", s.image.max_pixels, {65'536, 200'000'000});
  v.texts("result_hosts", s.result_hosts, {});
  v.flag("allow_loopback", s.allow_loopback);
  v.section("callback", all.house, describe_callback);
  v.list("sub2api", s.sub2api, default_sub2api(), describe_credential);
  v.list("kie", s.kie, default_kie(), describe_kie);
  all.house.callback_accounts.clear();
  for (const auto& credential : s.kie)
    all.house.callback_accounts.push_back({credential.connection.label, credential.webhook_key});
}

void describe_deadlines(field_visitor& v, actors::deadlines& s) {
  v.span("moderation", s.moderation, between(100ms, 10min));
  v.span("queue", s.queue, between(100ms, 1h));
  v.span("drawing", s.drawing, between(100ms, 2h));
  v.span("task", s.task, between(100ms, 2h));
  v.span("unknown", s.unknown, between(100ms, 24h));
  v.span("store", s.store, between(100ms, 10min));
}

void describe_breaker(field_visitor& v, policies::breaker_policy& s) {
  v.number("trip_after", s.trip_after, {1, 1000});
  v.span("open_for", s.open_for, between(10ms, 10min));
  v.span("longest_open", s.longest_open, between(10ms, 1h));
}

void describe_retry(field_visitor& v, policies::retry_policy& s) {
  v.number("moderation_attempts", s.moderation_attempts, {1, 10});
  v.number("free_ambiguous_attempts", s.free_ambiguous_attempts, {1, 2});
  v.number("busy_attempts", s.busy_attempts, {1, 20});
  v.span("first_backoff", s.first_backoff, between(1ms, 1min));
  v.span("longest_backoff", s.longest_backoff, between(1ms, 10min));
}

void describe_strikes(field_visitor& v, policies::strike_policy& s) {
  v.number("cooldown_after", s.cooldown_after, {1, 10'000});
  v.span("cooldown_window", s.cooldown_window, between(1min, 24h * 30));
  v.span("cooldown_for", s.cooldown_for, between(1s, 24h * 30));
  v.number("suspend_after", s.suspend_after, {1, 10'000});
  v.span("suspend_window", s.suspend_window, between(1min, 24h * 365));
}

void describe_retention(field_visitor& v, settings& all) {
  auto& s = all.store.retention;
  // The policy promises 30 days (RET-1): shorter is a choice, longer is a breach.
  v.span("content", s.content, between(1min, 24h * 30));
  v.span("idempotency", s.idempotency, between(1min, 24h * 30));
  v.span("retry_attach", s.retry_attach, between(1min, 24h));
  v.span("access_log", s.access_log, between(1h, 24h * 90));
  // A sign-in that is not finished leaves nothing after ten minutes (ACCOUNT-1).
  v.span("sign_in", s.sign_in, between(1min, 10min));
  v.span("session", s.session, between(1h, 24h * 30));
  v.span("erased_subject", s.erased_subject, between(1h, 24h * 30));
  v.span("privacy_request", s.privacy_request, between(24h, 24h * 1095));
  // What has expired is gone five minutes later (RET-1): a round begins well before.
  auto& pace = all.retention;
  v.span("round", pace.every, between(1s, 2min));
  v.span("batch_time", pace.batch_time, between(1ms, 400ms));
  v.span("gentle_for", pace.gentle_for, between(0s, 2min));
  v.span("lock_wait", pace.lock_wait, between(10ms, 5s));
  // A destroyed key is nowhere on the disks a day later (RIGHT-3): that leaves four hours to try.
  v.span("key_rewrite_after", pace.rewrite_after, between(0s, 20h));
  v.span("key_rewrite_limit", pace.rewrite_limit, between(1s, 2min));
  v.span("key_rewrite_retry", pace.rewrite_retry, between(1min, 1h));
  all.house.sign_in.windows.pending = s.sign_in; // no cookie outlives what it names
  all.house.sign_in.session_life = s.session;
}

void describe_audit(field_visitor& v, audit_section& s) {
  v.span("interval", s.interval, between(1s, 10min));
  v.span("timeout", s.timeout, between(1s, 10min));
  v.text("signing_key_file", s.signing_key_file, longest_path);
}

void describe_erasure_journal(field_visitor& v, persistence::erasure_journal_settings& s) {
  v.text("path", s.path, longest_path);
  v.span("lock_wait", s.lock_wait, between(100ms, 1min));
  v.span("comparison", s.comparison, between(1min, 24h));
}

void describe_backup(field_visitor& v, persistence::backup_settings& s) {
  v.text("directory", s.directory, longest_path);
  v.text("programs", s.programs, longest_path);
  // The policy promises 30 days (RIGHT-3).
  v.span("keep", s.keep, between(24h, 24h * 30));
  // A day that is over is dropped within the hour (RET-1), and a backup holds it.
  v.span("timeout", s.timeout, between(1min, 50min));
  v.span("lock_wait", s.lock_wait, between(100ms, 1min));
  v.span("restore_timeout", s.restore_timeout, between(1min, 24h * 7));
  v.span("look_timeout", s.look_timeout, between(1s, 10min));
}

void describe_identity(field_visitor& v, policies::identity_limits& s) {
  v.number("sign_ins", s.sign_ins, {100, 1'000'000});
  v.number("sessions", s.sessions, {1, 1000});
  v.number("keys", s.keys, {1, 1000});
  v.span("session_idle", s.session_idle, between(5min, 24h * 30));
}

void describe_formats(field_visitor& v, std::vector<image_format>& formats) {
  static constexpr std::array<std::string_view, 3> names{"png", "jpeg", "webp"};
  std::vector<std::string> chosen;
  for (auto format : formats)
    chosen.emplace_back(to_string(format));
  v.texts("formats", chosen, names);
  formats.clear();
  for (const auto& name : chosen)
    if (auto format = parse_image_format(name))
      formats.push_back(*format);
}

void describe_offer(field_visitor& v, policies::offer& s) {
  v.text("slug", s.slug, 100);
  v.texts("sizes", s.sizes, {});
  v.texts("qualities", s.qualities, {});
  describe_formats(v, s.formats);
  v.flag("transparent", s.transparent);
  v.flag("partial_images", s.partial_images);
  v.number("prompt_limit", s.prompt_limit, {1, 32'000});
  v.prices("prices", s.prices);
}

void describe_model(field_visitor& v, policies::model_entry& s) {
  v.text("name", s.name, 100);
  v.date("created", s.created);
  for (auto which : all_tiers)
    v.entry(to_string(which), s.offers, which, describe_offer);
}

} // namespace

upstream_credential default_moderation() {
  upstream_credential out;
  out.base_url = "https://api.openai.com/v1";
  out.connection.label = "moderation";
  out.connection.concurrency = 64;
  return out;
}

upstream_credential default_sub2api() { return {}; }

upstream_credential default_kie() {
  upstream_credential out;
  out.base_url = "https://api.kie.ai";
  out.connection.concurrency = 80;
  out.connection.starts_per_window = 20; // upstreams, section 4.1
  out.connection.credit_floor = 100;
  return out;
}

server::listener_settings default_operator_listener() {
  server::listener_settings out;
  out.name = "operator";
  out.port = 8081;
  out.max_connections = 100;
  return out;
}

server::listener_settings default_tls_listener() {
  server::listener_settings out;
  out.name = "tls";
  out.port = 8443;
  out.max_connections = 1000;
  out.forwarded_by = server::forwarding_header::cf_connecting_ip;
  out.keep_alive_limit = 16min; // Cloudflare keeps an idle connection for 900 s (its connection limits)
  return out;
}

server::listener_settings default_unix_listener() {
  server::listener_settings out;
  out.name = "unix";
  out.max_connections = 1000;
  out.keep_alive_limit = 16min;
  return out;
}

void describe(field_visitor& v, settings& all) {
  static constexpr std::array<std::string_view, 2> deployments{"development", "production"};
  auto deployed = static_cast<int>(all.deployed);
  v.choice("deployment", deployed, deployments);
  all.deployed = static_cast<deployment>(deployed);

  v.section("server", all, describe_server);
  v.section("operator", all, describe_operator);
  v.section("database", all, describe_database);
  v.section("keys", all.keys, [](field_visitor& inner, persistence::master_keys& s) {
    inner.secret("master", s.master);
    inner.secret("previous", s.previous);
  });
  v.section("accounts", all.accounts, [](field_visitor& inner, accounts_section& s) {
    inner.flag("allow_operator_accounts", s.allow_operator_accounts);
  });
  v.section("google", all.google, describe_google);
  v.section("stripe", all, describe_stripe);
  v.section("billing", all.house.billing, describe_billing);
  v.section("sign_in", all.house.sign_in, describe_sign_in);
  v.section("rights", all, describe_rights);
  v.section("erasure_journal", all.erasure_journal, describe_erasure_journal);
  v.section("node", all, describe_node);
  v.section("access_log", all.house.access_log, describe_access_log);
  v.section("limits", all, describe_limits);
  v.section("moderation", all, describe_moderation);
  v.section("upstream", all, describe_upstreams);
  v.section("deadlines", all.house.limits, describe_deadlines);
  v.section("breaker", all.house.breaker, describe_breaker);
  v.section("retry", all.house.retry, describe_retry);
  v.section("strikes", all.store.strikes, describe_strikes);
  v.section("retention", all, describe_retention);
  v.section("audit", all.audit, describe_audit);
  v.section("backup", all.backup, describe_backup);
  v.section("identity", all.store.identity, describe_identity);
  v.list("model", all.house.catalogue.models, policies::model_entry{}, describe_model);
}

} // namespace easel::config
