#pragma once

#include "actors/console_door.hpp"
#include "http/server/answers.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <functional>

namespace easel::server {

/// That whoever asks is known, and may not.
[[nodiscard]] problem role_required(policies::operator_role needed);

/// Who may look and who may act: by the operator's token, compared in constant time, or by the cookie of an operator
/// who has signed in. Both doors must outlive it.
class operator_guard {
public:
  using admitted = std::function<void(const exchange_ptr&, const actors::operator_caller&)>;

  operator_guard(actors::console_door& door, operator_settings settings)
      : door_(door), settings_(std::move(settings)) {}

  /// Hands the request on once its caller is known and of the role; answers 401, 403 or 503 otherwise. What a page of
  /// another site makes a browser send is refused before.
  void admit(const exchange_ptr& asked, policies::operator_role needed, admitted then) const;

  /// Looks anew whether whoever asked is known still, and calls `over` once that is certainly not so. Any thread.
  using recheck = std::function<void(std::function<void()> over)>;
  /// For an answer that goes on after its caller was admitted. Empty: the caller came with the token, which has no end.
  [[nodiscard]] recheck recheck_of(const exchange& asked) const;

  // The routes of /api/session. `show` answers anybody: who they are, or nobody.
  void sign_in(const exchange_ptr& asked) const;
  void show(const exchange_ptr& asked) const;
  void sign_out(const exchange_ptr& asked) const;

private:
  [[nodiscard]] bool has_token(const exchange& asked) const;

  actors::console_door& door_;
  operator_settings settings_;
};

} // namespace easel::server
