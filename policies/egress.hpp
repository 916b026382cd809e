#pragma once

#include "policies/vocabulary/names.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace easel::policies {

/// What one recipient gets, and why. Whatever no rule names is not disclosed to anyone.
struct disclosure_rule {
  recipient to = recipient::openai_moderation;
  std::string_view purpose;         ///< a sentence for the policy page and the console
  std::string_view clauses;         ///< of the privacy policy
  std::span<const data_class> what; ///< all that it may get
  std::optional<tier> only;         ///< the one tier whose data it may get; none: of either tier
};

/// One rule for each recipient. There is none for mail, and no recipient either (MAIL-1), and none for
/// advertisers (THIRD-5).
[[nodiscard]] std::span<const disclosure_rule> disclosure_rules();

/// Whether data of this class may go to `to`. `of` is the tier of the account whose data it is; without it, nothing
/// goes to a recipient that serves one tier only (THIRD-1, THIRD-2).
[[nodiscard]] bool may_disclose(recipient to, data_class what, std::optional<tier> of);

/// The one provider that draws for a tier, whatever fails. There is no second (THIRD-1, THIRD-2).
[[nodiscard]] recipient provider_for(tier of);

/// The hosts at which each recipient may be called, as configured. A recipient that is missing cannot be called.
struct egress_table {
  std::map<recipient, std::set<std::string>> hosts;
};

/// Whether `host` is one of the recipient's own: the whole name, in any case, with or without the final dot of a
/// fully qualified name. A subdomain is another host (THIRD-4).
[[nodiscard]] bool allows(const egress_table& table, recipient to, std::string_view host);

} // namespace easel::policies
