#pragma once

#include "policies/billing.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Whose events may be worked on at the same time: several customers are looked at at once, and what concerns one of
/// them is looked at strictly one after the other, in the order in which it came.
namespace easel::policies {

/// Events that wait for each other.
struct billing_line {
  enum class kind : std::uint8_t {
    account,  ///< of one billing account of ours: in no other line are its books changed because of an event
    customer, ///< of a customer of Stripe's that our books do not know
    object,   ///< of an object of which nothing else is known
  };
  kind of = kind::object;
  std::string id;

  friend auto operator<=>(const billing_line&, const billing_line&) = default;
};

/// An event of the inbox that is due.
struct waiting_event {
  std::string id;
  stripe_reference what;
  std::string customer;            ///< as the event says; empty: it says nothing
  std::optional<billing_id> owner; ///< as far as the books know
  int attempts = 0;

  friend bool operator==(const waiting_event&, const waiting_event&) = default;
};

[[nodiscard]] billing_line line_of(const waiting_event& event);

/// One look at an object, for all events that it is to end.
struct line_look {
  std::uint64_t number = 0; ///< of this look alone
  stripe_reference what;
  std::string customer;
  std::optional<billing_id> owner; ///< none: the look finds out only whose the object is
  int attempts = 0;                ///< the most of its events
  std::vector<std::string> events;
};

/// What waits and what is under way. Each `next` must be followed by exactly one of `over`, `again`, `hand_over`.
class billing_lines {
public:
  /// Behind all that is here; an event that is here already stays where it is. What one event says of an object or a
  /// customer holds for those that say less.
  void take_in(std::vector<waiting_event> events);

  /// Starts the first look, in the order in which events came, whose line is free. Events of one object that follow
  /// each other in a line are one look.
  [[nodiscard]] std::optional<line_look> next();

  /// The look's events leave.
  void over(const line_look& look);
  /// They wait again, at their place.
  void again(const line_look& look);
  /// They turned out to be `owner`'s, and wait at their place in that line.
  void hand_over(const line_look& look, billing_id owner);
  /// All that waits leaves; what is under way stays so.
  void clear();

  [[nodiscard]] std::size_t size() const { return entries_.size(); } ///< events, waiting or under way
  /// Customers of whom at least `many` events are here.
  [[nodiscard]] std::vector<std::string> crowded(std::size_t many) const;

private:
  struct entry {
    waiting_event event;
    std::uint64_t look = 0; ///< 0: it waits
  };

  void share_knowledge();
  void end(const line_look& look);

  std::vector<entry> entries_; ///< in the order in which they came
  std::uint64_t looks_ = 0;
};

} // namespace easel::policies
