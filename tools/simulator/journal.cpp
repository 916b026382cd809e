#include "tools/simulator/journal.hpp"

#include <algorithm>
#include <chrono>

namespace easel::simulator {
namespace {

constexpr std::size_t most_entries = 10'000, most_bytes = 256u << 20;

} // namespace

std::int64_t unix_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

call::~call() {
  std::lock_guard lock(owner_.mutex_);
  --owner_.tallies_[std::size_t(route_)].in_flight;
}

void call::sent(std::size_t bytes) {
  std::lock_guard lock(owner_.mutex_);
  owner_.tallies_[std::size_t(route_)].bytes += bytes;
}

void call::client_gone() {
  std::lock_guard lock(owner_.mutex_);
  ++owner_.tallies_[std::size_t(route_)].client_gone;
}

std::shared_ptr<call> journal::begin(route r, const http_request& request, std::string prompt, json body) {
  entry e;
  e.where = r;
  e.at_ms = unix_ms();
  e.method = request.method;
  e.path = request.path;
  for (const auto& [name, value] : request.headers)
    e.header_names.append(e.header_names.empty() ? "" : ",").append(name);
  e.prompt = std::move(prompt);
  e.body = std::move(body);
  e.weight = sizeof(entry) + request.body.size() + e.prompt.size() + e.header_names.size();
  auto ticket = std::make_shared<call>(*this, r);
  std::lock_guard lock(mutex_);
  auto& t = tallies_[std::size_t(r)];
  ++t.calls;
  t.peak_in_flight = std::max(t.peak_in_flight, ++t.in_flight);
  e.number = next_++;
  weight_ += e.weight;
  entries_.push_back(std::move(e));
  while (entries_.size() > most_entries || weight_ > most_bytes)
    forget_oldest();
  return ticket;
}

void journal::forget_oldest() {
  complete_ = false;
  weight_ -= entries_.front().weight;
  entries_.pop_front();
}

void journal::fault_given(route r, fault_kind kind) {
  std::lock_guard lock(mutex_);
  auto& t = tallies_[std::size_t(r)];
  ++t.faults;
  ++t.events[std::string(to_string(kind))];
}

void journal::note(route r, std::string_view what) {
  std::lock_guard lock(mutex_);
  ++tallies_[std::size_t(r)].events[std::string(what)];
}

json journal::counters() const {
  std::lock_guard lock(mutex_);
  json out = json::object();
  for (std::size_t i = 0; i < route_count; ++i) {
    const auto& t = tallies_[i];
    out[std::string(to_string(route(i)))] = {
      {"calls", t.calls},  {"in_flight", t.in_flight},     {"peak_in_flight", t.peak_in_flight},
      {"bytes", t.bytes},  {"client_gone", t.client_gone}, {"faults", t.faults},
      {"events", t.events}};
  }
  return out;
}

std::uint64_t journal::total_calls() const {
  std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  for (const auto& t : tallies_)
    total += t.calls;
  return total;
}

json journal::received(std::optional<route> r, std::size_t limit) const {
  std::lock_guard lock(mutex_);
  json out = json::array();
  for (auto it = entries_.rbegin(); it != entries_.rend() && out.size() < limit; ++it) {
    if (r && it->where != *r)
      continue;
    out.push_back({{"number", it->number},
                   {"route", to_string(it->where)},
                   {"at_ms", it->at_ms},
                   {"method", it->method},
                   {"path", it->path},
                   {"prompt", it->prompt},
                   {"body", it->body},
                   {"header_names", it->header_names}});
  }
  return out;
}

json journal::count(std::optional<route> r, const std::optional<std::string>& prompt) const {
  std::lock_guard lock(mutex_);
  auto n = std::count_if(entries_.begin(), entries_.end(),
                         [&](const entry& e) { return (!r || e.where == *r) && (!prompt || e.prompt == *prompt); });
  return {{"count", n}, {"complete", complete_}};
}

void journal::clear() {
  std::lock_guard lock(mutex_);
  for (auto& t : tallies_) {
    auto running = t.in_flight; // calls under way still end
    t = {};
    t.in_flight = t.peak_in_flight = running;
  }
  entries_.clear();
  weight_ = 0;
  complete_ = true;
}

} // namespace easel::simulator
