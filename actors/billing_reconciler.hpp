#pragma once

#include "actors/billing_clerk.hpp"

#include <functional>
#include <map>
#include <string>

namespace easel::actors {

/// Looks for what deliveries missed (billing-identity-edge, sections 2.6 and 2.7), and puts it into the same inbox: a
/// second way of delivery, not a second implementation. Blocks, on the thread of whoever calls it.
class billing_reconciler {
public:
  /// `pause` waits before each read, so that the reconciler keeps within `reads_per_second`. A page that does not come
  /// is asked for again as often as an event is tried (`attempts`), or one answer lost among a thousand would end a
  /// sweep.
  billing_reconciler(const policies::billing_settings& settings, persistence::billing_store& books,
                     const stripe_asker& stripe, billing_counts& counts, std::function<void(duration)> pause)
      : settings_(settings), books_(books), stripe_(stripe), counts_(counts), pause_(std::move(pause)) {}

  /// Runs the sweeps whose time has come. False when the books did not answer.
  bool run_due();
  /// Runs all of them now.
  bool run_all();

private:
  struct sweep_result {
    std::int64_t looked_at = 0;
    std::int64_t found = 0;
  };
  enum class page_end { more, last, later, no_database };

  using run = std::optional<sweep_result> (billing_reconciler::*)(std::optional<instant> reached, instant now);
  bool run_one(const std::string& name, duration every, run what, bool now);
  std::optional<sweep_result> tail(std::optional<instant> reached, instant now);
  std::optional<sweep_result> failures(std::optional<instant> reached, instant now);
  std::optional<sweep_result> audit(std::optional<instant> reached, instant now);
  std::optional<sweep_result> balance(std::optional<instant> reached, instant now);

  class seen_objects;
  template <class T, class Call>
  std::optional<policies::stripe::listing<T>> read_page(Call call);
  bool list_events(instant from, instant to, bool failed_only, sweep_result& into);
  template <class T, class Call, class Listed>
  bool audit_list(instant now, sweep_result& into, Call call, Listed listed);
  bool audit_sales(instant now, seen_objects& seen, sweep_result& into);
  bool audit_money_back(instant now, sweep_result& into);
  bool audit_unseen(instant now, const seen_objects& seen, sweep_result& into);
  bool audit_unfinished(instant now, sweep_result& into);
  bool enqueue(const std::vector<policies::stripe::event>& events, sweep_result& into);
  [[nodiscard]] policies::stripe::event look_again(std::string object, const std::string& id,
                                                   const std::string& payment_intent, instant now) const;
  void pace() const;

  const policies::billing_settings& settings_;
  persistence::billing_store& books_;
  const stripe_asker& stripe_;
  billing_counts& counts_;
  std::function<void(duration)> pause_;
  std::map<std::string, instant> not_before_; ///< of sweeps that failed
};

} // namespace easel::actors
