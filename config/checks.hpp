#pragma once

#include "config/settings.hpp"

#include <string>
#include <vector>

namespace easel::config {

/// A mistake that no single key shows: something is missing, two keys contradict, or production forbids a value.
struct finding {
  std::string key; ///< full path, as in the file
  std::string reason;

  friend bool operator==(const finding&, const finding&) = default;
};

/// What must hold for settings to be used at all, whatever the deployment.
[[nodiscard]] std::vector<finding> check_consistency(const settings&);

/// What only development accepts: each use of it, by name. Empty in development.
[[nodiscard]] std::vector<finding> check_production(const settings&);

/// The listeners: where they are, what they could hold in memory, whom they believe, and whether the files of a TLS
/// listener are fit for use now. Reads those files.
[[nodiscard]] std::vector<finding> check_listeners(const settings&);

/// Sign-in with Google: what belongs together, where it may be, and that production knows no stand-in for it.
[[nodiscard]] std::vector<finding> check_google(const settings&);

/// Payment with Stripe: what belongs together, what is for sale, and that production knows no stand-in and no test key.
[[nodiscard]] std::vector<finding> check_stripe(const settings&);

/// The models: names, sizes, prices, and that the default model exists for every tier.
[[nodiscard]] std::vector<finding> check_catalogue(const policies::catalogue&);

} // namespace easel::config
