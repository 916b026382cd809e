#pragma once

#include "http/server/settings.hpp"
#include "policies/address_table.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace easel::server {

/// What each address may ask for, in front of everything that costs something. One table for all threads of a
/// listener, in stripes with a lock each, so that requests of different addresses seldom meet. Its memory is allocated
/// once. Any thread.
class address_limits {
public:
  explicit address_limits(const address_limit_settings& settings);

  [[nodiscard]] policies::address_table::decision take(policies::address_block who, policies::request_class what,
                                                       moment now);

  /// Prometheus text.
  [[nodiscard]] std::string metrics() const;

private:
  struct stripe {
    std::mutex guard;
    policies::address_table table;
    stripe(std::size_t slots, const policies::address_rates& limits, std::uint64_t secret)
        : table(slots, limits, secret) {}
  };
  static constexpr std::size_t stripes = 16;

  std::vector<std::unique_ptr<stripe>> stripes_;
  std::array<std::atomic<std::uint64_t>, policies::all_request_classes.size()> refused_{}; ///< by class
  std::atomic<std::uint64_t> forgotten_{0};
};

} // namespace easel::server
