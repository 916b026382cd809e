#include "policies/billing_lines.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace easel::policies {

billing_line line_of(const waiting_event& event) {
  if (event.owner)
    return {billing_line::kind::account, to_string(*event.owner)};
  if (!event.customer.empty())
    return {billing_line::kind::customer, event.customer};
  return {billing_line::kind::object, event.what.id};
}

/// An object has one customer, and a customer one account: so events about one of them belong into one line, also those
/// that do not say so themselves.
void billing_lines::share_knowledge() {
  std::map<stripe_reference, std::string> customers;
  for (const auto& [event, look] : entries_)
    if (!event.customer.empty())
      customers.emplace(event.what, event.customer);
  std::map<stripe_reference, billing_id> owners;
  std::map<std::string, billing_id> owners_of_customers;
  for (auto& [event, look] : entries_) {
    if (look == 0 && event.customer.empty())
      if (const auto known = customers.find(event.what); known != customers.end())
        event.customer = known->second;
    if (!event.owner)
      continue;
    owners.emplace(event.what, *event.owner);
    if (!event.customer.empty())
      owners_of_customers.emplace(event.customer, *event.owner);
  }
  for (auto& [event, look] : entries_) {
    if (look != 0 || event.owner) // a look under way keeps its line
      continue;
    if (const auto known = owners.find(event.what); known != owners.end())
      event.owner = known->second;
    else if (const auto person = owners_of_customers.find(event.customer); person != owners_of_customers.end())
      event.owner = person->second;
  }
}

void billing_lines::take_in(std::vector<waiting_event> events) {
  std::set<std::string> here;
  for (const auto& each : entries_)
    here.insert(each.event.id);
  for (auto& event : events)
    if (here.insert(event.id).second)
      entries_.push_back({std::move(event), 0});
  share_knowledge();
}

std::optional<line_look> billing_lines::next() {
  std::set<billing_line> busy;
  for (const auto& each : entries_)
    if (each.look != 0)
      busy.insert(line_of(each.event));
  const auto first = std::find_if(entries_.begin(), entries_.end(), [&](const entry& each) {
    return each.look == 0 && !busy.contains(line_of(each.event));
  });
  if (first == entries_.end())
    return std::nullopt;
  const auto& begun = first->event;
  line_look look{++looks_, begun.what, begun.customer, begun.owner, 0, {}};
  const auto line = line_of(begun);
  for (auto each = first; each != entries_.end(); ++each) {
    if (line_of(each->event) != line)
      continue;
    if (each->event.what != look.what)
      break; // another object of theirs comes first
    each->look = look.number;
    look.attempts = std::max(look.attempts, each->event.attempts);
    look.events.push_back(each->event.id);
  }
  return look;
}

void billing_lines::end(const line_look& look) {
  for (auto& each : entries_)
    if (each.look == look.number)
      each.look = 0;
}

void billing_lines::over(const line_look& look) {
  std::erase_if(entries_, [&](const entry& each) { return each.look == look.number; });
}

void billing_lines::again(const line_look& look) { end(look); }

void billing_lines::hand_over(const line_look& look, billing_id owner) {
  for (auto& each : entries_)
    if (each.look == look.number)
      each.event.owner = owner;
  end(look);
  share_knowledge();
}

void billing_lines::clear() {
  std::erase_if(entries_, [](const entry& each) { return each.look == 0; });
}

std::vector<std::string> billing_lines::crowded(std::size_t many) const {
  std::map<std::string, std::size_t> counts;
  for (const auto& each : entries_)
    if (!each.event.customer.empty())
      ++counts[each.event.customer];
  std::vector<std::string> found;
  for (const auto& [customer, count] : counts)
    if (count >= many)
      found.push_back(customer);
  return found;
}

} // namespace easel::policies
