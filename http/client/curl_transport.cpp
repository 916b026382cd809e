#include "http/client/curl_transport.hpp"

#include "http/client/curl_exchange.hpp"
#include "http/client/curl_loop.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

namespace easel::client {
namespace {

constexpr std::size_t max_spare_handles = 256;

void initialize_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] {
    ::unsetenv("SSLKEYLOGFILE");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
      throw std::runtime_error("libcurl cannot be initialized");
  });
}

struct submission {
  http_call call;
  std::unique_ptr<response_sink> sink;
  bool admitted; ///< false: the transport was full
};

class curl_transport_impl final : public curl_transport {
public:
  explicit curl_transport_impl(curl_settings settings)
      : settings_(std::move(settings)),
        egress_{settings_.hosts},
        loop_(static_cast<long>(settings_.max_connections)),
        thread_([this] { run(); }) {}

  ~curl_transport_impl() override {
    stopping_ = true;
    loop_.wake();
    thread_.join();
  }

  void start(http_call call, std::unique_ptr<response_sink> sink) override;

  std::map<recipient, egress_counters> transport_counters() const override { return ledger_.snapshot(); }

private:
  using clock = curl_loop::clock;

  struct running_call {
    std::unique_ptr<curl_exchange> exchange;
    std::optional<clock::time_point> idle_check; ///< its entry in `idle_checks_`
  };

  void run();
  [[nodiscard]] bool anything_submitted();
  void take_submissions();
  void begin(submission submitted);
  void end(CURL* easy, wire_end how);
  void end_the_idle();
  void end_everything();
  void refuse(std::unique_ptr<response_sink> sink);
  std::unique_ptr<curl_exchange> spare_exchange();

  const curl_settings settings_;
  const policies::egress_table egress_;
  egress_ledger ledger_;
  curl_loop loop_;

  std::mutex mutex_;
  std::vector<submission> submitted_;
  std::size_t in_flight_ = 0; ///< admitted and not yet ended; under the mutex
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> asleep_ = false; ///< the thread waits, or is about to

  // The thread's own.
  std::unordered_map<CURL*, running_call> running_;
  std::vector<std::unique_ptr<curl_exchange>> spare_;
  std::set<std::pair<clock::time_point, CURL*>> idle_checks_; ///< at most one per call, never later than due

  std::thread thread_;
};

void curl_transport_impl::start(http_call call, std::unique_ptr<response_sink> sink) {
  {
    const std::lock_guard lock(mutex_);
    const bool admitted = in_flight_ < settings_.max_in_flight;
    if (admitted)
      ++in_flight_;
    submitted_.push_back({std::move(call), std::move(sink), admitted});
  }
  if (asleep_.exchange(false)) // a thread that is at work looks before it sleeps
    loop_.wake();
}

void curl_transport_impl::run() {
  while (!stopping_) {
    asleep_ = true;
    if (anything_submitted())
      loop_.wait(loop_.now());
    else
      loop_.wait(idle_checks_.empty() ? std::nullopt : std::optional(idle_checks_.begin()->first));
    asleep_ = false;
    take_submissions();
    loop_.work();
    while (const auto ended = loop_.next_ended())
      end(ended->first, curl_exchange::of(ended->first)->ended(ended->second));
    end_the_idle();
  }
  end_everything();
}

bool curl_transport_impl::anything_submitted() {
  const std::lock_guard lock(mutex_);
  return !submitted_.empty();
}

void curl_transport_impl::take_submissions() {
  std::vector<submission> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(submitted_);
  }
  for (auto& one : taken)
    begin(std::move(one));
}

void curl_transport_impl::begin(submission submitted) {
  const auto to = submitted.call.to;
  if (!submitted.admitted)
    return submitted.sink->on_end(wire_end::not_sent);
  auto target = parse_target(submitted.call.url);
  if (!target || !may_call(egress_, to, *target, settings_.allow_loopback)) {
    if (!submitted.call.url.empty())
      ledger_.refused(to);
    return refuse(std::move(submitted.sink));
  }
  const auto host = target->host_and_port();
  auto exchange = spare_exchange();
  if (!exchange->prepare(std::move(submitted.call), std::move(submitted.sink), std::move(*target)))
    return refuse(exchange->release());
  auto* easy = exchange->handle();
  const auto idle_check = exchange->idle_deadline();
  if (idle_check)
    idle_checks_.emplace(*idle_check, easy);
  running_.emplace(easy, running_call{std::move(exchange), idle_check});
  ledger_.called(to, host);
  loop_.add(easy);
}

void curl_transport_impl::refuse(std::unique_ptr<response_sink> sink) {
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
  }
  sink->on_end(wire_end::not_sent);
}

void curl_transport_impl::end(CURL* easy, wire_end how) {
  auto node = running_.extract(easy);
  auto& [exchange, idle_check] = node.mapped();
  if (idle_check)
    idle_checks_.erase({*idle_check, easy});
  loop_.remove(easy);
  auto sink = exchange->release();
  if (spare_.size() < max_spare_handles)
    spare_.push_back(std::move(exchange));
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
  }
  sink->on_end(how);
}

std::unique_ptr<curl_exchange> curl_transport_impl::spare_exchange() {
  if (spare_.empty())
    return std::make_unique<curl_exchange>(settings_, ledger_, loop_);
  auto exchange = std::move(spare_.back());
  spare_.pop_back();
  return exchange;
}

/// A check that comes due moves on when something has arrived since it was set, so that arrivals cost nothing here.
void curl_transport_impl::end_the_idle() {
  while (!idle_checks_.empty() && idle_checks_.begin()->first <= loop_.now()) {
    auto* easy = idle_checks_.begin()->second;
    idle_checks_.erase(idle_checks_.begin());
    auto& [exchange, idle_check] = running_.at(easy);
    idle_check = exchange->idle_deadline();
    if (*idle_check > loop_.now()) {
      idle_checks_.emplace(*idle_check, easy);
      continue;
    }
    idle_check.reset();
    end(easy, exchange->request_left() ? wire_end::timed_out : wire_end::not_sent);
  }
}

void curl_transport_impl::end_everything() {
  while (!running_.empty())
    end(running_.begin()->first, wire_end::shut_down);
  spare_.clear();
  for (;;) { // a sink may answer its end with a new call
    std::vector<submission> taken;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(submitted_);
    }
    if (taken.empty())
      return;
    for (auto& one : taken)
      one.sink->on_end(wire_end::shut_down);
  }
}

} // namespace

std::unique_ptr<curl_transport> make_curl_transport(curl_settings settings) {
  initialize_libcurl();
  return std::make_unique<curl_transport_impl>(std::move(settings));
}

} // namespace easel::client
