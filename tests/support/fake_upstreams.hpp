#pragma once

#include "actors/provider_connection.hpp"
#include "actors/router.hpp"
#include "http/client/upstreams.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

/// Moderation, sub2api and kie.ai as scripted functions, which remember what they were asked.
namespace easel::testing {

/// How one call goes: the answer comes after `after`; `fails` instead of a result.
struct turn {
  duration after = std::chrono::milliseconds(20);
  std::optional<policies::upstream_failure> fails;
};

/// The labels of the task credentials, which are accounts of their own.
[[nodiscard]] std::vector<std::string> task_accounts();

class fake_upstreams {
public:
  /// Runs something later on the virtual clock, as the transport's thread would; set by the house that calls.
  using post = std::function<void(duration, std::function<void()>)>;

  // The script: what each call gets. Replaced by tests; the default is a good answer after 20 ms.
  std::function<turn(const std::string& prompt)> moderation = [](const auto&) { return turn{}; };
  std::function<bool(const std::string& prompt)> flags = [](const std::string& p) {
    return p.find("violence") != std::string::npos;
  };
  std::function<turn(const std::string& prompt)> drawing = [](const auto&) { return turn{}; };
  std::function<turn(const std::string& prompt)> creating = [](const auto&) { return turn{}; };
  std::function<turn(const std::string& task)> polling = [](const auto&) { return turn{}; };
  std::function<turn(const std::string& task)> downloading = [](const auto&) { return turn{}; };
  /// How long a task runs upstream, and whether it fails in the end.
  std::function<turn(const std::string& prompt)> task = [](const auto&) { return turn{std::chrono::seconds(4), {}}; };
  int partials = 0;

  // What was asked, in order.
  std::vector<std::string> moderated;
  std::vector<std::string> drawn;
  std::vector<std::string> created;               ///< prompts whose create reached the upstream
  std::map<std::string, int> lost_creates;        ///< prompt → creates whose answer was lost
  std::map<std::string, std::string> prompt_of;   ///< by task
  std::map<std::string, std::string> callback_of; ///< by task
  std::set<std::string> fetched;                  ///< tasks whose result was downloaded

  /// Clients that answer through one house's clock.
  [[nodiscard]] actors::upstreams clients(const post& p, int concurrency = 8, int starts_per_window = 20);
  [[nodiscard]] int count(const std::vector<std::string>& log, const std::string& prompt) const;
  [[nodiscard]] static blob picture_of(const std::string& prompt);

  struct running_task {
    std::string prompt;
    std::function<instant()> now;
    instant done;
    std::optional<policies::upstream_failure> fails;
  };
  std::map<std::string, running_task> tasks;
  std::function<instant()> now;
  int last_task = 0;
};

} // namespace easel::testing
