#pragma once

#include "policies/vocabulary/ids.hpp"

namespace easel {

struct purchase_tag {
  static constexpr std::string_view prefix = "buy";
};
struct billing_tag {
  static constexpr std::string_view prefix = "bill";
};

/// The reference of a purchase, which a person quotes.
using purchase_id = typed_id<purchase_tag>;
/// What an account is called towards Stripe and in records that outlive it (RET-3): it leads to nobody by itself.
using billing_id = typed_id<billing_tag>;

} // namespace easel
