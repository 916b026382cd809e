#pragma once

#include "actors/front_door.hpp"
#include "actors/rights_door.hpp"
#include "http/server/exchange.hpp"
#include "policies/retention.hpp"

#include <string_view>

namespace easel::server {

/// What a person may demand of their data: deletion (RIGHT-3), restriction (RIGHT-4), a copy (RIGHT-1). A session only.
class native_rights {
public:
  native_rights(actors::front_door& front, actors::rights_door& rights, const policies::retention_windows& windows)
      : front_(front), rights_(rights), windows_(windows) {}

  void preview(const exchange_ptr& asked) const;
  void erase(const exchange_ptr& asked) const; ///< wants a recent sign-in and `{"confirm":"delete"}`
  void show_restriction(const exchange_ptr& asked) const;
  void restrict(const exchange_ptr& asked) const; ///< `{"objection":"…"}`, or nothing of it
  void lift(const exchange_ptr& asked) const;
  void download(const exchange_ptr& asked) const; ///< begins another export
  void download_volume(const exchange_ptr& asked, std::string_view id, std::string_view number) const;
  void list_exports(const exchange_ptr& asked) const;

private:
  /// Goes on when somebody wants the file, and not only to know whether there is one.
  template <class Then>
  void with_reader(const exchange_ptr& asked, Then then) const;

  actors::front_door& front_;
  actors::rights_door& rights_;
  policies::retention_windows windows_; ///< what an export says of how long things are kept
};

} // namespace easel::server
