#pragma once

#include "policies/vocabulary/time.hpp"

#include <caf/actor.hpp>

#include <condition_variable>
#include <mutex>

namespace easel::actors {

/// Where the front door finds the router of the moment, and what it may know of the house's state.
class entrance {
public:
  [[nodiscard]] caf::actor router() const;
  [[nodiscard]] caf::actor sign_in() const;
  [[nodiscard]] caf::actor rights() const;
  void open(caf::actor router);
  void serve_sign_in(caf::actor sign_in); ///< null while it is being replaced
  void serve_rights(caf::actor rights);   ///< stays when the house falls: it needs no lease
  void close();
  void finished();
  /// Blocks the caller, a foreign thread. False when `limit` passed first.
  bool wait_open(duration limit) const;
  bool wait_finished(duration limit) const;

private:
  mutable std::mutex guard_;
  mutable std::condition_variable changed_;
  caf::actor router_;
  caf::actor sign_in_;
  caf::actor rights_;
  bool finished_ = false;
};

} // namespace easel::actors
