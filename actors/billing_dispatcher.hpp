#pragma once

#include "actors/billing_clerk.hpp"
#include "policies/billing_brake.hpp"
#include "policies/billing_lines.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Takes the inbox and says which look comes next (policies/billing_lines.hpp). What it holds is a copy of rows that
/// are due: whoever forgets it, or dies with it, finds them again. No CAF in sight; one thread.
namespace easel::actors {

class billing_dispatcher {
public:
  billing_dispatcher(const policies::billing_settings& settings, persistence::billing_store& books,
                     billing_counts& counts)
      : settings_(settings), books_(books), counts_(counts), brake_(settings.parallel_customers) {}

  /// What stopped it is tried again.
  void begin_turn();
  /// Something new is in the inbox.
  void look_again() { has_read_all_ = false; }

  /// Starts a look; it must be followed by `ended` or `lost`. Reads on in the inbox when of what it holds none may
  /// start. Nothing: none may start at present.
  [[nodiscard]] std::optional<policies::line_look> next(moment now);
  void ended(const policies::line_look& look, const look_outcome& outcome, moment now);
  /// Whoever looked is gone. Its events are due as before, but not before the next turn: they may be what kills.
  void lost(const policies::line_look& look);
  /// Another one leads: what waits is theirs. Looks under way end as they do; the books are safe from two at once.
  void forget() { halt(); }

  [[nodiscard]] int open() const { return open_; } ///< looks under way
  [[nodiscard]] int may_be_open(moment now) const; ///< by the settings, and by what Stripe bears

private:
  [[nodiscard]] bool take_in();
  [[nodiscard]] bool ignore(const std::map<policies::ignored, std::vector<std::string>>& events);
  [[nodiscard]] bool park(const std::vector<std::string>& events);
  void halt();

  const policies::billing_settings& settings_;
  persistence::billing_store& books_;
  billing_counts& counts_;
  policies::billing_lines lines_;
  policies::billing_brake brake_;
  int open_ = 0;
  int failures_ = 0; ///< of Stripe, in a row
  bool is_halted_ = false;
  bool has_read_all_ = false;
};

} // namespace easel::actors
