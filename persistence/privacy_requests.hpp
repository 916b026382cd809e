#pragma once

#include "persistence/settings.hpp"
#include "persistence/store.hpp"
#include "policies/privacy_requests.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Requests about personal data that came by mail (RIGHT-5): what was asked, until when it must be answered, and what
/// became of it. Nothing of what was written.
namespace easel::persistence {

struct privacy_request_tag {
  static constexpr std::string_view prefix = "preq";
};
using privacy_request_id = typed_id<privacy_request_tag>;

struct new_privacy_request {
  policies::request_kind kind = policies::request_kind::access;
  std::optional<account_id> account; ///< none: whoever wrote has no account
  std::string reference;             ///< policies::is_request_reference, or empty
  day received;
};

struct privacy_request_row {
  privacy_request_id id;
  policies::request_kind kind = policies::request_kind::access;
  std::optional<account_id> account;
  std::string reference;
  day received;
  day due; ///< the last day on which an answer is in time
  std::optional<instant> extended_at;
  std::optional<instant> begun_at; ///< a function of the service was called for it
  std::optional<instant> closed_at;
  std::optional<policies::request_outcome> outcome; ///< when closed
};

enum class request_change {
  done,
  not_found,
  closed,   ///< it is closed already
  too_late, ///< for an extension: it was extended already, or the first month is over
  lives,    ///< for `done`: the account is to be erased, and lives
  named,    ///< for an account: it names one already
  nobody,   ///< for an account: there is none, or it is closed
};

/// What is to be listed, and by which day.
struct request_listing {
  day today; ///< of the database's clock, in UTC
  std::vector<privacy_request_row> rows;
};

/// How many a listing shows at most.
inline constexpr int most_requests_listed = 1000;

/// One connection. Used by one thread at a time; blocks. Each change leaves a row in the operators' audit, in the same
/// transaction; `by` is who made it.
class privacy_requests {
public:
  virtual ~privacy_requests() = default;

  /// Nothing: there is no such account. Refused for a reference that is none (22023) or a day in the future (22008).
  virtual answer<std::optional<privacy_request_row>> record(const new_privacy_request&, const std::string& by) = 0;
  virtual answer<std::optional<privacy_request_row>> find(privacy_request_id) = 0;
  /// Open ones, the one that is due first in front; with `closed_too` those behind, the latest in front.
  virtual answer<request_listing> list(bool closed_too) = 0;
  /// policies::may_extend decides.
  virtual answer<request_change> extend(privacy_request_id, const std::string& by) = 0;
  /// The service is about to do what is asked.
  virtual answer<request_change> begin(privacy_request_id, const std::string& by) = 0;
  /// An account for a request that names none, which nobody knew when it was recorded.
  virtual answer<request_change> assign(privacy_request_id, account_id who, const std::string& by) = 0;
  /// policies::may_close decides: an erasure is not done while the account that it names lives.
  virtual answer<request_change> close(privacy_request_id, policies::request_outcome, const std::string& by) = 0;
};

/// With a connection of their own, opened when first used.
[[nodiscard]] std::unique_ptr<privacy_requests> make_postgres_privacy_requests(store_settings settings,
                                                                               duration clock_shift = {});

} // namespace easel::persistence
