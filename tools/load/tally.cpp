#include "tools/load/tally.hpp"

#include <algorithm>
#include <cmath>

namespace easel::load {

namespace {

using json = nlohmann::ordered_json;

json milliseconds(const std::vector<tally::clock::duration>& sorted, double share) {
  if (sorted.empty())
    return nullptr;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return std::chrono::duration<double, std::milli>(sorted[std::max<std::size_t>(rank, 1) - 1]).count();
}

template <class Key>
json counts(const std::map<Key, std::uint64_t>& from, std::string (*name)(const Key&)) {
  json out = json::object();
  for (const auto& [key, count] : from)
    out[name(key)] = count;
  return out;
}

} // namespace

void tally::answered(int status, clock::duration took, std::uint64_t bytes) {
  ++statuses_[status];
  bytes_ += bytes;
  if (status / 100 == 2)
    latencies_.push_back(took);
}

json tally::report(double seconds) const {
  auto sorted = latencies_;
  std::sort(sorted.begin(), sorted.end());
  json out;
  out["ok"] = sorted.size();
  out["seconds"] = seconds;
  out["per_second"] = seconds > 0 ? static_cast<double>(sorted.size()) / seconds : 0.0;
  out["mb_per_second"] = seconds > 0 ? static_cast<double>(bytes_) / 1e6 / seconds : 0.0;
  out["p50_ms"] = milliseconds(sorted, 0.50);
  out["p95_ms"] = milliseconds(sorted, 0.95);
  out["p99_ms"] = milliseconds(sorted, 0.99);
  out["max_ms"] = milliseconds(sorted, 1.0);
  out["statuses"] = counts<int>(statuses_, [](const int& status) { return std::to_string(status); });
  out["failures"] = counts<std::string>(failures_, [](const std::string& reason) { return reason; });
  return out;
}

} // namespace easel::load
