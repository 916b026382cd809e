#include "policies/egress.hpp"

#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <array>

namespace easel::policies {

namespace {

constexpr std::array content_only{data_class::content};
constexpr std::array identity_only{data_class::identity};
constexpr std::array billing_only{data_class::billing};

constexpr std::array<disclosure_rule, 5> allowed{{
  {recipient::openai_moderation, "Checks every prompt against the acceptable use policy before it is drawn.", "THIRD-3",
   content_only, std::nullopt},
  {recipient::sub2api, "Draws the prompts of the free tier and forwards them upstream for that.", "THIRD-1",
   content_only, tier::free},
  {recipient::kie, "Draws the prompts of the paid tier.", "THIRD-2", content_only, tier::paid},
  {recipient::google, "Confirms who signs in.", "ACCOUNT-1, THIRD-4", identity_only, std::nullopt},
  // No e-mail and no name: Stripe asks the buyer itself.
  {recipient::stripe, "Takes payments.", "BILL-1, THIRD-4", billing_only, std::nullopt},
}};

std::string_view without_final_dot(std::string_view host) {
  if (!host.empty() && host.back() == '.')
    host.remove_suffix(1);
  return host;
}

bool same_host(std::string_view a, std::string_view b) {
  a = without_final_dot(a);
  b = without_final_dot(b);
  return !a.empty() && same_but_for_case(a, b);
}

} // namespace

std::span<const disclosure_rule> disclosure_rules() { return allowed; }

bool may_disclose(recipient to, data_class what, std::optional<tier> of) {
  const auto rule = std::find_if(allowed.begin(), allowed.end(), [&](const auto& each) { return each.to == to; });
  if (rule == allowed.end() || (rule->only && rule->only != of))
    return false;
  return std::find(rule->what.begin(), rule->what.end(), what) != rule->what.end();
}

recipient provider_for(tier of) { return of == tier::paid ? recipient::kie : recipient::sub2api; }

bool allows(const egress_table& table, recipient to, std::string_view host) {
  const auto found = table.hosts.find(to);
  return found != table.hosts.end()
         && std::any_of(found->second.begin(), found->second.end(),
                        [&](const std::string& own) { return same_host(own, host); });
}

} // namespace easel::policies
